"""No token, no scope, another tenant: 401, 403, and 404 as if nothing were there."""

import pytest
from django.utils import timezone

from accounts.models import ApiToken
from accounts.roles import Act, Role
from core.scope import STAFF, acting_in, staff_transaction
from kyc.models import Tenant
from kyc.onboarding import service
from kyc.screening import party_flags
from tests import builders
from tests.kyc.api.client import Api, ok, wrong
from tests.kyc.onboarding.test_path import veldmarin

COLLECTIONS = (
    "tenants",
    "applications",
    "parties",
    "ownership-statements",
    "documents",
    "identity-checks",
    "questions",
)


@pytest.fixture
def chain():
    """A tenant with its chain, its own applicant, a reviewer and a stranger."""
    with acting_in(STAFF):
        reviewer = builders.aldous()
        by = builders.actor(reviewer)
        application = veldmarin(reviewer)
        tenant = application.tenant
        applicant = builders.person("una", Role.APPLICANT, at=tenant.organisation)
        question = service.ask(tenant, text="Who is Konrad?", user=reviewer, by=by)
        return {
            "reviewer": reviewer,
            "applicant": applicant,
            "stranger": builders.stranger(),
            "tenant": tenant,
            "application": application,
            "party": tenant.parties.first(),
            "statement": tenant.statements.first(),
            "question": question,
        }


def objects(chain):
    return {
        "tenants": chain["tenant"].pk,
        "applications": chain["application"].pk,
        "parties": chain["party"].pk,
        "ownership-statements": chain["statement"].pk,
        "questions": chain["question"].pk,
    }


@pytest.mark.django_db
def test_without_a_token_nothing_is_answered(chain):
    for name in (*COLLECTIONS, "screening-alerts"):
        response = Api().get(f"{name}/")
        wrong(response, 401)
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.django_db
def test_a_token_that_ended_is_none(chain):
    api = Api(chain["reviewer"])
    ApiToken.objects.update(revoked_at=timezone.now())
    wrong(api.get("tenants/"), 401)


@pytest.mark.django_db
def test_a_token_does_no_more_than_its_scopes_say(chain):
    reader = Api(chain["reviewer"], Act.SEE_TENANTS)
    ok(reader.get("tenants/"))
    wrong(reader.post("applications/", {"name": "X", "country": "SG"}), 403)
    matcher = Api(chain["reviewer"], Act.MATCH)
    wrong(matcher.get("tenants/"), 403)


@pytest.mark.django_db
def test_a_service_sees_the_token_not_the_whole_person(chain):
    """Inside, a right is asked of the person again: the token narrows that answer too."""
    with acting_in(STAFF):
        both = builders.person("both", Role.REVIEWER)
    narrow = Api(both, Act.SEE_TENANTS, Act.CONFIRM_MATCHES)
    wrong(narrow.post("screening-alerts/A-1/take/"), 403)
    wrong(narrow.post("questions/", {"tenant": str(chain["tenant"].pk), "text": "?"}), 403)


@pytest.mark.django_db
def test_a_tenant_reads_its_own_and_a_stranger_sees_nothing(chain):
    own, stranger = Api(chain["applicant"]), Api(chain["stranger"])
    for name, key in objects(chain).items():
        ok(own.get(f"{name}/{key}/"))
        wrong(stranger.get(f"{name}/{key}/"), 404)
    for name in COLLECTIONS:
        keys = {row["id"] for row in ok(own.get(f"{name}/"))["results"]}
        theirs = {row["id"] for row in ok(stranger.get(f"{name}/"))["results"]}
        assert not keys & theirs
        if name in objects(chain):
            assert str(objects(chain)[name]) in keys
    wrong(stranger.get("parties/", tenant=str(chain["tenant"].pk)), 404)


@pytest.mark.django_db
def test_flags_of_a_party_are_read_by_staff_alone(chain):
    with acting_in(STAFF):
        told = {"kind": "adverse_media", "source": "Harbour Gazette", "note": "Charged with fraud."}
        user = chain["reviewer"]
        party_flags.set_by_hand(chain["party"], **told, user=user, by=builders.actor(user))
    path = f"parties/{chain['party'].pk}/"
    (flag,) = ok(Api(chain["reviewer"]).get(path))["flags"]
    assert {name: flag[name] for name in told} == told
    own = ok(Api(chain["applicant"]).get(path))
    assert "flags" not in own and "Gazette" not in str(own)


@pytest.mark.django_db
def test_a_stranger_changes_nothing(chain):
    stranger = Api(chain["stranger"])
    party = objects(chain)["parties"]
    wrong(stranger.send("PUT", f"parties/{party}/", {"properties": {"name": ["X"]}}), 404)
    wrong(stranger.send("DELETE", f"ownership-statements/{chain['statement'].pk}/"), 404)
    wrong(stranger.post(f"applications/{chain['application'].pk}/submit/"), 404)
    wrong(stranger.post(f"questions/{chain['question'].pk}/answer/", {"answer": "no"}), 404)
    body = {
        "tenant": str(chain["tenant"].pk),
        "reference": "x",
        "schema": "Person",
        "properties": {"name": ["X"]},
    }
    wrong(stranger.post("parties/", body), 404)


@pytest.mark.django_db
def test_a_tenant_never_learns_of_a_match_under_review(chain):
    with acting_in(STAFF):
        Tenant.objects.filter(pk=chain["tenant"].pk).update(
            state="held", state_reason="Match under review", state_citation="OFAC 50 Percent Rule"
        )
    own = Api(chain["applicant"])
    for answer in (
        ok(own.get(f"tenants/{chain['tenant'].pk}/")),
        ok(own.get("tenants/"))["results"][0],
        ok(own.get(f"applications/{chain['application'].pk}/")),
    ):
        text = str(answer)
        assert "review" not in text and "OFAC" not in text
        assert not {"state_reason", "rating", "ownership", "screening", "open_points"} & answer.keys()
    wrong(own.get("screening-alerts/"), 403)
    staff = ok(Api(chain["reviewer"]).get(f"tenants/{chain['tenant'].label}/"))
    assert staff["state_reason"] == "Match under review"


@pytest.mark.django_db
def test_a_tenants_own_people_enter_their_chain(chain):
    own = Api(chain["applicant"])
    body = {"reference": "una", "schema": "Person", "properties": {"name": ["Una Veldmarin"]}}
    made = ok(own.post("parties/", body), 201)
    assert made["tenant"] == str(chain["tenant"].pk)
    assert "flags" not in made


@pytest.mark.django_db
def test_an_address_means_the_same_without_its_last_slash(chain):
    api = Api(chain["reviewer"])
    assert ok(api.get("tenants")) == ok(api.get("tenants/"))
    ok(api.post("applications", {"name": "No Slash Ltd", "country": "IE"}), 201)


@pytest.mark.django_db
def test_lists_are_paged_by_a_cursor(chain):
    api = Api(chain["reviewer"])
    seen, address = [], "/api/v1/parties/?limit=2"
    while address:
        page = ok(api.client.get(address, headers=api.headers))
        assert len(page["results"]) <= 2
        seen += [row["id"] for row in page["results"]]
        address = page["next"]
    assert len(seen) == len(set(seen)) > 4


def test_reads_work_in_committed_read_only_transactions(committed_db):
    """The same rules where nothing but the request's own transaction sets the scope."""
    with staff_transaction():
        reviewer = builders.aldous()
        application = veldmarin(reviewer)
        applicant = builders.person("una", Role.APPLICANT, at=application.tenant.organisation)
        stranger = builders.stranger()
    staff, own, other = Api(reviewer), Api(applicant), Api(stranger)
    key = application.tenant.pk
    for path in (f"tenants/{key}/", f"applications/{application.pk}/"):
        assert ok(staff.get(path))
        assert ok(own.get(path))
        wrong(other.get(path), 404)
    assert len(ok(own.get("parties/"))["results"]) == len(
        ok(staff.get("parties/", tenant=str(key)))["results"]
    )
    assert ok(other.get("parties/"))["results"] == []
    assert ok(staff.get("screening-alerts/"))["results"] == []
    ok(own.send("PATCH", f"applications/{application.pk}/", {"facts": {"staff": 3}}))
