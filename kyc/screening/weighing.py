"""The weights of words that all screening goes by, until they are taken anew.

A word's weight comes from how often the lists use it. Were it taken from the lists of the day, every version
would move the score of every pair a little, and a pair that no changed entry belongs to could pass the
threshold unseen: on 41 real versions of the SDN list against 2,000 parties, 2 of 639 pairs did. So weights
are taken once and kept, by all processes alike, and taken anew when the lists have grown or shrunk by a
fifth; then every party is screened whole. In between, searching for what changed finds exactly what
screening everybody would, and the index of our own parties outlives a version.
"""

from __future__ import annotations

import json
import zlib
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone

from kyc.lists import store
from kyc.models import ListVersion, Weighing
from kyc.screening.index import Snapshot
from kyc.screening.weights import Weights

#: Below so many names frequencies say little and move with every entry: each state of the lists has its own.
LEAST_NAMES = 1000
#: Weights are taken anew when the names in force are more or fewer by this share.
DRIFT = 0.20


def drifted(names: int, weighed: int | None) -> bool:
    """Whether `names` in force call for other weights than those taken of `weighed` names (None: of none)."""
    if names < LEAST_NAMES:
        return False
    return weighed is None or abs(names - weighed) > DRIFT * weighed


def in_force() -> tuple[UUID, Weights] | None:
    """The weights that hold now and what to call them; None while the lists are too small to weigh."""
    with connection.cursor() as cursor:  # asked before every search: the statement stands written out
        cursor.execute("SELECT id FROM kyc_weighing ORDER BY number DESC LIMIT 1")
        found = cursor.fetchone()
    return None if found is None else (found[0], _weights(found[0]))


def follow(now: datetime | None = None) -> Weighing | None:
    """Weigh anew where the lists in force call for it; return what was made. Runs in a transaction."""
    with transaction.atomic():
        if not _needed():
            return None
        with connection.cursor() as cursor:  # one at a time: whoever waited looks again
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('lockgate weighing'))")
        if not _needed():
            return None
        built = Snapshot.build(entry.to_ftm() for entry in store.entries_in_force())
        table = {word: round(weight, 6) for word, weight in built.weights.table.items()}
        last = Weighing.objects.order_by("-number").first()
        return Weighing.objects.create(
            number=last.number + 1 if last else 1,
            names=_names_in_force(),
            table=zlib.compress(json.dumps(table, ensure_ascii=False).encode()),
            made_at=now or timezone.now(),
        )


def _needed() -> bool:
    weighed = Weighing.objects.order_by("-number").values_list("names", flat=True).first()
    return drifted(_names_in_force(), weighed)


def _names_in_force() -> int:
    found = ListVersion.objects.filter(state=ListVersion.State.IN_FORCE).aggregate(n=Sum("names"))
    return found["n"] or 0


@lru_cache(maxsize=2)
def _weights(weighing: UUID) -> Weights:
    return Weights(json.loads(zlib.decompress(Weighing.objects.get(pk=weighing).table)))
