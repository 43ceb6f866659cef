"""Children that are started together, restarted when they crash, and never left behind.

    with Supervisor([postgres, valkey]) as servers:
        …

Every child leads a process group of its own: Ctrl-C reaches the supervisor alone, which passes it on.
When the supervisor itself is killed, the kernel signals the children (Linux, see `launch.py`); what
survives anyway is found by its process id and start time, and ended before the next start.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

from core.files import write_whole

_LAUNCH = Path(__file__).with_name("launch.py")
_LOG_LIMIT = 20 * 1024**2
_POLL = 0.1
#: A child that lived this many seconds is healthy again: its back-off starts anew.
STEADY = 60.0


class StartFailed(Exception):
    """A child did not become ready. The message carries the last lines of its log."""


@dataclass(frozen=True)
class Child:
    """One program to keep running. Times are in seconds."""

    name: str
    argv: Sequence[str]
    log: Path
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    cwd: Path | None = None
    #: (uid, gid) to run as; None keeps the caller's.
    user: tuple[int, int] | None = None
    #: Asks for an orderly end.
    stop_signal: int = signal.SIGTERM
    #: What the kernel sends when the supervisor is killed: nobody will be there to insist.
    orphan_signal: int = signal.SIGTERM
    grace: float = 15.0
    ready: Callable[[], bool] | None = None
    ready_within: float = 180.0
    #: Called before every start, also before a restart (stale lock files).
    prepare: Callable[[], None] | None = None


@dataclass
class _Running:
    child: Child
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    restarts: int = 0
    wait_until: float = 0.0
    back_off: float = 0.0


class Supervisor:
    """Starts children side by side, so that it takes as long as the slowest; stops the last one first.

    One thread starts every child, because Linux ties a child's fate to the *thread* that made it.
    `pids` is a file that names the running children; leftovers of a killed run are read from it.
    `back_off`: seconds before a first restart, doubled at each one, and the most it grows to.
    """

    def __init__(
        self,
        children: Sequence[Child],
        *,
        pids: Path | None = None,
        restart: bool = True,
        back_off: tuple[float, float] = (0.5, 30.0),
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self._runs = [_Running(child, back_off=back_off[0]) for child in children]
        self._back_off = back_off
        self._pids = pids
        self._restart = restart
        self._tell = tell or (lambda line: None)
        self._stopping = threading.Event()
        self._started = threading.Event()
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Supervisor:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start all children and return when each is ready. Raises StartFailed; nothing stays then."""
        if self._pids is not None:
            end_leftovers(self._pids)
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)
        self._thread.start()
        try:
            self._started.wait()
        except BaseException:
            self.stop()
            raise
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def stop(self) -> None:
        """Ask every child to end, insist after its grace, and return when none is left."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def pid(self, name: str) -> int | None:
        """The process id of a running child, or None while it is down."""
        process = self._named(name).process
        return process.pid if process is not None and process.poll() is None else None

    def restarts(self, name: str) -> int:
        """How often the child was started again since `start`."""
        return self._named(name).restarts

    def _named(self, name: str) -> _Running:
        return next(run for run in self._runs if run.child.name == name)

    # Everything below runs in the supervisor's own thread.

    def _run(self) -> None:
        try:
            try:
                for run in self._runs:
                    self._spawn(run)
                for run in self._runs:
                    self._await_ready(run)
            except Exception as error:
                self._failure = error
                return
            finally:
                self._started.set()
            while not self._stopping.wait(_POLL):
                for run in self._runs:
                    self._look_after(run)
        finally:
            self._stop_all()

    def _spawn(self, run: _Running) -> None:
        child = run.child
        if child.prepare is not None:
            child.prepare()
        user = "-" if child.user is None else f"{child.user[0]}:{child.user[1]}"
        launch = [sys.executable, "-I", "-S", str(_LAUNCH), str(os.getpid())]
        with open_log(child.log) as log:
            run.process = subprocess.Popen(  # noqa: S603
                [*launch, str(int(child.orphan_signal)), user, *child.argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(child.env),
                cwd=child.cwd,
                start_new_session=True,
            )
        run.started = time.monotonic()
        self._write_pids()

    def _await_ready(self, run: _Running) -> None:
        child, process = run.child, run.process
        assert process is not None
        deadline = run.started + child.ready_within
        while not self._stopping.is_set():
            if process.poll() is not None:
                raise StartFailed(f"{child.name} ended with status {process.returncode}\n{tail(child.log)}")
            if child.ready is None or child.ready():
                return
            if time.monotonic() > deadline:
                seconds = f"{child.ready_within:.0f} s"
                raise StartFailed(f"{child.name} did not answer within {seconds}\n{tail(child.log)}")
            time.sleep(0.02)

    def _look_after(self, run: _Running) -> None:
        now = time.monotonic()
        if run.process is not None:
            status = run.process.poll()
            if status is None:
                return
            _signal_group(run.process, signal.SIGKILL)  # what a crashed leader left behind
            run.process = None
            if now - run.started > STEADY:
                run.back_off = self._back_off[0]
            run.wait_until = now + run.back_off
            again = f"starting it again in {run.back_off:g} s" if self._restart else "left down"
            self._tell(f"{run.child.name} ended with status {status}; {again}, see {run.child.log}")
            run.back_off = min(run.back_off * 2, self._back_off[1])
            self._write_pids()
        elif self._restart and now >= run.wait_until:
            run.restarts += 1
            try:
                self._spawn(run)
            except Exception as error:  # no disk, no memory: one child's trouble is not its neighbours'
                self._tell(f"{run.child.name} could not be started: {error}")
                run.wait_until = now + run.back_off

    def _stop_all(self) -> None:
        alive = [run for run in reversed(self._runs) if run.process is not None]
        for run in alive:
            assert run.process is not None
            with contextlib.suppress(ProcessLookupError):
                run.process.send_signal(run.child.stop_signal)
        asked = time.monotonic()
        for run in alive:
            assert run.process is not None
            try:
                run.process.wait(max(0.1, asked + run.child.grace - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._tell(f"{run.child.name} did not end within {run.child.grace:g} s and was killed")
            _signal_group(run.process, signal.SIGKILL)
            run.process.wait()
            run.process = None
        if self._pids is not None:
            self._pids.unlink(missing_ok=True)

    def _write_pids(self) -> None:
        if self._pids is None:
            return
        entries = []
        for run in self._runs:
            if run.process is not None:
                with contextlib.suppress(psutil.NoSuchProcess):
                    born = psutil.Process(run.process.pid).create_time()
                    entries.append([run.process.pid, born, int(run.child.orphan_signal)])
        write_whole(self._pids, json.dumps(entries).encode())


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def end_leftovers(pids: Path, *, patience: float = 20.0) -> None:
    """Wait for children of a killed supervisor to end; kill them after `patience` seconds."""
    try:
        entries = json.loads(pids.read_text())
    except (FileNotFoundError, ValueError):
        return
    left = []
    for pid, born, number in entries:
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            if abs(process.create_time() - born) < 1:  # not another program with a reused id
                process.send_signal(number)
                left.append(process)
    _, alive = psutil.wait_procs(left, timeout=patience)
    for process in alive:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=5)
    pids.unlink(missing_ok=True)


def open_log(path: Path) -> IO[bytes]:
    """Open a log for appending; one that passed the limit becomes `NAME.1` first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size > _LOG_LIMIT:
            path.replace(path.with_name(path.name + ".1"))
    return path.open("ab")


def tail(path: Path, lines: int = 12) -> str:
    """The last lines of a log, for a message."""
    try:
        text = path.read_bytes()[-8192:].decode(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
