"""Applications: may this organisation become a tenant, and what is still missing?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from console.operator.pages.tenant import Ownership, StatementLine
from console.parts import Answer, Dialog, Fact, Failure, Field, Listing, Proof, State


@dataclass(frozen=True)
class ApplicationLine:
    key: str
    ref: str
    name: str
    country: str
    state: State
    steps_done: int
    steps: int
    parties: int
    waits_for: str
    age: timedelta | None
    whose: str = ""


@dataclass(frozen=True, kw_only=True)
class ApplicationsPage(Listing):
    lines: tuple[ApplicationLine, ...]


@dataclass(frozen=True)
class Step:
    """One of the stations: submitted, identity, ownership, screening, decision."""

    state: State
    detail: str


@dataclass(frozen=True)
class EvidenceLine:
    """What proves a party: a document read, a register looked up. `checks`: each check digit and date."""

    party: str
    kind: str
    detail: str
    state: State
    at: datetime | None
    document_url: str = ""
    checks: tuple[State, ...] = ()


@dataclass(frozen=True)
class ScreenedLine:
    party: str
    role: str
    against: str
    state: State
    alert_key: str = ""


@dataclass(frozen=True)
class DocumentLine:
    name: str
    kind: str
    size: str
    at: datetime
    url: str
    state: State


@dataclass(frozen=True)
class QuestionLine:
    state: State
    text: str
    detail: str
    answer: str = ""


@dataclass(frozen=True)
class ApplicationPage:
    """`approve` is shut with its cause until evidence, statements and screening are complete."""

    now: datetime
    key: str
    ref: str
    name: str
    meta: str
    answer: Answer
    steps: tuple[Step, ...]
    evidence: tuple[EvidenceLine, ...]
    evidence_meta: str
    statements: tuple[StatementLine, ...]
    statements_meta: str
    ownership: Ownership | None
    screened: tuple[ScreenedLine, ...]
    screened_meta: str
    documents: tuple[DocumentLine, ...]
    questions: tuple[QuestionLine, ...]
    facts: tuple[Fact, ...]
    history: tuple[tuple[datetime, str, Proof], ...]
    approve: Dialog | None = None
    refuse: Dialog | None = None
    ask: Dialog | None = None
    failure: Failure | None = None


@dataclass(frozen=True)
class ApplicationNewPage:
    """Opening an application for a customer: name, country, registration, who is invited."""

    fields: tuple[Field, ...]
    failure: Failure | None = None
