"""Clearing a lot: one reason in every event, a second person for those drawn, ten seconds to undo."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import Event
from audit.record import SYSTEM
from core.errors import Conflict, InvalidInput, NotAllowed
from core.scope import STAFF, acting_in
from kyc.lists import service as lists
from kyc.models import Alert, Dismissal
from kyc.screening import alerts, lots
from tests import builders
from tests.kyc.onboarding.test_path import SOMEBODY, a_list, submitted, work_off

pytestmark = pytest.mark.django_db
#: Each like somebody in the chain of the story, without a number or a date.
ALIKE = [
    ("7", "Konrad Esterlund", "Person", {}),
    ("8", "Nadia Fereyra-Lund", "Person", {}),
    ("9", "Imre Halasvary", "Person", {}),
]


@pytest.fixture
def aldous():
    with acting_in(STAFF):
        yield builders.aldous()


@pytest.fixture
def waiting(aldous, tmp_path, monkeypatch):
    """Three open alerts about one listed party, the last one drawn for a second look."""
    submitted(aldous, tmp_path)
    path = a_list(tmp_path, SOMEBODY, *ALIKE, name="v2.json")
    lists.import_version(source="ftm", path=path, by=SYSTEM)
    work_off()
    # One list entry for all: the parties stay three, as look-alikes of one listed party are.
    Alert.objects.update(score=0.72, entry_key="demo-7", holds=False)
    found = list(Alert.objects.order_by("raised_at", "number"))
    assert len(found) == 3
    monkeypatch.setattr(lots, "is_drawn", lambda pk: pk == found[2].pk)
    return found


def clear(user, found, **more):
    told = {"reason": "Rare word and country differ.", "user": user, "by": builders.actor(user), **more}
    return alerts.clear_many([alert.pk for alert in found], **told)


def states(found):
    by_id = dict(Alert.objects.values_list("pk", "state"))
    return [by_id[alert.pk] for alert in found]


def test_a_lot_is_cleared_with_one_reason_in_every_event(aldous, waiting):
    outcome = clear(aldous, waiting)
    assert (outcome.cleared, outcome.drawn, outcome.left_out) == (tuple(waiting[:2]), (waiting[2],), ())
    assert states(waiting) == ["false_positive", "false_positive", "proposed"]
    assert Dismissal.objects.filter(ended_at__isnull=True).count() == 2
    events = Event.objects.filter(verb__in=["alert.decided", "alert.proposed"])
    assert {event.reason for event in events} == {"Rare word and country differ."}
    assert [event.payload["of"] for event in events] == [3, 3, 3]
    assert {event.payload["lot"] for event in events} == {str(outcome.id)}


def test_who_is_drawn_is_cleared_by_a_second_person_alone(aldous, waiting):
    clear(aldous, waiting)
    drawn = waiting[2]

    def say(user):
        told = {"kind": "false_positive", "reason": "Yes.", "user": user, "by": builders.actor(user)}
        return alerts.decide(drawn, **told)

    assert say(aldous).became == "refused"
    assert say(builders.renwick()).became == "final"
    assert states(waiting)[2] == "false_positive"


def test_a_plan_says_the_same_and_changes_nothing(aldous, waiting):
    plan = alerts.plan_lot(waiting)
    assert (plan.id, plan.cleared, plan.drawn) == (None, tuple(waiting[:2]), (waiting[2],))
    assert states(waiting) == ["open"] * 3


def test_a_number_that_agrees_is_read_from_the_explanation(aldous, waiting):
    first = waiting[0]
    first.explanation["explanation"].append({"feature": "identifier", "score": 1.0, "shift": 0.05})
    first.save()
    outcome = clear(aldous, waiting)
    assert [(one.alert, one.why) for one in outcome.left_out] == [(first, lots.Why.NUMBER_AGREES)]
    assert states(waiting)[0] == "open"


def test_what_somebody_decided_meanwhile_is_left_out(aldous, waiting):
    alerts.escalate(waiting[0], note="Look.", user=aldous, by=builders.actor(aldous))
    outcome = clear(aldous, waiting)
    assert [one.why for one in outcome.left_out] == [lots.Why.NOT_OPEN]
    assert states(waiting)[0] == "escalated"


def test_a_lot_is_undone_whole_within_ten_seconds(aldous, waiting):
    clear(aldous, waiting)
    keys = [alert.pk for alert in waiting]
    back = alerts.undo_many(keys, user=aldous, by=builders.actor(aldous))
    assert list(back) == waiting
    assert states(waiting) == ["open"] * 3
    assert not Dismissal.objects.filter(ended_at__isnull=True).exists()
    # The proposal is taken back too: clearing again asks anew.
    assert len(clear(aldous, waiting).drawn) == 1


def test_after_ten_seconds_and_for_others_nothing_is_undone(aldous, waiting):
    clear(aldous, waiting)
    keys = [alert.pk for alert in waiting]
    other = builders.person("bexley", builders.Role.REVIEWER)
    late = timezone.now() + timedelta(seconds=11)
    for told in (
        {"user": other, "by": builders.actor(other)},
        {"user": aldous, "by": builders.actor(aldous), "now": late},
    ):
        with pytest.raises(Conflict):
            alerts.undo_many(keys, **told)
    assert states(waiting) == ["false_positive", "false_positive", "proposed"]


def test_without_a_reason_or_the_right_nothing_is_cleared(aldous, waiting):
    with pytest.raises(InvalidInput):
        clear(aldous, waiting, reason=" ")
    with pytest.raises(NotAllowed):
        clear(builders.renwick(), waiting)
    assert states(waiting) == ["open"] * 3
