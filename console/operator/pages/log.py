"""The log: what happened, and is it proved? Its checkpoints and its exports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.parts import Dialog, Fact, Failure, Field, Link, Listing, Progress, Proof, State


@dataclass(frozen=True)
class LogLine:
    key: str
    at: datetime
    who: str
    what: str
    on: str
    reason: str
    proof: Proof


@dataclass(frozen=True, kw_only=True)
class LogPage(Listing):
    lines: tuple[LogLine, ...]


@dataclass(frozen=True)
class EventPage:
    """One event: who, what, why, its subjects, its leaf, and the path that proves it."""

    now: datetime
    ref: str
    title: str
    meta: str
    state: State
    said: str
    facts: tuple[Fact, ...]
    subjects: tuple[Link, ...]
    payload: tuple[Fact, ...]
    leaf_hash: str
    path: tuple[str, ...]
    checkpoint: str
    previous_url: str = ""
    next_url: str = ""


@dataclass(frozen=True)
class CheckpointLine:
    """A signed head of the tree. `grows`: proved to contain the one before; `witnesses` in words."""

    at: datetime
    size: int
    new: int
    root: str
    grows: State
    witnesses: State | None = None


@dataclass(frozen=True, kw_only=True)
class CheckpointsPage(Listing):
    key_line: str
    lines: tuple[CheckpointLine, ...]
    note: str = ""
    note_link: Link | None = None


@dataclass(frozen=True)
class ExportStage:
    state: State
    figure: str


@dataclass(frozen=True)
class ExportLine:
    key: str
    ref: str
    recipient: str
    scope: str
    at: datetime
    events: int | None
    size: str
    state: State


@dataclass(frozen=True, kw_only=True)
class ExportsPage(Listing):
    lines: tuple[ExportLine, ...]
    new_url: str = ""


@dataclass(frozen=True)
class ExportPage:
    """One export: progress that can be left, then the bundle."""

    now: datetime
    key: str
    ref: str
    title: str
    meta: str
    stages: tuple[ExportStage, ...]
    progress: Progress | None
    facts: tuple[Fact, ...]
    download_url: str = ""
    stop: Dialog | None = None
    failure: Failure | None = None
    leave: str = ""


@dataclass(frozen=True)
class ExportNewPage:
    """`fields`: recipient, since, until, tenant, jurisdiction. `preview`: what such a bundle would hold."""

    fields: tuple[Field, ...]
    preview: tuple[Fact, ...] = ()
    failure: Failure | None = None
