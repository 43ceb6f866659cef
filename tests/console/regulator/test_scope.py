"""What an examiner sees: its scope, and nothing beside it."""

import pytest

from accounts import disclosure
from accounts.models import Organisation
from accounts.roles import Kind, Role
from audit import sequencer
from audit.models import Event
from audit.record import SYSTEM, record
from audit.verbs import Verb
from core.scope import staff_transaction
from kyc.onboarding import service
from tests import builders
from tests.console.operator.story import counted, read
from tests.console.spaced import words
from tests.kyc.onboarding.test_path import veldmarin

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def scope(settings, tmp_path):
    """Veldmarin in Singapore, a stranger in Ireland, and an office that may read Singapore."""
    settings.LOCAL_DIR = tmp_path
    with staff_transaction():
        reviewer = builders.aldous()
        approver = builders.renwick()
        application = veldmarin(reviewer)
        service.submit(application, user=reviewer, by=builders.actor(reviewer))
        record(Verb.TENANT_HELD, [application.tenant], by=SYSTEM, reason="a reason")
        stranger = builders.stranger()
        record(Verb.TENANT_APPROVED, [stranger.organisation.tenant], by=SYSTEM)
        office = Organisation.objects.create(
            kind=Kind.REGULATOR, name="Compute Oversight Office", country="SG"
        )
        disclosure.grant(
            recipient=office,
            scope="jurisdiction:SG",
            legal_basis="Order CO-2026-041",
            user=approver,
            by=builders.actor(approver),
        )
    sequencer.sequence()
    with staff_transaction():
        sequencer.checkpoint()
    return application.tenant, stranger.organisation.tenant, office


@pytest.fixture
def examiner(scope, sign_in_committed):
    with staff_transaction():
        user = builders.person("adnantara", Role.EXAMINER, at=scope[2])
    return sign_in_committed(user)


def test_the_overview_says_what_is_seen_covered_and_not_seen(examiner, scope):
    page = read(examiner, "/oversight/")
    text = words(page)
    assert page.xpath("//h1")[0].text_content() == "What you may see, and its proof"
    assert "You see 1 tenant (Singapore)" in text
    assert "1 other tenant." in text
    assert "Order CO-2026-041" in text
    assert "under a proved head" in text
    assert "Grows from the one before" in text


def test_tenants_outside_the_scope_are_not_there(examiner, scope):
    mine, other, _office = scope
    text = words(read(examiner, "/oversight/tenants/"))
    assert "1 tenant in your scope" in text
    assert "established in Singapore" in text
    assert "Stranger Compute" not in text
    assert examiner.get(f"/oversight/tenants/{mine.label}/").status_code == 200
    assert examiner.get(f"/oversight/tenants/{other.label}/").status_code == 404
    assert examiner.get(f"/oversight/tenants/{other.pk}/").status_code == 404


def test_a_tenant_is_shown_with_its_owners_and_without_covered_values(examiner, scope):
    page = read(examiner, f"/oversight/tenants/{scope[0].label}/")
    text = words(page)
    assert "Konrad Eszterlund" in text
    assert "33.6" in text
    assert "Held a tenant" in text
    assert "1968" not in text
    assert "P4417720" not in text
    assert page.xpath("//main//a[contains(@href, '/log/')]") == []


def test_looking_is_recorded_where_the_tenant_does_not_see_it(examiner, scope):
    mine, _other, office = scope
    examiner.get(f"/oversight/tenants/{mine.label}/")
    with staff_transaction():
        seen = Event.objects.get(verb="record.opened")
    assert seen.payload["tenant"] == str(mine.pk)
    assert seen.scopes == ["all", f"recipient:{office.pk}"]
    assert f"Looked at Veldmarin Robotics, {mine.label}" in words(read(examiner, "/oversight/opened/"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("veldmarin verb:tenant.held", True),
        ("owner:eszterlund verb:tenant.held since:2020-01-01", True),
        ("verb:tenant.held until:2020-01-01", False),
        ("eszterlund stranger", False),
    ],
)
def test_search_narrows_by_words_and_fields(examiner, scope, query, found):
    page = read(examiner, f"/oversight/search/?q={query}")
    assert ("Held a tenant" in words(page.xpath("//*[@id='found']")[0])) is found


def test_search_never_leaves_the_scope(examiner, scope):
    assert "Nothing found in your scope." in words(read(examiner, "/oversight/search/?q=stranger"))
    with staff_transaction():
        foreign = Event.objects.get(verb="tenant.approved").leaf.index
    assert "Nothing found in your scope." in words(read(examiner, f"/oversight/search/?q=leaf:{foreign}"))
    said = words(read(examiner, "/oversight/search/?q=colour:blue"))
    assert "There is no field colour." in said
    assert "A day is written as 2026-08-01." in words(read(examiner, "/oversight/search/?q=since:soon"))


def test_who_has_no_disclosure_sees_nothing(scope, sign_in_committed):
    with staff_transaction():
        other = Organisation.objects.create(kind=Kind.REGULATOR, name="Another Office", country="IE")
        user = builders.person("other", Role.EXAMINER, at=other)
    client = sign_in_committed(user)
    for page in ("", "tenants/", "search/", f"tenants/{scope[0].label}/", "exports/new/"):
        assert client.get(f"/oversight/{page}").status_code == 404, page


def test_each_audience_has_its_own_pages(examiner, scope, sign_in_committed):
    with staff_transaction():
        tenant_person = builders.person("tan", Role.APPLICANT, at=scope[0].organisation)
    assert examiner.get("/log/").status_code == 403
    assert examiner.get(f"/tenants/{scope[0].label}/").status_code == 403
    assert sign_in_committed(tenant_person).get("/oversight/").status_code == 403


def test_pages_cost_at_most_twenty_queries(examiner, scope):
    pages = ("", "search/?q=eszterlund", "tenants/", f"tenants/{scope[0].label}/", "checkpoints/", "opened/")
    for page in (f"/oversight/{page}" for page in pages):
        read(examiner, page)
        with counted() as statements:
            read(examiner, page)
        # Scopes are put in force, and that somebody looked is recorded, beside what the page reads.
        beside = ("set_config", 'INSERT INTO "audit_event"', '"accounts_organisation"."kind" AS "kind"')
        wanted = [s for s in statements if s.strip() and not any(part in s for part in beside)]
        assert len(wanted) <= 20, (page, len(wanted), "\n".join(wanted))
