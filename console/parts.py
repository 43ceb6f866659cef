"""The words every page is written in: states, comparisons, proofs, fields, frames.

A page's view model is built of these and of its own dataclasses; a template renders nothing else.
Pure: no database, no request, no clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class Tone(StrEnum):
    """The six states. Each has a colour, a shape and always a word beside it."""

    OK = "ok"  # granted, fresh, clear, proved, done
    INFO = "info"  # running, draft, covered, partly; outcome "with conditions"
    WARN = "warn"  # needs a person, late, missing; outcome "refer"
    HOLD = "hold"  # stopped until something is given; outcome "licence required"
    BAD = "bad"  # blocked, revoked, listed, not valid; outcome "deny"
    IDLE = "idle"  # notice, waits, cleared, ended, not known


#: Outcome of a decision (the contract's words) to the tone of its chip.
OUTCOME_TONES = {
    "permit": Tone.OK,
    "permit_with_conditions": Tone.INFO,
    "refer": Tone.WARN,
    "licence_required": Tone.HOLD,
    "deny": Tone.BAD,
}


@dataclass(frozen=True)
class State:
    tone: Tone
    word: str


class Comparison(StrEnum):
    """How two values of one field compare. Not a state: agreeing is neither good nor bad."""

    AGREES = "agrees"
    CLOSE = "close"
    DIFFERS = "differs"
    NOT_COMPARED = "not_compared"


@dataclass(frozen=True)
class Proof:
    """Where an event stands in the log. `proved`: a signed checkpoint covers its leaf."""

    leaf: int | None
    proved: bool


@dataclass(frozen=True)
class Link:
    text: str
    url: str


@dataclass(frozen=True)
class Crumb:
    text: str
    url: str = ""


@dataclass(frozen=True)
class Fact:
    """One line of a list of facts; `note` is the softer remark after the value."""

    label: str
    value: str
    note: str = ""
    url: str = ""


@dataclass(frozen=True)
class Answer:
    """The line every page opens with: one loud chip and at most two sentences."""

    state: State
    text: str
    citation: str = ""


@dataclass(frozen=True)
class Failure:
    """What was refused, where, what stays in force, and the ways on."""

    title: str
    text: str
    ways: tuple[Link, ...] = ()


@dataclass(frozen=True)
class Progress:
    """Long work that can be left. `done` of `total` units; `left` in words ("about 40 s left")."""

    label: str
    done: int
    total: int
    left: str = ""

    @property
    def percent(self) -> float:
        return 100.0 if self.total <= 0 else min(100.0, self.done * 1000 // self.total / 10)


@dataclass(frozen=True)
class Tab:
    text: str
    url: str
    count: str = ""
    current: bool = False


@dataclass(frozen=True)
class Pager:
    """Cursor pages: no totals that would cost a count."""

    newer: str = ""
    older: str = ""


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What every page of rows has: a title that answers, tabs and filters, and what an empty one says."""

    now: datetime
    title: str
    meta: str
    tabs: tuple[Tab, ...] = ()
    filters: tuple[Field, ...] = ()
    pager: Pager | None = None
    empty: str = ""


@dataclass(frozen=True)
class Option:
    value: str
    text: str


@dataclass(frozen=True)
class Field:
    """One input, as the page shows it.

    `kind`: text, number, date, email, password, search, select, textarea, file, checkbox, code, hidden.
    `was`: the value in force, shown beside a changed one. `why`: the portal's answer to "why do you ask?".
    """

    name: str
    label: str
    value: str = ""
    kind: str = "text"
    options: tuple[Option, ...] = ()
    hint: str = ""
    errors: tuple[str, ...] = ()
    unit: str = ""
    was: str = ""
    why: str = ""
    required: bool = False
    placeholder: str = ""
    autocomplete: str = ""
    key: str = ""
    #: An old value that an error would lose: the button's text, and what it puts back.
    restore: str = ""
    restore_value: str = ""
    checked: bool = False
    #: Spans the whole width of a two-column form.
    whole: bool = False

    @classmethod
    def from_bound(cls, bound: Any, **shown: Any) -> Field:
        """The same input out of a Django form's bound field."""
        widget = bound.field.widget
        kind = getattr(widget, "input_type", "textarea")
        value = bound.value()
        if isinstance(value, date | datetime):
            value = value.isoformat()
        options: Sequence[tuple[Any, Any]] = getattr(widget, "choices", ()) if kind == "select" else ()
        told = {
            "name": bound.html_name,
            "label": str(bound.label),
            "value": "" if value is None or kind == "checkbox" else str(value),
            "kind": kind,
            "options": tuple(Option(str(v), str(t)) for v, t in options),
            "hint": str(bound.help_text),
            "errors": tuple(bound.errors),
            "required": bound.field.required,
            "checked": kind == "checkbox" and bool(value),
            "autocomplete": widget.attrs.get("autocomplete", ""),
        }
        return cls(**{**told, **shown})


@dataclass(frozen=True)
class Dialog:
    """Before something that cannot be taken back: its effect in numbers, a reason, a button that names it.

    `opener` stands on the page; with `cause` it is shut and says why. `lines` list what stops or stays.
    """

    id: str
    opener: str
    title: str
    text: str
    url: str
    keep: str
    act: str
    fields: tuple[Field, ...] = ()
    lines: tuple[Fact, ...] = ()
    cause: str = ""
    ink: bool = False


@dataclass(frozen=True)
class NavItem:
    text: str
    url: str
    count: int | None = None
    current: bool = False


@dataclass(frozen=True)
class NavGroup:
    title: str
    items: tuple[NavItem, ...]


@dataclass(frozen=True)
class Viewer:
    name: str
    roles: str
    zone: str
    organisation: str = ""


@dataclass(frozen=True)
class Frame:
    """What stands round every page of the console: side bar, search, who looks."""

    provider: str
    viewer: Viewer | None
    groups: tuple[NavGroup, ...] = ()
    search_url: str = ""
    search_placeholder: str = ""
    home_url: str = "/"
    version: str = ""
    host: str = ""
    #: The four places of the phone's foot.
    places: tuple[NavItem, ...] = field(default=())
