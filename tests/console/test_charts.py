"""Geometry of the charts, with the sums of the story."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.charts.age_strip import LAST_X, TARGET_X, AgeStrip
from console.charts.scales import EffectBar, IntervalBar, ScoreScale, ShareBar
from console.charts.steps import Planned, Series, StepsChart, short
from tests.console.samples.request import CHART


def test_group_chart_sums_what_is_held_asked_and_over() -> None:
    assert CHART.held == 7_092_736
    assert CHART.highest == 15_198_720
    assert CHART.over == 3_198_720


def test_asked_block_is_cut_at_the_limit() -> None:
    drawn = CHART.drawn(736)
    assert drawn.asked is not None and drawn.over is not None
    assert drawn.limit_y == drawn.asked.y == pytest.approx(drawn.over.y + drawn.over.height)
    assert [tick.text for tick in drawn.value_ticks] == ["0", "4 M", "8 M", "12 M", "16 M"]


def test_what_has_no_room_in_a_narrow_drawing_is_left_away_or_stands_beside() -> None:
    wide, narrow = CHART.drawn(736), CHART.drawn(358, labels=False)
    assert wide.over is not None and not wide.over.is_narrow and all(tick.text for tick in wide.day_ticks)
    assert narrow.over is not None and narrow.over.is_narrow
    assert [bool(tick.text) for tick in narrow.day_ticks] == [
        tick.at + 56 <= 358 for tick in narrow.day_ticks
    ]


def test_request_under_the_limit_has_nothing_over_it() -> None:
    chart = StepsChart(
        "TPP",
        date(2026, 9, 1),
        date(2026, 12, 31),
        date(2026, 11, 1),
        (Series("one", "", ((date(2026, 9, 1), 5.0),)),),
        Planned(date(2026, 12, 1), date(2026, 12, 20), 3.0, "3"),
        10.0,
    )
    assert chart.over == 0
    assert chart.drawn(736).over is None
    assert chart.drawn(736).asked is not None


def test_group_already_over_its_limit_shows_all_that_is_asked_as_over() -> None:
    chart = StepsChart(
        "TPP",
        date(2026, 9, 1),
        date(2026, 12, 31),
        date(2026, 11, 1),
        (Series("one", "", ((date(2026, 9, 1), 12.0),)),),
        Planned(date(2026, 12, 1), date(2026, 12, 20), 3.0, "3"),
        10.0,
    )
    assert chart.over == 5
    drawn = chart.drawn(736)
    assert drawn.asked is None
    assert drawn.over is not None


@given(
    amounts=st.lists(st.floats(0, 1e9), min_size=0, max_size=4),
    asked=st.floats(1, 1e9),
    limit=st.none() | st.floats(1, 1e9),
)
@settings(max_examples=30)
def test_everything_drawn_lies_within_the_picture(
    amounts: list[float], asked: float, limit: float | None
) -> None:
    day = date(2026, 9, 1)
    chart = StepsChart(
        "TPP",
        day,
        date(2026, 12, 31),
        date(2026, 10, 1),
        tuple(Series(f"s{n}", "", ((day + timedelta(days=n * 9), a),)) for n, a in enumerate(amounts)),
        Planned(date(2026, 11, 1), date(2026, 11, 30), asked, "asked"),
        limit,
    )
    for width in (736.0, 358.0):
        drawn = chart.drawn(width, labels=width > 400)
        for block in (drawn.asked, drawn.over):
            if block is not None:
                assert drawn.left <= block.x <= block.x + block.width <= drawn.right + 0.2
                assert 0 <= block.y <= block.y + block.height <= drawn.bottom + 0.2
        if drawn.limit_y is not None:
            assert 0 <= drawn.limit_y <= drawn.bottom


def test_late_items_are_triangles_past_the_target() -> None:
    strip = AgeStrip(
        (timedelta(hours=2), timedelta(hours=8), timedelta(hours=9), timedelta(days=9)), timedelta(hours=8)
    )
    assert strip.ticks == (24.5, TARGET_X)
    assert len(strip.late) == 2
    assert all(TARGET_X < x <= LAST_X for x in strip.late)


def test_score_scale_opens_to_nought_for_low_scores() -> None:
    assert ScoreScale(0.86, 0.7).low == 0.5
    assert ScoreScale(0.3, 0.7).low == 0.0
    assert [text for _, text in ScoreScale(0.86, 0.7).ticks] == ["0.5", "0.6", "0.7", "0.8", "0.9", "1.0"]


def test_effects_grow_away_from_the_axis() -> None:
    assert EffectBar(0.06, 0.06).x == EffectBar.AXIS
    lowers = EffectBar(-0.06, 0.06)
    assert lowers.x + lowers.length == EffectBar.AXIS
    assert EffectBar(0.0, 0.06).length == 0


def test_interval_known_exactly_still_shows_as_a_dot() -> None:
    dot = IntervalBar(18, 18)
    assert dot.bar_width == 6
    assert dot.bar_x + 3 == pytest.approx(0.18 * IntervalBar.WIDTH, abs=0.1)
    assert dot.outline_width == 0
    assert IntervalBar(33.6, 37.8, 52.8).outline_width > 0


def test_share_bar_leaves_the_unknown_rest_open() -> None:
    bar = ShareBar((60, 25))
    assert (bar.gap_x, bar.gap_width) == (85, 15)
    assert ShareBar((60, 60)).gap_width == 0


def test_short_figures() -> None:
    assert [short(v) for v in (0, 900, 4_000_000, 1_500)] == ["0", "900", "4 M", "1.5 k"]
