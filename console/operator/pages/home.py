"""Home: what needs me now, and is anything stale?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from console.charts.age_strip import AgeStrip
from console.parts import Link, Progress, Proof, State, Tone


@dataclass(frozen=True)
class Queue:
    """Work that waits. `first` names its oldest item; `ages` of all that are open; `target` until late."""

    name: str
    url: str
    first: str
    mine: int
    ages: tuple[timedelta, ...]
    target: timedelta

    @property
    def open(self) -> int:
        return len(self.ages)

    @property
    def oldest(self) -> timedelta | None:
        return max(self.ages, default=None)

    @property
    def late(self) -> int:
        return sum(age > self.target for age in self.ages)

    @property
    def strip(self) -> AgeStrip:
        return AgeStrip(self.ages, self.target)


@dataclass(frozen=True)
class ListLine:
    """One list: how fresh, what its newest version changed. `note` explains a list that is not fresh."""

    name: str
    version_of: date | None
    checked: timedelta | None
    added: int | None
    changed: int | None
    removed: int | None
    state: State
    note: str = ""
    way: Link | None = None

    @property
    def fresh(self) -> bool:
        return self.state.tone is Tone.OK

    @property
    def unchanged(self) -> bool:
        return not (self.added or self.changed or self.removed)


@dataclass(frozen=True)
class Rescreening:
    """Parties up to date on all lists in force. `running_for` is None when no pass runs."""

    up_to_date: int
    parties: int
    note: str
    running_for: timedelta | None = None
    ended_at: datetime | None = None

    @property
    def waiting(self) -> int:
        return self.parties - self.up_to_date

    @property
    def progress(self) -> Progress:
        return Progress(_("Re-screening"), self.up_to_date, self.parties)


@dataclass(frozen=True)
class EndingGrant:
    key: str
    tenant: str
    ref: str
    what: str
    left: timedelta
    life: timedelta
    then: State

    @property
    def percent_left(self) -> int:
        return max(0, min(100, round(self.left / self.life * 100)))


@dataclass(frozen=True)
class EventLine:
    at: datetime
    who: str
    what: str
    on: str
    proof: Proof
    url: str = ""


@dataclass(frozen=True)
class Checkpointed:
    """The newest checkpoint and how many events wait for the next."""

    size: int
    at: datetime | None
    waiting: int


@dataclass(frozen=True)
class HomePage:
    now: datetime
    queues: tuple[Queue, ...]
    lists: tuple[ListLine, ...]
    rescreening: Rescreening
    grants: tuple[EndingGrant, ...]
    live_grants: int
    events: tuple[EventLine, ...]
    checkpoint: Checkpointed
    oldest_url: str = ""

    @property
    def open(self) -> int:
        return sum(queue.open for queue in self.queues)

    @property
    def fresh_lists(self) -> int:
        return sum(line.fresh for line in self.lists)

    @property
    def few_lists(self) -> tuple[ListLine, ...]:
        """On a phone: what is not fresh, and two more so that the table reads."""
        late = [line for line in self.lists if not line.fresh]
        fresh = [line for line in self.lists if line.fresh][:2]
        return tuple(line for line in self.lists if line in late or line in fresh)

    @property
    def other_lists(self) -> int:
        return len(self.lists) - len(self.few_lists)

    @property
    def title(self) -> str:
        """The answer: "10 things are yours, 4 are late, 1 list is stale"."""
        mine = sum(queue.mine for queue in self.queues)
        late = sum(queue.late for queue in self.queues)
        stale = len(self.lists) - self.fresh_lists
        return ", ".join(
            (
                ngettext("%(n)d thing is yours", "%(n)d things are yours", mine) % {"n": mine}
                if mine
                else _("Nothing is yours"),
                ngettext("%(n)d is late", "%(n)d are late", late) % {"n": late}
                if late
                else _("nothing is late"),
                ngettext("%(n)d list is stale", "%(n)d lists are stale", stale) % {"n": stale}
                if stale
                else (_("every list is fresh") if self.lists else _("no list is imported")),
            )
        )
