"""A tenant's requests: asking, answering, and no more than may be told."""

import re

import pytest
from lxml import html

from access.models import AllocationRequest, Inquiry
from accounts.models import User
from accounts.roles import Role
from core.scope import STAFF, acting_in
from kyc.models import Tenant
from kyc.onboarding import service as onboarding
from tests import builders
from tests.access.conftest import work_off, world  # noqa: F401
from tests.console.operator.story import counted, read
from tests.console.spaced import words

pytestmark = pytest.mark.django_db

#: What would tell a tenant that somebody looks at a match.
TELLING = re.compile(r"match|listed|sanction|alert|blocked|screen|OFAC|50 Percent", re.IGNORECASE)


@pytest.fixture
def tenant(world):  # noqa: F811
    return world.tenant()


@pytest.fixture
def client_of(sign_in):
    def client_of(tenant, name="iyarat"):
        with acting_in(STAFF):
            return sign_in(builders.person(name, Role.APPLICANT, at=tenant.organisation))

    return client_of


def asked(world):  # noqa: F811
    return {
        "accelerator": "NVIDIA H100 SXM",
        "count": "64",
        "site": str(world.site.pk),
        "starts_on": "",
        "days": "30",
        "purpose": "inference",
        "end_user": "SG",
        "users": "SG, MY",
    }


def test_a_tenant_asks_and_the_rules_answer_at_once(world, tenant, client_of):  # noqa: F811
    client = client_of(tenant)
    wrong = client.post("/portal/requests/new/", {**asked(world), "starts_on": "next week", "count": "64"})
    assert wrong.status_code == 422
    assert "Write a day such as 1 Dec 2026." in wrong.content.decode()
    assert 'value="next week"' in wrong.content.decode()
    page = read(client, "/portal/requests/new/")
    offered = page.xpath("//input[@name='starts_on']/@value")[0]
    made = client.post("/portal/requests/new/", {**asked(world), "starts_on": offered})
    request = AllocationRequest.objects.get()
    assert made["Location"] == f"/portal/requests/{request.label}/"
    assert request.answers["remote_access_countries"] == ["MY", "SG"]
    text = words(read(client, made["Location"]))
    assert "64 × H100 SXM in North, 30 days" in text
    assert "46,080" in text


def test_a_question_of_the_rules_is_answered_in_the_portal(world, tenant, client_of):  # noqa: F811
    request = world.ask(tenant, answers={})
    client = client_of(tenant)
    page = read(client, f"/portal/requests/{request.label}/")
    assert "Questions to you" in words(page)
    point = Inquiry.objects.get(request=request, fact="request.remote_access_countries")
    answer = client.post(f"/portal/questions/{point.question_id}/answer/", {"answer": "SG"})
    assert answer["Location"] == f"/portal/requests/{request.label}/"
    work_off()
    request.refresh_from_db()
    assert request.answers["remote_access_countries"] == ["SG"]


def test_a_held_tenant_reads_a_neutral_sentence_and_nothing_of_a_match(world, tenant, client_of):  # noqa: F811
    grant = world.granted(tenant)
    Tenant.objects.filter(pk=tenant.pk).update(
        state=Tenant.State.HELD,
        state_reason="Match under review: counts as listed until it is decided.",
        state_citation="OFAC 50 Percent Rule",
    )
    from django.utils import timezone

    from access.grants import revoke
    from audit.record import SYSTEM

    tenant.refresh_from_db()
    revoke.stop(tenant, by=SYSTEM, now=timezone.now())
    client = client_of(tenant)
    for path in ("/portal/", f"/portal/requests/{grant.request.label}/"):
        text = words(read(client, path))
        assert "Your account is being reviewed." in text
        assert TELLING.search(text) is None, TELLING.search(text)
    assert "On hold" in words(read(client, "/portal/"))
    assert "Ask for accelerators" not in words(read(client, "/portal/"))
    refused = client.post("/portal/requests/new/", {**asked(world), "starts_on": "2031-01-01"})
    assert "Only an approved organisation asks for accelerators." in refused.content.decode()
    assert TELLING.search(words(html.fromstring(refused.content.decode()).xpath("//main")[0])) is None


def test_a_refusal_is_told_with_the_reason_that_was_meant_for_the_tenant(world, tenant, client_of):  # noqa: F811
    from access.requests import service

    request = world.ask(tenant)
    service.refuse(request, reason="The site is full.", user=world.first, by=builders.actor(world.first))
    assert "Refused The site is full." in words(read(client_of(tenant), f"/portal/requests/{request.label}/"))


def test_who_entered_and_answered_is_said_where_a_reviewer_did_it(world, tenant, client_of, settings):  # noqa: F811
    settings.LOCKGATE_PROVIDER_NAME = "Northquay"
    client = client_of(tenant)
    entered = world.ask(tenant)
    with acting_in(STAFF):
        about = ("allocationrequest", str(entered.pk))
        by = {"user": world.reviewer, "by": builders.actor(world.reviewer)}
        question = onboarding.ask(tenant, text="Who uses it?", subject=about, **by)
        onboarding.answer(question, answer="Our own staff.", **by)
    text = words(read(client, f"/portal/requests/{entered.label}/"))
    name = f"{world.reviewer} of Northquay"
    assert f"by {name}" in text and f"{name} entered it for you." in text
    assert f"{name} answered for you on" in text and f"{name} answered a question for you." in text
    assert "You asked" not in text and "You answered" not in text
    with acting_in(STAFF):
        own = User.objects.get(username="iyarat")
        mine = world.ask(tenant, user=own, by=builders.actor(own))
    text = words(read(client, f"/portal/requests/{mine.label}/"))
    assert "You asked." in text and "of Northquay" not in text


def test_another_tenants_request_is_not_there(world, tenant, client_of):  # noqa: F811
    request = world.ask(tenant)
    other = client_of(world.tenant("Second Ltd", owner="Ola Nordby", passport="X2"), "ola")
    assert other.get(f"/portal/requests/{request.label}/").status_code == 404
    assert other.post(f"/portal/requests/{request.label}/accept/").status_code == 404
    assert request.label not in words(read(other, "/portal/"))


def test_pages_cost_at_most_twenty_queries(world, tenant, client_of):  # noqa: F811
    world.granted(tenant)
    request = world.ask(tenant, answers={})
    client = client_of(tenant)
    for path in ("/portal/", f"/portal/requests/{request.label}/", "/portal/requests/new/"):
        read(client, path)
        with counted() as statements:
            read(client, path)
        assert len(statements) <= 20, (path, "\n".join(statements))
