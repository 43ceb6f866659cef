"""Importing versions: what comes into force, what is held, refused or only kept."""

import json
from datetime import UTC, date, datetime

import pytest

from audit.models import Event
from audit.record import SYSTEM
from core.errors import Conflict, InvalidInput, NotAllowed
from core.scope import STAFF, acting_in
from kyc.lists import service, store
from kyc.models import Entry, EntryChange, EntryContent, ListVersion
from tests import builders
from tests.kyc.lists.test_csl import EL, table
from tests.kyc.lists.written import ADD, ALT, END, SDN, csl_json
from tests.locks import held_elsewhere

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def staff():
    with acting_in(STAFF):
        yield


def entity(number, name=None, **properties):
    values = {key: [value] for key, value in properties.items()}
    return {
        "id": f"x-{number}",
        "caption": name or f"Invented Party {number}",
        "schema": "Company",
        "datasets": ["invented"],
        "properties": {"name": [name or f"Invented Party {number}"], **values},
    }


def ftm(tmp_path, *entities, text=None):
    path = tmp_path / "list.json"
    path.write_text(text if text is not None else "".join(json.dumps(e) + "\n" for e in entities))
    return path


def run(path, source="ftm", **options):
    return service.import_version(source=source, path=path, by=SYSTEM, now=options.pop("now", NOW), **options)


def told(verb):
    return list(Event.objects.filter(verb=verb).order_by("pk"))


def in_force():
    return {entry.key: entry for entry in store.entries_in_force()}


def test_a_first_version_comes_into_force_and_is_recorded(tmp_path):
    result = run(ftm(tmp_path, entity(1), entity(2)))
    assert (result.state, result.entities, result.added, result.changed, result.removed) == (
        "in_force",
        2,
        2,
        0,
        0,
    )
    assert result.digest.startswith("sha256:")
    assert set(in_force()) == {"x-1", "x-2"}
    (event,) = told("list.imported")
    assert event.payload["added"] == 2
    assert event.versions == {"ftm": result.version}


def test_a_next_version_writes_what_changed_and_nothing_else(tmp_path):
    run(ftm(tmp_path, entity(1), entity(2), entity(3)))
    result = run(ftm(tmp_path, entity(1), entity(2, notes="a remark"), entity(4)))
    version = ListVersion.objects.get(number=result.version)
    rows = {row.key: row for row in EntryChange.objects.filter(version=version)}
    assert {key: (row.kind, row.match_relevant) for key, row in rows.items()} == {
        "x-2": ("changed", False),
        "x-3": ("removed", True),
        "x-4": ("added", True),
    }
    assert rows["x-2"].before_id and rows["x-2"].after_id and rows["x-3"].after_id is None
    assert set(in_force()) == {"x-1", "x-2", "x-4"}
    gone = Entry.objects.get(key="x-3")
    assert gone.until_id == version.pk
    assert ListVersion.objects.filter(state="in_force").count() == 1


def test_the_same_file_twice_changes_nothing(tmp_path):
    first = run(ftm(tmp_path, entity(1), entity(2)))
    contents = EntryContent.objects.count()
    second = run(ftm(tmp_path, entity(2), entity(1)))
    assert (second.added, second.changed, second.removed) == (0, 0, 0)
    assert second.digest == first.digest
    assert EntryContent.objects.count() == contents
    assert Entry.objects.filter(until__isnull=True).count() == Entry.objects.count() == 2


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(entity(1)) + "\n" + json.dumps(entity(2))[:-9],
        "<html><body>Service unavailable</body></html>",
        "",
    ],
    ids=["cut off in an entry", "a page instead of the list", "empty"],
)
def test_a_damaged_file_is_refused_whole_and_the_version_before_stays(tmp_path, text):
    before = run(ftm(tmp_path, entity(1), entity(9)))
    with pytest.raises(InvalidInput):
        run(ftm(tmp_path, text=text))
    assert store.in_force_numbers() == {"ftm": before.version}
    assert set(in_force()) == {"x-1", "x-9"}
    (event,) = told("list.refused")
    assert event.payload == {"source": "ftm"} and event.reason
    assert ListVersion.objects.filter(state="refused").count() == 1


def test_a_source_or_file_that_is_not_there_is_no_version(tmp_path):
    for source, path, field in (("mars", tmp_path, "source"), ("ftm", tmp_path / "none.json", "file")):
        with pytest.raises(InvalidInput) as caught:
            run(path, source=source)
        assert caught.value.field == field
    assert not ListVersion.objects.exists()


def test_an_older_version_is_kept_and_changes_nothing(tmp_path):
    newer = run(ftm(tmp_path, entity(1), entity(2)), as_of=date(2026, 8, 1))
    older = run(ftm(tmp_path, entity(1), entity(7)), as_of=date(2026, 3, 1))
    assert older.state == "history"
    assert store.in_force_numbers() == {"ftm": newer.version}
    assert set(in_force()) == {"x-1", "x-2"}
    assert not EntryChange.objects.filter(version__number=older.version).exists()
    assert Entry.objects.filter(key="x-7", until__isnull=False).exists()
    assert len(told("list.imported")) == 1


def test_a_version_of_the_future_is_refused(tmp_path):
    with pytest.raises(InvalidInput) as caught:
        run(ftm(tmp_path, entity(1)), as_of=date(2026, 9, 2))
    assert caught.value.field == "as_of"
    assert not in_force()


def test_a_date_before_a_change_in_a_file_without_a_date_is_refused(tmp_path):
    path = tmp_path / "consolidated.csv"
    path.write_text(table({"source": EL, "name": "Invented Works", "start_date": "2026-05-04"}))
    with pytest.raises(InvalidInput) as caught:
        run(path, source="us_csl", as_of=date(2026, 5, 3))
    assert caught.value.field == "as_of"
    assert run(path, source="us_csl", as_of=date(2026, 5, 4)).state == "in_force"


def test_a_clock_set_back_does_not_turn_a_new_version_into_an_old_one(tmp_path):
    """A list that states no date is of the day on which it came, and a wrong day would leave it out."""
    run(ftm(tmp_path, entity(1)))
    result = run(ftm(tmp_path, entity(1), entity(2)), now=NOW.replace(day=1, month=7))
    assert (result.state, result.as_of, result.added) == ("in_force", NOW.date(), 1)
    told_so = run(ftm(tmp_path, entity(3)), as_of=date(2026, 7, 1), now=NOW.replace(month=7))
    assert told_so.state == "history"


def test_a_delta_file_changes_the_version_in_force(tmp_path):
    delta = tmp_path / "d.json"
    delta.write_text(
        "".join(
            json.dumps(line) + "\n"
            for line in (
                {"op": "DEL", "entity": {"id": "x-1"}},
                {"op": "MOD", "entity": entity(2, "Another Name")},
                {"op": "ADD", "entity": entity(4)},
            )
        )
    )
    with pytest.raises(InvalidInput, match="needs a version in force"):
        run(delta)
    run(ftm(tmp_path, entity(1), entity(2), entity(3)))
    result = run(delta)
    assert (result.state, result.added, result.changed, result.removed) == ("in_force", 1, 1, 1)
    assert {key: e.caption for key, e in in_force().items()} == {
        "x-2": "Another Name",
        "x-3": "Invented Party 3",
        "x-4": "Invented Party 4",
    }
    with pytest.raises(InvalidInput, match="another base version"):
        run(delta)
    assert set(in_force()) == {"x-2", "x-3", "x-4"}


def test_a_dry_run_says_what_would_happen_and_stores_nothing(tmp_path):
    run(ftm(tmp_path, *(entity(n) for n in range(20))))
    events, versions = Event.objects.count(), ListVersion.objects.count()
    result = run(ftm(tmp_path, *(entity(n) for n in range(10))), dry_run=True)
    assert (result.state, result.version, result.removed) == ("held", None, 10)
    older = run(ftm(tmp_path, entity(1)), dry_run=True, as_of=date(2020, 1, 1))
    assert older.state == "history"
    assert (Event.objects.count(), ListVersion.objects.count()) == (events, versions)
    assert len(in_force()) == 20


def shrunken(tmp_path):
    run(ftm(tmp_path, *(entity(n) for n in range(20))))
    return run(ftm(tmp_path, *(entity(n) for n in range(12))))


def test_a_version_that_lost_much_waits_until_two_people_approve(tmp_path):
    result = shrunken(tmp_path)
    assert result.state == "held"
    assert len(in_force()) == 20
    version = ListVersion.objects.get(number=result.version)
    first, second = builders.renwick(), builders.halloway()

    def approve(user):
        return service.approve_version(
            version, reason="the publisher announced it", user=user, by=builders.actor(user)
        )

    assert approve(first) is None
    refused = approve(first)
    assert (refused.given, refused.why) == (False, "the second person must not be the first")
    assert len(in_force()) == 20
    assert approve(second).given
    assert len(in_force()) == 12
    assert [e.verb for e in Event.objects.filter(verb__in=["list.held", "list.approved"]).order_by("pk")] == [
        "list.held",
        "list.approved",
    ]
    assert told("list.imported")[-1].payload["removed"] == 8
    with pytest.raises(Conflict):
        approve(second)


def test_only_an_approver_with_a_reason_puts_a_held_version_in_force(tmp_path):
    version = ListVersion.objects.get(number=shrunken(tmp_path).version)
    reviewer, approver = builders.aldous(), builders.renwick()
    with pytest.raises(NotAllowed):
        service.approve_version(version, reason="so", user=reviewer, by=builders.actor(reviewer))
    with pytest.raises(InvalidInput):
        service.approve_version(version, reason=" ", user=approver, by=builders.actor(approver))


def test_a_held_version_is_out_of_date_once_another_came_into_force(tmp_path):
    version = ListVersion.objects.get(number=shrunken(tmp_path).version)
    run(ftm(tmp_path, *(entity(n) for n in range(21))))
    user = builders.renwick()
    with pytest.raises(Conflict, match="import this file again"):
        service.approve_version(version, reason="so", user=user, by=builders.actor(user))


def test_asking_twice_for_a_held_version_stays_one_approval(tmp_path):
    version = ListVersion.objects.get(number=shrunken(tmp_path).version)
    user = builders.renwick()
    asked = [
        service.ask_for_version(version, reason="announced", user=user, by=builders.actor(user))
        for _ in range(2)
    ]
    assert asked[0] == asked[1]
    assert version.state == "held" and len(in_force()) == 20


def test_a_version_that_lost_its_aliases_is_held_too(tmp_path):
    many = [{**entity(n), "properties": {"name": [f"Party {n}"], "alias": ["A", "B"]}} for n in range(12)]
    run(ftm(tmp_path, *many))
    result = run(ftm(tmp_path, *(entity(n, f"Party {n}") for n in range(12))))
    assert (result.state, result.removed) == ("held", 0)
    assert "fewer names" in told("list.held")[-1].reason


def test_two_imports_of_one_source_at_once_are_refused(tmp_path):
    with held_elsewhere("import ftm"), pytest.raises(Conflict, match="being imported already"):
        run(ftm(tmp_path, entity(1)))
    assert not ListVersion.objects.exists()
    assert run(ftm(tmp_path, entity(1))).state == "in_force"


def test_what_a_killed_import_left_behind_is_marked_at_the_next(tmp_path):
    left = ListVersion.objects.create(
        number=900, source="ftm", as_of=NOW.date(), imported_by="system", imported_at=NOW
    )
    run(ftm(tmp_path, entity(1)))
    left.refresh_from_db()
    assert (left.state, left.notes) == ("refused", {"interrupted": 1})


def test_one_party_in_two_sources_is_one_entry_and_the_specific_source_counts(tmp_path):
    sdn = tmp_path / "sdn"
    sdn.mkdir()
    for name, text in (("sdn.csv", SDN), ("add.csv", ADD), ("alt.csv", ALT)):
        (sdn / name).write_text(text + END, newline="")
    csl = tmp_path / "csl.json"
    csl.write_text(
        csl_json(
            [
                {"e": "101", "s": 0, "n": "TULIPWORKS TRADING LLC", "t": "Entity", "u": 0},
                {"e": "999", "s": 0, "n": "LONG DELISTED LLC", "t": "Entity", "u": 0},
                {"s": 1, "n": "Invented Works", "u": 0},
            ]
        )
    )
    run(csl, source="us_csl")
    assert {k for k, e in in_force().items() if "us_ofac_sdn" in e.datasets} == {"ofac-101", "ofac-999"}
    run(sdn, source="us_ofac_sdn")
    entries = in_force()
    assert {k for k, e in entries.items() if "us_ofac_sdn" in e.datasets} == {
        "ofac-101",
        "ofac-102",
        "ofac-103",
    }
    assert len([e for e in entries.values() if e.caption == "TULIPWORKS TRADING LLC"]) == 1
    assert entries["ofac-101"].source == "us_ofac_sdn"
    assert any("us_bis_entity_list" in e.datasets for e in entries.values())
