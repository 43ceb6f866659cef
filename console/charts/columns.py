"""What each threshold costs, as columns: two kinds of alerts stacked, their sum outlined in steps.

Geometry only: a template draws what `ColumnChart.drawn(width)` returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.charts.steps import Block, Tick, round_up, short

LEFT, TOP, HEIGHT, FOOT = 40.0, 42.0, 150.0, 28.0
#: Room at the right for the two names; a narrow drawing has a legend under it.
NAMES = 130.0
#: A narrow drawing shows as many columns as have room for a figure.
NARROW = 8
#: Names at the right end stand at least this far from each other.
APART = 16.0


@dataclass(frozen=True)
class Column:
    """One threshold. `said` stands over a column that is named: the one in force, the one tried."""

    label: str
    others: float
    look_alikes: float
    said: str = ""

    @property
    def total(self) -> float:
        return self.others + self.look_alikes


@dataclass(frozen=True)
class DrawnColumn:
    label: str
    """Empty where a narrow drawing has no room for it."""
    middle: float
    said: str
    said_y: float
    others: Block
    look_alikes: Block


@dataclass(frozen=True)
class DrawnColumns:
    width: float
    height: float
    left: float
    right: float
    bottom: float
    value_ticks: tuple[Tick, ...]
    columns: tuple[DrawnColumn, ...]
    outline: str
    others_y: float
    look_alikes_y: float


@dataclass(frozen=True)
class ColumnChart:
    """`columns` by rising threshold, so that none is higher than the one before; at least one."""

    unit: str
    others: str
    look_alikes: str
    columns: tuple[Column, ...]

    def drawn(self, width: float, labels: bool = True) -> DrawnColumns:
        right, bottom = width - (NAMES if labels else 8.0), TOP + HEIGHT
        most = round_up(max(column.total for column in self.columns))
        shown = self.columns if labels else self._few()
        each = (right - LEFT) / len(shown)

        def y(value: float) -> float:
            return round(bottom - value / most * HEIGHT, 1)

        columns, outline = [], f"M{LEFT} {bottom}"
        for number, one in enumerate(shown):
            start, end = round(LEFT + number * each, 1), round(LEFT + (number + 1) * each, 1)
            middle, top = y(one.others), y(one.total)
            columns.append(
                DrawnColumn(
                    one.label if labels or _fits(shown, number) else "",
                    round((start + end) / 2, 1),
                    one.said,
                    round(top - 6, 1),
                    Block(start, middle, round(end - start, 1), round(bottom - middle, 1)),
                    Block(start, top, round(end - start, 1), round(middle - top, 1)),
                )
            )
            outline += f"V{top}H{end}"
        last = shown[-1]
        others_y = min(y(last.others / 2) + 4, bottom - 2)
        return DrawnColumns(
            width=width,
            height=bottom + FOOT,
            left=LEFT,
            right=round(right, 1),
            bottom=bottom,
            value_ticks=tuple(Tick(y(most * i / 4), short(most * i / 4)) for i in range(5)),
            columns=tuple(columns),
            outline=f"{outline}V{bottom}",
            others_y=round(others_y, 1),
            look_alikes_y=round(min(y(last.others + last.look_alikes / 2) + 4, others_y - APART), 1),
        )

    def _few(self) -> tuple[Column, ...]:
        """The lowest thresholds and every named one."""
        room = NARROW - sum(bool(column.said) for column in self.columns)
        rest = [column for column in self.columns if not column.said][:room]
        return tuple(column for column in self.columns if column.said or column in rest)


def _fits(columns: Sequence[Column], number: int) -> bool:
    """Named columns keep their label, and of the others every second one away from a named one."""
    if columns[number].said:
        return True
    near = columns[max(0, number - 1) : number + 2]
    return number % 2 == 0 and not any(column.said for column in near)
