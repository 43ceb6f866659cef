"""From which score a comparison becomes an alert or acts by itself: per list and kind of party.

Values only; `kyc.screening.thresholds` reads the ones in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kyc.lists.sources import DATASETS, blocks
from kyc.screening.schemata import KINDS, Kind
from kyc.screening.score import THRESHOLD, Match

#: Where no list says another: an undecided match at or above counts as listed.
HOLD_AT = 0.95


class PartyKind(StrEnum):
    """What a threshold tells apart. Vessels and other things go with the organisations."""

    PERSON = "person"
    ORGANISATION = "organisation"


def kinds_of(schema: str) -> tuple[PartyKind, ...]:
    """The kinds that a party of this schema may be: a legal entity may be either."""
    match KINDS.get(schema, Kind.EITHER):
        case Kind.PERSON:
            return (PartyKind.PERSON,)
        case Kind.EITHER:
            return (PartyKind.PERSON, PartyKind.ORGANISATION)
    return (PartyKind.ORGANISATION,)


def schemata_of(kind: str) -> list[str]:
    """The schemata of parties that a threshold of this kind concerns."""
    return [schema for schema in KINDS if kind in kinds_of(schema)]


@dataclass(frozen=True)
class Level:
    """Scores of one list and kind, 0..1."""

    threshold: float
    hold_at: float


@dataclass(frozen=True)
class Levels:
    """All thresholds at one moment: `changed` holds those that people set, by list and kind."""

    changed: Mapping[tuple[str, str], Level] = field(default_factory=dict)

    def level(self, dataset: str, kind: str) -> Level:
        """What holds for one list and kind, set by people or shipped."""
        found = self.changed.get((dataset, kind))
        if found is not None:
            return found
        shipped = DATASETS[dataset].hold_at if dataset in DATASETS else HOLD_AT
        return Level(THRESHOLD, shipped)

    def threshold(self, datasets: Iterable[str], schema: str) -> float:
        """The lowest score that raises an alert about an entry of these lists, for a party of `schema`."""
        found = (self.level(name, kind).threshold for name in datasets for kind in kinds_of(schema))
        return min(found, default=THRESHOLD)

    def hold_at(self, datasets: Iterable[str], schema: str) -> float:
        """The score from which a new alert of these lists counts as listed until it is decided."""
        found = (self.level(name, kind).hold_at for name in datasets for kind in kinds_of(schema))
        return min(found, default=HOLD_AT)

    def holds(self, match: Match, schema: str) -> bool:
        """Whether a match counts as listed before anyone decided: score or an equal number, blocking list."""
        equal_number = any(f.feature == "identifier" and f.score > 0 for f in match.features)
        return blocks(match.datasets) and (
            equal_number or match.score >= self.hold_at(match.datasets, schema)
        )

    @property
    def floor(self) -> float:
        """The lowest score that any list asks for: searches look from here on."""
        return min([THRESHOLD, *(level.threshold for level in self.changed.values())])
