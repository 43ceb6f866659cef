"""Figures with their intervals: what every engine is measured by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

_ROUNDS, _SEED = 1000, 20261124
THRESHOLDS = [round(0.40 + 0.01 * x, 2) for x in range(60)]


@dataclass(frozen=True)
class PairFigures:
    """Labelled pairs: `scores[i]` against `labels[i]`."""

    scores: np.ndarray
    labels: np.ndarray

    @classmethod
    def of(cls, scores: Sequence[float], labels: Sequence[bool]) -> PairFigures:
        return cls(np.array(scores), np.array(labels, dtype=bool))

    def f1(self, threshold: float) -> float:
        return float(self._f1(self.scores >= threshold - 1e-9, self.labels))

    def best(self) -> float:
        """The threshold of the highest F1, the lowest of equals."""
        return max(THRESHOLDS, key=lambda threshold: (round(self.f1(threshold), 9), -threshold))

    def summary(self, shipped: float) -> dict[str, Any]:
        """F1 at the shipped and at the best threshold, with 95 % bootstrap intervals."""
        found = {}
        for name, threshold in (("shipped", shipped), ("best", self.best())):
            alerts = self.scores >= threshold - 1e-9
            found[name] = {
                "threshold": threshold,
                "f1": round(self.f1(threshold), 4),
                "precision": round(float((alerts & self.labels).sum() / max(1, alerts.sum())), 4),
                "recall": round(float((alerts & self.labels).sum() / max(1, self.labels.sum())), 4),
                "interval": [round(x, 4) for x in self._interval(alerts)],
            }
        return found

    def lead(self, other: PairFigures) -> dict[str, Any]:
        """How far F1 is above another engine's on the same pairs, each at its best threshold.

        The interval (95 %) is of the difference: both are drawn on the same pairs, most of which they judge
        alike, so it is narrower than those of the two figures.
        """
        ours, theirs = (each.scores >= each.best() - 1e-9 for each in (self, other))
        picks = self._picks()
        labels = self.labels[picks]
        differences = self._f1(ours[picks], labels) - self._f1(theirs[picks], labels)
        low, high = np.quantile(differences, [0.025, 0.975])
        lead = float(self._f1(ours, self.labels) - self._f1(theirs, self.labels))
        return {"f1": round(lead, 4), "interval": [round(float(low), 4), round(float(high), 4)]}

    def _interval(self, alerts: np.ndarray) -> tuple[float, float]:
        picks = self._picks()
        figures = self._f1(alerts[picks], self.labels[picks])
        return float(np.quantile(figures, 0.025)), float(np.quantile(figures, 0.975))

    def _picks(self) -> np.ndarray:
        size = len(self.labels)
        picks: np.ndarray = np.random.default_rng(_SEED).integers(0, size, size=(_ROUNDS, size))
        return picks

    @staticmethod
    def _f1(alerts: np.ndarray, labels: np.ndarray) -> Any:
        both = (alerts & labels).sum(axis=-1)
        return 2 * both / np.maximum(1, alerts.sum(axis=-1) + labels.sum(axis=-1))


@dataclass(frozen=True)
class SearchFigures:
    """End to end: per question its kind, the score of the right entry, the best score of any entry."""

    kinds: list[str]
    right: np.ndarray
    best: np.ndarray

    def point(self, threshold: float) -> dict[str, float]:
        """Recall, and false alerts per 1,000 of strangers, of look-alikes, of both together."""
        positive = np.array([not _negative(kind) for kind in self.kinds])
        stranger = np.array([kind.startswith("stranger") for kind in self.kinds])
        look = np.array([kind.startswith("look-alike") for kind in self.kinds])
        alert = self.best >= threshold - 1e-9
        return {
            "threshold": threshold,
            "recall": round(float((self.right[positive] >= threshold - 1e-9).mean()), 4),
            "strangers_per_1000": round(1000 * float(alert[stranger].mean()), 2),
            "look_alikes_per_1000": round(1000 * float(alert[look].mean()), 2),
            "negatives_per_1000": round(1000 * float(alert[stranger | look].mean()), 2),
        }

    def interval(self, threshold: float) -> dict[str, list[float]]:
        """95 % bootstrap intervals of recall and of false alerts per 1,000 negatives."""
        positive = np.array([not _negative(kind) for kind in self.kinds])
        draw = np.random.default_rng(_SEED)
        found = {}
        for name, values, scale in (
            ("recall", self.right[positive] >= threshold - 1e-9, 1),
            ("strangers_per_1000", self._alerts("stranger", threshold), 1000),
            ("look_alikes_per_1000", self._alerts("look-alike", threshold), 1000),
        ):
            means = scale * draw.binomial(len(values), values.mean(), size=_ROUNDS) / len(values)
            found[name] = [round(float(np.quantile(means, q)), 4) for q in (0.025, 0.975)]
        return found

    def _alerts(self, prefix: str, threshold: float) -> np.ndarray:
        chosen = np.array([kind.startswith(prefix) for kind in self.kinds])
        return self.best[chosen] >= threshold - 1e-9

    def curve(self) -> list[dict[str, float]]:
        """One point a threshold."""
        return [self.point(threshold) for threshold in THRESHOLDS[10:57:2]]

    def by_kind(self, threshold: float) -> dict[str, float]:
        """Share of each kind that raised the right alert, or any alert for negatives."""
        found: dict[str, float] = {}
        for kind in dict.fromkeys(self.kinds):
            chosen = np.array([each == kind for each in self.kinds])
            values = (self.best if _negative(kind) else self.right)[chosen]
            found[kind] = round(float((values >= threshold - 1e-9).mean()), 4)
        return found


def _negative(kind: str) -> bool:
    return kind.startswith(("stranger", "look-alike"))
