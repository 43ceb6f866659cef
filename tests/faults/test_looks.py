"""Looks at a publisher that end in the middle: the next one begins again, and nothing is imported twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import Error, connections
from django.db.models import F

from audit.record import SYSTEM
from core.scope import staff_transaction
from kyc.lists import looking, store
from kyc.lists import service as lists
from kyc.models import ListLook, ListVersion
from tests.faults.conftest import Place, kill
from tests.publisher import Publisher, publishing, un
from tests.waiting import until


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Publisher]:
    with publishing() as server:
        settings.LOCKGATE_LISTS, settings.LOCKGATE_LIST_MIRROR = "un_sc", server.url
        monkeypatch.setenv("LOCKGATE_LISTS", "un_sc")
        monkeypatch.setenv("LOCKGATE_LIST_MIRROR", server.url)
        server.serve("un_sc", {"consolidated.xml": un(3)})
        yield server


def later() -> None:
    """The time after which a look that failed is begun again has passed."""
    with staff_transaction():
        ListLook.objects.update(began_at=F("began_at") - timedelta(minutes=6))


def versions() -> list[str]:
    with staff_transaction():
        return list(ListVersion.objects.order_by("number").values_list("state", flat=True))


def test_a_server_that_crashes_in_the_middle_of_a_look_keeps_the_version_before(
    place: Place, publisher: Publisher
) -> None:
    """Guards: the import is staged outside force; a look counts as failed until it ended well."""
    assert looking.look_at_due() == ["in_force"]
    publisher.serve("un_sc", {"consolidated.xml": un(2 * lists.BATCH, "2026-02-02")})

    def crash(stage: str, done: int) -> None:
        if (stage, done) == ("reading", lists.BATCH):
            place.crash_postgres()

    with pytest.raises(Error):
        looking.look("un_sc", by=SYSTEM, progress=crash)
    connections.close_all()
    until(place.answers)
    with staff_transaction():
        assert store.versions_in_force()["un_sc"].entities == 3
        assert ListLook.objects.get().failures == 1
    assert looking.look_at_due() == []  # not at once
    later()
    assert looking.look_at_due() == ["in_force"]
    assert versions() == ["history", "refused", "in_force"]


def test_a_worker_killed_in_the_middle_of_a_download_is_followed_by_another(
    place: Place, publisher: Publisher, soak: bool
) -> None:
    """Guard: the lock of who looks is the session's, and goes with the process that held it."""
    if not soak:
        pytest.skip("the long form: --soak")
    publisher.faults = ["hang"]
    with place.running(beat=True) as running:
        assert publisher.hangs.wait(60)
        kill(running, "worker-1")
        publisher.released.set()
    assert versions() == []
    later()
    with place.running(workers=2, beat=True):
        until(lambda: versions() == ["in_force"])
    with staff_transaction():
        assert (ListLook.objects.get().failures, ListLook.objects.get().stage) == (0, "")
