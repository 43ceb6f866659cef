from datetime import timedelta

import psycopg
import pytest
from django.db import transaction
from django.utils import timezone

from audit import reading, sequencer
from audit.proof.merkle import hash_leaf, verify_inclusion
from audit.record import subject_of
from audit.verbs import Verb
from core.errors import Absent
from core.scope import acting_in, examiner_scope, staff_transaction, tenant_scope
from tests.audit import log

pytestmark = pytest.mark.usefixtures("committed_db")


def test_events_come_newest_first_and_say_where_they_stand():
    tenant = log.tenant()
    (signed,) = log.happen(tenant)
    sequencer.sequence()
    sequencer.checkpoint()
    (placed,) = log.happen(tenant)
    sequencer.sequence()
    (waiting,) = log.happen(tenant)
    with staff_transaction():
        entries = reading.events(["all"]).entries
    assert [(e.event, e.index, e.is_signed) for e in entries] == [
        (waiting, None, False),
        (placed, 1, False),
        (signed, 0, True),
    ]


def test_pages_follow_each_other_without_gap_or_overlap():
    made = log.happen(log.tenant(), 5)
    with staff_transaction():
        first = reading.events(["all"], limit=3)
        second = reading.events(["all"], limit=3, before=first.next)
    assert [e.event for e in first.entries + second.entries] == made[::-1]
    assert second.next is None


def test_events_are_found_by_scope_verb_subject_and_time():
    one, two = log.tenant("One", "SG"), log.tenant("Two", "MY")
    (mine,) = log.happen(one)
    (theirs,) = log.happen(two)

    def found(scopes=("all",), **more):
        with staff_transaction():
            return [e.event for e in reading.events(scopes, **more).entries]

    assert found([f"tenant:{one.pk}"]) == [mine]
    assert found(["jurisdiction:MY", "jurisdiction:DE"]) == [theirs]
    assert found(subject=subject_of(two)) == [theirs]
    assert found(verbs=[Verb.GRANT_ISSUED]) == []
    assert found(verbs=[Verb.TENANT_HELD], since=theirs.at) == [theirs]
    assert found(until=theirs.at) == [mine]


def test_an_examiner_reads_leaf_numbers_and_sizes_of_its_scopes_only():
    one, two = log.tenant("One", "SG"), log.tenant("Two", "MY")
    log.happen(two)
    (mine,) = log.happen(one)
    sequencer.sequence()
    sequencer.checkpoint()
    with acting_in(examiner_scope(("jurisdiction:SG",))), transaction.atomic():
        (only,) = reading.events(["all"]).entries
        assert (only.event, only.index, only.is_signed) == (mine, 1, True)
        assert reading.scope_size("jurisdiction:SG") == 1
        assert reading.scope_size("jurisdiction:MY") == 0
    with acting_in(tenant_scope(one.pk)), transaction.atomic():
        assert reading.events(["all"]).entries == []
        assert reading.scope_size(f"tenant:{one.pk}") == 0


def test_an_events_proof_leads_to_the_newest_checkpoint():
    (event, *_) = log.happen(log.tenant(), 5)
    with pytest.raises(Absent), staff_transaction():
        reading.proof(event)
    sequencer.sequence()
    sequencer.checkpoint()
    with staff_transaction():
        proof = reading.proof(event)
        index, first = reading.proof_state(event)
    root = bytes(proof.checkpoint.root)
    verify_inclusion(hash_leaf(proof.leaf), proof.index, proof.checkpoint.size, proof.path, root)
    assert (index, first.size) == (0, 5)


def test_each_checkpoint_is_proved_to_contain_the_one_before(as_superuser):
    tenant = log.tenant()
    for times in (3, 4, 1):
        log.happen(tenant, times)
        sequencer.sequence()
        sequencer.checkpoint()
    lines = reading.checkpoints()
    assert [(line.checkpoint.size, line.added, line.grows) for line in lines] == [
        (8, 1, True),
        (7, 4, True),
        (3, 3, True),
    ]
    assert [line.checkpoint.size for line in reading.checkpoints(limit=1)] == [8]
    assert [line.checkpoint.size for line in reading.checkpoints(below=8, limit=1)] == [7]
    with log.tampering(as_superuser()) as link:
        link.execute("UPDATE audit_checkpoint SET root = sha256('x') WHERE size = 3")
    assert [line.grows for line in reading.checkpoints()] == [True, False, True]


def test_what_waits_is_counted_and_a_writer_that_stays_open_is_seen():
    tenant = log.tenant()
    assert reading.horizon_age() == timedelta(0)
    log.happen(tenant)
    sequencer.sequence()
    with staff_transaction():
        assert reading.waiting() == reading.Waiting(0, None)
    before = timezone.now()
    log.happen(tenant, 2)
    with staff_transaction():
        waiting = reading.waiting()
    assert waiting.count == 2
    assert waiting.oldest_at >= before


def test_the_horizons_age_is_that_of_the_oldest_writer(test_services):
    with psycopg.connect(test_services.database_url) as link:
        link.execute("SELECT pg_current_xact_id()")
        first = reading.horizon_age()
        assert first > timedelta(0)
        assert reading.horizon_age() > first
