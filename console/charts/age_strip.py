"""Age strip: each waiting item a tick between nought and its target, past the target a triangle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

TARGET_X = 98.0
#: The strip ends here; older items pile up at its end.
LAST_X = 128.0


@dataclass(frozen=True)
class AgeStrip:
    ages: tuple[timedelta, ...]
    target: timedelta

    def _x(self, age: timedelta) -> float:
        return round(min(LAST_X, max(0.0, age / self.target * TARGET_X)), 1)

    @property
    def ticks(self) -> tuple[float, ...]:
        return tuple(sorted(self._x(age) for age in self.ages if age <= self.target))

    @property
    def late(self) -> tuple[float, ...]:
        """Centres of the triangles, at least half a triangle past the target."""
        return tuple(sorted(max(TARGET_X + 4, self._x(age)) for age in self.ages if age > self.target))

    @property
    def oldest(self) -> timedelta | None:
        return max(self.ages, default=None)
