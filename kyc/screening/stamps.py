"""When each of many rows was changed last: what an index compares to find the rows it is behind on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from kyc.screening.arrays import Array

_WORD = 1 << 64
_ROW = np.dtype([("high", "u8"), ("low", "u8"), ("at", "u8")])


def _halves(key: UUID) -> tuple[int, int]:
    return key.int >> 64, key.int & (_WORD - 1)


def _key(high: int, low: int) -> UUID:
    return UUID(int=high << 64 | low)


@dataclass(frozen=True)
class Sum:
    """What a database says of all rows at once: how many, and the sum of their stamps.

    Who changed first may commit last, and then no newest change tells of it; the sum does.
    """

    rows: int
    total: int


@dataclass(frozen=True)
class Stamps:
    """Microseconds since 1970 by row, 24 bytes a row: ids in order, as two numbers, and the stamps."""

    high: Array
    low: Array
    at: Array

    @classmethod
    def of(cls, rows: Iterable[tuple[UUID, int]]) -> Stamps:
        """Stamps of these rows, each given once."""
        found = np.fromiter(((*_halves(key), at) for key, at in rows), dtype=_ROW)
        order = np.lexsort((found["low"], found["high"]))
        return cls(found["high"][order], found["low"][order], found["at"][order])

    def __len__(self) -> int:
        return len(self.at)

    @property
    def newest(self) -> int:
        """The latest change, 0 where there are no rows."""
        return int(self.at.max()) if len(self.at) else 0

    def agree(self, told: Sum) -> bool:
        """Whether these are the rows and changes that the database summed up."""
        return len(self) == told.rows and int(self.at.sum(dtype=np.uint64)) == told.total % _WORD

    def get(self, key: UUID) -> int | None:
        """When a row was changed, None where it is not there."""
        x = self._place(key)
        return None if x is None else int(self.at[x])

    def _place(self, key: UUID) -> int | None:
        high, low = map(np.uint64, _halves(key))
        start, end = np.searchsorted(self.high, high), np.searchsorted(self.high, high, side="right")
        x = int(start + np.searchsorted(self.low[start:end], low))
        return x if x < end and self.low[x] == low else None

    def missed(self, rows: Iterable[tuple[UUID, int | None]]) -> dict[UUID, int | None]:
        """Which of these rows (None: removed) are not as they stand here."""
        return {key: at for key, at in rows if self.get(key) != at}

    def against(self, rows: Stamps) -> dict[UUID, int | None]:
        """What differs in all rows of the database: new and changed ones, and None for who is gone."""
        here, there = self._rows(), rows._rows()
        gone, new = np.setdiff1d(here, there), np.setdiff1d(there, here)
        found: dict[UUID, int | None] = {_key(high, low): None for high, low, _ in gone.tolist()}
        return {**found, **{_key(high, low): at for high, low, at in new.tolist()}}

    def after(self, changes: Mapping[UUID, int | None]) -> Stamps:
        """The stamps with these changes."""
        stay = np.ones(len(self), dtype=bool)
        stay[[x for key in changes if (x := self._place(key)) is not None]] = False
        new = Stamps.of((key, at) for key, at in changes.items() if at is not None)
        high, low, at = (
            np.concatenate([old[stay], more])
            for old, more in ((self.high, new.high), (self.low, new.low), (self.at, new.at))
        )
        order = np.lexsort((low, high))
        return Stamps(high[order], low[order], at[order])

    def _rows(self) -> Array:
        rows = np.zeros(len(self), dtype=_ROW)
        rows["high"], rows["low"], rows["at"] = self.high, self.low, self.at
        return rows
