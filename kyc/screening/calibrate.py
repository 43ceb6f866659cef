"""Thresholds against labelled decisions: how many true matches are found, how many alerts are in vain."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Labelled:
    """One decided pair: its score, and whether it was a true match."""

    score: float
    match: bool


@dataclass(frozen=True, slots=True)
class Point:
    """Precision and recall at one threshold; a figure without cases is None."""

    threshold: float
    true_positives: int
    false_positives: int
    false_negatives: int

    @property
    def precision(self) -> float | None:
        """Share of alerts that were true matches."""
        alerts = self.true_positives + self.false_positives
        return self.true_positives / alerts if alerts else None

    @property
    def recall(self) -> float | None:
        """Share of true matches that raised an alert."""
        matches = self.true_positives + self.false_negatives
        return self.true_positives / matches if matches else None

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall (0 where there is nothing to measure)."""
        twice = 2 * self.true_positives
        everything = twice + self.false_positives + self.false_negatives
        return twice / everything if everything else 0.0

    def as_json(self) -> dict[str, object]:
        """Figures with their 95 % intervals, four places; a figure without cases is null."""
        found = self.true_positives
        return {
            "threshold": self.threshold,
            "true_positives": found,
            "false_positives": self.false_positives,
            "false_negatives": self.false_negatives,
            "precision": _rounded(self.precision),
            "precision_95": _bounds(found, found + self.false_positives),
            "recall": _rounded(self.recall),
            "recall_95": _bounds(found, found + self.false_negatives),
            "f1": round(self.f1, 4),
        }


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927), which also holds for few cases. Needs a trial at least."""
    z2 = 1.959964**2
    share = successes / trials
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = math.sqrt(z2 * (share * (1 - share) / trials + z2 / (4 * trials**2))) / (1 + z2 / trials)
    return max(0.0, middle - half), min(1.0, middle + half)


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 4)


def _bounds(successes: int, trials: int) -> list[float] | None:
    return [round(bound, 4) for bound in wilson(successes, trials)] if trials else None


def at(cases: Iterable[Labelled], threshold: float) -> Point:
    """Counts at one threshold, 0..1; a score equal to it is an alert."""
    found = wrong = missed = 0
    for case in cases:
        alert = case.score >= threshold
        found += alert and case.match
        wrong += alert and not case.match
        missed += case.match and not alert
    return Point(threshold, found, wrong, missed)


def table(
    cases: Sequence[Labelled], *, first: float = 0.50, last: float = 0.99, step: float = 0.01
) -> list[Point]:
    """One point a threshold, from `first` to `last`."""
    count = round((last - first) / step)
    return [at(cases, round(first + step * x, 4)) for x in range(count + 1)]


def best(cases: Sequence[Labelled]) -> Point:
    """The threshold with the highest F1; of equal ones the lowest, since a missed match costs more."""
    return max(table(cases), key=lambda point: (point.f1, -point.threshold))


def interval(
    cases: Sequence[Labelled],
    figure: Callable[[Sequence[Labelled]], float],
    *,
    rounds: int = 1000,
    seed: int = 1,
) -> tuple[float, float]:
    """95 % interval of a figure by the percentile bootstrap (Efron 1979), seeded."""
    draw = random.Random(seed)  # noqa: S311 - resampling, not a secret
    figures = sorted(figure(draw.choices(cases, k=len(cases))) for _ in range(rounds))
    return figures[int(0.025 * rounds)], figures[min(rounds - 1, int(0.975 * rounds))]
