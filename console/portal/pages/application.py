"""The tenant's application, step by step: what do you still need from me?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.charts.scales import ShareBar
from console.parts import Answer, Fact, Failure, Field, Proof, State


@dataclass(frozen=True)
class StepLine:
    """`name` with its state in one shape; `detail` below it."""

    name: str
    url: str
    state: State
    current: bool = False


@dataclass(frozen=True)
class WaitLine:
    """What the provider waits for. `detail` says whether it blocks; `url` where it is answered."""

    state: State
    text: str
    url: str = ""


@dataclass(frozen=True)
class MessageLine:
    who: str
    at: datetime
    text: str
    new: bool = False


@dataclass(frozen=True)
class Why:
    """Why something is asked. On a phone it stands under the field that it names."""

    title: str
    text: str
    citation: str = ""
    field: str = ""


@dataclass(frozen=True)
class EntryLine:
    """A person, owner or document that is told so far; `least` and `most` where it holds a share."""

    name: str
    kind: str
    country: str
    state: State
    url: str
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Entries:
    title: str
    meta: str
    lines: tuple[EntryLine, ...]
    bar: ShareBar | None = None
    note: State | None = None
    empty: str = ""

    @property
    def shares(self) -> bool:
        return any(line.least is not None for line in self.lines)


@dataclass(frozen=True)
class Side:
    """The left column of every page of an application."""

    steps: tuple[StepLine, ...]
    steps_meta: str
    waits: tuple[WaitLine, ...]
    messages: tuple[MessageLine, ...]

    @property
    def position(self) -> int:
        return next((n for n, step in enumerate(self.steps, 1) if step.current), 1)

    @property
    def unread(self) -> int:
        return sum(message.new for message in self.messages)


@dataclass(frozen=True)
class StepPage:
    """One step. Fields save themselves as a draft; nothing is sent before the last step.

    Buttons post `save` and `add`; `next_url` leads on without them. `files`: the form carries documents.
    """

    now: datetime
    key: str
    ref: str
    side: Side
    saved_at: datetime | None
    title: str
    lead: str
    form_title: str
    form_meta: str
    fields: tuple[Field, ...]
    whys: tuple[Why, ...]
    entries: Entries | None = None
    save_label: str = ""
    add_label: str = ""
    next_label: str = ""
    next_url: str = ""
    files: bool = False
    #: Fields save themselves as a draft while the application is one.
    drafts: bool = True
    failure: Failure | None = None


@dataclass(frozen=True)
class SendPage:
    """The last step: everything said, what is missing, and sending it. With `cause` it cannot be sent yet."""

    now: datetime
    key: str
    ref: str
    side: Side
    saved_at: datetime | None
    title: str
    lead: str
    parts: tuple[tuple[str, str, tuple[Fact, ...]], ...]
    missing: tuple[WaitLine, ...]
    confirm: tuple[Field, ...]
    send_label: str
    cause: str = ""
    whys: tuple[Why, ...] = ()
    failure: Failure | None = None


@dataclass(frozen=True)
class RequestLine:
    key: str
    ref: str
    what: str
    state: State
    detail: str


@dataclass(frozen=True)
class GrantLine:
    ref: str
    what: str
    state: State
    detail: str


@dataclass(frozen=True)
class HomePage:
    """The portal's first page. `answer` says in words what comes next."""

    now: datetime
    title: str
    meta: str
    answer: Answer
    application: tuple[StepLine, ...]
    application_meta: str
    waits: tuple[WaitLine, ...]
    requests: tuple[RequestLine, ...]
    grants: tuple[GrantLine, ...]
    messages: tuple[MessageLine, ...]
    can_ask: bool = False


@dataclass(frozen=True)
class AskPage:
    """Asking for accelerators."""

    now: datetime
    title: str
    lead: str
    fields: tuple[Field, ...]
    whys: tuple[Why, ...]
    saved_at: datetime | None = None
    sum_text: str = ""
    failure: Failure | None = None


@dataclass(frozen=True)
class QuestionForm:
    """A question to the tenant and the field it is answered in; without `field` it is answered."""

    key: str
    state: State
    text: str
    why: str
    due: datetime | None
    field: Field | None = None
    answer: str = ""


@dataclass(frozen=True)
class RequestPage:
    """A request as its tenant sees it: no more than may be disclosed to them."""

    now: datetime
    key: str
    ref: str
    title: str
    meta: str
    answer: Answer
    steps: tuple[tuple[State, str], ...]
    questions: tuple[QuestionForm, ...]
    conditions: tuple[str, ...]
    accept_url: str
    facts: tuple[Fact, ...]
    history: tuple[tuple[datetime, str, Proof | None], ...]
    failure: Failure | None = None
