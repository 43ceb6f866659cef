"""Clearing look-alikes together: which, who is left out, and what it does?"""

from __future__ import annotations

from dataclasses import dataclass

from console.operator.pages.alerts import Compared
from console.parts import Comparison, Fact, Link


@dataclass(frozen=True)
class LotLine:
    """An alert of the lot. Which ones are drawn is not shown: who knew could choose round them."""

    ref: str
    party: str
    tenant: str
    score: float
    squares: tuple[Compared, ...]


@dataclass(frozen=True)
class Agreement:
    """How one field compares over the lot."""

    comparison: Comparison
    text: str


@dataclass(frozen=True)
class LeftOutLine:
    ref: str
    url: str
    party: str
    score: float
    why: str


@dataclass(frozen=True)
class ClearManyPage:
    """`size`: how many are cleared or proposed; nothing can be done with none."""

    title: str
    meta: str
    entry: str
    entry_source: str
    size: int
    lines: tuple[LotLine, ...]
    agreements: tuple[Agreement, ...]
    left_out: tuple[LeftOutLine, ...]
    effects: tuple[Fact, ...]
    limits: str
    undo_seconds: int
    back: Link
    reasons: tuple[str, ...] = ()
    reason: str = ""
    error: str = ""
