"""A tenant's events as a time line: alike ones of one moment are one line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.reading import Entry
from audit.verbs import Verb
from console import told
from console.audience import where
from console.operator.pages.tenant import TimeGroup, TimeLine
from console.parts import Proof, State
from console.say import shown

#: Steps of work that say nothing a reader of the time line needs.
QUIET = frozenset(
    {
        Verb.APPLICATION_SAVED,
        Verb.ALERT_TAKEN,
        Verb.ALERT_GIVEN_BACK,
        Verb.APPROVAL_ASKED,
        Verb.APPROVAL_GIVEN,
        Verb.OWNERSHIP_ASSESSED,
    }
)
#: Alike events this near to each other are one line.
TOGETHER = timedelta(minutes=10)


def _screened(count: int) -> str:
    return ngettext("%(n)d party screened", "%(n)d parties screened", count) % {"n": count}


def _rescreened(count: int) -> str:
    return ngettext("%(n)d party re-screened", "%(n)d parties re-screened", count) % {"n": count}


def _entered(count: int) -> str:
    return ngettext("%(n)d party entered", "%(n)d parties entered", count) % {"n": count}


def _stated(count: int) -> str:
    return ngettext("%(n)d ownership statement entered", "%(n)d ownership statements entered", count) % {
        "n": count
    }


def _read(count: int) -> str:
    return ngettext("%(n)d document read", "%(n)d documents read", count) % {"n": count}


def _stopped(count: int) -> str:
    return ngettext("%(n)d workload stopped", "%(n)d workloads stopped", count) % {"n": count}


MANY: Mapping[str, Callable[[int], str]] = {
    Verb.PARTY_SCREENED: _screened,
    Verb.PARTY_RESCREENED: _rescreened,
    Verb.PARTY_ENTERED: _entered,
    Verb.OWNERSHIP_CHANGED: _stated,
    Verb.IDENTITY_CHECKED: _read,
    Verb.JOB_STOPPED: _stopped,
}


def groups(
    entries: Iterable[Entry], names: told.Names, now: datetime, *, tenant: str, most: int = 24
) -> tuple[TimeGroup, ...]:
    """Today with times, before it with days."""
    today: list[TimeLine] = []
    before: list[TimeLine] = []
    here = timezone.localtime(now).date()
    for run in _runs(entry for entry in entries if entry.event.verb not in QUIET):
        if len(today) + len(before) >= most:
            break
        line = _line(run, names, tenant)
        (today if timezone.localtime(line.at).date() == here else before).append(line)
    found = []
    if today:
        title = _("Today, %(day)s") % {"day": shown(now, "long")}
        found.append(TimeGroup(title, tuple(today), clock=True))
    if before:
        found.append(TimeGroup(_("Before"), tuple(before)))
    return tuple(found)


def _runs(entries: Iterable[Entry]) -> Iterable[list[Entry]]:
    """Neighbours of one verb and tone, newest first."""
    run: list[Entry] = []
    for entry in entries:
        event = entry.event
        alike = (
            run
            and event.verb in MANY
            and event.verb == run[0].event.verb
            and told.tone(event) == told.tone(run[0].event)
            and run[-1].event.at - event.at < TOGETHER
        )
        if alike:
            run.append(entry)
            continue
        if run:
            yield run
        run = [entry]
    if run:
        yield run


def _line(run: list[Entry], names: told.Names, tenant: str) -> TimeLine:
    newest = run[0]
    event = newest.event
    # Proved together only when every one of them is.
    proof = Proof(newest.index, all(entry.is_signed for entry in run))
    word = MANY[event.verb](len(run)) if event.verb in MANY and len(run) > 1 else told.what(event)
    return TimeLine(
        event.at,
        State(told.tone(event), word),
        _detail(run, names, tenant),
        proof,
        where("operator:event", newest.index) if newest.index is not None else "",
    )


def _detail(run: list[Entry], names: told.Names, tenant: str) -> str:
    event = run[0].event
    if event.reason:
        return event.reason if len(event.reason) < 90 else f"{event.reason[:88]}…"
    about = [part for part in told.on(event, names).split(" · ") if part and part != tenant]
    if len(run) > 1:
        about = []
    who = told.who(event, names)
    return " · ".join(
        [*about[:2], _("by %(who)s") % {"who": who}] if event.actor_kind == "person" else about[:2]
    )
