"""One open point of a decision: who answers it, and who settles it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.parts import Answer, Fact, Field, Link


@dataclass(frozen=True)
class InquiryPage:
    """`answer` are the fields of an answer, empty where it is given; `settle` those of the second person."""

    now: datetime
    back: Link
    title: str
    meta: str
    standing: Answer
    facts: tuple[Fact, ...]
    url: str
    answer: tuple[Field, ...] = ()
    settle: tuple[Field, ...] = ()
    cause: str = ""
