"""What people decide on alerts: take, clear one or a lot, true match, inconclusive, escalate, undo."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import approvals
from accounts.models import Approval, User
from accounts.roles import Act, lacks
from audit.record import Actor, record
from audit.verbs import Verb
from core.errors import Conflict, InvalidInput, NotAllowed
from core.uuids import uuid7
from kyc.models import Alert, Dismissal, Resolution
from kyc.screening import lots, party_flags
from kyc.screening.thresholds import CLEAR_ALONE_BELOW, DISMISS_FOR

TRUE_MATCH, FALSE_POSITIVE = Resolution.Kind.TRUE_MATCH, Resolution.Kind.FALSE_POSITIVE
INCONCLUSIVE = Resolution.Kind.INCONCLUSIVE


def undo_within() -> timedelta:
    """How long a clearing can be taken back by who made it."""
    return timedelta(seconds=settings.LOCKGATE_UNDO_SECONDS)


@dataclass(frozen=True)
class AlertOutcome:
    """What became of a decision: `final`, `proposed` (a second person decides) or `refused` (and why)."""

    alert: Alert
    became: str
    why: str = ""


@dataclass(frozen=True)
class LeftOut:
    """An alert that a lot does not clear, and why."""

    alert: Alert
    why: lots.Why


@dataclass(frozen=True)
class LotOutcome:
    """A lot, planned (`id` is None) or done: `cleared` are closed, `drawn` wait for a second person."""

    id: uuid.UUID | None
    entry_key: str
    cleared: tuple[Alert, ...]
    drawn: tuple[Alert, ...]
    left_out: tuple[LeftOut, ...]


def queue() -> QuerySet[Alert]:
    """Alerts that wait for a decision, oldest first."""
    return (
        Alert.objects.filter(state__in=Alert.UNDECIDED)
        .select_related(
            "party__data_key", "tenant__organisation", "content", "version", "taken_by", "data_key"
        )
        .order_by("raised_at", "number")
    )


def take(alert: Alert, *, user: User, by: Actor, now: datetime | None = None) -> Alert:
    """Mark an alert as one's own; taking it over from another is allowed and recorded."""
    _require(user, Act.DECIDE_ALERTS)
    with transaction.atomic():
        alert = _locked(alert)
        if alert.taken_by_id != user.pk:
            alert.taken_by, alert.taken_at = user, now or timezone.now()
            alert.save(update_fields=["taken_by", "taken_at"])
            record(Verb.ALERT_TAKEN, [alert, alert.party, alert.tenant], by=by)
    return alert


def give_back(alert: Alert, *, user: User, by: Actor) -> Alert:
    """Undo a taking: the alert waits for anyone. Raises NotAllowed, Conflict (not one's own, or decided)."""
    _require(user, Act.DECIDE_ALERTS)
    with transaction.atomic():
        alert = _locked(alert)
        if alert.state not in Alert.UNDECIDED:
            raise Conflict(f"{alert.label} is decided.")
        if alert.taken_by_id != user.pk:
            raise Conflict(f"{alert.label} is not yours.")
        alert.taken_by = alert.taken_at = None
        alert.save(update_fields=["taken_by", "taken_at"])
        record(Verb.ALERT_GIVEN_BACK, [alert, alert.party, alert.tenant], by=by)
    return alert


def decide(
    alert: Alert, *, kind: str, reason: str, user: User, by: Actor, now: datetime | None = None
) -> AlertOutcome:
    """Resolve an alert as `true_match`, `false_positive` or `inconclusive`.

    A true match, and clearing a high score, need a second person who says the same; one who says
    otherwise opens the alert again. A person who may not be the second is refused, and that is recorded.
    Raises NotAllowed, Conflict (decided already), InvalidInput (no reason).
    """
    if kind not in Resolution.Kind.values:
        raise InvalidInput("kind", f"{kind!r} is none of {', '.join(Resolution.Kind.values)}")
    if not reason.strip():
        raise InvalidInput("reason", "say why: it stands with the decision")
    _require(user, Act.DECIDE_ALERTS, Act.CONFIRM_MATCHES)
    now = now or timezone.now()
    with transaction.atomic():
        alert = _locked(alert)
        if alert.state not in Alert.UNDECIDED:
            raise Conflict(f"{alert.label} is decided: {alert.get_state_display().lower()}.")
        proposed = _open_proposal(alert)
        if proposed is not None:
            return _second(alert, proposed, kind, reason=reason, user=user, by=by, now=now)
        _require(user, Act.DECIDE_ALERTS)
        if needs_second(alert, kind):
            return _propose(alert, kind, reason=reason, user=user, by=by, now=now)
        _resolve(alert, kind, final=kind != INCONCLUSIVE, reason=reason, user=user, now=now)
        _settle(alert, kind, reason=reason, user=user, by=by, now=now)
        return AlertOutcome(alert, "final")


def needs_second(alert: Alert, kind: str) -> bool:
    """Whether a decision of this kind on this alert needs two people."""
    return kind == TRUE_MATCH or (kind == FALSE_POSITIVE and alert.score >= CLEAR_ALONE_BELOW)


def escalate(alert: Alert, *, note: str, user: User, by: Actor) -> Alert:
    """Hand an alert to somebody with more experience, with a note."""
    _require(user, Act.DECIDE_ALERTS)
    if not note.strip():
        raise InvalidInput("note", "say what is to be looked at")
    with transaction.atomic():
        alert = _locked(alert)
        if alert.state not in Alert.UNDECIDED:
            raise Conflict(f"{alert.label} is decided.")
        if alert.state != Alert.State.PROPOSED:
            alert.state = Alert.State.ESCALATED
        alert.taken_by = None
        alert.save(update_fields=["state", "taken_by"])
        record(Verb.ALERT_ESCALATED, [alert, alert.party, alert.tenant], by=by, reason=note)
    return alert


def undo(alert: Alert, *, user: User, by: Actor, now: datetime | None = None) -> Alert:
    """Take a clearing back, while it can be undone, by who made it."""
    now = now or timezone.now()
    with transaction.atomic():
        alert = _locked(alert)
        last = alert.resolutions.order_by("-at").first()
        if alert.state != Alert.State.FALSE_POSITIVE or last is None or last.by_id != user.pk:
            raise Conflict("There is nothing of yours to undo.")
        if now - last.at > undo_within():
            raise Conflict("The time to undo is over; ask for the alert to be opened again.")
        alert.dismissals.filter(ended_at__isnull=True).update(ended_at=now, ended_because="undone")
        alert.state, alert.decided_at = Alert.State.OPEN, None
        alert.save(update_fields=["state", "decided_at"])
        record(Verb.ALERT_REOPENED, [alert, alert.party, alert.tenant], by=by, reason="undone")
    return alert


def plan_lot(alerts: Collection[Alert]) -> LotOutcome:
    """What `clear_many` would do with these alerts, in their order. Changes nothing."""
    by_id = {alert.pk: alert for alert in alerts}
    lot = lots.lot(
        [
            lots.Chosen(
                alert.pk,
                alert.entry_key,
                alert.score,
                is_open=alert.state == Alert.State.OPEN,
                number_agrees=_number_agrees(alert),
                holds=alert.holds,
            )
            for alert in by_id.values()
        ]
    )
    return LotOutcome(
        None,
        lot.entry_key,
        tuple(by_id[pk] for pk in lot.taken if pk not in lot.drawn),
        tuple(by_id[pk] for pk in lot.taken if pk in lot.drawn),
        tuple(LeftOut(by_id[pk], why) for pk, why in lot.left_out),
    )


def clear_many(
    alerts: Collection[uuid.UUID], *, reason: str, user: User, by: Actor, now: datetime | None = None
) -> LotOutcome:
    """Clear look-alikes of one listed party with one reason, which stands in every event.

    What `kyc.screening.lots` does not allow is left out and named; what it draws is proposed and waits
    for a second person. Raises NotAllowed, InvalidInput (no reason).
    """
    if not reason.strip():
        raise InvalidInput("reason", "say why: it stands with every decision")
    _require(user, Act.DECIDE_ALERTS)
    now = now or timezone.now()
    with transaction.atomic():
        planned = plan_lot(_many_locked(alerts))
        number = uuid7()
        size = len(planned.cleared) + len(planned.drawn)
        lot = {"lot": str(number), "of": size}
        for alert in planned.cleared:
            _resolve(alert, FALSE_POSITIVE, final=True, reason=reason, user=user, now=now)
            _settle(alert, FALSE_POSITIVE, reason=reason, user=user, by=by, now=now, more=lot)
        for alert in planned.drawn:
            _propose(alert, FALSE_POSITIVE, reason=reason, user=user, by=by, now=now, more=lot)
        return LotOutcome(
            number if size else None, planned.entry_key, planned.cleared, planned.drawn, planned.left_out
        )


def undo_many(
    alerts: Collection[uuid.UUID], *, user: User, by: Actor, now: datetime | None = None
) -> tuple[Alert, ...]:
    """Take a lot back within ten seconds, proposals included, all or nothing."""
    now = now or timezone.now()
    with transaction.atomic():
        return tuple(
            _withdraw(alert, user=user, by=by, now=now)
            if alert.state == Alert.State.PROPOSED
            else undo(alert, user=user, by=by, now=now)
            for alert in _many_locked(alerts)
        )


def _withdraw(alert: Alert, *, user: User, by: Actor, now: datetime) -> Alert:
    """Take one's own proposal to clear back while it can be undone."""
    proposed = approvals.open_for(alert, FALSE_POSITIVE)
    last = alert.resolutions.order_by("-at").first()
    if proposed is None or proposed.asked_by_id != user.pk or last is None or now - last.at > undo_within():
        raise Conflict("There is nothing of yours to undo, or the time for it is over.")
    approvals.refuse(proposed, alert, user=user, by=by, needs=Act.DECIDE_ALERTS, reason="undone")
    alert.state = Alert.State.OPEN
    alert.save(update_fields=["state"])
    record(Verb.ALERT_REOPENED, [alert, alert.party, alert.tenant], by=by, reason="undone")
    return alert


def _number_agrees(alert: Alert) -> bool:
    lines = (alert.explanation or {}).get("explanation", ())
    return any(line["feature"] == "identifier" and line["score"] > 0 for line in lines)


def _propose(
    alert: Alert,
    kind: str,
    *,
    reason: str,
    user: User,
    by: Actor,
    now: datetime,
    more: Mapping[str, object] | None = None,
) -> AlertOutcome:
    approvals.ask(alert, kind, user=user, by=by, needs=Act.DECIDE_ALERTS, reason=reason)
    _resolve(alert, kind, final=False, reason=reason, user=user, now=now)
    alert.state = Alert.State.PROPOSED
    alert.save(update_fields=["state"])
    record(
        Verb.ALERT_PROPOSED,
        [alert, alert.party, alert.tenant],
        by=by,
        reason=reason,
        payload={"kind": kind, **(more or {})},
    )
    return AlertOutcome(alert, "proposed", "a second person decides")


def _second(
    alert: Alert, proposed: Approval, kind: str, *, reason: str, user: User, by: Actor, now: datetime
) -> AlertOutcome:
    if kind != proposed.act:
        if user.pk == proposed.asked_by_id:
            raise Conflict("You proposed something else: a second person decides now.")
        approvals.refuse(proposed, alert, user=user, by=by, needs=Act.CONFIRM_MATCHES, reason=reason)
        _resolve(alert, kind, final=False, reason=reason, user=user, now=now)
        alert.state = Alert.State.ESCALATED
        alert.save(update_fields=["state"])
        record(Verb.ALERT_ESCALATED, [alert, alert.party, alert.tenant], by=by, reason="two people differ")
        return AlertOutcome(alert, "escalated", "two people differ: a third one looks")
    outcome = approvals.approve(proposed, alert, user=user, by=by, needs=Act.CONFIRM_MATCHES, reason=reason)
    if not outcome.given:
        return AlertOutcome(alert, "refused", outcome.why)
    _resolve(alert, kind, final=True, reason=reason, user=user, now=now)
    _settle(alert, kind, reason=reason, user=user, by=by, now=now)
    return AlertOutcome(alert, "final")


def _settle(
    alert: Alert,
    kind: str,
    *,
    reason: str,
    user: User,
    by: Actor,
    now: datetime,
    more: Mapping[str, object] | None = None,
) -> None:
    alert.state = kind
    alert.decided_at = now if kind != INCONCLUSIVE else None
    alert.save(update_fields=["state", "decided_at"])
    if kind == TRUE_MATCH:
        party_flags.set_from_alert(alert, user=user, by=by, now=now)
    if kind == FALSE_POSITIVE:
        Dismissal.objects.create(
            tenant_id=alert.tenant_id,
            party_id=alert.party_id,
            entry_key=alert.entry_key,
            party_digest=alert.party.match_digest,
            entry_digest=alert.entry_digest,
            alert=alert,
            reason=reason,
            by=user,
            at=now,
            until=(now + DISMISS_FOR).date(),
        )
    record(
        Verb.ALERT_DECIDED,
        [alert, alert.party, alert.tenant],
        by=by,
        reason=reason,
        payload={"kind": kind, **(more or {})},
    )


def _resolve(alert: Alert, kind: str, *, final: bool, reason: str, user: User, now: datetime) -> None:
    Resolution.objects.create(
        tenant_id=alert.tenant_id, alert=alert, kind=kind, final=final, by=user, reason=reason, at=now
    )


def _open_proposal(alert: Alert) -> Approval | None:
    for kind in (TRUE_MATCH, FALSE_POSITIVE):
        found = approvals.open_for(alert, kind)
        if found is not None:
            return found
    return None


def _locked(alert: Alert) -> Alert:
    return _for_update().get(pk=alert.pk)


def _many_locked(alerts: Collection[uuid.UUID]) -> list[Alert]:
    """Oldest first, whatever order they were named in: two lots of one queue never wait for each other."""
    return list(_for_update().filter(pk__in=list(alerts)).order_by("raised_at", "number"))


def _for_update() -> QuerySet[Alert]:
    return Alert.objects.select_for_update(of=("self",)).select_related(
        "party__data_key", "tenant__organisation", "content", "data_key"
    )


def _require(user: User, *acts: Act) -> None:
    if not any(user.may(act) for act in acts):
        raise NotAllowed(lacks(*acts))
