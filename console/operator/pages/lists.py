"""Lists: which versions are in force, what comes in, what is held?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from console.parts import Dialog, Failure, Field, Link, Progress, State


@dataclass(frozen=True)
class SourceLine:
    """One source and its version in force. `note` explains what is not fresh."""

    source: str
    name: str
    version_of: date | None
    number: int | None
    entries: int | None
    checked: timedelta | None
    changed: str
    state: State
    note: str = ""
    ways: tuple[Link, ...] = ()
    refresh_url: str = ""


@dataclass(frozen=True)
class ImportStage:
    state: State
    figure: str


@dataclass(frozen=True)
class RunningImport:
    """An import or re-screening under way; the page may be left."""

    name: str
    progress: Progress
    stages: tuple[ImportStage, ...]


@dataclass(frozen=True)
class HeldVersion:
    """A version that shrank suspiciously: proposed by one person, confirmed by another."""

    name: str
    text: str
    state: State
    dialog: Dialog
    by: str = ""
    reject: Dialog | None = None

    @property
    def dialogs(self) -> tuple[Dialog, ...]:
        """Those that can be opened."""
        return tuple(dialog for dialog in (self.dialog, self.reject) if dialog and not dialog.cause)


@dataclass(frozen=True)
class VersionLine:
    at: datetime
    name: str
    number: int
    added: int
    changed: int
    removed: int
    digest: str
    state: State


@dataclass(frozen=True)
class ListsPage:
    now: datetime
    title: str
    meta: str
    sources: tuple[SourceLine, ...]
    running: tuple[RunningImport, ...]
    held: tuple[HeldVersion, ...]
    versions: tuple[VersionLine, ...]
    failures: tuple[Failure, ...] = ()
    can_import: bool = False
    looking: str = ""

    @property
    def busy(self) -> bool:
        return bool(self.running)


@dataclass(frozen=True)
class ImportPage:
    """`fields`: source, file, as_of, dry_run."""

    fields: tuple[Field, ...]
    failure: Failure | None = None
