"""A request for accelerators: may it, and why?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from console.charts.steps import StepsChart
from console.parts import Answer, Dialog, Fact, Failure, Field, Listing, Proof, State


@dataclass(frozen=True)
class Step:
    """One of five: asked, rules, questions, approvals, grant."""

    state: State
    detail: str


@dataclass(frozen=True)
class ReadFact:
    """A fact that a rule read: its name, value, source and date."""

    name: str
    value: str
    source: str = ""


@dataclass(frozen=True)
class Reason:
    """One rule that applies. A notice decides nothing: suspended or proposed, written in grey."""

    state: State
    text: str
    citation: str
    facts: tuple[ReadFact, ...]
    notice: bool = False
    status: str = ""


@dataclass(frozen=True)
class Question:
    """A missing fact. `answer`: what the tenant said; `resolve_url` where an officer settles it."""

    state: State
    text: str
    detail: str
    answer: str = ""
    resolve_url: str = ""


@dataclass(frozen=True)
class Approval:
    state: State
    who: str
    detail: str
    proof: Proof | None = None
    open: bool = False


@dataclass(frozen=True)
class FallsAway:
    """One reason under the what-if: its new figure and what becomes of it."""

    reason: str
    figure: str
    state: State


@dataclass(frozen=True)
class WhatIfResult:
    state: State
    text: str
    lines: tuple[FallsAway, ...]


@dataclass(frozen=True)
class WhatIf:
    """Fields post to nothing: the page asks itself with them (GET). `result` is None before the first try."""

    fields: tuple[Field, ...]
    result: WhatIfResult | None = None
    failure: Failure | None = None


@dataclass(frozen=True)
class Change:
    """A smallest change, and the outcome under it."""

    text: str
    then: State


@dataclass(frozen=True)
class GroupChart:
    """What the control group holds over time; `sentence` says it for screen readers."""

    meta: str
    chart: StepsChart
    sentence: str


@dataclass(frozen=True)
class RequestPage:
    """`approve` is shut with its cause until nothing is missing; `replayed` is the result of a replay."""

    now: datetime
    key: str
    ref: str
    title: str
    meta: str
    answer: Answer
    steps: tuple[Step, ...]
    reasons: tuple[Reason, ...]
    reasons_meta: str
    packs: str
    questions: tuple[Question, ...]
    approvals: tuple[Approval, ...]
    approvals_meta: str
    what_if: WhatIf | None
    changes: tuple[Change, ...]
    granted: tuple[Fact, ...]
    group: GroupChart | None
    approve: Dialog | None = None
    refuse: Dialog | None = None
    can_replay: bool = False
    replayed: State | None = None
    failure: Failure | None = None
    #: Where the smallest changes are worked out: some decisions more, so after the page.
    changes_url: str = ""
    #: Likewise the control group: it is searched from the tenant outwards.
    group_url: str = ""

    @property
    def granted_title(self) -> str:
        """A grant that was issued is linked from its fact."""
        return _("Grant") if any(fact.url for fact in self.granted) else _("If granted")

    @property
    def missing_meta(self) -> str:
        blocking = sum(q.state.tone == "warn" for q in self.questions)
        settled = sum(q.state.tone == "ok" for q in self.questions)
        other = len(self.questions) - blocking - settled
        if not other:
            return _("%(n)d block") % {"n": blocking}
        return _("%(n)d block, %(m)d do not") % {"n": blocking, "m": other}


@dataclass(frozen=True)
class RequestLine:
    key: str
    ref: str
    tenant: str
    what: str
    site: str
    tpp: int | None
    outcome: State
    state: State
    age: timedelta
    waits_for: str


@dataclass(frozen=True, kw_only=True)
class RequestsPage(Listing):
    lines: tuple[RequestLine, ...]
