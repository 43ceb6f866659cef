"""Looking for new versions: when, one at a time, and what is kept of it."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.roles import Role
from audit.models import Event
from audit.record import SYSTEM
from core.errors import Conflict, InvalidInput, Misconfigured, NotAllowed
from core.scope import STAFF, acting_in
from kyc import tasks
from kyc.apps import check_lists
from kyc.lists import fetch, freshness, looking, service, store
from kyc.lists.sources import SOURCES, own_limits, switched_on
from kyc.models import ListLook, ListVersion
from tests import builders
from tests.locks import held_elsewhere
from tests.publisher import UN, publishing, un

pytestmark = pytest.mark.django_db

START = datetime(2026, 9, 1, 8, tzinfo=UTC)
EVERY = timedelta(hours=1)


class Clock:
    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now

    def forward(self, **span):
        self.now += timedelta(**span)


@pytest.fixture(autouse=True)
def staff(db):
    with acting_in(STAFF):
        yield


@pytest.fixture
def publisher(settings):
    with publishing() as server:
        settings.LOCKGATE_LISTS, settings.LOCKGATE_LIST_MIRROR = "un_sc", server.url
        server.serve("un_sc", {"consolidated.xml": UN})
        yield server


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def look(clock):
    def call():
        return looking.look_at_due(clock=clock, wait=lambda seconds: None)

    return call


def row():
    return ListLook.objects.select_related("version").get()


def told(verb):
    return list(Event.objects.filter(verb=verb).order_by("pk"))


def test_nothing_is_looked_at_unless_the_installation_says_so(publisher, look, settings):
    settings.LOCKGATE_LISTS = ""
    assert look() == []
    assert publisher.log == [] and not ListLook.objects.exists()


def test_an_installation_looks_at_nothing_by_default(monkeypatch):
    from config import settings as shipped

    assert switched_on(shipped.LOCKGATE_LISTS) == ()


def test_a_source_is_looked_at_at_its_interval(publisher, look, clock):
    assert look() == ["in_force"]
    clock.forward(minutes=59)
    assert look() == []
    clock.forward(minutes=1)
    assert look() == ["unchanged"]
    assert publisher.log == [200, 304]
    assert row().confirmed_at == clock.now


def test_a_failure_is_kept_told_once_and_tried_again_sooner(publisher, look, clock):
    publisher.faults = ["broken"] * 8
    assert look() == ["failed"]
    assert "answer 500" in row().error and row().failing_since == START
    clock.forward(minutes=4)
    assert look() == []
    clock.forward(minutes=1)
    assert look() == ["failed"]
    (event,) = told("list.look_failed")
    assert "answer 500" in event.reason
    clock.forward(minutes=9)
    assert look() == []  # later and later
    clock.forward(minutes=1)
    assert look() == ["in_force"]
    assert (row().failures, row().error, row().failing_since) == (0, "", None)
    assert row().confirmed_at == clock.now


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda publisher: publisher.faults.extend(["cut"] * 4), "complete message body"),
        (lambda publisher: publisher.serve("un_sc", {"consolidated.xml": UN[:-30]}), "refused: "),
        (lambda publisher: publisher.serve("un_sc", {}), "answer 404"),
    ],
    ids=["cut off on the way", "cut off at the publisher", "gone"],
)
def test_what_is_not_whole_leaves_the_version_in_force_and_says_why(publisher, look, clock, spoil, why):
    publisher.etags = False
    look()
    spoil(publisher)
    clock.forward(hours=1)
    assert look() == ["failed"]
    assert why in row().error
    assert row().confirmed_at == START
    assert [entry.caption for entry in store.entries_in_force()] == ["OSTAP VERKHOVYNA"]


def test_a_file_beyond_the_limit_is_not_read_to_its_end(publisher, look, monkeypatch):
    monkeypatch.setattr(fetch, "MAX_FILE", 100)
    assert look() == ["failed"]
    assert "larger than 100 bytes" in row().error and not ListVersion.objects.exists()


def test_a_look_that_killed_its_process_is_not_begun_again_at_once(publisher, look, clock, monkeypatch):
    monkeypatch.setattr(looking, "_end", lambda *_args, **_more: None)
    assert look() == ["in_force"]
    monkeypatch.undo()
    clock.forward(minutes=4)
    assert look() == []
    clock.forward(minutes=1)
    assert look() == ["unchanged"]


def test_a_clock_set_back_makes_a_source_due(publisher, look, clock):
    look()
    clock.forward(days=-3)
    assert look() == ["unchanged"]
    assert row().confirmed_at == START - timedelta(days=3)


@pytest.mark.parametrize(
    ("began", "failures", "asked", "due"),
    [
        (None, 0, None, True),
        (START - timedelta(minutes=59), 0, None, False),
        (START - timedelta(minutes=60), 0, None, True),
        (START - timedelta(minutes=5), 1, None, True),
        (START - timedelta(minutes=19), 3, None, False),
        (START - timedelta(minutes=60), 60, None, True),
        (START - timedelta(minutes=1), 9, START, True),
        (START - timedelta(minutes=1), 0, START - timedelta(minutes=2), False),
        (START + timedelta(seconds=1), 0, None, True),
    ],
)
def test_when_a_source_is_due(began, failures, asked, due):
    row = ListLook(source="un_sc", began_at=began, failures=failures, asked_at=asked)
    assert looking.is_due(row, every=EVERY, now=START) is due


def test_two_do_not_look_at_once(publisher, look):
    with held_elsewhere("look at lists"):
        assert look() == []
        assert publisher.log == []
    assert look() == ["in_force"]


def test_a_look_meets_an_import_of_the_same_list_and_comes_back(publisher, look, clock):
    with held_elsewhere("import un_sc"):
        assert look() == ["failed"]
    assert (row().failures, told("list.look_failed")) == (0, [])
    assert look() == ["in_force"]  # at the next beat, not after an hour
    assert ListVersion.objects.count() == 1


def test_a_file_that_meets_another_import_of_its_list_is_tried_again(tmp_path):
    path = tmp_path / "un.xml"
    path.write_text(UN)
    told = {"source": "un_sc", "path": str(path), "by": {"kind": "person", "id": "x"}, "remove": True}
    # What the task's retry carries: a worker sends the message again.
    with held_elsewhere("import un_sc"), pytest.raises(Conflict):
        tasks.import_list.run(**told)
    assert path.exists()
    assert tasks.import_list.run(**told) == "in_force"
    assert not path.exists()


def test_somebody_asks_and_it_is_looked_at_now(publisher, look, clock, monkeypatch):
    sent = []
    monkeypatch.setattr(looking.current_app, "send_task", lambda name, **told: sent.append(name))
    look()
    user = builders.aldous()
    asked = looking.ask("un_sc", user=user, by=builders.actor(user))
    (event,) = told("list.look_asked")
    assert event.subjects == [{"kind": "listlook", "id": str(asked.pk)}]
    ListLook.objects.update(asked_at=START + timedelta(seconds=1))  # the clock of this test
    clock.forward(seconds=2)
    assert look() == ["unchanged"]
    assert look() == []


def test_who_may_ask_for_a_look_and_for_which(publisher):
    user, approver = builders.aldous(), builders.person("nobody", Role.DATA_PROTECTION_OFFICER)
    with pytest.raises(NotAllowed):
        looking.ask("un_sc", user=approver, by=builders.actor(approver))
    with pytest.raises(InvalidInput):
        looking.ask("mars", user=user, by=builders.actor(user))
    with pytest.raises(Conflict, match="not switched on"):
        looking.ask("eu_fsf", user=user, by=builders.actor(user))


def overnight(publisher, look, clock, left):
    """Forty people are listed; the next day so many are left. The state of the second look."""
    publisher.serve("un_sc", {"consolidated.xml": un(40)})
    assert look() == ["in_force"]
    publisher.serve("un_sc", {"consolidated.xml": un(left, "2026-02-02")})
    clock.forward(hours=24)
    return look()


def test_a_list_that_shrinks_by_nine_tenths_overnight_is_held_and_confirms_nothing(publisher, look, clock):
    assert overnight(publisher, look, clock, left=4) == ["held"]
    clock.forward(hours=1)
    assert look() == ["unchanged"]  # since the version that is held
    assert row().confirmed_at == START
    assert len(list(store.entries_in_force())) == 40
    (why,) = freshness.overdue(START + timedelta(hours=27))
    assert "UN Security Council Consolidated List was last known to be current at 2026-09-01 08:00" in why


def test_one_approver_rejects_a_held_version_and_the_list_goes_on_ageing(publisher, look, clock):
    overnight(publisher, look, clock, left=4)
    version = ListVersion.objects.get(state="held")
    reviewer, approver = builders.aldous(), builders.renwick()
    with pytest.raises(NotAllowed):
        service.reject_version(version, reason="half", user=reviewer, by=builders.actor(reviewer))
    with pytest.raises(InvalidInput):
        service.reject_version(version, reason=" ", user=approver, by=builders.actor(approver))
    service.ask_for_version(version, reason="announced", user=approver, by=builders.actor(approver))
    service.reject_version(version, reason="Half a file.", user=approver, by=builders.actor(approver))
    version.refresh_from_db()
    assert (version.state, version.notes) == ("refused", {"rejected": "Half a file."})
    assert told("list.refused")[-1].reason == "Half a file."
    with pytest.raises(Conflict):
        service.approve_version(version, reason="yes", user=approver, by=builders.actor(approver))
    clock.forward(hours=1)
    assert look() == ["unchanged"]
    assert row().confirmed_at == START
    publisher.serve("un_sc", {"consolidated.xml": un(41, "2026-02-03")})
    clock.forward(hours=1)
    assert look() == ["in_force"]
    assert row().confirmed_at == clock.now


def test_an_older_file_of_the_publisher_changes_nothing_and_what_is_in_force_is_current(
    publisher, look, clock, tmp_path
):
    path = tmp_path / "newer.xml"
    path.write_text(un(2, "2026-03-01"))
    service.import_version(source="un_sc", path=path, by=SYSTEM, now=START)
    clock.forward(hours=1)
    assert look() == ["history"]
    assert row().confirmed_at == clock.now
    assert len(list(store.entries_in_force())) == 2


def test_one_that_failed_keeps_no_other_waiting(publisher, look, settings):
    settings.LOCKGATE_LISTS = "eu_fsf, un_sc"
    assert look() == ["failed", "in_force"]


def test_a_source_that_comes_as_a_document_fails_visibly(publisher, look, settings, clock):
    settings.LOCKGATE_LISTS, settings.LOCKGATE_LIST_MIRROR = "au_dfat", ""
    with pytest.raises(InvalidInput):
        look()
    assert "published as a document" in row().error
    assert look() == []


def test_the_names_of_the_setting():
    assert switched_on(" un_sc, us_ofac_sdn,un_sc ") == ("un_sc", "us_ofac_sdn")
    assert switched_on("all") == tuple(name for name, source in SOURCES.items() if source.addresses)
    assert own_limits("us_ofac_sdn=12, un_sc=48") == {
        "us_ofac_sdn": timedelta(hours=12),
        "un_sc": timedelta(hours=48),
    }
    with pytest.raises(Misconfigured, match="mars is none of"):
        switched_on("un_sc,mars")
    for wrong in ("mars=3", "un_sc", "un_sc=x", "un_sc=0"):
        with pytest.raises(Misconfigured, match="not a source and its hours"):
            own_limits(wrong)


@pytest.mark.parametrize(("on", "limits"), [("un_cs", ""), ("", "un_sc=soon")])
def test_a_misspelt_setting_stops_the_start(on, limits):
    with pytest.raises(SystemExit, match=r"^LOCKGATE_LIST(S|_LIMITS): un_"):
        check_lists(on, limits)
    check_lists("all", "un_sc=12")


def test_beat_says_look_and_a_worker_does(publisher):
    from config.schedule import SCHEDULE

    entry = SCHEDULE["look for new versions of lists"]
    assert tasks.look_at_lists.name == entry["task"] == looking.TASK
    assert tasks.look_at_lists.run() == ["in_force"]
