"""The queue of re-screening work: an item that fails keeps no other waiting, waits longer, and is told of."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from audit.models import Event
from core.scope import STAFF, acting_in
from kyc.models import RescreenItem
from kyc.screening import rescreening

pytestmark = pytest.mark.django_db


class Poison:
    """Stands in for the work: fails while one entry is among it, and notes what was tried together."""

    def __init__(self) -> None:
        self.error: BaseException | None = ValueError("nobody foresaw this")
        self.tried: list[list[str]] = []

    def __call__(self, items, now):
        self.tried.append([item.entity for item in items])
        if self.error and "e-3" in self.tried[-1]:
            raise self.error


@pytest.fixture
def poison(monkeypatch):
    found = Poison()
    monkeypatch.setattr(rescreening, "_rescreen", found)
    with acting_in(STAFF):
        write(range(7))
        yield found


def write(numbers):
    now = timezone.now()
    RescreenItem.objects.bulk_create(
        RescreenItem(cause="list", change="v1", entity=f"e-{n}", created_at=now) for n in numbers
    )


def left():
    return RescreenItem.objects.get(done_at__isnull=True)


def test_an_item_that_fails_keeps_no_other_open(poison):
    assert rescreening.work() == 6
    assert (left().entity, left().last_error) == ("e-3", "ValueError")
    done = RescreenItem.objects.filter(done_at__isnull=False)
    assert set(done.values_list("last_error", flat=True)) == {""}
    write(range(7, 70))
    assert rescreening.work() == 63  # what comes later does not meet it either
    assert sum("e-3" in together for together in poison.tried) == 2


def test_it_waits_twice_as_long_each_time_up_to_a_limit(poison):
    now = timezone.now()
    waits = []
    for _ in range(20):
        assert rescreening.work(now=now) in (0, 6)
        waits.append(left().next_at - now)
        tried = len(poison.tried)
        rescreening.work(now=left().next_at - timedelta(milliseconds=1))
        assert len(poison.tried) == tried  # not before its time
        now = left().next_at
    assert waits[:3] == [timedelta(seconds=20), timedelta(seconds=40), timedelta(seconds=80)]
    assert waits[-1] == waits[-2] == rescreening.LONGEST_WAIT


def test_staff_is_told_once_and_the_figures_say_so(poison):
    now = timezone.now()
    for _ in range(8):
        rescreening.work(now=now)
        now = left().next_at
    (event,) = Event.objects.filter(verb="rescreening.stuck")
    assert event.payload == {"cause": "list", "change": "v1", "error": "ValueError"}
    assert event.scopes == ["all"]  # the provider's own: no tenant hears of it
    assert list(rescreening.failing()) == [left()]


def test_what_failed_is_tried_at_once_when_somebody_says_so(poison):
    rescreening.work()
    poison.error = None
    assert rescreening.work() == 0
    out = StringIO()
    call_command("rescreen", "--failed", stdout=out)
    assert json.loads(out.getvalue()) == {"tried": 1, "open": 1}
    assert rescreening.work() == 1
    assert not rescreening.failing().exists()
    assert not RescreenItem.objects.exclude(last_error="", next_at=None).exists()


class Ended(BaseException):
    """Stands in for the end of a process: nothing after it runs, and the transaction is taken back."""


def test_an_item_that_its_worker_dies_of_is_found_out_and_waits(poison):
    poison.error = Ended()
    now = timezone.now()
    for _ in range(rescreening.SUSPECT_AFTER):
        with pytest.raises(Ended):
            rescreening.work(now=now)
    assert {len(together) for together in poison.tried} == {7}
    with pytest.raises(Ended):  # each alone; the worker meets it once more
        rescreening.work(now=now)
    assert rescreening.work(now=now) == 3
    waits = [left().next_at - now]
    assert rescreening.work(now=now) == 0
    for _ in range(4):
        now = left().next_at
        with pytest.raises(Ended):
            rescreening.work(now=now)
        waits.append(left().next_at - now)
    assert waits[:3] == [timedelta(seconds=10), timedelta(seconds=20), timedelta(seconds=40)]
    (event,) = Event.objects.filter(verb="rescreening.stuck")
    assert event.payload["error"] == "its worker ended"
    poison.error = None
    assert rescreening.work(now=left().next_at) == 1


def test_a_database_that_fails_is_no_fault_of_the_items(poison):
    poison.error = OperationalError("the server closed the connection")
    with pytest.raises(OperationalError):
        rescreening.work()
    assert set(RescreenItem.objects.values_list("attempts", "next_at")) == {(0, None)}
