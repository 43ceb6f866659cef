"""Workers that are killed, that meet each other, and whose broker forgets: nothing is lost or doubled."""

from __future__ import annotations

import random
import time

import pytest

from audit import sequencer
from audit.selfcheck import verify_live
from core.scope import staff_transaction
from kyc.models import Alert, RescreenItem
from kyc.screening import rescreening
from tests.faults import crowd
from tests.faults.conftest import Place, kill
from tests.faults.gate import Gate
from tests.waiting import until

#: People, and so entries of the new version: two whole batches and a part.
MANY = 2 * rescreening.BATCH + 20


def listed(place: Place, people: range, name: str = "list.json") -> None:
    crowd.import_list(crowd.write_list(place.folder / name, people))


def done() -> int:
    with staff_transaction():
        return RescreenItem.objects.filter(done_at__isnull=False).count()


def waiting() -> int:
    with staff_transaction():
        return RescreenItem.objects.filter(done_at__isnull=True).count()


def doers() -> set[str]:
    with staff_transaction():
        return set(RescreenItem.objects.values_list("claimed_by", flat=True))


def finished(within: float = 180) -> None:
    until(lambda: crowd.count("list.imported") and done() and crowd.open_work() == 0, within=within)


def test_a_worker_killed_in_the_middle_of_re_screening_loses_and_doubles_nothing(place: Place) -> None:
    """Guards: a batch's claim, alerts, events and marks are one transaction, and beat looks for what is
    open. The unacknowledged message would come back after a minute; it is taken away, so that rows must do.
    """
    crowd.enter(MANY)
    with Gate(place, after=rescreening.BATCH + 15) as gate, place.running() as running:
        listed(place, range(MANY))
        gate.wait_for(1)
        kill(running, "worker-1")
        with place.broker() as broker:
            broker.flushall()
        gate.open()  # the server finds its client gone, and takes the batch back
        with staff_transaction():
            assert (done(), Alert.objects.count()) == (rescreening.BATCH, rescreening.BATCH)
            assert RescreenItem.objects.filter(done_at__isnull=True, attempts=0, claimed_by="").count() == 70
        first = doers()
    with place.running(beat=True):
        finished()
    crowd.assert_done_once(items=MANY, listed=MANY)
    assert len(doers() - first) == 1


def test_two_workers_at_once_share_the_work_and_double_nothing(place: Place) -> None:
    """Guard: items are claimed FOR UPDATE SKIP LOCKED. Both hold a batch when the gate opens."""
    crowd.enter(MANY)
    with Gate(place, after=0) as gate, place.running(workers=2):
        listed(place, range(MANY))
        until(waiting)
        rescreening.wake()
        gate.wait_for(2)
        gate.open()
        finished()
    crowd.assert_done_once(items=MANY, listed=MANY)
    assert len(doers()) == 2


def test_a_broker_that_forgets_everything_delays_and_loses_nothing(place: Place) -> None:
    """Guards: delivery rows and items are the truth; beat looks for both. The second version's message is
    in the queue of a busy worker when the broker is emptied, so nobody is ever told of it."""
    crowd.enter(MANY)
    half = MANY // 2
    with Gate(place, after=15) as gate, place.running(beat=True):
        listed(place, range(half))
        gate.wait_for(1)
        listed(place, range(MANY), "second.json")
        with place.broker() as broker:
            broker.flushall()
        gate.open()
        finished()
    crowd.assert_done_once(items=MANY, listed=MANY)


def test_workers_killed_again_and_again_at_any_moment(place: Place, soak: bool) -> None:
    """The same guards, at moments that nobody chose; the seed is printed."""
    if not soak:
        pytest.skip("the long form: --soak")
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    many = 3000
    crowd.enter(many)
    with place.running(beat=True):
        for _ in range(3):
            with place.running(workers=2) as running:
                listed(place, range(many))
                deadline = time.monotonic() + chance.uniform(2, 20)
                while time.monotonic() < deadline and crowd.open_work():
                    time.sleep(0.05)
                kill(running, "worker-1")
                if chance.random() < 0.5:
                    with place.broker() as broker:
                        broker.flushall()
                kill(running, "worker-2")
        finished(within=600)
    # So long a list brings weights of its own: everybody is screened whole, the tenant itself too.
    crowd.assert_done_once(items=many + 1, listed=many)
    while sequencer.sequence():
        pass
    assert verify_live().fault is None
