from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from config.services import BASE_DIR
from config.supervisor import Child, StartFailed, Supervisor, end_leftovers, open_log, tail
from tests.processes import runs
from tests.waiting import until

SLEEPER = "import time; time.sleep(600)"


def a_child(folder: Path, code: str = SLEEPER, *, name: str = "child", **more: object) -> Child:
    return Child(name=name, argv=[sys.executable, "-c", code], log=folder / f"{name}.log", **more)  # type: ignore[arg-type]


def test_children_start_side_by_side_and_all_are_ready(tmp_path: Path) -> None:
    """Each is ready once the other has begun: one after the other, the first would wait for ever."""
    begun = {name: tmp_path / name for name in ("first", "second")}
    children = [
        a_child(tmp_path, f"open({str(begun[name])!r}, 'w'); {SLEEPER}", name=name, ready=begun[other].exists)
        for name, other in (("first", "second"), ("second", "first"))
    ]
    with Supervisor(children) as running:
        pids = [running.pid(name) for name in begun]
        assert all(path.exists() for path in begun.values())
    assert not any(runs(pid) for pid in pids if pid is not None)


def test_a_child_that_cannot_start_says_why_and_leaves_none_running(tmp_path: Path) -> None:
    good = a_child(tmp_path, name="good")
    bad = a_child(tmp_path, "raise SystemExit('no such disk')", name="bad", ready=lambda: False)
    supervisor = Supervisor([good, bad], pids=tmp_path / "pids")
    with pytest.raises(StartFailed, match=r"bad ended with status 1\n.*no such disk"):
        supervisor.start()
    assert supervisor.pid("good") is None
    assert not (tmp_path / "pids").exists()


def test_a_program_that_does_not_exist_is_named(tmp_path: Path) -> None:
    absent = Child("absent", ["/nowhere/at-all"], tmp_path / "log", ready=lambda: False)
    with pytest.raises(StartFailed, match="/nowhere/at-all: No such file"):
        Supervisor([absent]).start()


def test_a_child_that_never_answers_is_given_up(tmp_path: Path) -> None:
    mute = a_child(tmp_path, ready=lambda: False, ready_within=0.2)
    with pytest.raises(StartFailed, match="did not answer within"):
        Supervisor([mute]).start()


def test_a_crashed_child_is_started_again(tmp_path: Path) -> None:
    told: list[str] = []
    with Supervisor([a_child(tmp_path)], back_off=(0.05, 1), tell=told.append) as running:
        first = running.pid("child")
        assert first is not None
        os.kill(first, signal.SIGKILL)
        second = until(lambda: running.pid("child") not in (None, first) and running.pid("child"))
        assert running.restarts("child") == 1
        assert runs(second)
    assert "child ended with status -9; starting it again in 0.05 s" in told[0]


def test_a_child_that_ignores_the_signal_is_killed_with_its_own_children(tmp_path: Path) -> None:
    stubborn = """
        import os, signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if os.fork():
            print(os.getpid(), flush=True)
        time.sleep(600)
    """
    log = tmp_path / "child.log"
    child = a_child(tmp_path, textwrap.dedent(stubborn), grace=0.2, ready=lambda: bool(log.read_text()))
    with Supervisor([child]) as running:
        leader = psutil.Process(running.pid("child"))
        family = until(lambda: leader.children())
    assert not runs(leader)
    until(lambda: not any(map(runs, family)))


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's signal to orphans is Linux's")
def test_a_killed_supervisor_leaves_no_child(tmp_path: Path) -> None:
    script = f"""
        from pathlib import Path
        from config.supervisor import Child, Supervisor
        import sys, time
        argv = [sys.executable, "-c", {SLEEPER!r}]
        with Supervisor([Child("a", argv, Path("a")), Child("b", argv, Path("b"))]) as running:
            print(running.pid("a"), running.pid("b"), flush=True)
            time.sleep(600)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(BASE_DIR)},
        stdout=subprocess.PIPE,
        text=True,
    ) as killed:
        assert killed.stdout is not None
        pids = [int(pid) for pid in killed.stdout.readline().split()]
        assert len(pids) == 2
        killed.kill()
    until(lambda: not any(map(runs, pids)))


def test_leftovers_of_a_killed_run_are_ended_before_the_next(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEPER], start_new_session=True) as left:
        born = psutil.Process(left.pid).create_time()
        (tmp_path / "pids").write_text(json.dumps([[left.pid, born, int(signal.SIGTERM)]]))
        end_leftovers(tmp_path / "pids")
        assert not runs(left.pid)
    assert not (tmp_path / "pids").exists()


def test_a_reused_process_id_is_not_a_leftover(tmp_path: Path) -> None:
    born = psutil.Process().create_time() - 3600
    (tmp_path / "pids").write_text(json.dumps([[os.getpid(), born, int(signal.SIGKILL)]]))
    end_leftovers(tmp_path / "pids")
    assert not (tmp_path / "pids").exists()


def test_a_log_that_grew_too_long_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.supervisor._LOG_LIMIT", 10)
    path = tmp_path / "log" / "web.log"
    for line in (b"one line of text\n", b"another\n"):
        with open_log(path) as log:
            log.write(line)
    assert path.read_text() == "another\n"
    assert path.with_name("web.log.1").read_text() == "one line of text\n"
    assert tail(path) == "another"
