"""The log, an event with its proof, checkpoints and exports, on committed rows."""

import pytest

from accounts.roles import Role
from audit import export as exports
from audit import sequencer
from audit.models import Export
from audit.record import SYSTEM, record
from audit.verbs import Verb
from core.scope import staff_transaction
from tests import builders
from tests.console.operator.committed import sign_in_committed  # noqa: F401
from tests.console.operator.story import counted, read
from tests.console.spaced import words

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def happened(settings, tmp_path):
    """A tenant with three events under a signed checkpoint and one that waits."""
    settings.LOCAL_DIR = tmp_path
    with staff_transaction():
        tenant = builders.a_tenant()
        for verb in (Verb.APPLICATION_SUBMITTED, Verb.TENANT_APPROVED, Verb.TENANT_HELD):
            record(verb, [tenant], by=SYSTEM, reason="because", payload={"list": {"name": "demo"}})
    sequencer.sequence()
    with staff_transaction():
        sequencer.checkpoint()
    with staff_transaction():
        record(Verb.TENANT_RELEASED, [tenant], by=SYSTEM)
    return tenant


@pytest.fixture
def approver(sign_in_committed):  # noqa: F811
    with staff_transaction():
        user = builders.renwick()
    return sign_in_committed(user)


def test_events_carry_their_badge_and_narrow_to_what_is_asked(approver, happened):
    page = read(approver, "/log/")
    assert page.xpath("//h1")[0].text_content() == "4 events, 3 proved"
    assert "1 wait for the next" in words(page)
    assert len(page.xpath("//tbody/tr")) == 4
    assert len(read(approver, f"/log/?q={happened.label}&verb=tenant.held").xpath("//tbody/tr")) == 1
    assert "Nothing here is called T-9999." in words(read(approver, "/log/?q=T-9999"))
    assert "Write a number such as" in words(read(approver, "/log/?q=anything"))


def test_an_event_shows_its_leaf_and_the_path_that_proves_it(approver, happened):
    text = words(read(approver, "/log/2/"))
    assert "Held a tenant" in text
    assert "Its leaf stands in the tree of 3 events" in text
    assert "list.name demo" in text
    assert "path to checkpoint 3" in text
    assert approver.get("/log/77/").status_code == 404


def test_checkpoints_are_proved_to_grow(approver, happened):
    sequencer.sequence()
    with staff_transaction():
        sequencer.checkpoint()
    rows = [words(row) for row in read(approver, "/log/checkpoints/").xpath("//tbody/tr")]
    assert len(rows) == 2
    assert "4 +1" in rows[0]
    assert all("Proved" in row for row in rows)


def test_an_export_is_asked_for_watched_and_taken(approver, happened):
    wrong = approver.post("/exports/new/", {"tenant": "T-9", "recipient": ""})
    assert wrong.status_code == 422
    assert "No tenant is called so." in wrong.content.decode()
    asked = approver.post("/exports/new/", {"tenant": happened.label})
    with staff_transaction():
        export = Export.objects.get()
    assert (asked.status_code, asked["Location"]) == (303, f"/exports/{export.pk}/")
    page = read(approver, f"/exports/{export.pk}/")
    assert "Waits for a worker" in words(page)
    assert page.xpath("//*[@id='live']/@hx-trigger") == ["every 1s"]
    assert approver.get(f"/exports/{export.pk}/bundle.zip").status_code == 404
    exports.build_open()
    page = read(approver, f"/exports/{export.pk}/")
    assert "1 to 4 without a gap" in words(page)
    assert page.xpath("//*[@id='live']/@hx-trigger") == []
    bundle = approver.get(f"/exports/{export.pk}/bundle.zip")
    assert b"".join(bundle.streaming_content).startswith(b"PK")


def test_an_export_that_runs_can_be_stopped(approver, happened):
    approver.post("/exports/new/", {})
    with staff_transaction():
        export = Export.objects.get()
    approver.post(f"/exports/{export.pk}/stop/")
    assert "Stopped" in words(read(approver, "/exports/"))


def test_who_may_not_export_or_see_the_log_is_refused(sign_in_committed, happened):  # noqa: F811
    with staff_transaction():
        reviewer = builders.aldous()
        tenant_person = builders.person("tan", Role.APPLICANT, at=happened.organisation)
    assert sign_in_committed(reviewer).get("/exports/new/").status_code == 403
    assert sign_in_committed(tenant_person).get("/log/").status_code == 403


def test_pages_cost_at_most_twenty_queries(approver, happened):
    for path in ("/log/", "/log/2/", "/log/checkpoints/", "/exports/", "/exports/new/"):
        read(approver, path)
        with counted() as statements:
            read(approver, path)
        assert len(statements) <= 20, (path, "\n".join(statements))
