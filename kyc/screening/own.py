"""The index of our own parties, changed a few at a time.

An index is immutable, and building one of a million parties takes minutes. So this one has several parts, the
oldest the largest: who changed goes into a new part, which takes in every younger part not larger than itself
(the logarithmic method of Bentley and Saxe, 1980). A change costs work in proportion to the change, and an
analysis of a party again and again no more often than the logarithm of their number.

A part is never changed: what it holds of a party that has changed since is passed over. Weights come from
outside and not from these names, so every part scores as one index of all parties would.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kyc.screening.index import Snapshot
from kyc.screening.names import Analysed
from kyc.screening.score import Match, order
from kyc.screening.weights import Weights

#: A part up to this many parties is taken into the next change: analysing them takes some ten milliseconds.
SMALL = 256
#: Numbers of parts: the oldest, and of no part.
_OLDEST, _GONE = 0, -1


class _Part(Snapshot):
    """An index of some of the parties."""

    def entities(self) -> Iterator[dict[str, Any]]:
        """The parties that it holds, as far as they are compared."""
        for x in range(len(self)):
            yield json.loads(self._entities.raw(x))


@dataclass(frozen=True)
class OwnParties:
    """Every party of ours as it is now. Never changes: `changed` gives another one."""

    weights: Weights
    #: The number of a part says when it was made.
    parts: tuple[tuple[int, _Part], ...]
    #: Who changed since the oldest part was made: the number of the part that holds it, or none.
    moved: Mapping[str, int]
    small: int = SMALL

    @classmethod
    def build(
        cls, parties: Iterable[Mapping[str, Any]], weights: Weights, *, small: int = SMALL
    ) -> OwnParties:
        """An index of all of these. Raises InvalidInput at a malformed party or one without a name."""
        part = _part(parties, weights)
        return cls(weights, ((_OLDEST, part),) if len(part) else (), {}, small)

    def changed(self, parties: Mapping[str, Mapping[str, Any] | None]) -> OwnParties:
        """The index after these parties, by id, became what they are now; None: it is gone."""
        number = max((made for made, _ in self.parts), default=_OLDEST) + 1
        fresh = {identity: party for identity, party in parties.items() if party is not None}
        moved = {**self.moved, **{identity: number if identity in fresh else _GONE for identity in parties}}
        kept = list(self.parts)
        while fresh and kept and len(kept[-1][1]) <= max(self.small, len(fresh)):
            made, part = kept.pop()
            for party in part.entities():
                if moved.get(party["id"], _OLDEST) == made:
                    fresh[party["id"]] = party
                    moved[party["id"]] = number
        if not kept:
            number, moved = _OLDEST, {}
        if fresh:
            kept.append((number, _part(fresh.values(), self.weights)))
        return OwnParties(self.weights, tuple(kept), moved, self.small)

    def search_many(
        self, questions: Sequence[Analysed], limit: int | None = None, *, floor: float = 0.5
    ) -> Iterator[list[Match]]:
        """What `Snapshot.search_many` says of an index of all parties, in the same order."""
        found: list[list[Match]] = [[] for _ in questions]
        for made, part in self.parts:
            for matches, more in zip(found, part.search_many(questions, None, floor=floor), strict=True):
                matches += [match for match in more if self._holds(made, match.id)]
        for matches in found:
            matches.sort(key=order)
            yield matches if limit is None else matches[:limit]

    def _holds(self, made: int, identity: str) -> bool:
        return self.moved.get(identity, _OLDEST) == made

    @property
    def nbytes(self) -> int:
        """Size of all arrays in bytes, what is passed over included."""
        return sum(part.nbytes for _, part in self.parts)


def _part(parties: Iterable[Mapping[str, Any]], weights: Weights) -> _Part:
    part = _Part.of_parties(parties, weights)
    assert isinstance(part, _Part)
    return part
