"""Precision against recall as steps: one point a threshold, the one in force filled and led to both axes.

Geometry only: a template draws what `CurveChart.drawn(width)` returns. All values are shares, 0..1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor

LEFT, TOP, HEIGHT, FOOT = 52.0, 24.0, 230.0, 40.0
#: Labels closer than this to one that stands already are left away.
APART_X, APART_Y = 40.0, 16.0


@dataclass(frozen=True)
class CurvePoint:
    recall: float
    precision: float
    label: str = ""


@dataclass(frozen=True)
class Line:
    """Another engine's curve: grey, told apart by its dash, its name on it."""

    name: str
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True)
class DrawnLine:
    """`number` says which dash; the name stands where the line begins."""

    number: int
    name: str
    path: str
    x: float
    y: float


@dataclass(frozen=True)
class Mark:
    x: float
    y: float
    label: str
    label_y: float
    """Under the point, and never on the axis."""


@dataclass(frozen=True)
class AxisTick:
    at: float
    percent: float


@dataclass(frozen=True)
class DrawnCurve:
    width: float
    height: float
    left: float
    right: float
    bottom: float
    precision_ticks: tuple[AxisTick, ...]
    recall_ticks: tuple[AxisTick, ...]
    path: str
    marks: tuple[Mark, ...]
    chosen: Mark | None
    proposed: Mark | None
    down: str
    along: str
    peers: tuple[DrawnLine, ...]


@dataclass(frozen=True)
class CurveChart:
    """`points` by rising threshold, so that recall falls; `marks` are those of them that carry a label."""

    points: tuple[CurvePoint, ...]
    marks: tuple[CurvePoint, ...] = ()
    chosen: CurvePoint | None = None
    proposed: CurvePoint | None = None
    #: What the axes measure, where that is not precision and recall.
    down: str = ""
    along: str = ""
    peers: tuple[Line, ...] = ()

    def drawn(self, width: float, labels: bool = True) -> DrawnCurve:
        right, bottom = width - (40.0 if labels else 12.0), TOP + HEIGHT
        others = [point for line in self.peers for point in line.points]
        shown = [*self.points, *others, *(p for p in (self.chosen, self.proposed) if p)]
        low_x, low_y = _low([p.recall for p in shown]), _low([p.precision for p in shown])

        def x(recall: float) -> float:
            return round(LEFT + (recall - low_x) / (1 - low_x) * (right - LEFT), 1)

        def y(precision: float) -> float:
            return round(bottom - (precision - low_y) / (1 - low_y) * HEIGHT, 1)

        def mark(point: CurvePoint | None) -> Mark | None:
            return _mark(x(point.recall), y(point.precision), point.label, bottom) if point else None

        chosen, proposed = mark(self.chosen), mark(self.proposed)
        return DrawnCurve(
            width=width,
            height=bottom + FOOT,
            left=LEFT,
            right=right,
            bottom=bottom,
            precision_ticks=_ticks(low_y, y),
            recall_ticks=_ticks(low_x, x),
            path=_steps(self.points, x, y),
            marks=_apart([m for p in self.marks if (m := mark(p))], [m for m in (chosen, proposed) if m]),
            chosen=chosen,
            proposed=proposed,
            down=self.down,
            along=self.along,
            peers=_lines(self.peers, x, y),
        )


def _low(values: Sequence[float]) -> float:
    """The full tenth below every value, and at most 0.9, so that an axis always spans a tenth."""
    return max(0.0, min(0.9, floor(min(values, default=0.9) * 10 - 1e-9) / 10))


def _mark(x: float, y: float, label: str, bottom: float) -> Mark:
    return Mark(x, y, label, round(min(y + 18, bottom - 6), 1))


def _ticks(low: float, scale: Callable[[float], float]) -> tuple[AxisTick, ...]:
    """Round figures, from 100 percent down to where the axis begins."""
    span = round(1000 * (1 - low))
    step = next(size for size in (25, 50, 100, 200) if span / size <= 5 or size == 200)
    return tuple(AxisTick(scale(at / 1000), at / 10) for at in range(1000, 1000 - span - 1, -step))


def _steps(points: Sequence[CurvePoint], x: Callable[[float], float], y: Callable[[float], float]) -> str:
    """From the lowest threshold on: precision moves where recall does, never between two points."""
    if not points:
        return ""
    path = f"M{x(points[0].recall)} {y(points[0].precision)}"
    for point in points[1:]:
        path += f"H{x(point.recall)}V{y(point.precision)}"
    return path


def _lines(
    lines: Sequence[Line], x: Callable[[float], float], y: Callable[[float], float]
) -> tuple[DrawnLine, ...]:
    """Names stand under the lower end of their line, and never on each other."""
    drawn: list[DrawnLine] = []
    for number, line in enumerate(lines, 1):
        if not line.points:
            continue
        end = min(line.points, key=lambda point: point.recall)
        at = y(end.precision) + 16
        while any(abs(at - other.y) < APART_Y for other in drawn):
            at += APART_Y
        drawn.append(DrawnLine(number, line.name, _steps(line.points, x, y), x(end.recall), round(at, 1)))
    return tuple(drawn)


def _apart(marks: Sequence[Mark], taken: Sequence[Mark]) -> tuple[Mark, ...]:
    kept: list[Mark] = []
    for one in marks:
        if not any(abs(one.x - m.x) < APART_X and abs(one.y - m.y) < APART_Y for m in (*taken, *kept)):
            kept.append(one)
    return tuple(kept)
