"""From the application to the decided alert, over HTTP with tokens."""

import pytest

from accounts.roles import Role
from audit.models import Event
from audit.record import SYSTEM
from core.scope import STAFF, acting_in
from kyc.lists import service as lists
from kyc.models import Application, Question, Tenant
from tests import builders
from tests.kyc.api.client import Api, fields, ok, wrong
from tests.kyc.commands.lists import KONRAD, OSTAP, lines
from tests.kyc.onboarding.test_path import work_off

pytestmark = pytest.mark.django_db

SHARES = {"type": "shareholding", "directOrIndirect": "direct"}


@pytest.fixture
def people():
    with acting_in(STAFF):
        return {
            "aldous": builders.aldous(),
            "renwick": builders.renwick(),
            "halloway": builders.halloway(),
            "stranger": builders.stranger(),
        }


@pytest.fixture
def reviewer(people):
    return Api(people["aldous"])


@pytest.fixture
def approver(people):
    return Api(people["renwick"])


def import_list(tmp_path, *entries, name="list.json"):
    with acting_in(STAFF):
        lists.import_version(source="ftm", path=lines(tmp_path / name, *entries), by=SYSTEM)


def opened(api):
    return ok(api.post("applications/", {"name": "Veldmarin Robotics", "country": "SG"}), 201)


def person(api, tenant, reference="konrad", name="Konrad Eszterlund", **properties):
    body = {
        "tenant": tenant,
        "reference": reference,
        "schema": "Person",
        "country": "AT",
        "properties": {"name": [name], **{k: [v] for k, v in properties.items()}},
    }
    return api.post("parties/", body)


def stake(api, tenant, owner="konrad", percent=100, reference="s1"):
    body = {
        "tenant": tenant,
        "reference": reference,
        "subject": "self",
        "interested": owner,
        "interests": [{**SHARES, "share": {"exact": percent}}],
    }
    return api.post("ownership-statements/", body)


def work():
    with acting_in(STAFF):
        work_off()


@pytest.fixture
def submitted(reviewer, tmp_path):
    import_list(tmp_path, OSTAP)
    application = opened(reviewer)
    tenant = application["tenant"]
    party = ok(
        person(reviewer, tenant, birthDate="1968-02-29", passportNumber="P4417720"),
        201,
    )
    ok(stake(reviewer, tenant), 201)
    ok(reviewer.post(f"applications/{application['id']}/submit/"))
    work()
    return {"application": application["id"], "tenant": tenant, "party": party["id"]}


def evidence(api, party, name="Konrad Eszterlund"):
    return api.post("documents/", {"party": party, "kind": "passport", "fields": {"name": name}})


def test_the_path_from_the_application_to_the_approval(submitted, reviewer, approver):
    where = f"applications/{submitted['application']}/"
    shown = ok(reviewer.get(where))
    assert (shown["state"], shown["tenant_name"]) == ("submitted", "Veldmarin Robotics")
    assert shown["open_points"] == ["the identity of 1 beneficial owners is not proved"]
    refused = wrong(approver.post(where + "approve/", {}, key="first"), 409)
    assert refused["reasons"] == shown["open_points"]
    check = ok(evidence(reviewer, submitted["party"]), 201)
    assert check["result"] == "good"
    assert [c["id"] for c in ok(reviewer.get("identity-checks/"))["results"]] == [check["id"]]
    work()
    done = ok(approver.post(where + "approve/", {"reason": "all in order"}, key="second"))
    assert (done["state"], done["decided_reason"]) == ("approved", "all in order")
    tenant = ok(reviewer.get(f"tenants/{submitted['tenant']}/"))
    assert tenant["state"] == "approved"
    assert tenant["rating"]["level"] in ("low", "medium", "high")
    assert tenant["ownership"]["beneficial_owners"][0]["id"] == submitted["party"]
    assert [line["is_current"] for line in tenant["screening"]] == [True]
    with acting_in(STAFF):
        assert Event.objects.filter(verb="approval.refused").count() == 1, "the refusal stands in the log"
        assert Event.objects.get(verb="tenant.approved").actor_kind == "token"


def test_a_replayed_post_acts_once_and_gets_the_same_answer(reviewer):
    body = {"name": "Veldmarin Robotics", "country": "SG"}
    first = reviewer.post("applications/", body, key="k1")
    again = reviewer.post("applications/", body, key="k1")
    assert ok(again, 201) == ok(first, 201)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert fields(reviewer.post("applications/", {**body, "country": "IE"}, key="k1")) == ["Idempotency-Key"]
    with acting_in(STAFF):
        assert Application.objects.count() == 1


def test_an_approval_needs_an_idempotency_key(submitted, approver):
    body = wrong(approver.post(f"applications/{submitted['application']}/approve/", {}), 400)
    assert "Idempotency-Key" in body["detail"]


def test_a_submission_that_contradicts_itself_is_refused_with_every_reason(reviewer):
    application = opened(reviewer)
    refused = wrong(reviewer.post(f"applications/{application['id']}/submit/"), 409)
    assert refused["errors"][0]["field"] == "statements"
    with acting_in(STAFF):
        assert Event.objects.filter(verb="application.refused").count() == 1
    assert ok(reviewer.get(f"applications/{application['id']}/"))["state"] == "draft"


def test_facts_are_checked_and_drafts_are_kept_as_typed(reviewer):
    where = f"applications/{opened(reviewer)['id']}/"
    kept = ok(reviewer.send("PATCH", where, {"draft": {"1": {"formed_on": "last year"}}}))
    assert kept["draft"] == {"1": {"formed_on": "last year"}}
    assert fields(reviewer.send("PATCH", where, {"facts": {"formed_on": "last year"}})) == ["facts.formed_on"]
    assert ok(reviewer.send("PATCH", where, {"facts": {"staff": 12}}))["facts"] == {"staff": 12}
    assert fields(reviewer.send("PATCH", where, {})) == ["facts"]


def test_a_change_of_what_somebody_else_changed_is_refused(submitted, reviewer):
    where = f"parties/{submitted['party']}/"
    read = reviewer.get(where)
    etag = read.headers["ETag"]
    assert reviewer.get(where, headers={"If-None-Match": etag}).status_code == 304
    body = {"properties": {"name": ["Konrad Eszterlund"], "alias": ["K. E."]}}
    ok(reviewer.send("PUT", where, body, headers={"If-Match": etag}))
    wrong(reviewer.send("PUT", where, body, headers={"If-Match": etag}), 412)
    assert ok(reviewer.get(where))["properties"]["alias"] == ["K. E."]


def test_bad_input_names_the_field(submitted, reviewer):
    tenant = submitted["tenant"]
    assert fields(reviewer.post("applications/", {"name": "X", "country": "XX"})) == ["country"]
    assert fields(reviewer.post("applications/", {"country": "SG"})) == ["name"]
    assert fields(reviewer.post("applications/", {"name": "X", "country": "SG", "colour": 1})) == ["colour"]
    assert fields(person(reviewer, tenant, "p2", shoeSize="44")) == ["properties.shoeSize"]
    assert fields(person(reviewer, tenant, "p2", birthDate="yesterday")) == ["properties.birthDate"]
    assert fields(stake(reviewer, tenant, "self", reference="s2")) == ["interestedParty"]
    assert fields(stake(reviewer, tenant, "nobody", reference="s2")) == ["interestedParty"]
    assert fields(stake(reviewer, tenant, percent=120, reference="s2")) == ["interests[0].share.exact"]
    above = stake(reviewer, tenant, percent=60, reference="s2")
    assert fields(above) == ["recordDetails.interests.share"]
    assert "above 100" in above.json()["detail"]
    assert fields(reviewer.post("documents/", {"party": submitted["party"], "kind": "letter"})) == ["kind"]
    assert fields(reviewer.post("documents/", {"party": submitted["party"], "kind": "passport"})) == ["lines"]
    assert fields(reviewer.get("tenants/", colour="red")) == ["colour"]
    assert fields(reviewer.get("screening-alerts/", state="asleep")) == ["state"]
    assert fields(reviewer.post("parties/", {"reference": "x"})) != []
    broken = reviewer.client.post(
        "/api/v1/parties/", b"{", content_type="application/json", headers=reviewer.headers
    )
    wrong(broken, 400)


def test_a_reference_that_is_taken_is_a_conflict(submitted, reviewer):
    wrong(person(reviewer, submitted["tenant"]), 409)


def test_a_statement_can_be_taken_out_of_force_once(submitted, reviewer):
    (statement,) = ok(reviewer.get("ownership-statements/", tenant=submitted["tenant"]))["results"]
    where = f"ownership-statements/{statement['id']}/"
    assert reviewer.send("DELETE", where + "?reason=sold").status_code == 204
    assert ok(reviewer.get(where))["removed_at"] is not None
    wrong(reviewer.send("DELETE", where), 409)


@pytest.fixture
def alert(submitted, reviewer, tmp_path):
    import_list(tmp_path, OSTAP, KONRAD, name="next.json")
    work()
    (found,) = ok(reviewer.get("screening-alerts/", state="undecided"))["results"]
    return found


def test_an_alert_explains_itself_and_two_people_decide_it(alert, submitted, reviewer, people):
    assert (alert["entry"], alert["party"], alert["holds"]) == ("demo-2", submitted["party"], True)
    assert alert["explanation"]["sentences"]
    total = sum(line["score"] * line["weight"] for line in alert["explanation"]["explanation"])
    assert total == pytest.approx(alert["score"], abs=0.01)
    where = f"screening-alerts/{alert['label']}/"
    assert ok(reviewer.get(where)) == alert
    taken = ok(reviewer.post(where + "take/"))
    assert taken["taken_by"] == str(people["aldous"].pk)
    body = {"kind": "true_match", "reason": "the same passport"}
    first = ok(reviewer.post(where + "decide/", body))
    assert (first["became"], first["alert"]["state"]) == ("proposed", "proposed")
    again = wrong(reviewer.post(where + "decide/", body), 409)
    assert again["reasons"] == ["the second person must not be the first"]
    final = ok(Api(people["renwick"]).post(where + "decide/", body))
    assert (final["became"], final["alert"]["state"]) == ("final", "true_match")
    wrong(reviewer.post(where + "decide/", body), 409)
    assert ok(reviewer.get("screening-alerts/", state="undecided"))["results"] == []


def test_a_clearing_can_be_taken_back_at_once_and_an_alert_handed_on(alert, reviewer, people):
    where = f"screening-alerts/{alert['id']}/"
    handed = ok(reviewer.post(where + "escalate/", {"note": "look at the passport"}))
    assert handed["state"] == "escalated"
    assert fields(reviewer.post(where + "escalate/", {})) == ["note"]
    body = {"kind": "false_positive", "reason": "a namesake"}
    ok(reviewer.post(where + "decide/", body))
    second = Api(people["renwick"])
    assert ok(second.post(where + "decide/", body))["alert"]["state"] == "false_positive"
    wrong(reviewer.post(where + "undo/"), 409)
    assert ok(second.post(where + "undo/"))["state"] == "open"


def test_a_question_is_asked_by_staff_and_answered_once_by_the_tenant(submitted, reviewer):
    with acting_in(STAFF):
        organisation = Tenant.objects.get(pk=submitted["tenant"]).organisation
        applicant = builders.person("una", Role.APPLICANT, at=organisation)
    own = Api(applicant)
    made = ok(reviewer.post("questions/", {"tenant": submitted["tenant"], "text": "Who is Konrad?"}), 201)
    assert [q["id"] for q in ok(own.get("questions/", state="open"))["results"]] == [made["id"]]
    answered = ok(own.post(f"questions/{made['id']}/answer/", {"answer": "The founder."}))
    assert answered["answer"] == "The founder."
    wrong(own.post(f"questions/{made['id']}/answer/", {"answer": "Somebody else."}), 409)
    wrong(own.post("questions/", {"tenant": submitted["tenant"], "text": "Why?"}), 403)
    with acting_in(STAFF):
        assert Question.objects.get().answered_by == applicant
