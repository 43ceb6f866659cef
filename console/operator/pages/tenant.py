"""A tenant: who is it, may it run, since when do we know?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.charts.scales import IntervalBar
from console.parts import Answer, Dialog, Fact, Failure, Link, Listing, Pager, Proof, State


@dataclass(frozen=True)
class OwnerLine:
    """A beneficial owner or an unknown part. Percents are effective shares; `with_unknown` at most."""

    name: str
    evidence: str
    through: str
    least: float
    most: float
    with_unknown: float | None
    state: State
    threshold: float = 25.0

    @property
    def bar(self) -> IntervalBar:
        return IntervalBar(self.least, self.most, self.with_unknown, self.threshold)


@dataclass(frozen=True)
class LegendEntry:
    """A sign of the drawing in words, with its small picture (SVG of the same renderer)."""

    words: str
    svg: str


@dataclass(frozen=True)
class Ownership:
    """The drawing (`kyc.ownership.drawing`, classes only), the table beside it, what would change it."""

    meta: str
    drawing: str
    sentence: str
    owners: tuple[OwnerLine, ...]
    unknown_percent: float = 0.0
    threshold: float = 25.0
    change: str = ""
    legend: tuple[LegendEntry, ...] = ()
    links: tuple[Link, ...] = ()
    failure: Failure | None = None


@dataclass(frozen=True)
class RatingLine:
    reason: str
    points: int


@dataclass(frozen=True)
class Rating:
    """Points that add up to the figure, highest first."""

    lines: tuple[RatingLine, ...]
    state: State
    meta: str

    @property
    def points(self) -> int:
        return sum(line.points for line in self.lines)


@dataclass(frozen=True)
class TimeLine:
    at: datetime
    state: State
    detail: str
    proof: Proof
    url: str = ""


@dataclass(frozen=True)
class TimeGroup:
    """`clock`: within one day, times; else days."""

    title: str
    lines: tuple[TimeLine, ...]
    clock: bool = False


@dataclass(frozen=True)
class AlertRow:
    key: str
    ref: str
    party: str
    score: float
    state: State
    closed: bool = False


@dataclass(frozen=True)
class RequestRow:
    key: str
    ref: str
    what: str
    at: datetime
    state: State


@dataclass(frozen=True)
class GrantRow:
    key: str
    ref: str
    what: str
    cluster: str
    state: State


@dataclass(frozen=True)
class PartyRow:
    name: str
    role: str
    state: State
    note: str = ""


@dataclass(frozen=True)
class FlagLine:
    """A flag of a party: what, where it is said, by whom and when; `end` takes it away."""

    party: str
    kind: str
    source: str
    note: str = ""
    url: str = ""
    end: Dialog | None = None


@dataclass(frozen=True)
class ScreenedRow:
    """A list that the tenant stands screened against: which version, how soon, is it too old."""

    name: str
    of: str
    said: str
    state: State


@dataclass(frozen=True)
class Printed:
    """What stands on every printed sheet: whose it is and by whom, the checkpoint and how to check."""

    head: str = ""
    foot: str = ""


@dataclass(frozen=True)
class TenantPage:
    now: datetime
    key: str
    name: str
    meta: str
    answer: Answer
    ownership: Ownership
    timeline: tuple[TimeGroup, ...]
    timeline_meta: str
    rating: Rating | None
    alerts: tuple[AlertRow, ...]
    alerts_meta: str
    requests: tuple[RequestRow, ...]
    requests_meta: str
    grants: tuple[GrantRow, ...]
    grants_meta: str
    parties: tuple[PartyRow, ...]
    parties_meta: str
    facts: tuple[Fact, ...]
    dialogs: tuple[Dialog, ...] = ()
    flags: tuple[FlagLine, ...] = ()
    #: Sets a flag; None for who may not.
    flag: Dialog | None = None
    screened: tuple[ScreenedRow, ...] = ()
    screened_meta: str = ""
    export_url: str = ""
    pager: Pager | None = None
    printed: Printed = Printed()


@dataclass(frozen=True)
class StatementLine:
    """One ownership statement as declared; a refused one names its field and reason. Shares in percent."""

    owner: str
    interest: str
    entity: str
    least: float | None
    most: float | None
    source: str
    state: State
    reason: str = ""


@dataclass(frozen=True)
class OwnershipPage:
    """The chain on a page of its own, nothing folded, with the statements it rests on."""

    now: datetime
    key: str
    name: str
    answer: Answer
    ownership: Ownership
    statements: tuple[StatementLine, ...]
    printed: Printed = Printed()


@dataclass(frozen=True)
class TenantLine:
    key: str
    ref: str
    name: str
    country: str
    state: State
    rating: str
    points: int | None
    grants: int
    accelerators: int
    screened: datetime | None
    since: datetime | None


@dataclass(frozen=True, kw_only=True)
class TenantsPage(Listing):
    lines: tuple[TenantLine, ...]
