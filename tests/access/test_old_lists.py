"""A list that is too old, or not followed yet, stops grants at their issue and at their renewal."""

from datetime import timedelta

import pytest
from django.utils import timezone

from access.grants import issue
from access.models import AllocationRequest, Grant
from audit.models import Event
from audit.record import SYSTEM
from kyc.lists import service as lists
from kyc.models import ListLook, ListVersion, Screening
from kyc.screening import rescreening
from kyc.screening import service as screening
from tests.access.conftest import ANSWERS, work_off
from tests.kyc.onboarding.test_path import SOMEBODY, a_list

DAY = timedelta(days=1)
WHY = "FollowTheMoney entities was last known to be current at"


@pytest.fixture
def listed(world, tmp_path):
    """A list is in force, and its re-screening has ended."""
    result = lists.import_version(source="ftm", path=a_list(tmp_path, SOMEBODY), by=SYSTEM)
    work_off()
    return ListVersion.objects.get(number=result.version)


def aged(by):
    """The lists have been in force for so much longer."""
    for version in ListVersion.objects.all():
        version.in_force_at -= by
        version.save(update_fields=["in_force_at"])


def approved(world):
    request = world.ask(world.tenant())
    assert world.approve(request, world.first).step == "first"
    assert world.approve(request, world.second).step == "approved"
    return request


def test_no_grant_is_issued_on_a_list_that_is_too_old(world, listed):
    request = approved(world)
    aged(8 * DAY)
    work_off()
    assert not Grant.objects.exists()
    (event,) = Event.objects.filter(verb="grant.refused")
    assert event.reason.startswith(WHY) and event.reason.endswith("UTC; the limit is 168 h.")
    request.refresh_from_db()
    assert request.state == "approved" and request.withheld[0].startswith(WHY)
    assert issue.keep_going(now=timezone.now() + timedelta(hours=3)) == 0
    assert Event.objects.filter(verb="grant.refused").count() == 1  # told once
    # Somebody looked: the publisher has nothing newer.
    ListLook.objects.create(source="ftm", confirmed_at=timezone.now())
    assert issue.keep_going() == 1
    assert AllocationRequest.objects.get().withheld == []


def test_a_live_grant_is_not_renewed_on_a_list_that_is_too_old_and_lapses(world, listed):
    grant = world.granted()
    soon = grant.expires_at - timedelta(minutes=30)
    aged(8 * DAY)
    assert issue.keep_going(now=soon) == 0
    (event,) = Event.objects.filter(verb="grant.refused")
    assert event.reason.startswith(WHY)
    grant.refresh_from_db()
    assert grant.revoked_at is None and not Grant.objects.live_at(grant.expires_at).exists()
    ListLook.objects.create(source="ftm", confirmed_at=soon)
    assert issue.keep_going(now=soon) == 1
    assert Event.objects.filter(verb="grant.renewed").exists()


def test_nothing_is_issued_while_no_list_is_in_force(world, listed):
    approved(world)
    ListVersion.objects.update(state="history")
    work_off()
    assert not Grant.objects.exists()
    assert Event.objects.get(verb="grant.refused").reason.startswith("No list is in force")


def test_nobody_approves_on_a_list_that_is_too_old(world, listed):
    request = world.ask(world.tenant())
    aged(8 * DAY)
    answer = world.approve(request, world.first)
    assert answer.step == "refused" and answer.reasons[0].startswith(WHY)


def test_a_request_below_the_size_that_people_look_at_waits_for_one(world, listed):
    aged(8 * DAY)
    request = world.ask(world.tenant(), count=1, answers=ANSWERS)
    request.refresh_from_db()
    assert request.state == "decided"


def test_a_clock_that_was_set_back_issues_nothing(world, listed):
    approved(world)
    aged(-2 * DAY)
    work_off()
    assert not Grant.objects.exists()
    assert "lies ahead of the clock" in Event.objects.get(verb="grant.refused").reason


def test_nothing_is_issued_between_a_new_version_and_its_re_screening(world, listed, tmp_path):
    """From the commit of the version on, before a worker has even written the work down."""
    tenant = approved(world).tenant
    lists.import_version(
        source="ftm", path=a_list(tmp_path, SOMEBODY, ("9", "Other Person", "Person", {})), by=SYSTEM
    )
    assert screening.unscreened(tenant) == 2
    request = AllocationRequest.objects.get()
    assert issue.issue(request, by=SYSTEM).reasons == (
        "2 parties are not screened against the lists in force.",
    )
    work_off()
    assert screening.unscreened(tenant) == 2  # the work is written down
    rescreening.work()
    assert screening.unscreened(tenant) == 0


def test_a_clock_set_back_hides_no_open_re_screening(world, listed, tmp_path):
    """The party was screened at a later time than the version came into force by the clock of then."""
    tenant = approved(world).tenant
    lists.import_version(
        source="ftm",
        path=a_list(tmp_path, SOMEBODY, ("9", "Other Person", "Person", {})),
        by=SYSTEM,
        now=timezone.now() - DAY,
    )
    newest = ListVersion.objects.get(source="ftm", state="in_force")
    assert not Screening.objects.filter(at__lt=newest.in_force_at).exists()
    assert screening.unscreened(tenant) == 2
