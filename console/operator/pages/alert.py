"""Alert review: is this the same party?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from console.charts.scales import EffectBar, ScoreScale
from console.operator.pages.tenant import FlagLine
from console.parts import Comparison, Failure, Link, Proof, State


@dataclass(frozen=True)
class Side:
    """Head of a column. `evidence`: where its values come from, with the list's date and source."""

    title: str
    name: str
    evidence: str
    source: Link | None = None


@dataclass(frozen=True)
class FieldRow:
    """One field on both sides. `effect` on the score: None is not compared; the name's is the base."""

    label: str
    party: str
    entry: str
    comparison: Comparison
    word: str
    effect: float | None
    base: bool = False
    #: A covered value (a document number): where it can be uncovered, with a reason.
    uncover_url: str = ""

    @property
    def differs(self) -> bool:
        return self.comparison is Comparison.DIFFERS


@dataclass(frozen=True)
class Run:
    """A stretch of letters, `differs` where the partner has others."""

    letters: str
    differs: bool = False


@dataclass(frozen=True)
class WordPair:
    """A word of the party's name and its partner. `weight` of the token 0..1, `alike` 0..1."""

    party: tuple[Run, ...]
    entry: tuple[Run, ...]
    alike: float
    weight: float
    how: str
    place: str
    rare: bool = False

    @property
    def line(self) -> int:
        """Width of the joining line in px: the heavier the word, the thicker."""
        return 1 + round(self.weight * 5)

    @property
    def party_text(self) -> str:
        return "".join(run.letters for run in self.party)

    @property
    def entry_text(self) -> str:
        return "".join(run.letters for run in self.entry)


@dataclass(frozen=True)
class Sentence:
    comparison: Comparison
    lead: str
    rest: str


@dataclass(frozen=True)
class Choice:
    """One of the decisions. `value` is posted as `resolution`; `effect` says what it does."""

    value: str
    label: str
    key: str
    effect: str


@dataclass(frozen=True)
class PairEvent:
    at: datetime
    text: str
    proof: Proof | None = None


@dataclass(frozen=True)
class QueueLine:
    key: str
    party: str
    tenant: str
    score: float
    age: timedelta
    selected: bool = False


@dataclass(frozen=True)
class Undo:
    """A decision that can still be taken back."""

    url: str
    text: str
    until: datetime


@dataclass(frozen=True)
class AlertPage:
    now: datetime
    key: str
    ref: str
    title: str
    title_short: str
    meta: str
    position: str
    previous_url: str
    next_url: str
    party: Side
    entry: Side
    rows: tuple[FieldRow, ...]
    score: float
    threshold: float
    scorer: str
    words: tuple[WordPair, ...]
    sentences: tuple[Sentence, ...]
    choices: tuple[Choice, ...]
    history: tuple[PairEvent, ...]
    queue: tuple[QueueLine, ...]
    reason: str = ""
    #: How long a decision can be taken back; 0 where it cannot.
    undo_seconds: int = 0
    #: Set when this reader may not decide, or when it is decided already: the bar says so instead.
    closed: State | None = None
    closed_text: str = ""
    #: A proposed true match that waits for this reader's confirmation.
    confirm: bool = False
    undo: Undo | None = None
    failure: Failure | None = None
    #: Reasons that one key each fills in.
    reasons: tuple[str, ...] = ()
    #: What is known of the party beside lists: politically exposed, adverse media.
    flags: tuple[FlagLine, ...] = ()
    #: Where this reader makes the alert theirs; empty where it is, or where they may not.
    take_url: str = ""

    @property
    def scale(self) -> ScoreScale:
        return ScoreScale(self.score, self.threshold)

    @property
    def compared(self) -> str:
        """2 agree, 2 close, 2 differ, 2 not compared."""
        count = Counter(row.comparison for row in self.rows)
        words = {
            Comparison.AGREES: _("%(n)d agree"),
            Comparison.CLOSE: _("%(n)d close"),
            Comparison.DIFFERS: _("%(n)d differ"),
            Comparison.NOT_COMPARED: _("%(n)d not compared"),
        }
        return ", ".join(text % {"n": count[one]} for one, text in words.items() if count[one])

    @property
    def drawn_rows(self) -> tuple[tuple[FieldRow, EffectBar | None], ...]:
        """Each row with its bar; bars share one scale, the base of the score has none."""
        largest = max((abs(r.effect) for r in self.rows if r.effect is not None and not r.base), default=0.0)
        return tuple(
            (row, None if row.base or row.effect is None else EffectBar(row.effect, max(largest, 0.06)))
            for row in self.rows
        )
