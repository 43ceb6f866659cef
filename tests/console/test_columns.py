"""Geometry of what each threshold costs."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from console.charts.columns import Column, ColumnChart

AMOUNT = st.floats(0, 10_000)


def chart(*columns: Column) -> ColumnChart:
    return ColumnChart("alerts a day", "others", "look-alikes", columns)


def test_columns_stack_and_their_sum_is_outlined() -> None:
    drawn = chart(Column("0.70", 1.0, 3.0, "4.0 now"), Column("0.72", 1.0, 1.0)).drawn(210)
    assert [tick.text for tick in drawn.value_ticks] == ["0", "1", "2", "3", "4"]
    assert drawn.outline == "M40.0 192.0V42.0H60.0V117.0H80.0V192.0"
    first = drawn.columns[0]
    assert (first.look_alikes.y, first.look_alikes.height) == (42.0, 112.5)
    assert (first.others.y, first.others.height) == (154.5, 37.5)
    assert first.said_y < first.look_alikes.y


def test_a_narrow_drawing_leaves_labels_away_beside_the_named_ones() -> None:
    said = ["", "", "", "2.0", "", "", ""]
    narrow = chart(*(Column(str(i), 1.0, 1.0, one) for i, one in enumerate(said))).drawn(358, labels=False)
    assert [column.label for column in narrow.columns] == ["0", "", "", "3", "", "", "6"]


def test_a_narrow_drawing_shows_few_columns_and_every_named_one() -> None:
    many = (Column(str(i), 1.0, 1.0, "said" if i in (0, 10) else "") for i in range(11))
    drawn = chart(*many).drawn(358, labels=False)
    assert len(drawn.columns) == 8
    assert drawn.columns[-1].label == "10" and drawn.columns[-1].said


@settings(max_examples=60)
@given(st.lists(st.tuples(AMOUNT, AMOUNT), min_size=1, max_size=11), st.booleans())
def test_everything_stays_inside_the_axes(amounts: list[tuple[float, float]], labels: bool) -> None:
    drawn = chart(*(Column("x", *one) for one in amounts)).drawn(736 if labels else 358, labels)
    for column in drawn.columns:
        for block in (column.others, column.look_alikes):
            assert block.y >= 41.9 and block.y + block.height <= drawn.bottom + 0.2
            assert drawn.left <= block.x and block.x + block.width <= drawn.right + 0.2
            assert block.height >= 0
    assert drawn.look_alikes_y <= drawn.others_y - 16
