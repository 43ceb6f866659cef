"""Issuing grants: what will be signed is stored first, then signed, read back and compared.

Everything is checked again at this moment: the tenant may run, its chain is screened against the lists
in force, and the rules on the facts of now are no stricter than what people approved.
"""

from __future__ import annotations

import hashlib
import logging
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from access.grants import revoke, signer, status
from access.grants.reasons import Because
from access.models import AllocationRequest, Decision, Grant, StatusList
from access.requests import service as requests
from accounts.models import User
from accounts.roles import Act, lacks
from audit.models import Event
from audit.record import WORKER, Actor, record
from audit.verbs import Verb
from core.errors import Conflict, NotAllowed
from core.numbers import next_number
from core.uuids import uuid7
from enforcement.grant_token import MAX_LIFETIME, GrantClaims, to_payload
from kyc.models import Tenant
from kyc.subscribers import tenant_of

#: A grant is renewed when it has less than this left.
RENEW_BEFORE = timedelta(hours=1)
State = AllocationRequest.State
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Issued:
    """The request's grant, or why there is none."""

    grant: Grant | None
    reasons: tuple[str, ...] = ()


def on_approved(event: Event) -> None:
    """Subscriber of request.approved."""
    key = next(s["id"] for s in event.subjects if s["kind"] == "allocationrequest")
    issue(AllocationRequest.objects.get(pk=key), by=WORKER)


def on_released(event: Event) -> None:
    """A tenant may run again: what waits approved is granted now, not at the next sweep."""
    for request in AllocationRequest.objects.filter(tenant=tenant_of(event), state=State.APPROVED):
        issue(request, by=WORKER)


def on_assessed(event: Event) -> None:
    """The chain changed: what waits is decided again, what is live ends where the rules got stricter."""
    recheck(tenant_of(event), by=WORKER)


def reissue(request: AllocationRequest, *, user: User, by: Actor, now: datetime | None = None) -> Issued:
    """A new grant for a live request whose grant lapsed or lapses soon. Raises NotAllowed, Conflict."""
    if not user.may(Act.APPROVE_REQUESTS):
        raise NotAllowed(lacks(Act.APPROVE_REQUESTS))
    if not request.is_live:
        raise Conflict(f"The request is {request.state}: there is nothing to grant.")
    return issue(request, by=by, now=now)


def issue(request: AllocationRequest, *, by: Actor, now: datetime | None = None) -> Issued:
    """Issue the request's grant, or renew it within RENEW_BEFORE of its end; else the one it has.

    Nothing is issued before the request's first day, nor for hardware that is handed over. A refusal is
    recorded once for the same reasons. Raises signer.NotWhatWasStored, and nothing is given out then.
    """
    now = (now or timezone.now()).replace(microsecond=0)
    with transaction.atomic():
        # Locked first: two requests of one group are checked one after the other.
        places = status.lock_open_list()
        request = (
            AllocationRequest.objects.select_for_update(of=("self",))
            .select_related("tenant__organisation", "site", "cluster", "decision", "licence")
            .get(pk=request.pk)
        )
        current = request.grants.filter(revoked_at__isnull=True, superseded_at__isnull=True).first()
        if not request.is_live or request.cluster is None:
            return Issued(current, ("It is not approved, or not for remote access.",))
        if now < request.starts_at:
            return Issued(None, (f"It starts on {request.starts_on.isoformat()}.",))
        if now >= request.ends_at:
            return Issued(current, ("Its time is over.",))
        if current is not None and current.expires_at - now > min(
            RENEW_BEFORE, request.ends_at - current.expires_at
        ):
            return Issued(current)
        reasons = _recheck(request, by=by, now=now)
        if reasons:
            return _withhold(request, reasons, by=by)
        return Issued(_issue(request, places, current, by=by, now=now))


def recheck(tenant: Tenant, *, by: Actor, now: datetime | None = None) -> None:
    """Decide a tenant's open requests again. A tenant that may not run is the state's door, not this one."""
    now = now or timezone.now()
    if not tenant.may_run:
        return
    for request in AllocationRequest.objects.filter(
        tenant=tenant, state__in=[State.DECIDED, *AllocationRequest.LIVE]
    ):
        with transaction.atomic():
            again = requests.redecide(request, by=by, now=now)
            request.refresh_from_db()
            if again.stricter and request.is_live:
                _back_to_people(request, again.decision, by=by, now=now)


def keep_going(*, now: datetime | None = None) -> int:
    """Issue what is due and renew what lapses soon, each in a transaction; how many grants were made."""
    now = now or timezone.now()
    lapses = Q(grants__revoked_at__isnull=True, grants__superseded_at__isnull=True) & Q(
        grants__expires_at__lte=now + RENEW_BEFORE
    )
    due = AllocationRequest.objects.filter(cluster__isnull=False, starts_on__lte=now.date()).filter(
        Q(state=State.APPROVED) | Q(state=State.GRANTED) & lapses
    )
    with transaction.atomic():
        requests_due = list(due.order_by("pk").distinct())
    made = 0
    for request in requests_due:
        try:
            with transaction.atomic():
                before = request.grants.count()
                issue(request, by=WORKER, now=now)
                made += request.grants.count() - before
        except Exception:  # one that fails keeps no other waiting; it is due again at the next look
            log.exception("no grant for request %s", request.pk)
    return made


def _recheck(request: AllocationRequest, *, by: Actor, now: datetime) -> list[str]:
    """Why no grant may be issued at this moment; empty where nothing stands against it."""
    reasons = requests.standing_points(request.tenant, now=now)
    if reasons:
        return reasons
    again = requests.redecide(request, by=by, now=now)
    if again.stricter:
        request.refresh_from_db(fields=["state", "decision"])
        _back_to_people(request, again.decision, by=by, now=now)
        return [f"The facts have changed, and the rules now say {again.decision.outcome.replace('_', ' ')}."]
    licence = request.licence
    if licence is not None and not licence.valid_from <= now.date() <= licence.valid_until:
        return [f"The licence {licence.reference} is not in force."]
    return []


def _back_to_people(request: AllocationRequest, decision: Decision, *, by: Actor, now: datetime) -> None:
    """The approval was given on weaker facts: live grants go, the request waits for approval again."""
    words = decision.outcome.replace("_", " ")
    live = revoke.live_of(request.tenant, now).filter(request=request)
    revoke.revoke_all(live, because=Because.RULES, reason=f"The rules now say {words}.", by=by, now=now)
    request.refresh_from_db(fields=["state"])
    if request.is_live:
        requests.move(request, State.DECIDED)


def _withhold(request: AllocationRequest, reasons: list[str], *, by: Actor) -> Issued:
    if request.withheld != reasons:
        request.withheld = reasons
        request.save(update_fields=["withheld"])
        record(
            Verb.GRANT_REFUSED,
            [request, request.tenant],
            by=by,
            reason=" ".join(reasons),
            payload={"reasons": reasons},
        )
    return Issued(None, tuple(reasons))


def _issue(
    request: AllocationRequest, places: StatusList, current: Grant | None, *, by: Actor, now: datetime
) -> Grant:
    assert request.cluster is not None and request.decision is not None
    if current is not None:
        Grant.objects.filter(pk=current.pk).update(superseded_at=now)
    grant = Grant(
        id=uuid7(),
        number=next_number("grant"),
        tenant=request.tenant,
        request=request,
        decision=request.decision,
        cluster=request.cluster,
        accelerator=request.accelerator,
        count=request.count,
        kid=signer.active_kid(),
        status_list=places,
        status_index=status.take_place(places),
        not_before=now,
        expires_at=min(now + timedelta(seconds=MAX_LIFETIME), request.ends_at),
        issued_at=now,
    )
    claims = claims_of(grant, request)
    grant.claims = to_payload(claims)
    grant.save(force_insert=True)
    stored = Grant.objects.values_list("claims", flat=True).get(pk=grant.pk)
    grant.kid, grant.token = signer.sign(claims, stored=stored, now=now)
    grant.save(update_fields=["kid", "token"])
    if request.state == State.APPROVED:
        requests.move(request, State.GRANTED)
    request.withheld = []
    request.save(update_fields=["withheld"])
    record(
        Verb.GRANT_ISSUED if current is None else Verb.GRANT_RENEWED,
        [grant, request, request.tenant],
        by=by,
        payload={
            "kid": grant.kid,
            "digest": digest_of(grant.token),
            "decision": claims.decision,
            "cluster": request.cluster.name,
            "accelerator": grant.accelerator,
            "count": grant.count,
            "expires_at": grant.expires_at.isoformat(),
            "status_list": places.name,
            "status_index": grant.status_index,
            "takes_the_place_of": current.label if current else None,
        },
    )
    return grant


def claims_of(grant: Grant, request: AllocationRequest) -> GrantClaims:
    """What the grant will say."""
    assert request.cluster is not None and request.decision is not None
    left = (request.ends_at - grant.not_before).total_seconds() / 3600
    return GrantClaims(
        issuer=settings.LOCKGATE_BASE_URL,
        audience=request.cluster.name,
        grant_id=str(grant.pk),
        token_id=str(uuid7()),
        issued_at=int(grant.issued_at.timestamp()),
        not_before=int(grant.not_before.timestamp()),
        expires_at=int(grant.expires_at.timestamp()),
        tenant=str(request.tenant_id),
        project=request.project,
        accelerator=grant.accelerator,
        count=grant.count,
        site=request.site.name,
        max_hours=math.ceil(left),
        decision=digest_of(request.decision.result),
        status_uri=status.uri_of(grant.status_list.name),
        status_index=grant.status_index,
        bound_to={"cluster": request.cluster.name, "project": request.project},
    )


def digest_of(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
