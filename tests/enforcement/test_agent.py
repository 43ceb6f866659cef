"""The agent starts real processes when a grant stands and stops them when it no longer does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from enforcement.agent import Agent, AgentEvent, Ended, Happening
from enforcement.client import Want
from enforcement.verdict import Reason
from tests.enforcement.builders import Platform, a_grant
from tests.processes import runs
from tests.waiting import until

# A job that is not stopped must fail its test soon, not at the suite's limit.
pytestmark = pytest.mark.timeout(120)

FOREVER = [sys.executable, "-c", "import signal; signal.pause()"]


class Witness:
    """Hears the agent's events, and acts when the job has started."""

    def __init__(self, on_start: Callable[[], None] = lambda: None) -> None:
        self.events: list[AgentEvent] = []
        self._on_start = on_start

    def __call__(self, event: AgentEvent) -> None:
        self.events.append(event)
        if event.happening is Happening.STARTED:
            self._on_start()

    @property
    def story(self) -> list[str]:
        return [event.happening.value for event in self.events]

    @property
    def pid(self) -> int:
        return int(next(e.detail["pid"] for e in self.events if e.happening is Happening.STARTED))


def run(
    platform: Platform,
    witness: Witness,
    command: list[str],
    *,
    token: Callable[[], str] = a_grant,
    want: Want | None = None,
    grace: float = 20,
    max_silence: float = 300,
) -> Ended:
    client = platform.client(max_silence=max_silence)
    agent = Agent(client, report=witness, poll=0.02, grace=grace, clock=platform.clock)
    return agent.run(token, command, want)


def test_a_job_runs_to_its_own_end_and_its_exit_code_is_told() -> None:
    witness = Witness()
    ended = run(Platform(), witness, [sys.executable, "-c", "raise SystemExit(7)"])
    assert ended == Ended(7)
    assert witness.story == ["started", "ended"]


def test_nothing_is_started_without_a_grant_that_covers_it(tmp_path: Path) -> None:
    witness, trace = Witness(), tmp_path / "ran"
    ended = run(Platform(), witness, ["touch", str(trace)], want=Want(count=385))
    assert ended.exit_code is None
    assert ended.refused is not None
    assert ended.refused.reason is Reason.TOO_MANY
    assert witness.story == ["refused"]
    assert not trace.exists()


def test_a_revoked_grant_stops_the_running_job() -> None:
    platform = Platform()

    def revoke() -> None:
        platform.now += 1
        platform.revoked.add(5)

    witness = Witness(revoke)
    ended = run(platform, witness, FOREVER)
    assert ended.refused is not None
    assert ended.refused.reason is Reason.REVOKED
    assert ended.exit_code == -signal.SIGTERM
    assert witness.story == ["started", "stopping", "ended"]
    assert not runs(witness.pid)


def test_an_expired_grant_stops_the_running_job() -> None:
    platform = Platform()

    def let_time_pass() -> None:
        platform.now += 8 * 3600 + 30

    ended = run(platform, Witness(let_time_pass), FOREVER)
    assert ended.refused is not None
    assert ended.refused.reason is Reason.EXPIRED


def test_a_renewed_grant_keeps_the_job_until_its_hours_are_over() -> None:
    platform, tokens = Platform(), [a_grant(max_hours=10)]

    def renew() -> None:
        platform.now += 9 * 3600
        at = int(platform.now)
        tokens.append(
            a_grant(max_hours=10, issued_at=at, not_before=at, expires_at=at + 3600, token_id="next")
        )

    checks = 0

    def token() -> str:
        nonlocal checks
        checks += 1
        if checks == 4:  # the renewed grant has passed twice
            platform.now += 3600 - 1
        elif checks == 5:
            platform.now += 2
        return tokens[-1]

    ended = run(platform, Witness(renew), FOREVER, token=token)
    assert checks == 5
    assert ended.refused is not None
    assert ended.refused.reason is Reason.TOO_LONG_A_JOB


def test_a_job_does_not_go_on_under_another_tenants_grant() -> None:
    platform, tokens = Platform(), [a_grant()]
    witness = Witness(lambda: tokens.append(a_grant(tenant="t-72")))
    ended = run(platform, witness, FOREVER, token=lambda: tokens[-1])
    assert ended.refused is not None
    assert ended.refused.reason is Reason.OTHER_TENANT


def test_silence_of_the_platform_is_reported_then_stops_the_job() -> None:
    platform, checks = Platform(), 0

    def fall_silent() -> None:
        platform.is_up = False

    def token() -> str:
        nonlocal checks
        checks += 1
        if checks > 3:
            platform.now += 31
        return a_grant()

    witness = Witness(fall_silent)
    ended = run(platform, witness, FOREVER, token=token, max_silence=30)
    assert ended.refused is not None
    assert ended.refused.reason is Reason.STATUS_UNAVAILABLE
    assert witness.story == ["started", "status_stale", "stopping", "ended"]


def test_a_job_that_ignores_the_polite_signal_is_killed_with_its_children(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    script = f'trap "" TERM; sleep 600 & echo $! > "{ready}"; while :; do wait; done'
    platform, child = Platform(), 0

    def revoke() -> None:
        nonlocal child
        child = int(ready.read_text())  # waits until the trap is set
        platform.now += 1
        platform.revoked.add(5)

    witness = Witness(revoke)
    ended = run(platform, witness, ["sh", "-c", script], grace=0.05)
    assert ended.exit_code == -signal.SIGKILL
    assert witness.story == ["started", "stopping", "killing", "ended"]
    until(lambda: not runs(child))  # the kernel takes a moment to end what was killed


def test_what_breaks_the_agent_ends_the_job_first() -> None:
    def break_down() -> None:
        raise RuntimeError("the report could not be sent")

    witness = Witness(break_down)
    with pytest.raises(RuntimeError):
        run(Platform(), witness, FOREVER)
    assert not runs(witness.pid)


def test_a_command_that_does_not_exist_is_the_callers_error() -> None:
    with pytest.raises(OSError):
        run(Platform(), Witness(), ["/does/not/exist"])


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_an_agent_that_is_killed_outright_takes_the_job_with_it(tmp_path: Path) -> None:
    (tmp_path / "jwks.json").write_text(Platform().jwks())
    live = _live_platform()
    (tmp_path / "status.jwt").write_text(live.status_list())
    (tmp_path / "grant.jwt").write_text(_live_grant(live))
    agent = subprocess.Popen(
        [
            *(sys.executable, "-m", "enforcement.cli", "agent", "--cluster", "oslo-1"),
            *("--jwks", str(tmp_path / "jwks.json"), "--status", str(tmp_path / "status.jwt")),
            *("--token", str(tmp_path / "grant.jwt"), "--poll", "30", "--", *FOREVER),
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert agent.stderr is not None
    with agent, agent.stderr:
        job = json.loads(agent.stderr.readline())["pid"]
        assert runs(job)
        agent.kill()
    until(lambda: not runs(job))


def test_an_agent_that_is_asked_to_leave_stops_the_job(tmp_path: Path) -> None:
    live = _live_platform()
    (tmp_path / "jwks.json").write_text(live.jwks())
    (tmp_path / "status.jwt").write_text(live.status_list())
    (tmp_path / "grant.jwt").write_text(_live_grant(live))
    agent = subprocess.Popen(
        [
            *(sys.executable, "-m", "enforcement.cli", "agent", "--cluster", "oslo-1"),
            *("--jwks", str(tmp_path / "jwks.json"), "--status", str(tmp_path / "status.jwt")),
            *("--token", str(tmp_path / "grant.jwt"), "--poll", "30", "--", *FOREVER),
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert agent.stderr is not None
    with agent, agent.stderr:
        job = json.loads(agent.stderr.readline())["pid"]
        agent.terminate()
        assert agent.wait(timeout=90) == 128 + signal.SIGTERM
    assert not runs(job)


def _live_platform() -> Platform:
    platform = Platform()
    platform.now = int(time.time())
    return platform


def _live_grant(platform: Platform) -> str:
    at = int(platform.now)
    return a_grant(issued_at=at, not_before=at, expires_at=at + 3600)
