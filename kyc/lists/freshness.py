"""How fresh each list is: when it was last seen that the publisher has nothing newer, and for how long that
may be so. The one rule of when a list is too old to rest a grant on stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from kyc.lists import store
from kyc.lists.looking import sources_on
from kyc.lists.sources import SOURCES, own_limits
from kyc.models import ListLook, ListVersion

#: Clocks of several machines differ by this much without one of them being wrong.
SLACK = timedelta(minutes=5)


@dataclass(frozen=True)
class ListFreshness:
    """One source that is in force or switched on. `limit`: None where nobody publishes it."""

    source: str
    version: ListVersion | None
    look: ListLook | None
    is_on: bool
    limit: timedelta | None

    def checked_at(self, now: datetime) -> datetime | None:
        """When it was last seen that the version in force is the newest: by a look, or as it came in.

        A time ahead of the clock says nothing: one of the two was wrong. None without any other.
        """
        if self.version is None:
            return None
        seen = (self.look and self.look.confirmed_at, self.version.in_force_at)
        return max((at for at in seen if at and at <= now + SLACK), default=None)

    def overdue(self, now: datetime) -> str:
        """Why no grant may rest on this list now, in words that stay the same while it is so; else empty."""
        name = SOURCES[self.source].caption
        if self.version is None:
            return f"No version of {name} is in force."
        if self.limit is None:
            return ""
        at = self.checked_at(now)
        if at is None:
            return f"When {name} was looked at lies ahead of the clock: it was set back."
        if now - at > self.limit:
            hours = self.limit // timedelta(hours=1)
            return f"{name} was last known to be current at {at:%Y-%m-%d %H:%M} UTC; the limit is {hours} h."
        return ""


def lists(
    in_force: Mapping[str, ListVersion] | None = None, looks: Mapping[str, ListLook] | None = None
) -> list[ListFreshness]:
    """Every source that is in force or switched on, by name. What was read already is given, by source."""
    on, limits = sources_on(), own_limits(settings.LOCKGATE_LIST_LIMITS)
    in_force = store.versions_in_force() if in_force is None else in_force
    looks = {look.source: look for look in ListLook.objects.all()} if looks is None else looks
    return [
        ListFreshness(
            source,
            in_force.get(source),
            looks.get(source),
            source in on,
            _limit(source, source in on, limits),
        )
        for source in sorted({*in_force, *on})
    ]


def overdue(now: datetime) -> list[str]:
    """Why no grant may be issued or renewed now: no list, or each that is too old. Empty: nothing."""
    found = lists()
    if not any(one.version for one in found):
        return ["No list is in force: nobody is screened against anything."]
    return [why for one in found if (why := one.overdue(now))]


def _limit(source: str, is_on: bool, limits: dict[str, timedelta]) -> timedelta | None:
    if source in limits:
        return limits[source]
    return SOURCES[source].limit if is_on else SOURCES[source].limit_by_hand
