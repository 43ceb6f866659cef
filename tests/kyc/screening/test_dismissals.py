"""What people dismissed is asked in both directions alike, and ends where either side or time moves on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import Event
from audit.record import WORKER
from core.scope import STAFF, acting_in
from kyc.models import Alert, Dismissal, Party, RescreenItem
from kyc.onboarding import parties
from kyc.screening import dismissals, rescreening, service
from tests import builders
from tests.kyc.screening.listed import aldous, clear, listed, put_in_force, tenant_of, work_off

pytestmark = pytest.mark.django_db

NAME = "Konrad Eszterlund"
KONRAD = listed("k", NAME, birthDate="1968")


@pytest.fixture
def tenant(settings, tmp_path):
    settings.LOCAL_DIR = tmp_path
    with acting_in(STAFF):
        tenant = tenant_of(NAME)
        put_in_force(tmp_path, KONRAD)
        clear(Alert.objects.get())
        yield tenant


def by_the_party(tenant):
    service.screen_chain(tenant, by=WORKER)


def by_the_entry(tenant):
    RescreenItem.objects.create(cause="list", change="again", entity="k", created_at=timezone.now())
    rescreening.work()


def time_over(tenant):
    Dismissal.objects.update(until=timezone.now().date() - timedelta(days=1))


def party_changed(tenant):
    Party.objects.filter(reference=NAME).update(match_digest=b"another")


def entry_changed(tenant):
    Dismissal.objects.update(entry_digest=b"another")


@pytest.mark.parametrize("search", [by_the_party, by_the_entry])
def test_while_nothing_moves_it_holds(tenant, search):
    search(tenant)
    assert Alert.objects.get().state == "false_positive"


@pytest.mark.parametrize("search", [by_the_party, by_the_entry])
@pytest.mark.parametrize(
    ("moved", "because"),
    [
        (time_over, "its time is over"),
        (party_changed, "the party changed"),
        (entry_changed, "the entry changed"),
    ],
)
def test_it_ends_with_its_reason_in_either_direction(tenant, search, moved, because):
    moved(tenant)
    search(tenant)
    assert sorted(Alert.objects.values_list("state", flat=True)) == ["false_positive", "open"]
    assert Dismissal.objects.get().ended_because == because


def test_another_source_that_says_more_of_the_same_party_counts(tenant, tmp_path, monkeypatch):
    said = dismissals.fingerprints(["k"])
    real = dismissals.store.entries_in_force

    def with_more(keys):
        for entry in real(keys):
            yield type(entry)(
                entry.key,
                entry.source,
                entry.datasets,
                entry.schema,
                {**entry.properties, "nationality": ("at",)},
            )

    monkeypatch.setattr(dismissals.store, "entries_in_force", with_more)
    assert dismissals.fingerprints(["k"]) != said


def test_an_alert_whose_entry_changed_and_finds_nobody_says_so_and_stays_open(tenant, tmp_path):
    user = aldous()
    parties.change_party(
        Party.objects.get(reference=NAME),
        properties={"name": [NAME], "birthDate": ["1968"]},
        user=user,
        by=builders.actor(user),
    )
    work_off()
    alert = Alert.objects.get(state="open")
    put_in_force(tmp_path, listed("k", "Somebody Otherwise"))
    alert.refresh_from_db()
    assert alert.state == "open"
    (event,) = Event.objects.filter(verb="alert.annotated")
    assert event.reason == "the entry changed and matches no more: it stays open until someone decides"
