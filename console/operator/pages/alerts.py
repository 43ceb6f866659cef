"""The queue of alerts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from console.operator.pages.alert import Undo
from console.parts import Comparison, Failure, Listing


@dataclass(frozen=True)
class Compared:
    """One square of a row: which field, and how it compares."""

    field: str
    comparison: Comparison
    word: str

    @property
    def title(self) -> str:
        return f"{self.field}: {self.word}"


@dataclass(frozen=True)
class AlertLine:
    """`whose`: "you", a name or "nobody"; `effect`: what waits for it."""

    key: str
    ref: str
    party: str
    tenant: str
    entry: str
    list_name: str
    score: float
    squares: tuple[Compared, ...]
    age: timedelta
    target: timedelta
    whose: str
    effect: str
    entry_key: str = ""
    mine: bool = False
    opened_again: bool = False

    @property
    def percent(self) -> int:
        return max(1, min(100, round(self.age / self.target * 100)))

    @property
    def late(self) -> bool:
        return self.age > self.target


@dataclass(frozen=True, kw_only=True)
class AlertsPage(Listing):
    """`title` answers ("14 alerts wait, 3 are yours, none is late"); `meta` says the pace."""

    lines: tuple[AlertLine, ...]
    note: str = ""
    age: str = ""
    #: What the rows follow: oldest, newest, score, or decided last.
    order: str = "oldest"
    oldest_url: str = ""
    failure: Failure | None = None
    #: Where look-alikes chosen in the table can be cleared together.
    clear_url: str = ""
    #: Where a row is made one's own or given back, and the query that leads back here.
    mine_url: str = ""
    query: str = ""
    undo: Undo | None = None
    #: What a lot may hold, in one sentence.
    limits: str = ""
