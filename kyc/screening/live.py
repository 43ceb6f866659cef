"""The indexes that a process uses: the lists in force, mapped from a file, and our own parties, in memory.

Each is immutable and belongs to a state of the database (list versions and the weights in force; parties as
changed last). The lists' file is `built`'s; names of our own parties are never written to a file, and
decrypted when a party has changed, not when a list has.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, Case, Count, Func, QuerySet, When
from django.db.models import Sum as Total

from kyc.lists import store
from kyc.models import Party
from kyc.screening import built, weighing
from kyc.screening.built import State
from kyc.screening.index import Snapshot
from kyc.screening.overlaid import Index, Overlaid
from kyc.screening.own import OwnParties
from kyc.screening.stamps import Stamps, Sum
from kyc.screening.weights import Weights

_lock = threading.RLock()


#: A transaction that began this long ago may still commit a change; later ones cost a look at every row.
OVERLAP = timedelta(minutes=10)


@dataclass
class _Lists:
    state: State | None = None
    index: Index | None = None
    base: Snapshot | None = None


@dataclass
class _Parties:
    weighing: Any = None
    stamps: Stamps | None = None
    index: OwnParties | None = None


_lists, _parties = _Lists(), _Parties()


class _Microseconds(Func):
    template = "(EXTRACT(EPOCH FROM %(expressions)s) * 1000000)::bigint"
    output_field = BigIntegerField()


def lists() -> Index:
    """The index of every entry in force, under the weights in force."""
    with _lock:
        now = built.State.read()
        while _lists.index is None or _lists.state != now or _is_replaced(now):
            _lists.index, _lists.base = built.index_of(now, _lists.base)
            _lists.state, now = now, built.State.read()
        return _lists.index


def _is_replaced(state: State) -> bool:
    """Whether the whole index was built since changes were laid over an older one."""
    return isinstance(_lists.index, Overlaid) and state.path.exists()


def parties() -> OwnParties:
    """The index of our own parties, decrypted, under the weights of the lists in force.

    Only who changed since the last call is decrypted and analysed.
    """
    with _lock:
        weights, called = _weights()
        if _parties.index is None or _parties.stamps is None or _parties.weighing != called:
            # The stamps are read first: what changes in between is found behind them at the next look.
            _parties.stamps = Stamps.of(_stamps(_present()))
            rows = _present().select_related("data_key").order_by("pk").iterator(chunk_size=1000)
            _parties.index = OwnParties.build((row.to_ftm() for row in rows if row.caption), weights)
            _parties.weighing = called
        changed = _changed(_parties.stamps)
        if changed:
            keys = list(changed)
            found: dict[str, dict[str, Any] | None] = {str(key): None for key in keys}
            for start in range(0, len(keys), 1000):
                chunk = _present().filter(pk__in=keys[start : start + 1000]).select_related("data_key")
                found.update({str(row.pk): row.to_ftm() for row in chunk if row.caption})
            _parties.index = _parties.index.changed(found)
            _parties.stamps = _parties.stamps.after(changed)
        return _parties.index


def _weights() -> tuple[Weights, Any]:
    """The weights in force and what to call them."""
    weighed = weighing.in_force()
    return (weighed[1], weighed[0]) if weighed else (lists().weights, store.state_in_force())


def _changed(stamps: Stamps) -> dict[UUID, int | None]:
    """Who changed since the stamps were taken, with the new stamps; None for who is gone."""
    told = _sum()
    if stamps.agree(told):
        return {}
    since = _EPOCH + timedelta(microseconds=stamps.newest) - OVERLAP
    changed = stamps.missed(_stamps(Party.objects.filter(changed_at__gte=since)))
    if not stamps.after(changed).agree(told):
        # Somebody changed long before committing, or was removed without a trace: every row is compared.
        changed = stamps.against(Stamps.of(_stamps(_present())))
    return changed


def _present() -> QuerySet[Party]:
    return Party.objects.filter(removed_at__isnull=True)


def _sum() -> Sum:
    found = _present().aggregate(rows=Count("pk"), total=Total(_Microseconds("changed_at")))
    return Sum(found["rows"], int(found["total"] or 0))


def _stamps(rows: QuerySet[Party]) -> Iterator[Any]:
    """Ids with the microsecond of their last change, None for who is removed."""
    at = Case(When(removed_at__isnull=True, then=_Microseconds("changed_at")))
    return rows.order_by().annotate(stamp=at).values_list("pk", "stamp").iterator(chunk_size=10_000)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
