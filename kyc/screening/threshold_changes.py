"""Changing a threshold: one person proposes, another approves, and what it concerns is screened again.

Lower: the parties of its kind are screened again, for nobody knows who lies between the two scores. Higher:
alerts that would not be raised today are annotated and stay open, because nothing closes silently.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import approvals
from accounts.models import Approval, User
from accounts.roles import Act
from audit.models import Event
from audit.record import WORKER, Actor, record
from audit.verbs import Verb
from core.errors import Conflict, InvalidInput, NotAllowed
from kyc.models import Alert, Party, RescreenItem, Threshold
from kyc.screening import rescreening, thresholds
from kyc.screening.levels import schemata_of
from kyc.screening.service import known_datasets

#: The act of an approval that puts a threshold in force.
APPROVAL = "threshold"
#: Scores below are not even compared to their end.
LOWEST = 0.50
States = Threshold.State


def propose(
    *,
    dataset: str,
    kind: str,
    threshold: float,
    reason: str,
    user: User,
    by: Actor,
    hold_at: float | None = None,
    now: datetime | None = None,
) -> Threshold:
    """Propose another threshold (0.5..1) of one list for one kind of party; it waits for a second person.

    Without `hold_at` that score stays as it is. Raises InvalidInput, NotAllowed, Conflict (one waits).
    """
    needs = Act.DECIDE_ALERTS if user.may(Act.DECIDE_ALERTS) else Act.APPROVE_LISTS
    if not user.may(needs):
        raise NotAllowed("A reviewer or an approver proposes a threshold.")
    if dataset not in known_datasets():
        raise InvalidInput("dataset", f"{dataset} is none of the lists")
    if kind not in Threshold.Kind.values:
        raise InvalidInput("kind", f"{kind!r} is none of {', '.join(Threshold.Kind.values)}")
    before = thresholds.in_force().level(dataset, kind)
    threshold, hold_at = round(threshold, 3), round(before.hold_at if hold_at is None else hold_at, 3)
    if not LOWEST <= threshold <= 1.0:
        raise InvalidInput("threshold", f"not between {LOWEST:.2f} and 1")
    if not threshold <= hold_at <= 1.0:
        raise InvalidInput("hold_at", f"not between the threshold {threshold:.3f} and 1")
    if (threshold, hold_at) == (before.threshold, before.hold_at):
        raise InvalidInput("threshold", "this is what is in force")
    if not reason.strip():
        raise InvalidInput("reason", "say why: the second person reads it")
    with transaction.atomic():
        if Threshold.objects.filter(dataset=dataset, kind=kind, state=States.PROPOSED).exists():
            raise Conflict("A change of this list and kind waits for a second person already.")
        change = Threshold.objects.create(
            dataset=dataset,
            kind=kind,
            threshold=threshold,
            hold_at=hold_at,
            was_threshold=before.threshold,
            was_hold_at=before.hold_at,
            reason=reason.strip(),
            proposed_by=user,
            proposed_at=now or timezone.now(),
        )
        approvals.ask(change, APPROVAL, user=user, by=by, needs=needs, reason=reason)
        record(Verb.THRESHOLD_PROPOSED, [change], by=by, reason=reason, payload=_facts(change))
    return change


def approve(
    change: Threshold, *, reason: str, user: User, by: Actor, now: datetime | None = None
) -> approvals.Outcome:
    """Put a proposed threshold in force as the second person. Who may not is refused, and that is recorded.

    Raises Conflict where it does not wait any more or another value came into force meanwhile.
    """
    now = now or timezone.now()
    with transaction.atomic():
        change, asked = _waiting(change)
        before = thresholds.in_force().level(change.dataset, change.kind)
        if (before.threshold, before.hold_at) != (change.was_threshold, change.was_hold_at):
            raise Conflict("Another threshold came into force since: propose it again.")
        outcome = approvals.approve(asked, change, user=user, by=by, needs=Act.APPROVE_LISTS, reason=reason)
        if outcome.given:
            Threshold.objects.filter(dataset=change.dataset, kind=change.kind, state=States.IN_FORCE).update(
                state=States.HISTORY, ended_at=now
            )
            change.state, change.approved_by, change.in_force_at = States.IN_FORCE, user, now
            change.save(update_fields=["state", "approved_by", "in_force_at"])
            record(Verb.THRESHOLD_CHANGED, [change], by=by, reason=reason, payload=_facts(change))
        return outcome


def refuse(
    change: Threshold, *, reason: str, user: User, by: Actor, now: datetime | None = None
) -> Threshold:
    """Say no to a proposed threshold; who proposed it takes it back so."""
    if not reason.strip():
        raise InvalidInput("reason", "say why")
    with transaction.atomic():
        change, asked = _waiting(change)
        own = asked.asked_by_id == user.pk and user.may(Act.DECIDE_ALERTS)
        needs = Act.DECIDE_ALERTS if own else Act.APPROVE_LISTS
        approvals.refuse(asked, change, user=user, by=by, needs=needs, reason=reason)
        change.state, change.ended_at = States.REFUSED, now or timezone.now()
        change.save(update_fields=["state", "ended_at"])
        record(Verb.THRESHOLD_REFUSED, [change], by=by, reason=reason, payload=_facts(change))
    return change


def follow(event: Event) -> None:
    """Subscriber of `threshold.changed`: queue the parties, annotate alerts, let alerts hold."""
    key = next(subject["id"] for subject in event.subjects if subject["kind"] == "threshold")
    change = Threshold.objects.get(pk=key)
    if change.threshold < change.was_threshold:
        parties = Party.objects.filter(removed_at__isnull=True, schema__in=schemata_of(change.kind))
        rescreening.queue_parties(
            parties.only("pk"), change=f"threshold {change.pk}", cause=RescreenItem.Cause.THRESHOLD
        )
    elif change.threshold > change.was_threshold:
        _annotate(change)
    if change.hold_at < change.was_hold_at:
        _hold(change)


def concerned(dataset: str, kind: str) -> QuerySet[Alert]:
    """Undecided alerts that a threshold of this list and kind is asked for."""
    return Alert.objects.filter(
        state__in=Alert.UNDECIDED, datasets__contains=[dataset], party__schema__in=schemata_of(kind)
    )


def _annotate(change: Threshold) -> None:
    levels = thresholds.in_force()
    for alert in _rows(concerned(change.dataset, change.kind)):
        now = levels.threshold(alert.datasets, alert.party.schema)
        if alert.score < now:
            record(
                Verb.ALERT_ANNOTATED,
                [alert, alert.party, alert.tenant],
                by=WORKER,
                reason=f"below the threshold of today ({now:.3f}): it stays open until someone decides",
                payload=_facts(change),
            )


def _hold(change: Threshold) -> None:
    levels = thresholds.in_force()
    for alert in _rows(concerned(change.dataset, change.kind).filter(holds=False, blocking=True)):
        if alert.score >= levels.hold_at(alert.datasets, alert.party.schema):
            alert.holds = True
            alert.save(update_fields=["holds"])
            record(
                Verb.ALERT_ANNOTATED,
                [alert, alert.party, alert.tenant],
                by=WORKER,
                reason="counts as listed until it is decided: the score for that was lowered",
                payload=_facts(change),
            )


def _rows(alerts: QuerySet[Alert]) -> list[Alert]:
    return list(alerts.select_for_update(of=("self",)).select_related("party", "tenant").order_by("pk"))


def _waiting(change: Threshold) -> tuple[Threshold, Approval]:
    change = Threshold.objects.select_for_update().get(pk=change.pk)
    asked = approvals.open_for(change, APPROVAL)
    if change.state != States.PROPOSED or asked is None:
        raise Conflict(f"This change is {change.get_state_display().lower()}, it does not wait.")
    return change, asked


def _facts(change: Threshold) -> dict[str, str]:
    return {
        "dataset": change.dataset,
        "kind": change.kind,
        "threshold": f"{change.threshold:.3f}",
        "was": f"{change.was_threshold:.3f}",
        "hold_at": f"{change.hold_at:.3f}",
        "held_at": f"{change.was_hold_at:.3f}",
    }
