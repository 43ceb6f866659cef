import json
import os
import signal
import subprocess
import sys
import threading

import psycopg
import pytest
from django.db import connection

from audit import sequencer
from audit.leaves import as_stored
from audit.models import Event, Leaf, ScopeHead, ScopeLeaf
from audit.proof import merkle
from audit.proof.checkpoint import read_checkpoint
from audit.proof.leaf import InvalidLeaf, decode_leaf
from audit.proof.scopes import Head, prove_head, verify_head
from audit.record import SYSTEM, record
from audit.signer import verifier_key
from audit.trees import LogNodes, ScopeMap
from audit.verbs import Verb
from config.services import BASE_DIR
from core.scope import staff_transaction
from tests import servers
from tests.audit import log
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("committed_db")


class Writer:
    """A business transaction in a thread of its own, that stays open until it is told to commit."""

    def __init__(self, tenant):
        self._written, self._may_commit = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, args=[tenant])
        self.event = None

    def __enter__(self):
        self._thread.start()
        assert self._written.wait(120)
        return self

    def __exit__(self, *_):
        self.commit()

    def commit(self):
        self._may_commit.set()
        self._thread.join()

    def _run(self, tenant):
        try:
            with staff_transaction():
                self.event = record(Verb.TENANT_HELD, [tenant], by=SYSTEM)
                self._written.set()
                self._may_commit.wait(120)
        finally:
            connection.close()


def test_events_get_consecutive_leaves_in_the_order_of_their_transactions():
    tenant = log.tenant()
    events = log.happen(tenant, 3) + log.happen(tenant, 2)
    assert sequencer.sequence(batch=2) == 5
    assert log.order() == [event.pk for event in events]
    assert sequencer.sequence() == 0


def test_an_event_that_commits_late_is_taken_later_and_none_is_taken_before_it():
    tenant = log.tenant()
    first = log.happen(tenant)
    with Writer(tenant) as slow:
        later = log.happen(tenant)  # begun after the slow one and committed before it
        assert sequencer.sequence() == 1
        assert log.order() == [first[0].pk]
        slow.commit()
    assert sequencer.sequence() == 2
    assert log.order() == [first[0].pk, slow.event.pk, later[0].pk]


def test_a_transaction_that_only_reads_holds_nothing_up():
    tenant = log.tenant()
    with psycopg.connect(_url()) as reader:
        reader.execute("SELECT 1")
        log.happen(tenant)
        assert sequencer.sequence() == 1


def test_a_second_sequencer_returns_at_once():
    log.happen(log.tenant())
    with psycopg.connect(_url()) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [sequencer._LOCK])
        assert sequencer.sequence() == 0
    assert sequencer.sequence() == 1


def test_two_sequencers_and_many_writers_leave_no_gap_and_no_doubles():
    tenant = log.tenant()
    stop = threading.Event()
    failures = []

    def work(step):
        try:
            while not stop.is_set():
                step()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    sequencers = [threading.Thread(target=work, args=[lambda: sequencer.sequence(batch=7)]) for _ in range(2)]
    for thread in sequencers:
        thread.start()

    def write():
        try:
            for _ in range(10):
                log.happen(tenant, 3)
        finally:
            connection.close()

    writers = [threading.Thread(target=write) for _ in range(3)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in sequencers:
        thread.join()
    sequencer.sequence()
    assert failures == []
    with staff_transaction():
        assert list(Leaf.objects.values_list("index", flat=True)) == list(range(90))
        assert set(log.order()) == set(Event.objects.values_list("pk", flat=True))
        numbers = ScopeLeaf.objects.filter(scope=f"tenant:{tenant.pk}").order_by("leaf_id")
        assert list(numbers.values_list("number", flat=True)) == list(range(1, 91))


def test_each_scope_counts_its_own_events_and_each_leaf_names_the_one_before():
    one, two = log.tenant("One", "SG"), log.tenant("Two", "MY")
    log.happen(one)
    log.happen(two)
    log.happen(one)
    sequencer.sequence()
    with staff_transaction():
        leaves = list(Leaf.objects.all())
        last = {scope["name"]: scope for scope in decode_leaf(bytes(leaves[2].data))["scopes"]}
        head = ScopeHead.objects.get(scope=f"tenant:{one.pk}")
    assert {name: scope["number"] for name, scope in last.items()} == {
        "all": 3,
        "jurisdiction:SG": 2,
        f"tenant:{one.pk}": 2,
    }
    assert last["all"]["previous"] == bytes(leaves[1].hash).hex()
    assert last[f"tenant:{one.pk}"]["previous"] == bytes(leaves[0].hash).hex()
    assert (head.number, bytes(head.digest)) == (2, bytes(leaves[2].hash))


def test_a_checkpoint_signs_tree_and_scopes_and_proofs_verify_against_it():
    tenant = log.tenant()
    log.happen(tenant, 5)
    sequencer.sequence()
    first = sequencer.checkpoint()
    log.happen(tenant, 6)
    sequencer.sequence(batch=4)
    row = sequencer.checkpoint()
    signed, _ = read_checkpoint(row.note.encode(), [verifier_key()])
    assert (signed.size, signed.scope_count) == (11, 3)
    with staff_transaction():
        nodes = LogNodes()
        for leaf in Leaf.objects.all():
            path = nodes.gather(lambda read, i=leaf.index: merkle.inclusion_proof(i, 11, read))
            merkle.verify_inclusion(bytes(leaf.hash), leaf.index, 11, path, signed.root)
        grown = nodes.gather(lambda read: merkle.consistency_proof(5, 11, read))
        merkle.verify_consistency(5, bytes(first.root), 11, signed.root, grown)
        for head in ScopeHead.objects.all():
            proof = prove_head(head.scope, ScopeMap([head.scope]).read)
            verify_head(Head(head.scope, head.number, bytes(head.digest).hex()), proof, signed.scope_root)


def test_a_tree_that_did_not_grow_is_not_signed_again():
    assert sequencer.checkpoint() is None
    log.happen(log.tenant())
    sequencer.sequence()
    assert sequencer.checkpoint() == sequencer.checkpoint()


def test_a_restored_log_whose_transactions_begin_anew_loses_no_event(as_superuser):
    tenant = log.tenant()
    old = log.happen(tenant, 2)
    sequencer.sequence(limit=1)
    with log.tampering(as_superuser()) as link:  # as if the old cluster had counted far ahead of this one
        link.execute("UPDATE audit_event SET xid = (xid::text::bigint + 1000000)::text::xid8")
    new = log.happen(tenant, 2)
    assert sequencer.sequence(batch=1) == 3
    newer = log.happen(tenant)
    assert sequencer.sequence() == 1
    assert log.order() == [e.pk for e in [old[0], *new, old[1], *newer]]


@pytest.mark.parametrize(
    "value", [1e25, -0.0, 1.0, 5e-324, 1.5e-7, 1e16, 123456789012345678901, 0.1, [1e300], {"a": (1, None)}]
)
def test_a_value_is_checked_as_the_database_gives_it_back(value):
    with staff_transaction():
        event = record(Verb.LIST_IMPORTED, [], by=SYSTEM, payload={"value": value})
        stored = Event.objects.get(pk=event.pk).payload
    assert json.dumps(as_stored({"value": value})) == json.dumps(stored) == json.dumps(event.payload)
    assert sequencer.sequence() == 1


@pytest.mark.parametrize(
    "payload", [{"x": float("nan")}, {"x": "\ud800"}, {1: "x"}, {"x": object()}, {"x": "y" * 1024**2}]
)
def test_what_cannot_be_a_leaf_is_refused_when_it_is_recorded(payload):
    with staff_transaction(), pytest.raises(InvalidLeaf):
        record(Verb.LIST_IMPORTED, [], by=SYSTEM, payload=payload)
    assert sequencer.sequence() == 0


_KILLED = """
import os, sys, django
django.setup()
from audit import sequencer
write = sequencer._write_heads
def stop_before_the_heads(heads):
    write(heads)
    if heads[0].number > 2:
        print("in the middle", flush=True)
        sys.stdin.read()
sequencer._write_heads = stop_before_the_heads
sequencer.sequence(batch=2)
"""


def test_a_sequencer_killed_in_a_batch_loses_nothing(test_services):
    events = log.happen(log.tenant(), 5)
    env = servers.environment(test_services, DJANGO_SETTINGS_MODULE="config.settings")
    child = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _KILLED],
        env=env,
        cwd=BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with child:
        assert child.stdout.readline() == b"in the middle\n"
        assert sequencer.sequence() == 0  # it still holds the lock
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    assert log.order() == [event.pk for event in events[:2]]
    assert until(sequencer.sequence) == 3
    assert log.order() == [event.pk for event in events]


def _url():
    from django.conf import settings

    found = settings.DATABASES["default"]
    return psycopg.conninfo.make_conninfo(
        "",
        dbname=found["NAME"],
        user=found["USER"],
        password=found["PASSWORD"],
        host=found["HOST"],
        port=found["PORT"],
    )
