"""Grants: what is running under what right?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from console.parts import Answer, Dialog, Fact, Listing, Proof, State


@dataclass(frozen=True)
class GrantLine:
    """`in_use` of `count` accelerators now; hours used of those granted; `then`: what happens at the end."""

    key: str
    ref: str
    tenant: str
    what: str
    left: timedelta | None
    life: timedelta
    in_use: int | None
    count: int
    hours_used: int | None
    hours: int | None
    then: State

    @property
    def percent_left(self) -> int:
        return 0 if self.left is None else max(0, min(100, round(self.left / self.life * 100)))

    @property
    def percent_in_use(self) -> int:
        return min(100, round((self.in_use or 0) / self.count * 100))

    @property
    def percent_hours(self) -> int:
        return min(100, round((self.hours_used or 0) / self.hours * 100)) if self.hours else 0


@dataclass(frozen=True)
class ClusterLine:
    """A cluster and how old the status list is that it knows."""

    name: str
    kind: str
    last_contact: timedelta | None
    list_number: int | None
    grants: int
    state: State
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class GrantsPage(Listing):
    lines: tuple[GrantLine, ...]
    clusters: tuple[ClusterLine, ...]
    status_list: tuple[Fact, ...]
    note: str = ""


@dataclass(frozen=True)
class JobLine:
    name: str
    note: str
    on: int
    ran: timedelta
    state: State


@dataclass(frozen=True)
class GrantEvent:
    at: datetime
    state: State
    detail: str
    proof: Proof


@dataclass(frozen=True)
class GrantPage:
    """`claims`: what the signed token says; `token`: the token itself where this reader may copy it."""

    now: datetime
    key: str
    ref: str
    title: str
    meta: str
    answer: Answer
    left: timedelta | None
    life: timedelta
    facts: tuple[Fact, ...]
    claims: tuple[Fact, ...]
    jobs: tuple[JobLine, ...]
    jobs_meta: str
    events: tuple[GrantEvent, ...]
    decision_url: str = ""
    revoke: Dialog | None = None
    token: str = ""

    @property
    def percent_left(self) -> int:
        return 0 if self.left is None else max(0, min(100, round(self.left / self.life * 100)))
