"""A cluster for the fault tests alone: they kill its servers and empty its broker."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import redis
from django.db import connections

from config import processes
from config.services import Services
from config.supervisor import Child, Supervisor
from tests import servers
from tests.conftest import migrated_template, point
from tests.servers import Cluster
from tests.waiting import until

DATABASE = "faults_lockgate"


@dataclass(frozen=True)
class Place:
    """A database and a broker that a test may break, and the processes that work on them."""

    cluster: Cluster
    services: Services
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return servers.environment(self.services)

    def superuser(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.cluster.superuser(DATABASE), autocommit=True)

    def broker(self) -> redis.Redis:
        return redis.Redis.from_url(self.services.redis_url)

    def running(self, *, workers: int = 1, beat: bool = False) -> Supervisor:
        """Workers `worker-1` … of one process each, and beat, which sweeps; none is started again."""
        children: list[Child] = []
        for n in range(1, workers + 1):
            log = self.folder / f"worker-{n}.log"
            child = servers.celery_worker(log, self.environment, concurrency=1)
            children.append(replace(child, name=f"worker-{n}"))
        if beat:
            remembers = self.folder / f"beat-{os.urandom(4).hex()}"
            children.append(
                processes.beat(log=self.folder / "beat.log", env=self.environment, schedule=remembers)
            )
        return Supervisor(children, restart=False)

    def crash_postgres(self) -> None:
        """End the server as a power cut would; its supervisor starts it again, and it recovers.

        Servers of tests keep their newest commits in memory only: these are on the disk first.
        """
        with self.superuser() as link:
            link.execute("CHECKPOINT")
        note = self.cluster.local / "run" / "servers.json"
        names = {pid: psutil.Process(pid).name() for pid, *_ in json.loads(note.read_text())}
        (postmaster,) = [pid for pid, name in names.items() if "postgres" in name]
        process = psutil.Process(postmaster)
        process.send_signal(signal.SIGQUIT)
        _, lives = psutil.wait_procs([process], timeout=60)
        assert not lives

    def answers(self) -> bool:
        try:
            with psycopg.connect(self.services.database_url, connect_timeout=3) as link:
                return link.execute("SELECT 1").fetchone() == (1,)
        except psycopg.OperationalError:
            return False


def kill(running: Supervisor, name: str) -> None:
    """SIGKILL a worker with every process that it made."""
    pid = running.pid(name)
    assert pid is not None
    os.killpg(pid, signal.SIGKILL)
    until(lambda: running.pid(name) is None)


@pytest.fixture(scope="package")
def _own_cluster(test_services: Services, django_db_blocker: Any) -> Iterator[tuple[Cluster, str]]:
    with servers.cluster() as cluster:
        with django_db_blocker.unblock():
            try:
                template = migrated_template(cluster)
            finally:
                point(test_services)
        yield cluster, template
        cluster.drop(DATABASE)


@pytest.fixture
def place(
    _own_cluster: tuple[Cluster, str], test_services: Services, tmp_path: Path, django_db_blocker: Any
) -> Iterator[Place]:
    """An empty database of this test, on which this process works too."""
    cluster, template = _own_cluster
    found = Place(cluster, cluster.copy(template, DATABASE), tmp_path)
    with found.broker() as broker:
        broker.flushall()
    with django_db_blocker.unblock():
        point(found.services)
        try:
            yield found
        finally:
            connections.close_all()
            point(test_services)


@pytest.fixture
def soak(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--soak"))
