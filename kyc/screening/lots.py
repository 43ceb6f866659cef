"""What may be cleared at once: pure limits, and the lot by which a second person is drawn.

Only look-alikes of one listed party, few, low, and without a number that agrees; everything else is
decided alone.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

#: At most this many in one lot.
MOST = 25
#: A score from here on is decided alone.
BELOW = 0.800
#: One in so many is drawn for another person's look.
DRAWN_ONE_IN = 5


class Why(StrEnum):
    """Why an alert is left out of a lot."""

    NOT_OPEN = "not open"
    OTHER_ENTRY = "another listed party"
    NUMBER_AGREES = "a number agrees"
    SCORE = "score"
    HOLDS = "counts as listed"
    TOO_MANY = "too many"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the limits read of one alert. `is_open`: nobody decided, proposed or escalated it."""

    id: uuid.UUID
    entry_key: str
    score: float
    is_open: bool
    number_agrees: bool
    holds: bool


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot as the limits make it: `entry_key` is empty where nothing is left."""

    entry_key: str
    taken: tuple[uuid.UUID, ...]
    drawn: frozenset[uuid.UUID]
    left_out: tuple[tuple[uuid.UUID, Why], ...]


def lot(chosen: Sequence[Chosen]) -> Lot:
    """Which of these alerts may be cleared together, in their order.

    The listed party is the one that most of those within the other limits are about; of equals the first.
    """
    alone = {one.id: _decided_alone(one) for one in chosen}
    keys = Counter(one.entry_key for one in chosen if alone[one.id] is None)
    entry_key = keys.most_common(1)[0][0] if keys else ""
    taken: list[uuid.UUID] = []
    left_out: list[tuple[uuid.UUID, Why]] = []
    for one in chosen:
        why = alone[one.id]
        if why is None and one.entry_key != entry_key:
            why = Why.OTHER_ENTRY
        if why is None and len(taken) == MOST:
            why = Why.TOO_MANY
        if why is None:
            taken.append(one.id)
        else:
            left_out.append((one.id, why))
    return Lot(entry_key, tuple(taken), frozenset(filter(is_drawn, taken)), tuple(left_out))


def _decided_alone(one: Chosen) -> Why | None:
    if not one.is_open:
        return Why.NOT_OPEN
    if one.number_agrees:
        return Why.NUMBER_AGREES
    if one.score >= BELOW:
        return Why.SCORE
    if one.holds:
        return Why.HOLDS
    return None


def is_drawn(alert: uuid.UUID) -> bool:
    """Whether another person looks too: fixed by the alert's id, so that asking twice draws the same."""
    return int.from_bytes(hashlib.sha256(alert.bytes).digest()[:8]) % DRAWN_ONE_IN == 0
