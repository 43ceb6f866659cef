"""The page behind an invitation's link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.parts import Failure, Field


@dataclass(frozen=True)
class InvitationPage:
    """`fields`: username, password1, password2. With `failure` the link is spent, over or unknown."""

    organisation: str = ""
    roles: str = ""
    invited_by: str = ""
    until: datetime | None = None
    fields: tuple[Field, ...] = ()
    failure: Failure | None = None
