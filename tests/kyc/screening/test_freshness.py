"""Against which version a tenant stands screened, since when, and how soon after its publication."""

from datetime import UTC, datetime, timedelta

import pytest

from core.scope import STAFF, acting_in
from kyc.models import ListVersion, RescreenItem
from kyc.screening import freshness

pytestmark = pytest.mark.django_db

PUBLISHED = datetime(2026, 9, 1, 6, tzinfo=UTC)
IN_FORCE, FOLLOWED = PUBLISHED + timedelta(minutes=2), PUBLISHED + timedelta(minutes=3)
LONG_BEFORE, LATER = PUBLISHED - timedelta(days=9), PUBLISHED + timedelta(hours=4)


@pytest.fixture(autouse=True)
def version(db):
    with acting_in(STAFF):
        yield ListVersion.objects.create(
            number=1, source="un_sc", as_of=PUBLISHED.date(), state="in_force", imported_by="x",
            imported_at=IN_FORCE, in_force_at=IN_FORCE, published_at=PUBLISHED,
        )  # fmt: skip


def followed(version, at):
    RescreenItem.objects.create(
        cause="list", change="c", version=version, entity="x", created_at=IN_FORCE, done_at=at
    )


def of(version, *parties):
    version.save()
    (found,) = freshness.of_parties(parties, freshness.lists_now())
    return (found.is_current, found.since, found.after)


def test_three_minutes_after_publication(version):
    followed(version, FOLLOWED)
    assert of(version, (LONG_BEFORE, LONG_BEFORE)) == (True, FOLLOWED, timedelta(minutes=3))
    # A whole pass later at night makes it neither newer nor older.
    assert of(version, (LONG_BEFORE, LATER)) == (True, FOLLOWED, timedelta(minutes=3))


def test_a_version_that_changed_nothing_for_us_was_followed_as_it_came(version):
    assert of(version, (LONG_BEFORE, LONG_BEFORE)) == (True, IN_FORCE, timedelta(minutes=2))


def test_who_came_later_was_screened_on_arrival(version):
    followed(version, FOLLOWED)
    found = of(version, (LONG_BEFORE, LONG_BEFORE), (LATER, LATER + timedelta(seconds=5)))
    assert found == (True, LATER + timedelta(seconds=5), None)


def test_open_work_and_parties_that_were_never_screened_make_nobody_current(version):
    assert of(version, (LONG_BEFORE, LONG_BEFORE), (LONG_BEFORE, None)) == (False, None, None)
    assert of(version) == (False, None, None)
    followed(version, None)
    assert of(version, (LONG_BEFORE, LONG_BEFORE)) == (False, None, None)


def test_nobody_said_when_it_was_published(version):
    version.published_at = None
    assert of(version, (LONG_BEFORE, LONG_BEFORE)) == (True, IN_FORCE, None)
