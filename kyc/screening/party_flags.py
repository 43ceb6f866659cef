"""Flags of a party with their source: politically exposed, adverse media.

Neither forbids anything by itself: both count in the rating (`kyc.onboarding.risk`), and whoever approves
sees them. A list's flag is set with the second person's true match; a reviewer sets the others by hand.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.access import require
from accounts.models import User
from accounts.roles import Act
from audit.record import Actor, record
from audit.verbs import Verb
from core.errors import Conflict, InvalidInput
from core.uuids import uuid7
from kyc.models import Alert, Party, PartyFlag, Tenant

MAX_SOURCE, MAX_NOTE = 300, 2000


def live(tenant: Tenant) -> QuerySet[PartyFlag]:
    """Flags in force of everyone in a tenant's chain, oldest first."""
    return (
        PartyFlag.objects.filter(tenant=tenant, ended_at__isnull=True, party__removed_at__isnull=True)
        .select_related("data_key", "set_by", "alert")
        .order_by("set_at")
    )


def parties_by_kind(tenant: Tenant) -> Counter[str]:
    """How many parties of the chain carry each kind of flag."""
    return Counter(kind for kind, _party in set(live(tenant).values_list("kind", "party")))


def set_by_hand(
    party: Party,
    *,
    kind: str,
    source: str,
    note: str = "",
    user: User,
    by: Actor,
    now: datetime | None = None,
) -> PartyFlag:
    """Flag a party from what a person read. `source`: where it stands and of which day.

    Raises NotAllowed, InvalidInput (no such kind, no source, too long), Conflict (the party left the chain).
    """
    require(user, Act.DECIDE_ALERTS)
    if kind not in PartyFlag.Kind.values:
        raise InvalidInput("kind", f"{kind!r} is none of {', '.join(PartyFlag.Kind.values)}")
    if not source.strip():
        raise InvalidInput("source", "say where that stands: a flag without its source cannot be checked")
    for name, text, most in (("source", source, MAX_SOURCE), ("note", note, MAX_NOTE)):
        if len(text) > most:
            raise InvalidInput(name, f"a text of at most {most:,} characters is expected")
    with transaction.atomic():
        party = Party.objects.select_for_update(of=("self",)).select_related("data_key").get(pk=party.pk)
        if party.removed_at is not None:
            raise Conflict("This party is no longer in the chain.")
        return _set(party, kind, source.strip(), note.strip(), None, user=user, by=by, now=now)


def set_from_register(party: Party, *, register: str, user: User, by: Actor) -> PartyFlag:
    """Keep that a register's record says a person is politically exposed (BODS `politicalExposure`)."""
    return _set(party, PartyFlag.Kind.PEP, register, "", None, user=user, by=by, now=None)


def set_from_alert(alert: Alert, *, user: User, by: Actor, now: datetime) -> PartyFlag | None:
    """Flag the party of a confirmed match where the list entry says `role.pep`, once an alert.

    The caller decides the alert in the same transaction.
    """
    if not says_exposed(alert) or alert.party_flags.filter(ended_at__isnull=True).exists():
        return None
    return _set(alert.party, PartyFlag.Kind.PEP, alert.dataset, "", alert, user=user, by=by, now=now)


def says_exposed(alert: Alert) -> bool:
    """Whether the list entry of an alert calls its party politically exposed."""
    topics = alert.content.entity.get("properties", {}).get("topics", ())
    return PartyFlag.Kind.PEP.value in topics


def end(flag: PartyFlag, *, reason: str, user: User, by: Actor, now: datetime | None = None) -> PartyFlag:
    """Take a flag away; it stays in the history. Raises NotAllowed, InvalidInput (no reason), Conflict."""
    require(user, Act.DECIDE_ALERTS)
    if not reason.strip():
        raise InvalidInput("reason", "say why: it stands in the log")
    with transaction.atomic():
        flag = (
            PartyFlag.objects.select_for_update(of=("self",))
            .select_related("party", "tenant", "data_key")
            .get(pk=flag.pk)
        )
        if flag.ended_at is not None:
            raise Conflict("This flag was removed already.")
        flag.ended_at, flag.ended_by = now or timezone.now(), user
        flag.save(update_fields=["ended_at", "ended_by"])
        record(
            Verb.PARTY_UNFLAGGED,
            [flag.party, flag.tenant],
            by=by,
            reason=reason,
            payload={"kind": flag.kind, "flag": str(flag.pk)},
        )
    return flag


def _set(
    party: Party,
    kind: str,
    source: str,
    note: str,
    alert: Alert | None,
    *,
    user: User,
    by: Actor,
    now: datetime | None,
) -> PartyFlag:
    flag = PartyFlag(
        id=uuid7(),
        tenant_id=party.tenant_id,
        party=party,
        kind=kind,
        data_key=party.data_key,
        source=source,
        note=note,
        alert=alert,
        set_by=user,
        set_at=now or timezone.now(),
    )
    flag.save(force_insert=True)
    about = [party, party.tenant] if alert is None else [party, alert, party.tenant]
    record(
        Verb.PARTY_FLAGGED,
        about,
        by=by,
        payload={"kind": str(kind), "flag": str(flag.pk)},
        personal=[(party.data_key, {"source": source, "note": note})],
    )
    return flag
