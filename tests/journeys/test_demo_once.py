"""The demonstration from nothing, as somebody at a terminal runs it: `manage.py demo --once`."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from config.ports import free_port
from config.services import BASE_DIR
from console.demo import story
from tests.processes import runs
from tests.waiting import until

pytestmark = pytest.mark.servers
#: The steps of the story, in the order of `console.demo.play`.
STEPS = 20


@dataclass
class Watched:
    """One run: what it printed, and every process that it ever had, by what it is."""

    code: int = -1
    out: str = ""
    seen: dict[psutil.Process, str] = field(default_factory=dict)

    def pids(self, word: str) -> set[int]:
        return {process.pid for process, command in self.seen.items() if word in command}


def run_once(local: Path) -> Watched:
    """Run the demonstration in a folder of its own and look at its processes while it runs."""
    port = free_port()
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "REDIS_URL", "LOCKGATE_OWNER_DATABASE_URL")
        and not name.startswith("PYTEST")
    }
    watched = Watched()
    out = local.with_suffix(".out")
    with out.open("w") as sink:
        demo = subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--once", "--port", str(port)],
            cwd=BASE_DIR,
            env={**env, "LOCKGATE_LOCAL_DIR": str(local)},
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
        root = psutil.Process(demo.pid)
        try:
            while demo.poll() is None:
                with contextlib.suppress(psutil.Error):
                    for process in root.children(recursive=True):
                        if process not in watched.seen:
                            watched.seen[process] = " ".join(process.cmdline())
                time.sleep(0.2)
        finally:
            if demo.poll() is None:
                demo.terminate()
                demo.wait(timeout=60)
    watched.code, watched.out = demo.returncode, out.read_text()
    return watched


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "local"


@pytest.fixture(scope="module")
def ended(local: Path) -> Watched:
    return run_once(local)


def test_every_step_is_seen_and_it_ends_well(ended: Watched) -> None:
    assert ended.code == 0, ended.out
    numbers = [int(number) for number in re.findall(r"^ok +(\d+)  ", ended.out, re.MULTILINE)]
    assert numbers == list(range(1, STEPS + 1)), ended.out
    assert f"{STEPS} of {STEPS} steps seen" in ended.out
    assert "FAILED" not in ended.out


def test_worker_and_web_are_processes_apart(ended: Watched) -> None:
    web, worker = ended.pids("gunicorn"), ended.pids(" worker ")
    assert web and worker
    assert web.isdisjoint(worker)


def test_no_process_is_left(ended: Watched) -> None:
    # psutil compares a process by its id and its start, so a reused id is another process.
    until(lambda: not any(map(runs, ended.seen)))  # the kernel takes a moment


def test_logs_hold_nobody(ended: Watched, local: Path) -> None:
    logs = {path.name: path.read_text(errors="replace") for path in (local / "log").iterdir()}
    assert {"web.log", "celery.log"} <= logs.keys()
    people = [person for tenant in story.tenants() for person in tenant.persons]
    personal = {word for one in people for word in (one.name, one.passport, *one.also)}
    assert len(personal) > 50
    found = {(name, word) for name, text in logs.items() for word in personal if word in text}
    assert found == set()
