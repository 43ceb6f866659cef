"""Subscribers read committed events, each once, in one transaction with its mark.

A delivery row is claimed with SKIP LOCKED, so any number of workers may look at once; what fails is
tried again later, and the transaction of the failure leaves nothing behind. A process killed in the
middle releases its lock with its connection: the row is simply still open.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from audit import registry
from audit.models import Delivery
from audit.waking import wake
from core.scope import staff_transaction

log = logging.getLogger(__name__)

#: Seconds until the next try, by the number of tries so far; the last one holds from then on.
BACK_OFF = (1, 2, 5, 15, 60, 300)


#: Deliveries of one message: few, so that one queue's work does not keep another's from its turn.
AT_A_TIME = 10


def deliver_some(queue: str | None) -> int:
    """A worker's share: a few deliveries of one queue, then another message where more is due."""
    served = deliver_open(queue=queue, limit=AT_A_TIME)
    if served >= AT_A_TIME:
        wake(queue or "default", queue)
    return served


def deliver_open(*, queue: str | None = None, limit: int = 500) -> int:
    """Deliver what is due, oldest first; return how many subscribers were served.

    With `queue`, its subscribers' alone. Deliveries of one event to several subscribers are independent.
    """
    served = 0
    failed: set[object] = set()
    for _ in range(limit):
        outcome = _deliver_next(queue, failed)
        if outcome is None:
            break
        served += outcome
    return served


def oldest_open() -> datetime | None:
    """When the oldest undelivered event happened; None where everything is delivered."""
    with staff_transaction():
        return (
            Delivery.objects.filter(done_at__isnull=True)
            .order_by("created_at")
            .values_list("created_at", flat=True)
            .first()
        )


def _deliver_next(queue: str | None, failed: set[object]) -> int | None:
    names = [s.name for s in registry.subscribers() if queue in (None, s.queue)]
    row_id = None
    try:
        with staff_transaction():
            row = (
                Delivery.objects.select_for_update(skip_locked=True, of=("self",))
                .select_related("event")
                .filter(done_at__isnull=True, next_attempt_at__lte=timezone.now(), subscriber__in=names)
                .exclude(pk__in=failed)
                .order_by("created_at")
                .first()
            )
            if row is None:
                return None
            row_id = row.pk
            subscriber = registry.subscriber(row.subscriber)
            served = [row.pk]
            if subscriber is not None:  # None only where the name was just unregistered
                served += _merged(row, subscriber)
                subscriber.handle(row.event)
            Delivery.objects.filter(pk__in=served).update(
                done_at=timezone.now(), attempts=F("attempts") + 1, last_error=""
            )
        return len(served)
    except Exception as error:
        if row_id is None:
            raise
        log.exception("delivery %s failed", row_id)
        failed.add(row_id)
        _postpone(row_id, error)
        return 0


def _merged(row: Delivery, subscriber: registry.Subscriber) -> list[object]:
    """Other open rows that one run serves as well. Claimed before the run, so it sees what they tell."""
    wanted = [s for s in row.event.subjects if s["kind"] == subscriber.merge_by]
    if not wanted:
        return []
    others = Delivery.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        done_at__isnull=True, subscriber=row.subscriber, event__subjects__contains=wanted[:1]
    )
    return list(others.exclude(pk=row.pk).values_list("pk", flat=True))


def _postpone(row_id: object, error: Exception) -> None:
    with staff_transaction():
        row = Delivery.objects.select_for_update().get(pk=row_id)
        wait = BACK_OFF[min(row.attempts, len(BACK_OFF) - 1)]
        Delivery.objects.filter(pk=row_id).update(
            attempts=F("attempts") + 1,
            next_attempt_at=timezone.now() + timedelta(seconds=wait),
            # The class alone: an error's words may hold a value of a person.
            last_error=type(error).__name__,
        )


def lag(now: datetime) -> timedelta:
    """Age of the oldest undelivered event; zero where there is none."""
    oldest = oldest_open()
    return now - oldest if oldest else timedelta(0)
