"""Coordinate search for the scorer's constants on the tuned half.

`python -m tests.benchmarks.screening.tune` prints what it would change; a person decides and writes the
constants down. The objective weighs recall within a budget of false alerts and F1 of pairs; candidates are
retrieved once, then only scored again.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import InvalidInput
from kyc.screening import alignment, alike, score, weights
from kyc.screening.index import Snapshot
from kyc.screening.names import Analysed, analyse
from kyc.screening.weights import BUILT_IN
from tests.benchmarks.screening import corpus, tuned
from tests.benchmarks.screening.figures import PairFigures

#: (module, constant, step up and down).
CONSTANTS: list[tuple[Any, str, float]] = [
    (alignment, "OMITTED", 0.06), (alignment, "OMITTED_SINGLE", 0.1), (alignment, "OMITTED_COMMON", 0.1),
    (alignment, "OMITTED_POWER", 0.1), (alignment, "ENOUGH", 0.2), (alignment, "PATRONYMIC", 0.2),
    (alignment, "DOUBT", 0.15), (alignment, "ENOUGH_EXACT", 0.2), (alignment, "CONTRADICTION", 0.1),
    (alignment, "CONTRADICTION_LONG", 0.08), (alignment, "PHRASE", 0.04), (alignment, "GLUED", 0.02),
    (alignment, "GLUED_TWO_EDITS", 0.08), (alike, "EDIT", 0.15), (alike, "EDITS_MORE", 0.1),
    (alike, "BOTH_SEEN", 0.06), (alike, "NOT_SEEN", 0.03), (alike, "LEAST_BOTH_SEEN", 0.08),
    (alike, "SAME_SOUND", 0.06), (alike, "INITIAL", 0.08), (alike, "SAME_NAME", 0.02),
    (alike, "NICKNAME", 0.05),
    (alike, "SAME_NAME_SHORT", 0.06), (alike, "SAME_NAME_EAST", 0.06), (alike, "SAME_MEANING", 0.06),
    (alike, "LEAST_ALIKE", 0.06), (alike, "SKELETON_LOSS", 0.02), (weights, "KNOWN", 0.05),
    (weights, "TRADE", 0.05),
]  # fmt: skip
#: (strangers, look-alikes) per 1,000 that a threshold may raise: recall is the mean over these.
BUDGETS = [(0.3, 6.0), (0.4, 8.0), (0.5, 10.0), (0.7, 12.5), (1.0, 16.0)]


@dataclass(frozen=True)
class Figures:
    """What one setting of the constants gives on the tuned half."""

    #: Mean F1 of the name pairs at the thresholds 0.67 to 0.73.
    f1: float
    #: Recall at the threshold that keeps within 0.5 and 10 false alerts, and that threshold.
    recall: float
    threshold: float
    #: Recall at the default threshold, and the mean over all budgets.
    recall_default: float
    recall_budgets: float

    @property
    def objective(self) -> float:
        """Higher is better."""
        return 3 * self.recall_budgets + 0.5 * self.recall_default + 0.6 * self.f1


def prepare() -> Callable[[], Figures]:
    """Retrieve once; the returned function scores everything under the constants of the moment."""
    pairs = []
    for pair in tuned.name_pairs():
        try:
            sides = [
                analyse({"schema": pair.schema, "properties": {"name": [n]}})
                for n in (pair.first, pair.second)
            ]
        except InvalidInput:
            continue
        pairs.append((sides[0], sides[1], pair.match))
    snapshot = Snapshot.build(corpus.entities())
    asked: list[tuple[str, str, Analysed, list[Analysed]]] = []
    questions = [(q, analyse(q.entity)) for q in tuned.queries()]
    for (query, question), matches in zip(
        questions, snapshot.search_many([a for _, a in questions], 12, floor=0.35), strict=True
    ):
        kept = [m for x, m in enumerate(matches) if x < 6 or m.id == query.answer]
        held = []
        for match in kept:
            entity = snapshot.entity(match.id)
            assert entity is not None
            whole = analyse(entity)
            near = sorted(
                whole.names,
                key=lambda n: -alignment.compare_names(question.names[0], n, snapshot.weights).score,
            )
            held.append(dataclasses.replace(whole, names=tuple(near[:3])))
        asked.append((query.kind, query.answer, question, held))

    labels = np.array([match for _, _, match in pairs])
    sides = [(a, b) for a, b, _ in pairs]
    positive = np.array([bool(answer) for _, answer, _, _ in asked])
    stranger = np.array([kind.startswith("stranger") for kind, _, _, _ in asked])

    def measure() -> Figures:
        for each in (snapshot.weights, BUILT_IN):
            for kept in (each.pairs, each._vectors, each._tokens):
                kept.clear()
        paired = PairFigures(np.array([score.score(a, b).score for a, b in sides]), labels)
        best = np.zeros(len(asked))
        for x, (_, answer, question, held) in enumerate(asked):
            near = [c for c in held if not answer or c.id == answer]
            best[x] = max([score.score(question, c, snapshot.weights).score for c in near], default=0.0)
        strangers, looks = np.sort(best[stranger])[::-1], np.sort(best[~positive & ~stranger])[::-1]
        limits = [
            max(strangers[int(s * len(strangers) / 1000)], looks[int(k * len(looks) / 1000)]) + 1e-6
            for s, k in BUDGETS
        ]
        recalls = [float((best[positive] >= limit).mean()) for limit in limits]
        return Figures(
            float(np.mean([paired.f1(x / 100) for x in range(67, 74)])),
            recalls[2],
            round(float(limits[2]), 4),
            float((best[positive] >= score.THRESHOLD).mean()),
            float(np.mean(recalls)),
        )

    return measure


def main(rounds: int = 2) -> None:
    """Try each constant up and down in turn, keep what helps, print every step."""
    measure = prepare()
    best = measure()
    print("start", best, round(best.objective, 4), flush=True)
    for _ in range(rounds):
        for module, name, step in CONSTANTS:
            for direction in (1, -1):
                before = getattr(module, name)
                setattr(module, name, round(before + direction * step, 4))
                tried = measure()
                if tried.objective > best.objective + 1e-4:
                    best = tried
                    print(
                        name, before, "->", getattr(module, name), best, round(best.objective, 4), flush=True
                    )
                    break
                setattr(module, name, before)
    for module, name, _ in CONSTANTS:
        print(module.__name__, name, getattr(module, name))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
