"""Precision and recall by threshold."""

from __future__ import annotations

import pytest

from kyc.screening.calibrate import Labelled, at, best, interval, table, wilson

CASES = [
    Labelled(0.95, True),
    Labelled(0.80, True),
    Labelled(0.75, False),
    Labelled(0.60, True),
    Labelled(0.2, False),
]


def test_counts_at_a_threshold() -> None:
    point = at(CASES, 0.75)
    assert (point.true_positives, point.false_positives, point.false_negatives) == (2, 1, 1)
    assert point.precision == pytest.approx(2 / 3)
    assert point.recall == pytest.approx(2 / 3)
    assert at(CASES, 0.99).precision is None
    assert at([], 0.5).recall is None


def test_the_best_threshold_prefers_the_lower_of_equals() -> None:
    assert best(CASES).threshold == 0.50
    assert best(CASES).f1 == pytest.approx(6 / 7)
    assert [point.threshold for point in table(CASES)][:3] == [0.50, 0.51, 0.52]


def test_recall_never_rises_with_the_threshold() -> None:
    recalls = [point.recall or 0 for point in table(CASES)]
    assert recalls == sorted(recalls, reverse=True)


def test_an_interval_holds_the_figure_and_is_repeatable() -> None:
    def recall(cases: object) -> float:
        return at(cases, 0.7).recall or 0.0  # type: ignore[arg-type]

    low, high = interval(CASES * 20, recall)
    assert low <= (at(CASES, 0.7).recall or 0) <= high
    assert (low, high) == interval(CASES * 20, recall)


def test_the_interval_of_a_share_is_wilsons() -> None:
    # Newcombe (1998), table I: 81 of 263 and 0 of 20, method 3.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
