"""Revoking grants: several doors, one inner act, an event on success and on failure.

Doors: an operator (`revoke`), the tenant's state and a withdrawn request (`on_stopped`), a stricter
decision (access.grants.issue). `sweep` finds what a door has left behind.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from access.grants import status
from access.grants.reasons import BY_PERSON, KEEPS_APPROVAL, Because
from access.models import AllocationRequest, Grant, UsageRecord
from access.requests import service as requests
from accounts.models import User
from accounts.roles import Act, lacks
from audit.models import Event
from audit.record import WORKER, Actor, record
from audit.verbs import Verb
from core.errors import InvalidInput, NotAllowed
from kyc.models import Tenant
from kyc.subscribers import tenant_of

log = logging.getLogger(__name__)
State = AllocationRequest.State

_OF_STATE = {
    Tenant.State.HELD: Because.TENANT_HELD,
    Tenant.State.SUSPENDED: Because.TENANT_SUSPENDED,
    Tenant.State.DENIED: Because.TENANT_DENIED,
    Tenant.State.CLOSED: Because.TENANT_DENIED,
}


@dataclass(frozen=True)
class Revocation:
    """What became of it. `done` False: it failed, which is recorded too; or it was revoked before."""

    grant: Grant
    done: bool
    why: str = ""


def revoke(
    grant: Grant, *, because: Because, reason: str, user: User, by: Actor, now: datetime | None = None
) -> Revocation:
    """Revoke a grant by hand; its request ends. Raises NotAllowed, InvalidInput."""
    if not user.may(Act.REVOKE_GRANTS):
        raise NotAllowed(lacks(Act.REVOKE_GRANTS))
    if because not in BY_PERSON:
        raise InvalidInput("because", f"one of {', '.join(sorted(BY_PERSON))} is expected")
    if not reason.strip():
        raise InvalidInput("reason", "say why: it is kept with the event")
    return _revoke(grant, because=because, reason=reason, by=by, now=now or timezone.now())


def revoke_all(
    grants: Iterable[Grant], *, because: Because, reason: str, by: Actor, now: datetime | None = None
) -> list[Revocation]:
    """Revoke several for a reason of the platform's own; one that fails does not keep the others."""
    now = now or timezone.now()
    return [_revoke(grant, because=because, reason=reason, by=by, now=now) for grant in grants]


def live_of(tenant: Tenant, now: datetime) -> QuerySet[Grant]:
    """Grants of a tenant that a cluster would accept now or later."""
    return (
        Grant.objects.of_tenant(tenant)
        .filter(revoked_at__isnull=True, expires_at__gt=now)
        .select_related("tenant", "request")
        .order_by("pk")
    )


def jobs_running(grant: Grant) -> list[UsageRecord]:
    """Jobs that a cluster reported as started and not as stopped."""
    records = {(r.job, r.kind): r for r in grant.usage.order_by("at")}
    started = [r for (_, kind), r in records.items() if kind == UsageRecord.Kind.STARTED]
    return [r for r in started if (r.job, UsageRecord.Kind.STOPPED) not in records]


def on_stopped(event: Event) -> None:
    """A tenant was held, suspended or denied, or a request withdrawn: its live grants are revoked."""
    now = timezone.now()
    tenant = tenant_of(event)
    if event.verb == Verb.REQUEST_WITHDRAWN:
        key = next(s["id"] for s in event.subjects if s["kind"] == "allocationrequest")
        grants = live_of(tenant, now).filter(request=key)
        revoke_all(grants, because=Because.REQUEST_WITHDRAWN, reason=event.reason, by=WORKER, now=now)
        return
    if not tenant.may_run:  # it may have been released before this event was delivered
        stop(tenant, by=WORKER, now=now)


def stop(tenant: Tenant, *, by: Actor, now: datetime) -> None:
    """Revoke what a tenant that may not run still holds; requests end, or wait while it is only held."""
    because = _OF_STATE.get(Tenant.State(tenant.state))
    if because is None:
        return
    reason = tenant.state_reason or f"The tenant is {tenant.state}."
    revoke_all(live_of(tenant, now), because=because, reason=reason, by=by, now=now)
    if because in KEEPS_APPROVAL:
        return
    for request in AllocationRequest.objects.filter(tenant=tenant, state__in=AllocationRequest.LIVE):
        _end(request, reason=f"The tenant is {tenant.state}.", by=by, now=now)


def sweep(*, now: datetime | None = None) -> int:
    """Stop every tenant that may not run and still holds a live grant; how many there were."""
    now = now or timezone.now()
    live = Grant.objects.filter(revoked_at__isnull=True, expires_at__gt=now)
    left = Tenant.objects.filter(grants__in=live).exclude(state=Tenant.State.APPROVED).distinct()
    tenants = list(left)
    for tenant in tenants:
        stop(tenant, by=WORKER, now=now)
    return len(tenants)


def _revoke(grant: Grant, *, because: Because, reason: str, by: Actor, now: datetime) -> Revocation:
    try:
        with transaction.atomic():
            return _inner(grant, because=because, reason=reason, by=by, now=now)
    except Exception as error:
        log.exception("revocation of grant %s failed", grant.pk)
        with transaction.atomic():
            record(
                Verb.GRANT_REVOKE_FAILED,
                [grant, grant.request, grant.tenant],
                by=by,
                reason=reason,
                payload={"because": because.value, "error": type(error).__name__},
            )
        return Revocation(grant, done=False, why=type(error).__name__)


def _inner(grant: Grant, *, because: Because, reason: str, by: Actor, now: datetime) -> Revocation:
    """The one act: the row, the status list, the request, the event, in one transaction."""
    grant = Grant.objects.select_for_update(of=("self",)).select_related("tenant", "request").get(pk=grant.pk)
    if grant.revoked_at is not None:
        return Revocation(grant, done=False, why="It was revoked before.")
    grant.revoked_at = now
    grant.revoked_because = because.value
    grant.revoked_reason = reason
    grant.revoked_by = by.id
    grant.save(update_fields=["revoked_at", "revoked_because", "revoked_reason", "revoked_by"])
    status.note_revocation(grant.status_list_id)
    record(
        Verb.GRANT_REVOKED,
        [grant, grant.request, grant.tenant],
        by=by,
        reason=reason,
        payload={
            "because": because.value,
            "status_list": str(grant.status_list_id),
            "status_index": grant.status_index,
            "jobs_running": len(jobs_running(grant)),
        },
    )
    _after(grant.request, because, reason, by=by, now=now)
    return Revocation(grant, done=True)


def _after(request: AllocationRequest, because: Because, reason: str, *, by: Actor, now: datetime) -> None:
    if request.state != State.GRANTED:
        return
    if because is Because.RULES:
        requests.move(request, State.DECIDED)
    elif because in KEEPS_APPROVAL:
        requests.move(request, State.APPROVED)
        request.withheld = [reason]
        request.save(update_fields=["withheld"])
    else:
        _end(request, reason=reason, by=by, now=now)


def _end(request: AllocationRequest, *, reason: str, by: Actor, now: datetime) -> None:
    requests.close(request, State.ENDED, reason=reason, now=now)
    record(Verb.REQUEST_ENDED, [request, request.tenant], by=by, reason=reason)


def end_due(*, now: datetime | None = None) -> int:
    """Close the requests whose time is over; their grants have lapsed by themselves."""
    now = now or timezone.now()
    ended = 0
    for request in AllocationRequest.objects.filter(state__in=AllocationRequest.LIVE):
        if request.ends_at <= now:
            _end(request, reason="Its time is over.", by=WORKER, now=now)
            ended += 1
    return ended
