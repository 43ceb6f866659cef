"""People: who works here in which roles, who is invited, and who has left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.parts import Dialog, Failure, State


@dataclass(frozen=True)
class PersonLine:
    """`leave` ends the account; None for oneself and for who has left."""

    name: str
    username: str
    organisation: str
    roles: str
    invited_by: str
    since: datetime
    seen: datetime | None
    state: State
    leave: Dialog | None = None


@dataclass(frozen=True)
class InvitedLine:
    name: str
    username: str
    organisation: str
    roles: str
    invited_by: str
    until: datetime


@dataclass(frozen=True)
class PeoplePage:
    now: datetime
    title: str
    meta: str
    lines: tuple[PersonLine, ...]
    invited: tuple[InvitedLine, ...]
    invite: Dialog
    failure: Failure | None = None
