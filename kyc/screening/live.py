"""The indexes that a process uses: the lists in force, mapped from a file, and our own parties, in memory.

Each is immutable and belongs to a state of the database (list versions and the weights in force; parties as
changed last). The lists' file is built by one process of a machine and mapped by all; names of our own
parties are never written to a file, and decrypted when a party has changed, not when a list has.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import BigIntegerField, Case, Count, Func, QuerySet, When
from django.db.models import Sum as Total

from kyc.lists import store
from kyc.models import Party
from kyc.screening import weighing
from kyc.screening.building import Builder
from kyc.screening.index import Snapshot
from kyc.screening.own import OwnParties
from kyc.screening.stamps import Stamps, Sum
from kyc.screening.weights import Weights

_lock = threading.Lock()


#: A transaction that began this long ago may still commit a change; later ones cost a look at every row.
OVERLAP = timedelta(minutes=10)


@dataclass
class _Lists:
    key: Any = None
    snapshot: Snapshot | None = None


@dataclass
class _Parties:
    weighing: Any = None
    stamps: Stamps | None = None
    index: OwnParties | None = None


_lists, _parties = _Lists(), _Parties()


class _Microseconds(Func):
    template = "(EXTRACT(EPOCH FROM %(expressions)s) * 1000000)::bigint"
    output_field = BigIntegerField()


def lists() -> Snapshot:
    """The index of every entry in force, under the weights in force."""
    with _lock:
        return _current_lists()[0]


def _current_lists() -> tuple[Snapshot, Any]:
    """The index, and what its weights are called."""
    state, weighed = store.state_in_force(), weighing.in_force()
    while _lists.snapshot is None or _lists.key != (state, weighed and weighed[0]):
        _lists.snapshot, _lists.key = _mapped(state, weighed), (state, weighed and weighed[0])
        state, weighed = store.state_in_force(), weighing.in_force()
    return _lists.snapshot, weighed[0] if weighed else state


def _mapped(digests: Mapping[str, str], weighed: tuple[UUID, Weights] | None) -> Snapshot:
    """Map the file of this state of the lists; whoever comes first builds it, the others wait."""
    folder = Path(settings.LOCAL_DIR) / "index"
    folder.mkdir(parents=True, exist_ok=True)
    state = json.dumps([sorted(digests.items()), str(weighed and weighed[0]), _code()])
    path = folder / f"lists-{hashlib.sha256(state.encode()).hexdigest()[:20]}.index"
    weights = weighed[1] if weighed else None
    if not path.exists():
        with (folder / "building.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                built = index_of((party.to_ftm() for party in store.entries_in_force()), weights)
                if store.state_in_force() != digests:
                    return built  # a version came into force meanwhile: the file would not be what it says
                built.write(path)
                _forget_others(path)
    return Snapshot.open(path, weights)


def index_of(entries: Iterable[Mapping[str, Any]], weights: Weights | None) -> Snapshot:
    """An index of list entries, under these weights or its own."""
    builder = Builder()
    for entry in entries:
        builder.add(entry)
    return Snapshot({"reverse": False, **builder.notes()}, builder.arrays(weights), weights)


def _forget_others(path: Path) -> None:
    """Delete older files; who has one mapped keeps it until it looks again."""
    kept = sorted(path.parent.glob("lists-*.index"), key=lambda found: found.stat().st_mtime)[-3:]
    for found in path.parent.glob("lists-*.index"):
        if found not in kept:
            found.unlink(missing_ok=True)


@cache
def _code() -> str:
    """A digest of how names are taken apart: another analysis needs another file."""
    digest = hashlib.sha256(version("rigour").encode())
    for file in sorted(resources.files("kyc.screening").iterdir(), key=lambda found: found.name):
        if file.name.endswith(".py"):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def parties() -> OwnParties:
    """The index of our own parties, decrypted, under the weights of the lists in force.

    Only who changed since the last call is decrypted and analysed.
    """
    with _lock:
        snapshot, called = _current_lists()
        if _parties.index is None or _parties.stamps is None or _parties.weighing != called:
            # The stamps are read first: what changes in between is found behind them at the next look.
            _parties.stamps = Stamps.of(_stamps(_present()))
            rows = _present().select_related("data_key").order_by("pk").iterator(chunk_size=1000)
            _parties.index = OwnParties.build((row.to_ftm() for row in rows if row.caption), snapshot.weights)
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
