"""`manage.py serve` as an operator runs it: one at a time, plain messages, and nothing left behind."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config import services
from config.ports import free_port
from config.services import BASE_DIR
from tests.processes import runs
from tests.waiting import until

pytestmark = pytest.mark.servers
PARTS = ("bin/postgres", "-server", "gunicorn", "celery --app config.celery worker", "config.celery beat")


def a_free_folder() -> Path:
    """An empty installation that keeps its static files from run to run."""
    for number in itertools.count():
        folder = BASE_DIR / ".local" / "test" / f"serve-{number}"
        with contextlib.suppress(services.AlreadyRuns), services.only_one("pytest", folder):
            services.wipe(folder)
            return folder
    raise AssertionError


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    folder = a_free_folder()
    without = {"DATABASE_URL", "LOCKGATE_OWNER_DATABASE_URL", "REDIS_URL", "LOCKGATE_BASE_URL"}
    kept = {name: value for name, value in os.environ.items() if name not in without}
    try:
        yield {**kept, "LOCKGATE_LOCAL_DIR": str(folder), "PYTHONWARNINGS": "default"}
    finally:
        services.wipe(folder)


@contextlib.contextmanager
def serve(environment: dict[str, str], port: int) -> Iterator[subprocess.Popen[str]]:
    """`manage.py serve` on this port; it does not outlive the block, however that ends."""
    with subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port", str(port), "--workers", "1"],
        cwd=BASE_DIR,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def first_line(running: subprocess.Popen[str]) -> str:
    assert running.stdout is not None and running.stderr is not None
    line = running.stdout.readline()
    assert line, running.stderr.read()
    return line.strip()


def answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=30).close()
    except urllib.error.HTTPError:
        return True
    return True


def whole_family(pid: int) -> list[psutil.Process]:
    """The processes below this one, once every part of an installation is among them."""
    found = {}
    for member in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            found[member] = " ".join(member.cmdline())  # nothing, for a moment, of one that starts
    missing = [part for part in PARTS if not any(part in command for command in found.values())]
    return [] if missing else list(found)


def test_serve_runs_everything_once_and_leaves_nothing(environment: dict[str, str]) -> None:
    port = free_port()
    with serve(environment, port) as running:
        assert first_line(running) == f"Lockgate answers on http://127.0.0.1:{port}"
        assert answers(port)
        family = until(lambda: whole_family(running.pid))

        with serve(environment, free_port()) as second:
            _, told = second.communicate(timeout=150)
        assert second.returncode == 2
        assert f"serve is already running here, process {running.pid}" in told

        running.terminate()
        assert running.wait(150) == 0
    until(lambda: not any(map(runs, family)))  # the kernel takes a moment


def test_a_port_in_use_is_named(environment: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with serve(environment, port) as refused:
            _, told = refused.communicate(timeout=150)
    assert refused.returncode == 2
    assert f"port {port} is in use" in told


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's signal to orphans is Linux's")
def test_a_killed_serve_leaves_nothing_and_the_next_one_starts(environment: dict[str, str]) -> None:
    with serve(environment, free_port()) as killed:
        first_line(killed)
        family = until(lambda: whole_family(killed.pid))
        killed.kill()
    until(lambda: not any(map(runs, family)))
    with serve(environment, free_port()) as again:
        assert first_line(again).startswith("Lockgate answers")
        again.terminate()
        assert again.wait(150) == 0
