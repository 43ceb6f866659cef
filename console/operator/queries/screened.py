"""Against which lists a tenant stands screened, how soon after their publication, and which are too old."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from console.operator.pages.tenant import ScreenedRow
from console.parts import State, Tone
from console.say import duration, list_name, shown
from kyc.lists import freshness as lists
from kyc.models import ListVersion, Party
from kyc.screening import freshness


def rows(
    parties: Sequence[Party], read: Iterable[Mapping[str, Any]], now: datetime
) -> tuple[ScreenedRow, ...]:
    """One row a list that is in force or switched on, those first that stop a grant.

    `read`: the value of `kyc.screening.freshness.LISTS_NOW`.
    """
    standing = freshness.ListsNow.of(read)
    entered = [(party.created_at, _screened_at(party)) for party in parties]
    screened = {one.version.source: one for one in freshness.of_parties(entered, standing)}
    found = []
    for one in lists.lists(standing.in_force, standing.looks):
        fresh = screened.get(one.source)
        row = _row(list_name(one.source), fresh, one.overdue(now), now)
        found.append(row)
    return tuple(sorted(found, key=lambda row: (row.state.tone is Tone.OK, row.name.lower())))


def meta(found: Sequence[ScreenedRow]) -> str:
    stops = sum(row.state.tone is not Tone.OK for row in found)
    if not stops:
        return _("all as published") if found else ""
    return ngettext("%(n)d list stops a grant", "%(n)d lists stop a grant", stops) % {"n": stops}


def _row(name: str, fresh: freshness.Fresh | None, overdue: str, now: datetime) -> ScreenedRow:
    if fresh is None:
        return ScreenedRow(name, "", overdue, State(Tone.BAD, _("Not in force")))
    of = _version_of(fresh.version, now)
    if overdue:
        return ScreenedRow(name, of, overdue, State(Tone.BAD, _("Overdue")))
    if not fresh.is_current or fresh.since is None:
        return ScreenedRow(name, of, _("re-screening is not done"), State(Tone.WARN, _("Behind")))
    said = (
        _("screened %(t)s after publication") % {"t": duration(fresh.after)}
        if fresh.after is not None
        else _("screened %(at)s") % {"at": shown(fresh.since, "since", now)}
    )
    return ScreenedRow(name, of, said, State(Tone.OK, _("Current")))


def _version_of(version: ListVersion, now: datetime) -> str:
    """Of today 06:00, where the publisher says when; else of a day."""
    if version.published_at is not None:
        return _("of %(when)s") % {"when": shown(version.published_at, "since", now)}
    return _("of %(when)s") % {"when": shown(version.as_of, now=now)}


def _screened_at(party: Party) -> datetime | None:
    screening = getattr(party, "screening", None)
    return screening.at if screening is not None else None
