"""The log over the API: staff read it whole, an examiner its scopes, and of others nothing."""

import io
import zipfile

import pytest

from accounts import disclosure
from accounts.models import Organisation
from accounts.roles import Act, Kind, Role
from audit import export, sequencer
from audit.models import Event
from core.scope import STAFF, acting_in, staff_transaction
from kyc.onboarding import service
from tests import builders
from tests.kyc.api.client import Api, fields, ok, wrong


@pytest.fixture
def log(committed_db):
    """Two tenants' events, sequenced and signed; an examiner for Singapore."""
    with staff_transaction():
        reviewer = builders.aldous()
        by = builders.actor(reviewer)
        ours = service.open_application(name="Veldmarin", country="SG", user=reviewer, by=by).tenant
        theirs = service.open_application(name="Kestrel", country="IE", user=reviewer, by=by).tenant
        regulator = Organisation.objects.create(kind=Kind.REGULATOR, name="Harbour Authority", country="SG")
        examiner = builders.person("edda", Role.EXAMINER, at=regulator)
        approver = builders.renwick()
        disclosure.grant(
            recipient=regulator,
            scope="jurisdiction:SG",
            legal_basis="s 12 of an invented act",
            user=approver,
            by=builders.actor(approver),
        )
    sequencer.sequence()
    sequencer.checkpoint()
    return {
        "reviewer": Api(reviewer),
        "approver": Api(approver),
        "examiner": Api(examiner),
        "ours": ours,
        "theirs": theirs,
    }


def verbs(answer):
    return [event["verb"] for event in ok(answer)["results"]]


def test_staff_read_the_whole_log_with_its_places(log):
    (*_, first) = ok(log["reviewer"].get("audit/events/", limit=100))["results"]
    assert first["verb"] == "application.opened"
    assert (first["index"], first["is_signed"]) == (0, True)
    assert first["scopes"] == ["all", "jurisdiction:SG", f"tenant:{log['ours'].pk}"]
    assert {"kind": "tenant", "id": str(log["ours"].pk)} in first["subjects"]
    entered = next(
        e for e in ok(log["reviewer"].get("audit/events/"))["results"] if e["verb"] == "party.entered"
    )
    assert "Veldmarin" not in str(entered) and "Kestrel" not in str(entered), "names are commitments only"


def test_events_are_filtered_and_paged(log):
    api = log["reviewer"]
    assert set(verbs(api.get("audit/events/", verb="party.entered"))) == {"party.entered"}
    assert len(verbs(api.get("audit/events/?verb=party.entered&verb=application.opened"))) == 4
    assert verbs(api.get("audit/events/", since="2099-01-01")) == []
    assert verbs(api.get("audit/events/", until="2020-01-01T00:00:00Z")) == []
    about = f"tenant:{log['theirs'].pk}"
    for answer in (api.get("audit/events/", subject=about), api.get("audit/events/", scope=about)):
        assert verbs(answer) == ["party.entered", "application.opened"]
    seen, address = [], "/api/v1/audit/events/?limit=2"
    while address:
        page = ok(api.client.get(address, headers=api.headers))
        seen += [event["id"] for event in page["results"]]
        address = page["next"]
    with staff_transaction():
        assert len(seen) == len(set(seen)) == Event.objects.count()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("verb", "party.eaten"),
        ("since", "yesterday"),
        ("until", "2026-01-01T00:00:00"),
        ("subject", "tenant"),
        ("cursor", "x"),
        ("limit", "0"),
        ("colour", "red"),
    ],
)
def test_a_filter_that_cannot_be_is_refused(log, name, value):
    assert fields(log["reviewer"].get("audit/events/", **{name: value})) == [name]


def test_an_examiner_sees_its_scope_and_nothing_of_another(log):
    examiner = log["examiner"]
    events = ok(examiner.get("audit/events/"))["results"]
    assert [event["verb"] for event in events] == ["party.entered", "application.opened"]
    assert {scope for event in events for scope in event["scopes"]} == {"jurisdiction:SG"}
    wrong(examiner.get("audit/events/", scope="jurisdiction:IE"), 404)
    wrong(examiner.get("audit/events/", scope="all"), 404)
    about = f"tenant:{log['theirs'].pk}"
    assert verbs(examiner.get("audit/events/", subject=about)) == []
    foreign = ok(log["reviewer"].get("audit/events/", subject=about))["results"][0]["id"]
    ok(log["reviewer"].get(f"audit/events/{foreign}/"))
    wrong(examiner.get(f"audit/events/{foreign}/"), 404)
    wrong(examiner.get("tenants/"), 403)


def test_one_event_comes_with_its_proof(log):
    event = ok(log["examiner"].get("audit/events/"))["results"][0]
    shown = ok(log["examiner"].get(f"audit/events/{event['id']}/"))
    assert shown["proof"]["index"] == event["index"]
    assert shown["proof"]["path"] and shown["proof"]["checkpoint"].startswith("lockgate")
    with staff_transaction():
        late = log["ours"]
        user = log["reviewer"].user
        service.ask(late, text="Why?", user=user, by=builders.actor(user))
    newest = ok(log["reviewer"].get("audit/events/"))["results"][0]
    assert (newest["index"], newest["is_signed"]) == (None, False)
    assert ok(log["reviewer"].get(f"audit/events/{newest['id']}/"))["proof"] is None


def test_checkpoints_are_read_by_all_readers_of_the_log(log):
    for api in (log["reviewer"], log["examiner"]):
        (checkpoint,) = ok(api.get("audit/checkpoints/"))["results"]
        assert checkpoint["grows"] and checkpoint["note"].endswith("\n")
        assert len(checkpoint["root"]) == 64
    wrong(Api().get("audit/checkpoints/"), 401)


def test_an_examiner_exports_its_scope_and_downloads_the_bundle(log, settings, tmp_path):
    settings.LOCAL_DIR = tmp_path
    examiner = log["examiner"]
    asked = ok(examiner.post("audit/exports/", {"scope": "jurisdiction:SG"}, key="e1"), 202)
    assert (asked["state"], asked["legal_basis"]) == ("asked", "s 12 of an invented act")
    wrong(examiner.get(f"audit/exports/{asked['id']}/download/"), 404)
    assert export.build_open() == 1
    ready = ok(examiner.get(f"audit/exports/{asked['id']}/"))
    assert ready["state"] == "ready"
    response = examiner.get(f"audit/exports/{asked['id']}/download/")
    content = b"".join(response.streaming_content)
    assert response.status_code == 200 and len(content) == ready["size"]
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    assert [row["id"] for row in ok(examiner.get("audit/exports/"))] == [asked["id"]]


def test_an_export_of_a_foreign_scope_is_refused_and_the_refusal_kept(log):
    wrong(log["examiner"].post("audit/exports/", {"scope": "jurisdiction:IE"}), 404)
    recipient = {"scope": "jurisdiction:SG", "recipient": str(log["ours"].pk)}
    assert fields(log["examiner"].post("audit/exports/", recipient)) == ["recipient"]
    with staff_transaction():
        assert Event.objects.filter(verb="export.refused").count() == 1
        foreign = Organisation.objects.create(kind=Kind.REGULATOR, name="Elsewhere", country="IE")
        other = builders.person("ottoline", Role.EXAMINER, at=foreign)
    asked = ok(log["approver"].post("audit/exports/", {"scope": "all"}), 202)
    wrong(Api(other).get(f"audit/exports/{asked['id']}/"), 404)
    assert ok(Api(other).get("audit/exports/")) == []
    wrong(log["reviewer"].post("audit/exports/", {"scope": "all"}), 403)
    with acting_in(STAFF):
        narrow = Api(log["approver"].user, Act.SEE_LOG)
    wrong(narrow.post("audit/exports/", {"scope": "all"}), 403)
