"""Small bars on one line: the score between its bounds, an effect on it, an owner's interval."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class ScoreScale:
    """A score on its scale with the threshold; all 0..1. Widens to 0..1 when a value lies below 0.5."""

    score: float
    threshold: float
    width: float = 502.0

    @property
    def low(self) -> float:
        return 0.5 if min(self.score, self.threshold) >= 0.5 else 0.0

    def _x(self, value: float) -> float:
        return round((value - self.low) / (1 - self.low) * self.width, 1)

    @cached_property
    def ticks(self) -> tuple[tuple[float, str], ...]:
        step = (1 - self.low) / 5
        return tuple(
            (self._x(self.low + i * step), f"{self.low + i * step:.1f}".replace("0.0", "0")) for i in range(6)
        )

    @property
    def score_x(self) -> float:
        return self._x(self.score)

    @property
    def threshold_x(self) -> float:
        return self._x(self.threshold)

    @property
    def bar_x(self) -> float:
        return min(self.score_x, self.threshold_x)

    @property
    def bar_width(self) -> float:
        return round(abs(self.score_x - self.threshold_x), 1)


@dataclass(frozen=True)
class EffectBar:
    """A signed effect beside the others of its table: filled to the right raises, hollow left lowers."""

    effect: float
    largest: float

    AXIS = 30.0

    @property
    def length(self) -> float:
        if not self.largest or not self.effect:
            return 0.0
        return max(3.0, round(abs(self.effect) / self.largest * 24, 1))

    @property
    def raises(self) -> bool:
        return self.effect > 0

    @property
    def x(self) -> float:
        return self.AXIS if self.raises else self.AXIS - self.length


@dataclass(frozen=True)
class IntervalBar:
    """Least to most in percent (filled), and to `with_unknown` (outline); a dashed line at `threshold`."""

    least: float
    most: float
    with_unknown: float | None = None
    threshold: float = 25.0

    WIDTH = 116.0

    def _x(self, percent: float) -> float:
        return round(min(100.0, max(0.0, percent)) / 100 * self.WIDTH, 1)

    @property
    def threshold_x(self) -> float:
        return self._x(self.threshold)

    @property
    def bar_x(self) -> float:
        """A share known exactly still shows as a dot of six pixels round its place."""
        return round(
            self._x(self.least) - (self.bar_width - (self._x(self.most) - self._x(self.least))) / 2, 1
        )

    @property
    def bar_width(self) -> float:
        return max(6.0, round(self._x(self.most) - self._x(self.least), 1))

    @property
    def outline_width(self) -> float:
        if self.with_unknown is None or self.with_unknown <= self.most:
            return 0.0
        return round(self._x(self.with_unknown) - self.bar_x, 1)


@dataclass(frozen=True)
class SharePart:
    """A part of a bar of 100 percent, for owners declared so far."""

    x: float
    width: float
    shade: int


@dataclass(frozen=True)
class ShareBar:
    """Least shares told so far, largest first, and the rest as a hatched gap. `shares` in percent."""

    shares: tuple[float, ...]

    @property
    def parts(self) -> tuple[SharePart, ...]:
        x = 0.0
        parts = []
        for number, share in enumerate(self.shares):
            parts.append(
                SharePart(round(x, 2), max(0.0, round(min(share, 100 - x) - 0.3, 2)), min(number, 2))
            )
            x = min(100.0, x + share)
        return tuple(parts)

    @property
    def gap_x(self) -> float:
        return round(min(100.0, sum(self.shares)), 2)

    @property
    def gap_width(self) -> float:
        return round(100 - self.gap_x, 2)
