"""Geometry of precision against recall."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from console.charts.curve import CurveChart, CurvePoint

SHARES = st.tuples(st.floats(0, 1), st.floats(0, 1))


def test_steps_go_along_recall_and_then_along_precision() -> None:
    chart = CurveChart((CurvePoint(1.0, 0.9), CurvePoint(0.95, 1.0)))
    drawn = chart.drawn(736)
    right, middle = drawn.right, (drawn.left + drawn.right) / 2
    # The axes begin at 90 and 80 percent: the full tenth below what is shown.
    assert [tick.percent for tick in drawn.recall_ticks] == [100, 97.5, 95, 92.5, 90]
    assert [tick.percent for tick in drawn.precision_ticks] == [100, 95, 90, 85, 80]
    assert drawn.path == f"M{right} 139.0H{middle}V24.0"


def test_a_label_leaves_room_for_the_one_in_force() -> None:
    near, far = CurvePoint(0.99, 0.99, "0.75"), CurvePoint(0.7, 0.99, "0.90")
    drawn = CurveChart((near, far), (near, far), CurvePoint(1.0, 0.99, "in force")).drawn(736)
    assert [mark.label for mark in drawn.marks] == ["0.90"]


@settings(max_examples=60)
@given(st.lists(SHARES, min_size=1, max_size=20), st.sampled_from([736.0, 358.0]))
def test_everything_stays_inside_the_axes(points: list[tuple[float, float]], width: float) -> None:
    found = tuple(CurvePoint(recall, precision, "x") for recall, precision in points)
    drawn = CurveChart(found, found, found[0], found[-1]).drawn(width)
    for mark in (*drawn.marks, drawn.chosen, drawn.proposed):
        assert mark is not None
        assert drawn.left <= mark.x <= drawn.right
        assert 24 <= mark.y <= drawn.bottom
