"""Full passes over a sample: nothing to find while re-screening is right, and an alert where it was not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from audit.models import Event
from core.scope import STAFF, acting_in
from kyc.models import Alert, Dismissal, Party, RescreenItem, Screening
from kyc.screening import freshness, nightly, rescreening, sample
from tests.kyc.screening.listed import clear, listed, put_in_force, tenant_of, work_off

KONRAD = listed("k", "Konrad Eszterlund", birthDate="1968")


@how(max_examples=60)
@given(parties=st.integers(0, 10**6), size=st.integers(0, 5000), first=st.dates(date(2026, 1, 1)))
def test_in_as_many_days_as_there_are_sections_every_party_has_its_turn(parties, size, first):
    cut = sample.sections(parties, size)
    many = max(1, size)
    assert parties <= cut * many and (cut == 1 or parties > cut // 2 * many)
    if cut > 1000:
        return
    days = sorted(sample.section(date.fromordinal(first.toordinal() % 700_000 + d), cut) for d in range(cut))
    assert days[0][0] == "0" * 8
    assert all(end == start for (_, end), (start, _) in pairwise(days))
    assert int(days[-1][1], 16) == 16**8


@pytest.fixture
def tenant(settings, tmp_path, db):
    settings.LOCAL_DIR = tmp_path
    with acting_in(STAFF):
        yield tenant_of("Konrad Eszterlund", "Nadia Ferreyra")


def forget_the_version(monkeypatch):
    """Re-screening that overlooks what a version changed: the manufactured fault."""
    monkeypatch.setattr(rescreening, "queue_version", lambda version: 0)


def test_a_missing_alert_is_raised_recorded_and_counted(tenant, tmp_path, monkeypatch):
    put_in_force(tmp_path)
    forget_the_version(monkeypatch)
    put_in_force(tmp_path, KONRAD)
    assert not Alert.objects.exists()
    assert nightly.queue() == 3  # two people and the tenant itself
    work_off()
    alert = Alert.objects.get()
    assert (alert.party.caption, alert.state) == ("Konrad Eszterlund", "open")
    (event,) = Event.objects.filter(verb="party.differed")
    assert event.payload == {"missing": [alert.number]}
    assert {"kind": "party", "id": str(alert.party_id)} in event.subjects
    assert sample.differences() == 1
    assert alert.holds  # as if re-screening had found it


def test_nothing_differs_where_re_screening_followed(tenant, tmp_path):
    put_in_force(tmp_path)
    put_in_force(tmp_path, KONRAD)
    clear(Alert.objects.get())
    nightly.queue()
    work_off()
    assert Alert.objects.count() == 1
    assert not Event.objects.filter(verb="party.differed").exists()
    assert RescreenItem.objects.filter(cause="sample", done_at__isnull=False, touched=0).count() == 3


def test_what_is_still_on_its_way_is_no_difference(tenant, tmp_path, monkeypatch):
    put_in_force(tmp_path)
    monkeypatch.setattr(rescreening, "work", lambda **_: 0)
    put_in_force(tmp_path, KONRAD)
    monkeypatch.undo()
    keys = [str(pk) for pk in tenant.parties.values_list("pk", flat=True)]
    assert sample.check(keys, timezone.now()) == {}
    assert Alert.objects.count() == 1
    assert not Event.objects.filter(verb="party.differed").exists()


@pytest.mark.parametrize("because", ["its own item waits", "it changed since"])
def test_a_party_whose_own_screening_is_still_to_come_does_not_differ(tenant, tmp_path, monkeypatch, because):
    put_in_force(tmp_path)
    forget_the_version(monkeypatch)
    put_in_force(tmp_path, KONRAD)
    party = tenant.parties.get(reference="Konrad Eszterlund")
    if because == "it changed since":
        party.save()
    else:
        rescreening.queue_parties([party], change="asked")
    assert sample.check([str(party.pk)], timezone.now()) == {}
    assert Alert.objects.count() == 1


def test_a_day_is_written_down_once_and_puts_nobody_behind(tenant, tmp_path):
    put_in_force(tmp_path)
    today = datetime(2026, 11, 25, 0, 5, tzinfo=UTC)
    assert [nightly.queue(today), nightly.queue(today + timedelta(hours=9))] == [3, 0]
    assert freshness.behind() == {}
    assert nightly.queue(today + timedelta(days=1)) == 3


def test_parties_take_turns_and_those_never_screened_have_none(tenant, settings):
    for party in Party.objects.all():
        Screening.objects.get_or_create(
            party=party, defaults={"tenant": tenant, "at": timezone.now(), "versions": {}, "scorer": "x"}
        )
    settings.LOCKGATE_SAMPLE = 1
    days = [date(2026, 11, 25) + timedelta(days=n) for n in range(4)]
    turns = [party.pk for day in days for party in sample.chosen(day)]
    assert sorted(turns) == sorted(Party.objects.values_list("pk", flat=True))
    Screening.objects.all().delete()
    assert sample.chosen(days[0]) == []


def test_a_dismissal_whose_time_is_over_opens_again_by_itself(tenant, tmp_path):
    put_in_force(tmp_path)
    put_in_force(tmp_path, KONRAD)
    clear(Alert.objects.get())
    Dismissal.objects.update(until=timezone.now().date() - timedelta(days=1))
    nightly.queue()
    work_off()
    assert sorted(Alert.objects.values_list("state", flat=True)) == ["false_positive", "open"]
    assert not Event.objects.filter(verb="party.differed").exists()
