"""The index of the lists after a version: the one that was built before, and what has changed since.

Building an index costs with the lists, and a version brings a few hundred entries. So these are indexed apart
and what the large index holds of them is passed over, until another one is built behind everybody's back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from kyc.screening.index import Snapshot
from kyc.screening.names import Analysed
from kyc.screening.score import Match, order
from kyc.screening.weights import Weights


class Overlaid:
    """Every entry as it is now. Never changes.

    Both parts score under the weights of the first, so that it answers as one index of all would. Of a
    question with a limit each part looks at as many names as one index does: it may find more, never less.
    """

    def __init__(self, base: Snapshot, changed: Collection[str], now: Iterable[Mapping[str, Any]]) -> None:
        """`changed`: ids of the entries that may be others than in `base`; `now`: those there still are."""
        self.weights: Weights = base.weights
        self._parts = (base.without(changed), Snapshot.build(now, base.weights))

    def search(
        self,
        question: Analysed,
        limit: int | None = 20,
        *,
        exclude: Collection[str] = frozenset(),
        datasets: Collection[str] | None = None,
        floor: float = 0.5,
    ) -> list[Match]:
        """What `Snapshot.search` says of one index of all."""
        return next(self.search_many([question], limit, excluded=[exclude], datasets=datasets, floor=floor))

    def search_many(
        self,
        questions: Iterable[Analysed],
        limit: int | None = 20,
        *,
        excluded: Sequence[Collection[str]] | None = None,
        datasets: Collection[str] | None = None,
        floor: float = 0.5,
    ) -> Iterator[list[Match]]:
        """What `Snapshot.search_many` says of one index of all, in the same order."""
        asked = list(questions)
        answers = [
            part.search_many(asked, limit, excluded=excluded, datasets=datasets, floor=floor)
            for part in self._parts
        ]
        for found in zip(*answers, strict=True):
            matches = sorted((match for part in found for match in part), key=order)
            yield matches if limit is None else matches[:limit]


#: An index of lists.
Index = Snapshot | Overlaid
