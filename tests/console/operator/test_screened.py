"""What a tenant's page says of the lists behind it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.record import SYSTEM
from core.scope import STAFF, acting_in
from kyc.lists import service
from kyc.models import ListLook, ListVersion, Party
from kyc.screening import rescreening
from tests.console.operator.story import approved, read, words
from tests.kyc.onboarding.test_path import SOMEBODY, a_list, work_off

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(reviewer, veldmarin, tmp_path):
    """The section of a tenant that was there when a list was published ten minutes ago."""
    approved(veldmarin.tenant)
    now = timezone.now()
    with acting_in(STAFF):
        Party.objects.update(created_at=now - timedelta(days=1))
        service.import_version(
            source="ftm",
            path=a_list(tmp_path, SOMEBODY),
            by=SYSTEM,
            published_at=now - timedelta(minutes=10),
        )

    def section():
        found = read(reviewer, f"/tenants/{veldmarin.tenant.label}/")
        (part,) = [s for s in found.xpath("//section") if "Screened against" in s.text_content()]
        return words(part)

    return section


def followed():
    with acting_in(STAFF):
        work_off()
        rescreening.work()


def test_it_stands_screened_minutes_after_publication(page):
    assert "Behind" in page() and "1 list stops a grant" in page()
    followed()
    assert "screened 10 min after publication" in page()
    assert "Current" in page() and "all as published" in page()


def test_a_list_that_is_too_old_or_missing_leads_and_says_what_it_stops(page, settings):
    followed()
    settings.LOCKGATE_LISTS = "un_sc"
    with acting_in(STAFF):
        ListVersion.objects.update(in_force_at=timezone.now() - timedelta(days=8))
    text = page()
    assert "Overdue" in text and "the limit is 168 h" in text
    assert "No version of UN Security Council Consolidated List is in force." in text
    assert "2 lists stop a grant" in text
    with acting_in(STAFF):
        ListLook.objects.create(source="ftm", confirmed_at=timezone.now())
    assert "Overdue" not in page() and "1 list stops a grant" in page()
