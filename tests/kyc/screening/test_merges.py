"""Listed parties that become one: work and decisions go along, and no further than what was looked at."""

from __future__ import annotations

import pytest

from audit.models import Event
from audit.record import WORKER
from core.scope import STAFF, acting_in
from kyc.models import Alert, Dismissal
from kyc.screening import alerts, service
from tests import builders
from tests.kyc.screening.listed import aldous, clear, listed, put_in_force, renwick, tenant_of

pytestmark = pytest.mark.django_db

NAME = "Konrad Eszterlund"
A, B = listed("a", NAME, birthDate="1968"), listed("b", NAME, nationality="at")
#: What the list says after the merge: of the one, or of both.
AS_B = listed("c", NAME, referents=("a", "b"), nationality="at")
AS_BOTH = listed("c", NAME, referents=("a", "b"), birthDate="1968", nationality="at")


@pytest.fixture
def tenant(settings, tmp_path):
    settings.LOCAL_DIR = tmp_path
    with acting_in(STAFF):
        yield tenant_of(NAME)


def states():
    return sorted(Alert.objects.values_list("entry_key", "state"))


def alert_of(key):
    return Alert.objects.get(entry_key=key, state="open")


def told(alert):
    about = {"kind": "alert", "id": str(alert.pk)}
    events = Event.objects.filter(verb="alert.annotated", subjects__contains=[about]).order_by("pk")
    return [event.reason for event in events]


def test_a_dismissal_of_one_holds_for_what_says_the_same(tenant, tmp_path):
    put_in_force(tmp_path, B)
    cleared = alert_of("b")
    clear(cleared)
    put_in_force(tmp_path, AS_B)
    assert states() == [("b", "false_positive")]
    assert told(cleared) == ["its entry was merged into c, which says the same: it stays cleared"]
    held = Dismissal.objects.get(ended_at__isnull=True)
    assert (held.entry_key, held.alert_id, held.reason) == ("c", cleared.pk, "a namesake")


def test_it_opens_again_where_the_other_one_says_more(tenant, tmp_path):
    put_in_force(tmp_path, A, B)
    cleared = alert_of("a"), alert_of("b")
    for alert in cleared:
        clear(alert)
    put_in_force(tmp_path, AS_BOTH)  # a name and a year that were looked at apart are one person's now
    assert states() == [("a", "false_positive"), ("b", "false_positive"), ("c", "open")]
    assert not Dismissal.objects.filter(ended_at__isnull=True).exists()
    assert Event.objects.filter(verb="alert.reopened").count() == 1
    for alert in cleared:
        assert told(alert) == ["its entry was merged into c, which says more: it is screened again"]


def test_work_on_an_alert_goes_on_under_the_merged_entry(tenant, tmp_path):
    put_in_force(tmp_path, B)
    begun, user = alert_of("b"), aldous()
    alerts.escalate(begun, note="ask the bank", user=user, by=builders.actor(user))
    put_in_force(tmp_path, AS_BOTH)
    assert states() == [("c", "escalated")]
    begun.refresh_from_db()
    assert begun.content.entity["id"] == "c"  # what it shows follows the list
    assert told(begun) == ["its entry was merged into c"]


def test_of_two_alerts_the_one_that_people_came_further_with_goes_on(tenant, tmp_path):
    put_in_force(tmp_path, A, B)
    further, user = alert_of("a"), aldous()
    alerts.decide(further, kind="true_match", reason="the same", user=user, by=builders.actor(user))
    put_in_force(tmp_path, AS_BOTH)
    assert states() == [("b", "withdrawn"), ("c", "proposed")]
    second = renwick()
    alerts.decide(further, kind="true_match", reason="the same", user=second, by=builders.actor(second))
    put_in_force(tmp_path, AS_BOTH)
    assert states() == [("b", "withdrawn"), ("c", "true_match")]


def test_a_confirmed_match_stays_confirmed_and_is_not_raised_anew(tenant, tmp_path):
    put_in_force(tmp_path, B)
    match = alert_of("b")
    for user in (aldous(), renwick()):
        alerts.decide(match, kind="true_match", reason="the same", user=user, by=builders.actor(user))
    put_in_force(tmp_path, AS_BOTH)
    assert states() == [("c", "true_match")]


def test_two_confirmed_matches_that_become_one_entry_both_stand(tenant, tmp_path):
    put_in_force(tmp_path, A, B)
    for match in (alert_of("a"), alert_of("b")):
        for user in (aldous(), renwick()):
            alerts.decide(match, kind="true_match", reason="the same", user=user, by=builders.actor(user))
    put_in_force(tmp_path, AS_BOTH)
    assert sorted(Alert.objects.values_list("state", flat=True)) == ["true_match", "true_match"]


def test_an_entry_that_takes_another_in_and_says_nothing_new_goes_on_with_its_alert(tenant, tmp_path):
    put_in_force(tmp_path, A, listed("d", "Somebody Otherwise"))
    put_in_force(tmp_path, listed("d", "Somebody Otherwise", referents=("a",)))
    # The alert rests on what `a` said; `d` finds nobody, so that a person must look.
    assert states() == [("d", "open")]


def test_an_entry_that_is_still_listed_beside_its_referrer_keeps_its_own(tenant, tmp_path):
    put_in_force(tmp_path, B)
    clear(alert_of("b"))
    put_in_force(tmp_path, B, AS_BOTH)
    assert states() == [("b", "false_positive"), ("c", "open")]
    assert Dismissal.objects.get(ended_at__isnull=True).entry_key == "b"


def test_an_entry_that_was_split_keeps_nobody_cleared(tenant, tmp_path):
    put_in_force(tmp_path, B)
    clear(alert_of("b"))
    halves = [listed(key, NAME, referents=("b",), nationality="at") for key in ("c", "d")]
    put_in_force(tmp_path, *halves)
    assert states() == [("b", "false_positive"), ("c", "open"), ("d", "open")]


def test_screening_the_party_finds_the_same_as_searching_for_the_entry(tenant, tmp_path, monkeypatch):
    put_in_force(tmp_path, B)
    clear(alert_of("b"))
    monkeypatch.setattr("kyc.screening.rescreening.queue_version", lambda version: 0)
    put_in_force(tmp_path, AS_B)
    service.screen_chain(tenant, by=WORKER)
    assert states() == [("b", "false_positive")]
    assert Dismissal.objects.get(ended_at__isnull=True).entry_key == "c"
