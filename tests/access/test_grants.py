"""Grants: issued once everything is checked again, verified offline, revoked through several doors."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils import timezone

from access.grants import issue, revoke, signer, status
from access.grants.reasons import BY_PERSON, FOR_TENANT, Because
from access.models import AllocationRequest, Grant, StatusList
from access.requests import service
from accounts.roles import Role
from audit.models import Event
from audit.record import SYSTEM
from core.errors import Absent, InvalidInput, NotAllowed
from core.keyring import keyring
from enforcement import grant_token
from enforcement import status as offline
from enforcement.client import Allowed, Client, KeySet, StatusLists, Want
from enforcement.verdict import Reason
from kyc.models import Tenant
from kyc.onboarding import standing
from tests import builders
from tests.access.conftest import ANSWERS, work_off


def verified(grant, *, now=None, audience="north-1"):
    now = now or timezone.now()
    return grant_token.verify(
        grant.token,
        signer.public_keys(now),
        audience=audience,
        now=now.timestamp(),
        answers_to={"project": grant.request.project},
    )


def client_of(grant, *, now=None, keys=None):
    """A cluster's own client, reading what the platform publishes."""
    now = now or timezone.now()
    published = KeySet(lambda: json.dumps(keys or signer.key_set(now)), clock=now.timestamp)
    lists = StatusLists(
        lambda uri: status.current(uri.rpartition("/")[2]).token, published, clock=now.timestamp
    )
    return Client("north-1", published, lists, clock=now.timestamp)


def bit_of(grant, **when):
    published = status.current(grant.status_list.name, **when)
    now = when.get("now", timezone.now())
    found = offline.verify(
        published.token,
        signer.public_keys(now),
        uri=status.uri_of(published.name),
        now=now.timestamp(),
        leeway=30,
    )
    assert isinstance(found, offline.StatusList), found
    return found.refusal(grant.status_index)


def test_an_approved_request_gets_a_grant_that_verifies_offline(world):
    grant = world.granted()
    read = verified(grant)
    assert isinstance(read, grant_token.Verified)
    assert grant_token.to_payload(read.claims) == grant.claims
    assert read.claims.bound_to == {"cluster": "north-1", "project": grant.request.project}
    assert read.claims.lifetime == 24 * 3600
    grant.request.refresh_from_db()
    assert grant.request.state == "granted"
    event = Event.objects.get(verb="grant.issued")
    assert event.payload["digest"] == issue.digest_of(grant.token)
    assert event.payload["kid"] == keyring().active_grant_key


def test_the_clusters_client_allows_what_was_granted_and_no_more(world):
    grant = world.granted()
    client = client_of(grant)
    want = Want(count=128, accelerator="H100 SXM", project=grant.request.project)
    assert isinstance(client.check(grant.token, Want(count=128, project=grant.request.project)), Allowed)
    assert client.check(grant.token, Want(count=129, project=want.project)).reason is Reason.TOO_MANY


def test_an_expired_grant_is_refused_by_the_cluster(world):
    grant = world.granted()
    late = grant.expires_at + timedelta(seconds=grant_token.LEEWAY + 1)
    refused = client_of(grant, now=late).check(grant.token, Want(project=grant.request.project))
    assert refused.reason is Reason.EXPIRED


def test_a_grant_of_another_key_is_refused_by_the_cluster(world):
    grant = world.granted()
    claims = verified(grant).claims
    forged = grant_token.sign(claims, Ed25519PrivateKey.generate(), keyring().active_grant_key)
    refused = client_of(grant).check(forged, Want(project=grant.request.project))
    assert refused.reason is Reason.BAD_SIGNATURE


def test_a_second_delivery_issues_no_second_grant(world):
    grant = world.granted()
    assert issue.issue(grant.request, by=SYSTEM).grant == grant
    assert Grant.objects.count() == 1


def test_nothing_is_issued_before_the_first_day(world):
    request = world.ask(world.tenant(), starts_on=timezone.now().date() + timedelta(5))
    world.approve(request, world.first)
    world.approve(request, world.second)
    work_off()
    assert not Grant.objects.exists()
    assert issue.keep_going() == 0
    assert issue.keep_going(now=timezone.now() + timedelta(days=5)) == 1


def test_issuing_checks_again_and_a_held_tenant_gets_nothing(world):
    request = world.ask(world.tenant())
    work_off()
    world.approve(request, world.first)
    world.approve(request, world.second)
    Tenant.objects.filter(pk=request.tenant_id).update(state="held", state_reason="Match under review.")
    work_off()
    assert not Grant.objects.exists()
    assert Event.objects.get(verb="grant.refused").reason == "The tenant is held: Match under review."
    assert issue.keep_going() == 0
    assert Event.objects.filter(verb="grant.refused").count() == 1  # told once


def test_issuing_stops_where_the_rules_got_stricter_and_asks_people_again(world):
    request = world.ask(world.tenant())
    world.approve(request, world.first)
    world.approve(request, world.second)
    AllocationRequest.objects.filter(pk=request.pk).update(answers={**ANSWERS, "end_user_country": "IR"})
    work_off()
    request.refresh_from_db()
    assert (request.state, request.decision.outcome) == ("decided", "deny")
    assert not Grant.objects.exists()


def test_a_suspended_tenant_loses_its_grants_and_the_status_list_says_so(world):
    grant = world.granted()
    assert bit_of(grant) is None
    standing.suspend(
        grant.tenant,
        reason="Registered for another business.",
        user=world.first,
        by=builders.actor(world.first),
    )
    work_off()
    grant.refresh_from_db()
    assert grant.revoked_because == "tenant_suspended"
    assert bit_of(grant).reason is Reason.REVOKED
    refused = client_of(grant).check(grant.token, Want(project=grant.request.project))
    assert refused.reason is Reason.REVOKED
    grant.request.refresh_from_db()
    assert grant.request.state == "ended"
    assert Event.objects.get(verb="grant.revoked").payload["because"] == "tenant_suspended"


def test_a_held_tenants_request_waits_and_is_granted_again_once_released(world):
    grant = world.granted()
    tenant = grant.tenant
    Tenant.objects.filter(pk=tenant.pk).update(state="held")
    tenant.refresh_from_db()
    revoke.stop(tenant, by=SYSTEM, now=timezone.now())
    request = AllocationRequest.objects.get()
    assert request.state == "approved"
    assert request.withheld
    Tenant.objects.filter(pk=tenant.pk).update(state="approved")
    assert issue.keep_going() == 1
    again = Grant.objects.get(revoked_at__isnull=True)
    assert again.status_index != grant.status_index
    assert AllocationRequest.objects.get().withheld == []


def test_what_a_door_left_behind_is_swept(world):
    grant = world.granted()
    Tenant.objects.filter(pk=grant.tenant_id).update(state="suspended")
    assert revoke.sweep() == 1
    assert revoke.sweep() == 0
    grant.refresh_from_db()
    assert grant.revoked_at is not None


def test_an_operator_revokes_with_a_reason_once(world):
    grant = world.granted()
    by = builders.actor(world.first)
    with pytest.raises(InvalidInput):
        revoke.revoke(grant, because=Because.OPERATOR, reason=" ", user=world.first, by=by)
    with pytest.raises(InvalidInput):
        revoke.revoke(grant, because=Because.TENANT_HELD, reason="no", user=world.first, by=by)
    with pytest.raises(NotAllowed):
        revoke.revoke(grant, because=Because.OPERATOR, reason="no", user=world.reviewer, by=by)
    first = revoke.revoke(grant, because=Because.MISUSE, reason="Resold.", user=world.first, by=by)
    again = revoke.revoke(grant, because=Because.MISUSE, reason="Resold.", user=world.first, by=by)
    assert (first.done, again.done) == (True, False)
    assert Event.objects.filter(verb="grant.revoked").count() == 1


def test_a_revocation_that_fails_is_recorded_too(world, monkeypatch):
    grant = world.granted()

    def broken(_):
        raise OSError("the disk is full")

    monkeypatch.setattr(status, "note_revocation", broken)
    outcome = revoke.revoke(
        grant, because=Because.OPERATOR, reason="Ends.", user=world.first, by=builders.actor(world.first)
    )
    assert (outcome.done, outcome.why) == (False, "OSError")
    grant.refresh_from_db()
    assert grant.revoked_at is None
    assert Event.objects.get(verb="grant.revoke_failed").payload["error"] == "OSError"


def test_a_withdrawn_request_ends_its_grant(world):
    tenant = world.tenant()
    grant = world.granted(tenant)
    applicant = builders.person("iyarat", Role.APPLICANT, at=tenant.organisation)
    service.withdraw(grant.request, user=applicant, by=builders.actor(applicant))
    work_off()
    grant.refresh_from_db()
    assert grant.revoked_because == "request_withdrawn"


def test_a_lapsed_grant_of_a_live_request_is_issued_again(world):
    grant = world.granted()
    late = grant.expires_at + timedelta(minutes=1)
    made = issue.reissue(grant.request, user=world.first, by=builders.actor(world.first), now=late)
    assert made.grant is not None and made.grant != grant
    grant.refresh_from_db()
    assert grant.superseded_at is not None
    assert isinstance(verified(made.grant, now=late), grant_token.Verified)
    assert Event.objects.get(verb="grant.renewed").payload["takes_the_place_of"] == grant.label


def test_a_request_ends_with_its_time(world):
    grant = world.granted(days=1)
    assert revoke.end_due() == 0
    assert revoke.end_due(now=timezone.now() + timedelta(days=2)) == 1
    grant.request.refresh_from_db()
    assert grant.request.state == "ended"


def test_the_status_list_is_kept_until_a_revocation_and_then_new_at_once(world):
    grant = world.granted()
    now = timezone.now()
    first = status.current("s1", now=now)
    assert status.current("s1", now=now) == first
    revoke.revoke_all([grant], because=Because.RULES, reason="Stricter.", by=SYSTEM, now=now)
    second = status.current("s1", now=now)
    assert second.etag != first.etag
    assert second.issued_at > first.issued_at
    later = now + timedelta(seconds=status.TTL + 2)
    assert status.current("s1", now=later).issued_at > second.issued_at


def test_lists_signed_within_one_second_are_never_dated_far_ahead(world):
    world.granted()
    now = timezone.now()
    for _ in range(2 * status.AHEAD):
        StatusList.objects.update(revision=StatusList.objects.get().revision + 1)
        published = status.current("s1", now=now)
    assert published.issued_at == int(now.timestamp()) + status.AHEAD


def test_there_is_no_other_status_list(db, world):
    with pytest.raises(Absent):
        status.current("s99")


def test_what_was_signed_must_say_what_was_stored(world, monkeypatch):
    request = world.ask(world.tenant())
    world.approve(request, world.first)
    world.approve(request, world.second)
    sign = grant_token.sign

    def another(claims, key, kid):
        return sign(replace(claims, count=claims.count * 8), key, kid)

    monkeypatch.setattr(grant_token, "sign", another)
    with pytest.raises(signer.NotWhatWasStored):
        issue.issue(request, by=SYSTEM)
    assert not Grant.objects.exists()


def test_every_reason_has_words_for_the_tenant_and_none_tells_of_a_match():
    assert set(FOR_TENANT) == set(Because)
    assert set(Because) > BY_PERSON
    assert not any("match" in text.lower() or "list" in text.lower() for text in FOR_TENANT.values())
