"""The examiner's pages: show me, and prove it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.operator.pages.log import CheckpointsPage, ExportPage
from console.operator.pages.tenant import Ownership, TimeGroup
from console.parts import Answer, Fact, Failure, Field, Listing, Pager, Proof, State


@dataclass(frozen=True)
class ScopePart:
    """One of three sentences: you see, you see covered, you do not see."""

    state: State
    text: str


@dataclass(frozen=True)
class FoundLine:
    at: datetime
    tenant: str
    what: str
    then: State
    proof: Proof
    tenant_url: str = ""


@dataclass(frozen=True)
class Search:
    query: str
    meta: str
    lines: tuple[FoundLine, ...]
    pager: Pager | None = None
    empty: str = ""


@dataclass(frozen=True)
class VerifyCheck:
    state: State
    figure: str


@dataclass(frozen=True)
class Verified:
    """The verdict of one bundle, then its checks; a failure names the first wrong event."""

    name: str
    size: str
    verdict: State
    text: str
    checks: tuple[VerifyCheck, ...] = ()


@dataclass(frozen=True)
class Verify:
    results: tuple[Verified, ...]
    command: str
    fields: tuple[Field, ...] = ()
    failure: Failure | None = None


@dataclass(frozen=True)
class OverviewPage:
    now: datetime
    title: str
    meta: str
    scope: tuple[ScopePart, ...]
    search: Search
    checkpoints: CheckpointsPage
    export: ExportPage | None
    verify: Verify
    new_export_url: str = ""


@dataclass(frozen=True)
class SearchPage:
    now: datetime
    title: str
    meta: str
    search: Search


@dataclass(frozen=True)
class VerifyPage:
    now: datetime
    title: str
    meta: str
    verify: Verify


@dataclass(frozen=True)
class ScopedTenantLine:
    key: str
    name: str
    country: str
    because: str
    state: State
    grants: int
    since: datetime | None


@dataclass(frozen=True, kw_only=True)
class ScopedTenantsPage(Listing):
    lines: tuple[ScopedTenantLine, ...]


@dataclass(frozen=True)
class ScopedTenantPage:
    """A tenant within scope. Covered values are dots; opening one is asked for with a reason and logged."""

    now: datetime
    key: str
    name: str
    meta: str
    answer: Answer
    ownership: Ownership
    timeline: tuple[TimeGroup, ...]
    timeline_meta: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class OpenedLine:
    at: datetime
    what: str
    reason: str
    proof: Proof


@dataclass(frozen=True)
class OpenedPage:
    now: datetime
    title: str
    meta: str
    lines: tuple[OpenedLine, ...]
    pager: Pager | None = None
