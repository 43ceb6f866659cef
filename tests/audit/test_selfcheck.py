"""What a superuser may do to the tables is found, whatever it is."""

import pytest
from django.utils import timezone

from audit import selfcheck, sequencer
from audit.record import SYSTEM, record
from audit.verbs import Verb
from core.erasure import erase
from core.models import DataKey
from core.scope import staff_transaction
from tests.audit import log

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def whole_log():
    """A log of nine leaves of two tenants under two checkpoints, with one personal value."""
    one, two = log.tenant("One", "SG"), log.tenant("Two", "MY")
    log.happen(one, 3, reason="match under review", payload={"score": 0.93})
    sequencer.sequence()
    sequencer.checkpoint()
    log.happen(two, 5)
    with staff_transaction():
        key = DataKey.objects.make("party", one.pk, tenant_id=one.pk)
        record(Verb.PARTY_ENTERED, [one], by=SYSTEM, personal=[(key, {"name": "Konrad Eszterlund"})])
    sequencer.sequence()
    sequencer.checkpoint()
    return key


def test_an_empty_log_is_whole():
    assert selfcheck.verify_live() == selfcheck.Health(None)


def test_a_log_that_nobody_touched_is_whole(whole_log):
    log.happen(log.tenant("Three", "DE"))
    seen = []
    health = selfcheck.verify_live(lambda done, total: seen.append((done, total)))
    assert health == selfcheck.Health(None, leaves=9, scopes=5, checkpoints=2, waiting=1, values=1)
    assert seen == [(9, 9)]


def test_erasure_is_no_fault(whole_log):
    with staff_transaction():
        erase(whole_log, now=timezone.now())
    health = selfcheck.verify_live()
    assert (health.fault, health.values) == (None, 0)


LEAF_2 = "(SELECT event_id FROM audit_leaf WHERE index = 2)"
TAMPERING = {
    "an event's reason": f"UPDATE audit_event SET reason = 'cleared' WHERE id = {LEAF_2}",
    "an event's payload": f"UPDATE audit_event SET payload = '{{\"score\": 0.1}}' WHERE id = {LEAF_2}",
    "an event's time": f"UPDATE audit_event SET at = at - interval '1 us' WHERE id = {LEAF_2}",
    "an event's scopes": f"UPDATE audit_event SET scopes = '{{all}}' WHERE id = {LEAF_2}",
    "an event that is gone": f"DELETE FROM audit_event WHERE id = {LEAF_2}",
    "a leaf that is gone": "DELETE FROM audit_leaf WHERE index = 2",
    "the first leaf that is gone": "DELETE FROM audit_leaf WHERE index = 0",
    "the last leaf that is gone": "DELETE FROM audit_leaf WHERE index = 8",
    "a leaf's bytes": "UPDATE audit_leaf SET data = data || '\\x00' WHERE index = 2",
    "a leaf's hash": "UPDATE audit_leaf SET hash = sha256('x') WHERE index = 2",
    "a node's hash": "UPDATE audit_node SET hash = sha256('x') WHERE level = 2 AND index = 0",
    "a node that is gone": "DELETE FROM audit_node WHERE level = 3",
    "a node too many": "INSERT INTO audit_node VALUES (9, 9, 'x')",
    "a scope's number": "UPDATE audit_scopeleaf SET number = 77 WHERE scope = 'all' AND leaf_id = 2",
    "a scope's number that is gone": "DELETE FROM audit_scopeleaf WHERE scope = 'all' AND leaf_id = 2",
    "a scope's head": "UPDATE audit_scopehead SET number = 8 WHERE scope = 'all'",
    "a scope's head that is gone": "DELETE FROM audit_scopehead WHERE scope = 'jurisdiction:MY'",
    "a node of the map": "UPDATE audit_scopenode SET node = sha256('x') WHERE path = ''",
    "a node of the map too many": f"INSERT INTO audit_scopenode VALUES ('{'01' * 40}', 'x')",
    "a checkpoint's column": "UPDATE audit_checkpoint SET scope_root = sha256('x') WHERE size = 9",
    "a checkpoint's note": "UPDATE audit_checkpoint SET note = replace(note, E'\\n9\\n', E'\\n8\\n')",
    "a checkpoint over nothing": "UPDATE audit_checkpoint SET size = 10 WHERE size = 9",
    "a commitment": f'UPDATE audit_event SET commitments = \'{{"name": "00"}}\' WHERE id = {LEAF_2}',
    "a personal value": "UPDATE audit_eventvalue SET sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1)",
    "a personal value's name": "UPDATE audit_eventvalue SET name = 'other'",
}


TABLES = ("event", "eventvalue", "leaf", "scopeleaf", "node", "scopehead", "scopenode", "checkpoint")


def test_tampering_is_found(whole_log, as_superuser):
    not_found = []
    with log.tampering(as_superuser()) as link:
        for table in TABLES:
            link.execute(f"CREATE TEMP TABLE kept_{table} AS TABLE audit_{table}")
        for name, statement in TAMPERING.items():
            assert link.execute(statement).rowcount >= 1, name
            if selfcheck.verify_live().fault is None:
                not_found.append(name)
            for table in TABLES:
                link.execute(f"DELETE FROM audit_{table}")
                link.execute(f"INSERT INTO audit_{table} TABLE kept_{table}")
        assert selfcheck.verify_live().fault is None
    assert not_found == []


def test_an_event_and_everything_derived_from_it_rewritten_does_not_fit_the_checkpoint(
    whole_log, as_superuser
):
    with log.tampering(as_superuser()) as link:
        link.execute(f"UPDATE audit_event SET reason = 'cleared' WHERE id = {LEAF_2}")
        for table in ("leaf", "node", "scopeleaf", "scopehead", "scopenode"):
            link.execute(f"DELETE FROM audit_{table}")
    assert sequencer.sequence() == 9
    fault = selfcheck.verify_live().fault
    assert fault.where == "checkpoint 3"


def test_an_event_slipped_in_before_the_last_leaf_is_found(whole_log, as_superuser):
    with log.tampering(as_superuser()) as link:
        link.execute(
            "INSERT INTO audit_event SELECT gen_random_uuid(), at, verb, actor_kind, actor_id, "
            "actor_session, actor_address, subjects, reason, versions, payload, commitments, scopes, "
            f"'3'::xid8 FROM audit_event WHERE id = {LEAF_2}"
        )
    assert "a leaf" in str(selfcheck.verify_live().fault)


def test_the_fault_names_what_is_wrong(whole_log, as_superuser):
    with log.tampering(as_superuser()) as link:
        link.execute(TAMPERING["an event's reason"])
    fault = selfcheck.verify_live().fault
    assert fault.where.startswith("leaf 2, event ")
    assert fault.found == "another reason"
