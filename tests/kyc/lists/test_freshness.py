"""When a list is too old to rest a grant on: one rule, in words."""

from datetime import UTC, datetime, timedelta

import pytest

from core.scope import STAFF, acting_in
from kyc.lists import freshness
from kyc.lists.freshness import SLACK, ListFreshness
from kyc.models import ListLook, ListVersion

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
DAY = timedelta(hours=24)


def one(*, in_force=None, confirmed=None, limit=DAY):
    """The UN's list, in force since and confirmed at so long before NOW."""
    version = None if in_force is None else ListVersion(source="un_sc", in_force_at=NOW - in_force)
    look = None if confirmed is None else ListLook(source="un_sc", confirmed_at=NOW - confirmed)
    return ListFreshness("un_sc", version, look, True, limit)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (one(in_force=DAY), ""),
        (one(in_force=DAY + timedelta(seconds=1)), "at 2026-08-31 07:59 UTC; the limit is 24 h."),
        (one(in_force=40 * DAY, confirmed=timedelta(hours=1)), ""),
        (one(in_force=40 * DAY, confirmed=2 * DAY), "at 2026-08-30 08:00 UTC; the limit is 24 h."),
        (one(in_force=timedelta(hours=1), confirmed=40 * DAY), ""),
        (one(in_force=400 * DAY, limit=None), ""),
        (one(), "No version of UN Security Council Consolidated List is in force."),
        (one(confirmed=timedelta(hours=1)), "No version of UN"),
        # A clock that was set back: what lies ahead of it says nothing.
        (one(in_force=-DAY), "lies ahead of the clock: it was set back."),
        (one(in_force=-SLACK), ""),
        (one(in_force=2 * DAY, confirmed=-DAY), "at 2026-08-30 08:00 UTC"),
        (one(in_force=-DAY, confirmed=timedelta(hours=1)), ""),
    ],
)
def test_when_a_list_is_too_old(found, says):
    why = found.overdue(NOW)
    assert says in why and bool(says) == bool(why)


def test_the_reason_stays_the_same_while_it_is_so():
    found = one(in_force=2 * DAY)
    assert found.overdue(NOW) == found.overdue(NOW + 3 * DAY)


@pytest.mark.django_db
def test_the_limit_is_the_settings_then_the_tables_and_longer_where_people_hand_files_in(settings):
    with acting_in(STAFF):
        for number, source in enumerate(("un_sc", "uk_sanctions", "demo")):
            ListVersion.objects.create(
                number=number, source=source, as_of=NOW.date(), state="in_force",
                imported_by="x", imported_at=NOW, in_force_at=NOW,
            )  # fmt: skip
        settings.LOCKGATE_LISTS = "un_sc,eu_fsf"

        def limits():
            return {found.source: found.limit for found in freshness.lists()}

        assert limits() == {
            "demo": None,
            "eu_fsf": timedelta(hours=26),
            "uk_sanctions": timedelta(days=7),
            "un_sc": timedelta(hours=26),
        }
        settings.LOCKGATE_LIST_LIMITS = "un_sc=12,demo=1"
        assert (limits()["un_sc"], limits()["demo"]) == (timedelta(hours=12), timedelta(hours=1))
        # Switched on and never in force: nobody is screened against it.
        assert freshness.overdue(NOW) == [
            "No version of EU consolidated list of financial sanctions is in force."
        ]
