"""Grants: what runs under which right, and taking one back with its effect named."""

import pytest
from django.utils import timezone

from access.models import Grant
from access.usage import service as usage
from accounts.roles import Role
from core.scope import STAFF, acting_in
from kyc.models import Tenant
from tests import builders
from tests.access.conftest import work_off, world  # noqa: F401
from tests.console.operator.story import counted, read
from tests.console.spaced import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def grant(world):  # noqa: F811
    """A live grant with one running job on 96 of its 128."""
    found = world.granted()
    usage.report(
        grant=found,
        cluster=world.cluster,
        job="4471",
        kind="started",
        accelerators=96,
        at=timezone.now(),
        user=world.service,
        by=builders.actor(world.service),
    )
    return found


def test_the_list_says_what_lives_what_is_used_and_what_happens_then(world, sign_in, grant):  # noqa: F811
    page = read(sign_in(world.reviewer), "/grants/")
    assert page.xpath("//h1")[0].text_content() == "1 grant is live, no cluster is silent"
    text = words(page)
    assert "128 accelerators under grant, 96 in use" in text
    assert "96 of 128" in text
    assert "Renews itself" in text
    assert "north-1" in text


def test_a_held_tenants_grant_stands_among_the_held(world, sign_in, grant):  # noqa: F811
    Tenant.objects.filter(pk=grant.tenant_id).update(state=Tenant.State.HELD)
    client = sign_in(world.reviewer)
    assert "Held, not renewed" in words(read(client, "/grants/?then=held"))
    assert grant.label not in words(read(client, "/grants/?then=renews"))


def test_revoking_names_its_effect_before_it_happens(world, sign_in, grant):  # noqa: F811
    page = read(sign_in(world.second), f"/grants/{grant.label}/")
    dialog = page.xpath("//dialog[@id='revoke']")[0]
    text = words(dialog)
    assert "128 × H100 SXM on north-1 are refused and 1 running job stops" in text
    assert "Stops job 4471 · 96 accelerators" in text
    assert dialog.xpath(".//button[@type='submit']")[0].text == "Revoke 1 grant, stop 1 job"
    assert dialog.xpath(".//input[@name='reason']/@required") != []


def test_a_grant_is_revoked_with_a_reason_only(world, sign_in, grant):  # noqa: F811
    client, path = sign_in(world.second), f"/grants/{grant.label}/revoke/"
    refused = client.post(path, {"because": "operator", "reason": ""}, follow=True)
    assert "Nothing was changed: say why" in refused.content.decode()
    assert Grant.objects.get(pk=grant.pk).revoked_at is None
    done = client.post(path, {"because": "misuse", "reason": "mines coins"}, follow=True)
    assert f"{grant.label} is revoked" in done.content.decode()
    text = words(read(client, f"/grants/{grant.label}/"))
    assert "every cluster refuses it: mines coins" in text
    assert "Revoked because misuse" in text
    again = client.post(path, {"because": "operator", "reason": "once more"}, follow=True)
    assert "was not revoked: It was revoked before." in again.content.decode()


def test_only_who_may_revoke_is_offered_it(world, sign_in, grant):  # noqa: F811
    client = sign_in(world.reviewer)
    page = read(client, f"/grants/{grant.label}/")
    assert page.xpath("//dialog") == []
    assert grant.token not in page.text_content()
    assert client.post(f"/grants/{grant.label}/revoke/", {"reason": "x"}).status_code == 403
    tenant_person = builders.person("tan", Role.APPLICANT, at=grant.tenant.organisation)
    assert sign_in(tenant_person).get(f"/grants/{grant.label}/").status_code == 403


def test_pages_cost_at_most_twenty_queries(world, sign_in, grant):  # noqa: F811
    with acting_in(STAFF):
        work_off()
    client = sign_in(world.second)
    for path in ("/grants/", "/grants/?then=revoked", f"/grants/{grant.label}/"):
        read(client, path)
        with counted() as statements:
            read(client, path)
        assert len(statements) <= 20, (path, "\n".join(statements))
