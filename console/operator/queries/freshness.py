"""How fresh each list is, and how far re-screening got."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils.translation import gettext as _

from console.operator.targets import LOOK_AT_LIST
from console.parts import State, Tone
from console.say import age, grouped, list_name, shown
from kyc.lists import freshness
from kyc.lists.freshness import ListFreshness
from kyc.models import ListLook, ListVersion

States = ListVersion.State


@dataclass(frozen=True)
class Source:
    """One source with its version in force, its newest attempt and how the looking for it stands."""

    name: str
    fresh: ListFreshness
    refused: ListVersion | None = None
    """The newest attempt, where it was refused or rejected."""
    held: ListVersion | None = None
    """The newest attempt, where it waits for people."""

    @property
    def in_force(self) -> ListVersion | None:
        return self.fresh.version

    @property
    def look(self) -> ListLook | None:
        return self.fresh.look

    def looked_at(self, now: datetime) -> datetime | None:
        """When it was last seen that the version in force is the newest."""
        return self.fresh.checked_at(now)

    def state(self, now: datetime) -> State:
        if self.in_force is None:
            return State(Tone.BAD if self.fresh.is_on else Tone.WARN, _("Not in force"))
        if self.fresh.overdue(now):
            return State(Tone.BAD, _("Overdue"))
        if self.held is not None:
            return State(Tone.HOLD, _("Newer held"))
        if self.refused is not None:
            return State(Tone.WARN, _("Rejected") if "rejected" in self.refused.notes else _("Refused"))
        if self.look is not None and self.look.failing_since is not None:
            return State(Tone.WARN, _("Not reached"))
        if self._is_late(now):
            return State(Tone.WARN, _("Late"))
        return State(Tone.OK, _("Fresh"))

    def note(self, now: datetime) -> str:
        """Explains a list that is not fresh; empty for one that is."""
        parts = []
        if self.in_force is None and self.fresh.is_on:
            parts.append(_("No version is in force: no grant is issued or renewed."))
        elif self.fresh.overdue(now):
            parts.append(_("Too old: no grant is issued or renewed."))
        if self.refused is not None:
            parts.append(_why_refused(self.refused))
        elif self.held is None and self.look is not None and self.look.failing_since is not None:
            since = shown(self.look.failing_since, "since", now)
            parts.append(_("Not reached since %(at)s: %(why)s.") % {"at": since, "why": self.look.error})
        elif self.held is None and (self._is_late(now) or parts) and self.in_force is not None:
            at = self.looked_at(now)
            if at is not None:
                old = age(max(timedelta(), now - at))
                parts.append(_("Nobody looked for a new version for %(age)s.") % {"age": old})
        if not parts and (self.in_force is not None or self.held is not None):
            return ""
        if self.in_force is not None:
            parts.append(
                _("The version of %(day)s stays in force.") % {"day": shown(self.in_force.as_of, now=now)}
            )
        elif not self.fresh.is_on:
            parts.append(_("No version is in force."))
        return " ".join(parts)

    def _is_late(self, now: datetime) -> bool:
        at = self.looked_at(now)
        return self.fresh.limit is not None and at is not None and now - at > LOOK_AT_LIST


def _why_refused(version: ListVersion) -> str:
    if rejected := version.notes.get("rejected"):
        return _("The newest version was rejected: %(why)s.") % {"why": str(rejected).rstrip(".")}
    why = str(version.notes.get("refused", "")) or _("the import was interrupted")
    return f"{_('The newest file was refused:')} {why}."


def newest_versions(limit: int = 200) -> list[ListVersion]:
    """Newest attempts first, and every version in force however old."""
    newest = ListVersion.objects.order_by("-number")[:limit]
    in_force = ListVersion.objects.filter(state=States.IN_FORCE)
    return sorted(newest.union(in_force), key=lambda version: -version.number)


def sources(versions: Sequence[ListVersion]) -> list[Source]:
    """Each source that was ever tried or is switched on, in the order of their names."""
    newest: dict[str, ListVersion] = {}
    for version in versions:
        if version.state != States.STAGED:
            newest.setdefault(version.source, version)
    fresh = {
        one.source: one
        for one in freshness.lists({v.source: v for v in versions if v.state == States.IN_FORCE})
    }
    found = []
    for name in {*newest, *fresh, *(v.source for v in versions)}:
        last = newest.get(name)
        found.append(
            Source(
                name,
                fresh.get(name) or ListFreshness(name, None, None, False, None),
                refused=last if last and last.state == States.REFUSED else None,
                held=last if last and last.state == States.HELD else None,
            )
        )
    return sorted(found, key=lambda source: list_name(source.name).lower())


@dataclass(frozen=True)
class Pass:
    """The state of re-screening: parties, those that are not up to date, and the work that is open."""

    parties: int
    behind: int
    open_items: int
    since: datetime | None
    ended_at: datetime | None
    version: str
    changed: int


_STATE_OF_WORK = """
WITH open_items AS (
    SELECT version_id, created_at, entity, cause FROM kyc_rescreenitem WHERE done_at IS NULL
), newest AS (
    SELECT max(v.in_force_at) AS at FROM kyc_listversion v
    WHERE v.id IN (SELECT version_id FROM open_items WHERE version_id IS NOT NULL)
)
SELECT
  (SELECT count(*) FROM kyc_party p JOIN kyc_tenant t ON t.organisation_id = p.tenant_id
     WHERE p.removed_at IS NULL),
  (SELECT count(*) FROM kyc_party p LEFT JOIN kyc_screening s ON s.party_id = p.id
     WHERE p.removed_at IS NULL AND (s.party_id IS NULL OR s.at < (SELECT at FROM newest))),
  (SELECT count(*) FROM open_items),
  (SELECT min(created_at) FROM open_items),
  (SELECT max(done_at) FROM kyc_rescreenitem),
  (SELECT v.source || ' ' || v.as_of || ' ' || (v.added + v.changed + v.removed) FROM kyc_listversion v
     WHERE v.id = coalesce(
        (SELECT version_id FROM open_items WHERE version_id IS NOT NULL ORDER BY created_at DESC LIMIT 1),
        (SELECT version_id FROM kyc_rescreenitem WHERE version_id IS NOT NULL
           ORDER BY created_at DESC LIMIT 1)))
"""


def rescreening() -> Pass:
    """In one query."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE_OF_WORK)
        parties, behind, open_items, since, ended, about = cursor.fetchone()
    source, as_of, changed = (about or "  0").split(" ")
    return Pass(parties, behind, open_items, since, ended, f"{source} {as_of}".strip(), int(changed or 0))


def pass_note(found: Pass, now: datetime) -> str:
    """Demo list of 24 Nov, 16 entries changed."""
    if not found.version:
        return ""
    source, as_of = found.version.split(" ")
    return _("%(list)s of %(day)s, %(n)s entries changed") % {
        "list": list_name(source),
        "day": shown(date.fromisoformat(as_of), now=now),
        "n": grouped(found.changed),
    }
