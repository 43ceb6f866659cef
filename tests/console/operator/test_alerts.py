"""The queue, the review and what people may do with an alert."""

from __future__ import annotations

import pytest

from audit.models import Event
from core.scope import STAFF, acting_in
from kyc.models import Alert, Tenant
from tests import builders
from tests.console.operator.story import approved, list_konrad, read, words, work_off

pytestmark = pytest.mark.django_db


@pytest.fixture
def alert(veldmarin, tmp_path):
    approved(veldmarin.tenant)
    return list_konrad(tmp_path)


def state_of(alert):
    with acting_in(STAFF):
        return Alert.objects.get(pk=alert.pk).state


def decide(client, alert, resolution, reason="Same passport number."):
    return client.post(
        f"/alerts/{alert.label}/decide/", {"resolution": resolution, "reason": reason}, follow=True
    )


def test_the_queue_answers_in_its_title_and_names_both_sides(reviewer, alert):
    page = read(reviewer, "/alerts/")
    text = words(page)
    assert "1 alert waits, none is yours, none is late" in text
    assert "Konrad Eszterlund" in text
    assert "Veldmarin Robotics" in text
    assert page.xpath("//a[@data-key='g']/@href") == [f"/alerts/{alert.label}/"]


def test_the_review_sets_both_sides_against_each_other(reviewer, alert):
    text = words(read(reviewer, f"/alerts/{alert.label}/"))
    assert "Is this the same person?" in text
    assert "Both sides carry the number P4417720" in text
    assert "P •••• 7720" in text
    assert "P4417720" in text  # the list's own number is public
    assert "Goes to a second person" in text


def test_effects_on_the_score_add_up(reviewer, alert):
    page = read(reviewer, f"/alerts/{alert.label}/")
    cells = page.xpath("//table[contains(@class, 'sides')]/tbody//td[contains(@class, 'effect-cell')]")
    effects = [cell.text_content().strip().replace("−", "-") for cell in cells]
    total = sum(float(effect) for effect in effects if effect != "none")
    assert total == pytest.approx(alert.score, abs=0.002)


def test_a_true_match_takes_two_people_and_suspends(reviewer, approver, alert):
    answer = decide(reviewer, alert, "true_match")
    assert f"{alert.label} goes to a second person" in answer.content.decode()
    assert state_of(alert) == Alert.State.PROPOSED
    decide(approver, alert, "true_match", "Yes.")
    work_off()
    assert state_of(alert) == Alert.State.TRUE_MATCH
    with acting_in(STAFF):
        assert alert.tenant.__class__.objects.get(pk=alert.tenant_id).state == Tenant.State.SUSPENDED


def test_the_first_person_is_refused_as_the_second_and_told_why(reviewer, alert):
    decide(reviewer, alert, "true_match")
    answer = decide(reviewer, alert, "true_match")
    assert "Refused and recorded: the second person must not be the first." in answer.content.decode()
    assert state_of(alert) == Alert.State.PROPOSED
    with acting_in(STAFF):
        assert Event.objects.filter(verb="approval.refused").count() == 1
    page = read(reviewer, f"/alerts/{alert.label}/")
    assert page.xpath("//form[@data-decision]") == []
    assert "Waits for a second person" in words(page)


def test_a_decision_without_a_reason_changes_nothing(reviewer, alert):
    answer = decide(reviewer, alert, "true_match", "  ")
    assert "Nothing was changed: say why" in answer.content.decode()
    assert state_of(alert) == Alert.State.OPEN


def test_a_clearing_can_be_undone_at_once(reviewer, alert):
    with acting_in(STAFF):
        Alert.objects.filter(pk=alert.pk).update(score=0.8)
    answer = decide(reviewer, alert, "false_positive", "Another person.")
    assert state_of(alert) == Alert.State.FALSE_POSITIVE
    assert f"/alerts/{alert.label}/undo/" in answer.content.decode()
    reviewer.post(f"/alerts/{alert.label}/undo/")
    assert state_of(alert) == Alert.State.OPEN


def test_taking_and_escalating_show_in_the_queue(reviewer, alert):
    reviewer.post(f"/alerts/{alert.label}/take/")
    assert "1 is yours" in words(read(reviewer, "/alerts/"))
    decide(reviewer, alert, "escalate", "Look at the passport.")
    assert state_of(alert) == Alert.State.ESCALATED


def test_a_decision_answers_303_so_that_a_reload_sends_nothing(reviewer, alert):
    sent = {"resolution": "true_match", "reason": "Same."}
    assert reviewer.post(f"/alerts/{alert.label}/decide/", sent).status_code == 303


def test_an_approver_reads_but_does_not_decide_first(approver, alert):
    page = read(approver, f"/alerts/{alert.label}/")
    assert page.xpath("//form[@data-decision]") == []
    assert "A reviewer decides alerts" in words(page)
    decide(approver, alert, "false_positive")
    assert state_of(alert) == Alert.State.OPEN


def test_an_alert_that_is_not_there_is_404(reviewer):
    assert reviewer.get("/alerts/A-999999/").status_code == 404
    assert reviewer.get("/alerts/nonsense/").status_code == 404


def test_nobody_else_sees_an_alert(sign_in, client, alert):
    with acting_in(STAFF):
        stranger = builders.stranger()
    assert sign_in(stranger).get(f"/alerts/{alert.label}/").status_code == 403
    assert client.get(f"/alerts/{alert.label}/").status_code == 302
