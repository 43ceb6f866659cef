"""Changing a threshold: two people, per list and kind of party, and what it sets in motion."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction

from audit.models import Event
from audit.record import SYSTEM
from core.errors import Conflict, InvalidInput, NotAllowed
from core.scope import STAFF, acting_in, tenant_scope
from kyc.lists import service as lists
from kyc.models import Alert, RescreenItem, Threshold
from kyc.screening import threshold_changes, thresholds
from kyc.screening.levels import Level, Levels
from tests import builders
from tests.kyc.onboarding.test_path import SOMEBODY, a_list, submitted, work_off

pytestmark = pytest.mark.django_db
#: Like the owner of the story, with a letter less and nothing else to compare.
ALIKE = ("7", "Konrad Esterlund", "Person", {})


@pytest.fixture
def people():
    with acting_in(STAFF):
        yield SimpleNamespace(first=builders.aldous(), second=builders.renwick())


@pytest.fixture
def tenant(people, tmp_path):
    return submitted(people.first, tmp_path).tenant


def proposed(people, threshold, *, kind="person", dataset="demo_list", **more):
    return threshold_changes.propose(
        dataset=dataset,
        kind=kind,
        threshold=threshold,
        reason="Measured.",
        user=people.first,
        by=builders.actor(people.first),
        **more,
    )


def approved(people, change):
    by = builders.actor(people.second)
    return threshold_changes.approve(change, reason="Seen.", user=people.second, by=by)


def changed(people, threshold, **more):
    assert approved(people, proposed(people, threshold, **more)).given


def alike_is_listed(tmp_path):
    path = a_list(tmp_path, SOMEBODY, ALIKE, name="v2.json")
    lists.import_version(source="ftm", path=path, by=SYSTEM)
    work_off()


def test_a_proposal_changes_nothing_until_a_second_person_approves(people, tenant):
    change = proposed(people, 0.8)
    assert thresholds.in_force() == Levels({})
    own = threshold_changes.approve(
        change, reason="Mine.", user=people.first, by=builders.actor(people.first)
    )
    assert not own.given
    assert thresholds.in_force() == Levels({})
    assert approved(people, change).given
    assert thresholds.in_force() == Levels({("demo_list", "person"): Level(0.8, 0.95)})
    verbs = list(
        Event.objects.filter(verb__startswith="threshold.").order_by("pk").values_list("verb", flat=True)
    )
    assert verbs == ["threshold.proposed", "threshold.changed"]


def test_the_one_before_stays_as_history(people, tenant):
    changed(people, 0.8)
    changed(people, 0.75)
    rows = Threshold.objects.order_by("in_force_at")
    assert [(row.was_threshold, row.threshold, row.state) for row in rows] == [
        (0.7, 0.8, "history"),
        (0.8, 0.75, "in_force"),
    ]
    assert rows[0].ended_at == rows[1].in_force_at


def test_a_raised_threshold_lets_no_alert_come_from_a_list_and_a_lowered_one_finds_it(
    people, tenant, tmp_path
):
    changed(people, 0.999, hold_at=1.0)
    alike_is_listed(tmp_path)
    assert not Alert.objects.exists()
    changed(people, 0.6)
    work_off()
    alert = Alert.objects.get()
    assert 0.6 <= alert.score < 0.999
    assert alert.threshold == 0.6
    items = RescreenItem.objects.filter(cause="threshold", done_at__isnull=False)
    assert sorted(items.values_list("touched", flat=True)) == [0, 0, 1]


def test_a_lowered_threshold_screens_the_parties_of_its_kind_alone(people, tenant):
    persons = {str(pk) for pk in tenant.parties.filter(schema="Person").values_list("pk", flat=True)}
    changed(people, 0.65)
    work_off()
    items = RescreenItem.objects.filter(cause="threshold")
    assert set(items.values_list("entity", flat=True)) == persons
    assert len(persons) == 3


def test_another_kind_of_party_keeps_its_threshold(people, tenant, tmp_path):
    changed(people, 0.999, kind="organisation", hold_at=1.0)
    alike_is_listed(tmp_path)
    assert Alert.objects.get().threshold == 0.7


def test_a_raised_threshold_annotates_and_closes_nothing(people, tenant, tmp_path):
    alike_is_listed(tmp_path)
    changed(people, 0.999, hold_at=1.0)
    work_off()
    alert = Alert.objects.get()
    assert alert.state == Alert.State.OPEN
    note = Event.objects.get(verb="alert.annotated")
    assert note.reason.startswith("below the threshold of today (0.999)")
    assert not RescreenItem.objects.filter(cause="threshold").exists()


def test_an_alert_holds_once_its_list_says_so(people, tenant, tmp_path):
    alike_is_listed(tmp_path)
    assert not Alert.objects.get().holds
    changed(people, 0.7, hold_at=0.71)
    work_off()
    assert Alert.objects.get().holds
    tenant.refresh_from_db()
    # An undecided match on a blocking list counts as listed: what it blocks is assessed at once.
    assert tenant.assessments.order_by("-pk").first().result["blocked"]["status"] != "no"


def test_a_refused_change_leaves_the_old_one(people, tenant):
    change = proposed(people, 0.8)
    by = builders.actor(people.second)
    threshold_changes.refuse(change, reason="Too few pairs.", user=people.second, by=by)
    change.refresh_from_db()
    assert change.state == "refused"
    assert thresholds.in_force() == Levels({})
    with pytest.raises(Conflict):
        approved(people, change)


def test_one_change_of_a_list_and_kind_waits_at_a_time(people, tenant):
    proposed(people, 0.8)
    with pytest.raises(Conflict, match="waits for a second person"):
        proposed(people, 0.75)
    proposed(people, 0.75, kind="organisation")


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"threshold": 0.49}, "threshold"),
        ({"threshold": 1.01}, "threshold"),
        ({"threshold": 0.7}, "threshold"),
        ({"threshold": 0.8, "hold_at": 0.79}, "hold_at"),
        ({"threshold": 0.8, "kind": "vessel"}, "kind"),
        ({"threshold": 0.8, "dataset": "us_ofac_snd"}, "dataset"),
    ],
    ids=lambda told: str(told),
)
def test_what_cannot_be_is_refused(people, told, field):
    with pytest.raises(InvalidInput) as refusal:
        proposed(people, **told)
    assert refusal.value.field == field


def test_an_administrator_proposes_nothing(people):
    somebody = builders.person("orrin", builders.Role.ADMINISTRATOR)
    with pytest.raises(NotAllowed):
        threshold_changes.propose(
            dataset="demo_list", kind="person", threshold=0.8, reason="Less work.",
            user=somebody, by=builders.actor(somebody),
        )  # fmt: skip


def test_the_database_keeps_one_in_force_and_no_tenant_sees_one(people, tenant):
    changed(people, 0.8)
    row = Threshold.objects.get()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)
    with acting_in(tenant_scope(tenant.pk)):
        assert not Threshold.objects.exists()


def test_a_party_that_may_be_either_gets_the_lower_threshold():
    levels = Levels({("demo_list", "person"): Level(0.8, 0.9), ("demo_list", "organisation"): Level(0.6, 1)})
    assert levels.threshold(["demo_list"], "LegalEntity") == 0.6
    assert levels.threshold(["demo_list"], "Person") == 0.8
    assert levels.threshold(["demo_list", "un_sc"], "Person") == 0.7
    assert levels.hold_at(["demo_list"], "LegalEntity") == 0.9
    assert levels.floor == 0.6
    assert Levels({("demo_list", "person"): Level(0.8, 0.9)}).floor == 0.7
