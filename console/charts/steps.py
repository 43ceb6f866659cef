"""What a control group holds over time, as steps: past solid, planned dashed, over the limit hatched.

Geometry only: a template draws what `StepsChart.drawn(width)` returns. Values are in the chart's unit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, log10

X = Callable[[date], float]
Y = Callable[[float], float]
TOP, HEIGHT, FOOT = 30.0, 178.0, 26.0
#: Room that the name of a month needs, a year included; of the sum over a limit.
MONTH, OVER = 56.0, 96.0


@dataclass(frozen=True)
class Series:
    """One tenant of the group. `points`: from each day on it holds that much; days ascend."""

    label: str
    note: str
    points: tuple[tuple[date, float], ...]

    def at(self, day: date) -> float:
        held = 0.0
        for since, value in self.points:
            if since <= day:
                held = value
        return held


@dataclass(frozen=True)
class Planned:
    """What is asked for, on top of all that is held."""

    start: date
    end: date
    amount: float
    label: str


@dataclass(frozen=True)
class Tick:
    at: float
    text: str


@dataclass(frozen=True)
class Block:
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)

    @property
    def is_narrow(self) -> bool:
        """Its figure stands beside it."""
        return self.width < OVER

    @property
    def centre(self) -> float:
        return round(self.y + self.height / 2, 1)


@dataclass(frozen=True)
class Band:
    label: str
    note: str
    path: str
    shade: int
    label_y: float


@dataclass(frozen=True)
class Drawn:
    width: float
    height: float
    left: float
    right: float
    bottom: float
    value_ticks: tuple[Tick, ...]
    day_ticks: tuple[Tick, ...]
    bands: tuple[Band, ...]
    past: str
    future: str
    today_x: float
    asked: Block | None
    over: Block | None
    limit_y: float | None
    limit_label_y: float
    total_label_y: float
    label_x: float


def round_up(value: float) -> float:
    """The next value that four even steps divide into round figures."""
    if value <= 0:
        return 1.0
    step = value / 4
    size = 10.0 ** (ceil(log10(step)) - 1)
    for factor in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10):
        if factor * size >= step:
            return 4 * factor * size
    return 4 * 10 * size


def short(value: float) -> str:
    """16,000,000 → "16 M", 900 → "900"."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g} {letter}"
    return f"{value:g}"


@dataclass(frozen=True)
class StepsChart:
    unit: str
    start: date
    end: date
    today: date
    series: tuple[Series, ...]
    planned: Planned | None = None
    limit: float | None = None

    @property
    def held(self) -> float:
        """Held today by the whole group."""
        return sum(s.at(self.today) for s in self.series)

    @property
    def highest(self) -> float:
        """The most the group would hold while what is asked for runs, or holds now."""
        if self.planned is None:
            return self.held
        days = {self.planned.start, *(d for s in self.series for d, _ in s.points)}
        running = [d for d in days if self.planned.start <= d < self.planned.end]
        return self.planned.amount + max(sum(s.at(d) for s in self.series) for d in running)

    @property
    def over(self) -> float:
        return max(0.0, self.highest - self.limit) if self.limit is not None else 0.0

    def drawn(self, width: float, labels: bool = True) -> Drawn:
        left, right = 62.0, width - (162.0 if labels else 8.0)
        bottom = TOP + HEIGHT
        days = {self.start, self.end, *(d for s in self.series for d, _ in s.points)}
        past_peak = max(sum(s.at(d) for s in self.series) for d in days)
        top_value = round_up(max(self.highest, past_peak, self.limit or 0.0))
        span = max(1, (self.end - self.start).days)

        def x(day: date) -> float:
            inside = min(max(day, self.start), self.end)
            return round(left + (inside - self.start).days / span * (right - left), 1)

        def y(value: float) -> float:
            return round(bottom - value / top_value * HEIGHT, 1)

        changes = sorted(d for d in days if self.start <= d <= self.end)
        bands, below = [], dict.fromkeys(changes, 0.0)
        for number, one in enumerate(self.series):
            above = {d: below[d] + one.at(d) for d in changes}
            bands.append(self._band(number, one, changes, below, above, x, y))
            below = above

        total = {d: sum(s.at(d) for s in self.series) for d in changes}
        past = self._steps([d for d in changes if d <= self.today], total, min(self.today, self.end), x, y)
        future = self._future(changes, x, y)
        asked, over = None, None
        if self.planned is not None:
            base = sum(s.at(max(self.planned.start, self.today)) for s in self.series)
            asked, over = self._ask(self.planned, base, x, y)
        limit_y = y(self.limit) if self.limit is not None else None
        total_y = y(self.highest) + 4
        if limit_y is not None and abs(total_y - limit_y) < 34:
            total_y = limit_y - 34 if self.over or total_y <= limit_y else limit_y + 20
        return Drawn(
            width=width,
            height=bottom + FOOT,
            left=left,
            right=right,
            bottom=bottom,
            value_ticks=tuple(Tick(y(top_value * i / 4), short(top_value * i / 4)) for i in range(5)),
            day_ticks=tuple(
                Tick(x(d), d.isoformat() if x(d) + MONTH <= width else "") for d in self._months()
            ),
            bands=self._apart(tuple(bands)),
            past=past,
            future=future,
            today_x=x(self.today),
            asked=asked,
            over=over,
            limit_y=limit_y,
            limit_label_y=(limit_y or 0) + 4,
            total_label_y=round(total_y, 1),
            label_x=right + 10,
        )

    def _months(self) -> tuple[date, ...]:
        day, found = self.start.replace(day=1), []
        while day <= self.end:
            if day >= self.start:
                found.append(day)
            day = (day + timedelta(days=32)).replace(day=1)
        return tuple(found)

    @staticmethod
    def _steps(days: Sequence[date], values: Mapping[date, float], until: date, x: X, y: Y) -> str:
        path = f"M{x(days[0])} {y(values[days[0]])}"
        for day in days[1:]:
            path += f"H{x(day)}V{y(values[day])}"
        return f"{path}H{x(until)}"

    def _band(
        self,
        number: int,
        one: Series,
        days: Sequence[date],
        below: Mapping[date, float],
        above: Mapping[date, float],
        x: X,
        y: Y,
    ) -> Band:
        upper = self._steps(days, above, self.end, x, y)
        lower, last = "", self.end
        for day in reversed(days):
            lower += f"L{x(last)} {y(below[day])}L{x(day)} {y(below[day])}"
            last = day
        # Named where it last holds something: by the end of the picture it may hold nothing.
        named = next((day for day in reversed(days) if above[day] > below[day]), days[-1])
        middle = (y(above[named]) + y(below[named])) / 2 + 4
        return Band(one.label, one.note, f"{upper}{lower}Z", min(number, 3), round(middle, 1))

    @staticmethod
    def _apart(bands: tuple[Band, ...]) -> tuple[Band, ...]:
        """Labels at least 16 px from each other, pushed upwards from the foot."""
        placed, last = [], float("inf")
        for band in bands:
            at = min(band.label_y, last - 16)
            placed.append(Band(band.label, band.note, band.path, band.shade, round(at, 1)))
            last = at
        return tuple(placed)

    def _future(self, changes: Sequence[date], x: X, y: Y) -> str:
        """From today on: what is held as it ends, and what is planned on top of it."""
        if self.today >= self.end:
            return ""
        days = {d for d in changes if d > self.today}
        if self.planned is not None:
            days |= {max(self.today, self.planned.start), min(self.end, self.planned.end)}
        path = f"M{x(self.today)} {y(self.held)}"
        for day in sorted(days):
            path += f"H{x(day)}V{y(self._total(day))}"
        return path if self.end in days else f"{path}H{x(self.end)}"

    def _total(self, day: date) -> float:
        asked = self.planned
        planned = asked.amount if asked is not None and asked.start <= day < asked.end else 0.0
        return planned + sum(s.at(day) for s in self.series)

    def _ask(self, planned: Planned, base: float, x: X, y: Y) -> tuple[Block | None, Block | None]:
        x0, x1 = x(planned.start), x(planned.end)
        top = base + planned.amount
        split = top if self.limit is None else min(top, max(base, self.limit))
        width = max(1.0, round(x1 - x0, 1))
        asked = Block(x0, y(split), width, round(y(base) - y(split), 1)) if split > base else None
        over = Block(x0, y(top), width, round(y(split) - y(top), 1)) if top > split else None
        return asked, over
