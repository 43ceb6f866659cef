"""Thresholds against what people decided here: does each hold, and what would another cost?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.charts.columns import ColumnChart
from console.charts.curve import CurveChart
from console.parts import Answer, Dialog, Fact, Field, State


@dataclass(frozen=True)
class Score:
    """A threshold in force, and the one proposed where there is one."""

    now: float
    then: float | None = None


@dataclass(frozen=True)
class ListRow:
    """One list. Figures are None where there is nothing to measure by; `a_day` is a mean of alerts raised."""

    name: str
    persons: Score
    organisations: Score
    decided: int
    precision: float | None
    interval: str
    a_day: float
    a_day_then: float
    at_least: bool
    missed: str
    state: State


@dataclass(frozen=True)
class MissedRow:
    ref: str
    url: str
    party: str
    name: str
    score: float


@dataclass(frozen=True)
class WaitingChange:
    """A proposal: what, by whom and why; another person approves, anyone who may refuses."""

    what: str
    by: str
    state: State
    approve: Dialog
    refuse: Dialog


@dataclass(frozen=True)
class TryOut:
    fields: tuple[Field, ...]
    rows: tuple[Fact, ...]
    propose: Dialog | None = None
    error: str = ""


@dataclass(frozen=True)
class Costs:
    """Alerts a day by threshold, of the list and kind that is tried; without alerts there is no chart."""

    chart: ColumnChart | None
    meta: str
    sentence: str
    note: str


@dataclass(frozen=True)
class PastChange:
    at: datetime
    what: str
    people: str
    state: State


@dataclass(frozen=True)
class Engine:
    """One scorer at its best threshold: F1 with its interval, names a second on one core."""

    name: str
    at: float
    f1: float
    interval: str
    rate: int
    ours: bool = False


@dataclass(frozen=True)
class MissedKind:
    """How an altered name was altered, and how many of a hundred such ones are not found."""

    name: str
    percent: float


@dataclass(frozen=True)
class Bench:
    """What was measured on the made set; without a chart `meta` says why there is none."""

    command: str
    meta: str
    chart: CurveChart | None = None
    sentence: str = ""
    trust: str = ""
    engines: tuple[Engine, ...] = ()
    engines_meta: str = ""
    missed: tuple[MissedKind, ...] = ()
    missed_meta: str = ""


@dataclass(frozen=True)
class CalibrationPage:
    now: datetime
    title: str
    meta: str
    answer: Answer
    chart: CurveChart | None
    chart_meta: str
    sentence: str
    trust: str
    rows: tuple[ListRow, ...]
    total: ListRow
    missed: tuple[MissedRow, ...]
    missed_meta: str
    costs: Costs
    tryout: TryOut
    waiting: tuple[WaitingChange, ...]
    past: tuple[PastChange, ...]
    bench: Bench

    @property
    def dialogs(self) -> tuple[Dialog, ...]:
        found = [d for one in self.waiting for d in (one.approve, one.refuse)]
        return tuple(d for d in (*found, self.tryout.propose) if d and not d.cause)
