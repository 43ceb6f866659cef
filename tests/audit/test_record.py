import pytest
from django.db import transaction

from audit import delivery, registry
from audit.models import Delivery, Event, EventValue
from audit.record import SYSTEM, record
from audit.verbs import Verb
from core.models import DataKey
from core.scope import STAFF, acting_in, examiner_scope, tenant_scope
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def handled(monkeypatch):
    """A subscriber of this test alone: it writes down the events that it was given."""
    seen = []
    monkeypatch.setattr(registry, "_subscribers", {})
    registry.subscribe("test.writes_down", [Verb.TENANT_HELD], seen.append, queue="default")
    return seen


def test_an_event_knows_the_scopes_of_its_subjects():
    with acting_in(STAFF), transaction.atomic():
        tenant = builders.a_tenant(country="SG")
        event = record(Verb.TENANT_HELD, [tenant], by=SYSTEM, reason="match under review")
    assert event.scopes == ["all", "jurisdiction:SG", f"tenant:{tenant.pk}"]


def test_an_examiner_reads_the_events_of_its_scopes_only():
    with acting_in(STAFF), transaction.atomic():
        here = record(Verb.TENANT_HELD, [builders.a_tenant("One", "SG")], by=SYSTEM)
        record(Verb.TENANT_HELD, [builders.a_tenant("Two", "MY")], by=SYSTEM)
    with acting_in(examiner_scope(("jurisdiction:SG",))):
        assert list(Event.objects.all()) == [here]


def test_a_tenant_records_but_does_not_read_the_log():
    with acting_in(STAFF):
        tenant = builders.a_tenant()
    with acting_in(tenant_scope(tenant.pk)), transaction.atomic():
        record(Verb.APPLICATION_SAVED, [tenant], by=SYSTEM)
        assert Event.objects.count() == 0
    with acting_in(STAFF):
        assert Event.objects.count() == 1


def test_a_personal_value_is_a_commitment_in_the_event_and_lies_under_its_key():
    with acting_in(STAFF), transaction.atomic():
        tenant = builders.a_tenant()
        key = DataKey.objects.make("party", tenant.pk, tenant_id=tenant.pk)
        event = record(
            Verb.PARTY_ENTERED, [tenant], by=SYSTEM, personal=[(key, {"name": "Konrad Eszterlund"})]
        )
        stored = EventValue.objects.get(event=event)
        assert "Eszterlund" not in str(vars(event))
        assert b"Eszterlund" not in bytes(stored.sealed)
        assert key.decrypt(bytes(stored.sealed), bound_to=event.id.bytes + b"name") == b"Konrad Eszterlund"


def test_a_subscriber_gets_an_event_once(handled):
    with acting_in(STAFF), transaction.atomic():
        event = record(Verb.TENANT_HELD, [builders.a_tenant()], by=SYSTEM)
    assert delivery.deliver_open() == 1
    assert delivery.deliver_open() == 0
    assert handled == [event]


def test_a_failing_subscriber_is_tried_again_and_leaves_nothing_behind(handled, monkeypatch):
    def fail(event):
        Event.objects.filter(pk=event.pk).exists()
        builders.a_tenant("Half written")
        raise RuntimeError("a value of a person")

    registry.subscribe("test.fails", [Verb.TENANT_HELD], fail, queue="default")
    with acting_in(STAFF), transaction.atomic():
        record(Verb.TENANT_HELD, [builders.a_tenant()], by=SYSTEM)
    assert delivery.deliver_open() == 1
    with acting_in(STAFF):
        row = Delivery.objects.get(subscriber="test.fails")
        assert (row.done_at, row.attempts, row.last_error) == (None, 1, "RuntimeError")
        assert row.next_attempt_at > row.created_at
        assert not Delivery.objects.filter(event__subjects__contains=[{"kind": "nothing"}]).exists()
    assert len(handled) == 1


def test_one_run_serves_every_open_event_about_the_same_subject(monkeypatch):
    seen = []
    monkeypatch.setattr(registry, "_subscribers", {})
    registry.subscribe("test.merges", [Verb.TENANT_HELD], seen.append, queue="default", merge_by="tenant")
    with acting_in(STAFF), transaction.atomic():
        one, two = builders.a_tenant("One"), builders.a_tenant("Two")
        for tenant in (one, one, two, one):
            record(Verb.TENANT_HELD, [tenant], by=SYSTEM)
    assert delivery.deliver_open() == 4
    assert [event.subjects[0]["id"] for event in seen] == [str(one.pk), str(two.pk)]
