"""The agent: starts a job when its grant verifies, and stops it when the grant no longer does."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from enforcement.client import Allowed, Client, Want
from enforcement.verdict import Reason, Refused

_PR_SET_PDEATHSIG = 1


class Happening(StrEnum):
    """What an agent reports, in the order in which it can happen."""

    REFUSED = "refused"
    STARTED = "started"
    STATUS_STALE = "status_stale"
    STOPPING = "stopping"
    KILLING = "killing"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class AgentEvent:
    """`at` in Unix seconds; `detail` holds plain values only, never the token."""

    happening: Happening
    at: float
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ended:
    """How it went. `refused` is why the job was not started or was stopped; None: it ended by itself.

    `exit_code` is the job's (negative: the signal that ended it), None where it was never started.
    """

    exit_code: int | None
    refused: Refused | None = None


class Agent:
    """Runs one command at a time in a process group of its own, so that its children stop with it."""

    def __init__(
        self,
        client: Client,
        *,
        report: Callable[[AgentEvent], None],
        poll: float = 2.0,
        grace: float = 5.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`poll`: seconds between checks of a running job; `grace`: seconds from SIGTERM to SIGKILL."""
        if poll <= 0 or grace < 0:
            raise ValueError("poll is positive, grace not negative")
        self._client, self._report, self._clock = client, report, clock
        self._poll, self._grace = poll, grace

    def run(
        self,
        token: Callable[[], str],
        command: Sequence[str],
        want: Want | None = None,
        *,
        env: Mapping[str, str] | None = None,
    ) -> Ended:
        """Start `command` if the grant allows it and watch it to its end.

        `token` is called before every check, so that a renewed grant is taken up. Whatever ends this
        call, an exception included, ends the job first. Raises OSError when the command cannot start.
        """
        verdict = self._client.check(token(), want, renew_status=True)
        if isinstance(verdict, Refused):
            self._say(Happening.REFUSED, reason=verdict.reason.value, text=verdict.text)
            return Ended(None, verdict)
        job = subprocess.Popen(  # noqa: S603 - running the given command is the purpose
            list(command), env=env, start_new_session=True, preexec_fn=_die_with_parent
        )
        try:
            started_at = self._clock()
            self._say(Happening.STARTED, pid=job.pid, grant=verdict.claims.grant_id)
            refused = self._watch(job, started_at, token, want, verdict)
        finally:
            self._stop(job)
        self._say(Happening.ENDED, exit_code=job.returncode)
        return Ended(job.returncode, refused)

    def _watch(
        self,
        job: subprocess.Popen[bytes],
        started_at: float,
        token: Callable[[], str],
        want: Want | None,
        verdict: Allowed,
    ) -> Refused | None:
        warned: str | None = None
        while not _has_ended(job, self._until_next_check(verdict, started_at)):
            checked = self._client.check(token(), want, renew_status=True)
            if isinstance(checked, Allowed):
                checked = self._overrun(verdict, checked, started_at) or checked
            if isinstance(checked, Refused):
                self._say(Happening.STOPPING, reason=checked.reason.value, text=checked.text)
                return checked
            verdict = checked
            if checked.warning is not None and checked.warning != warned:
                self._say(Happening.STATUS_STALE, text=checked.warning)
            warned = checked.warning
        return None

    def _until_next_check(self, verdict: Allowed, started_at: float) -> float:
        """Seconds: the poll interval, or less where the grant or the job's time ends within it."""
        claims = verdict.claims
        end = min(claims.expires_at + self._client.leeway, started_at + claims.max_hours * 3600)
        return max(0.0, min(self._poll, end - self._clock()))

    def _overrun(self, before: Allowed, now: Allowed, started_at: float) -> Refused | None:
        """What the job itself may not do: outlast the grant's hours, go on under another's grant."""
        if (now.claims.tenant, now.claims.project) != (before.claims.tenant, before.claims.project):
            return Refused(Reason.OTHER_TENANT, "The renewed grant is another tenant's or project's.")
        return Want(hours=(self._clock() - started_at) / 3600).refusal(now.claims)

    def _stop(self, job: subprocess.Popen[bytes]) -> None:
        """SIGTERM to the group, SIGKILL to what is left of it after the grace."""
        if job.poll() is None:
            _signal(job, signal.SIGTERM)
            if not _has_ended(job, self._grace):
                self._say(Happening.KILLING, pid=job.pid)
        _signal(job, signal.SIGKILL)
        job.wait()

    def _say(self, happening: Happening, **detail: Any) -> None:
        self._report(AgentEvent(happening, self._clock(), detail))


def _has_ended(job: subprocess.Popen[bytes], within: float) -> bool:
    try:
        job.wait(timeout=within)
    except subprocess.TimeoutExpired:
        return False
    return True


def _signal(job: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(job.pid, number)


_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _die_with_parent() -> None:
    """In the child, before its program: an agent that is killed outright takes the job with it (Linux)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
