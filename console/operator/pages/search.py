"""What a search found, by kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.parts import State


@dataclass(frozen=True)
class Hit:
    name: str
    detail: str
    url: str
    state: State | None = None


@dataclass(frozen=True)
class Group:
    title: str
    hits: tuple[Hit, ...]
    more: bool = False


@dataclass(frozen=True)
class SearchPage:
    now: datetime
    query: str
    title: str
    groups: tuple[Group, ...]
    empty: str = ""
