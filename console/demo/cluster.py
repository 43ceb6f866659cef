"""A small cluster of the demonstration: the agent that ships to clusters, in a process of its own.

It verifies the grant with the published keys and the status list, starts a child process as the job, and
stops it when the grant is revoked. What it says is reported to the platform over the API, as a cluster would.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

JOB = "4471"


class Cluster:
    """Runs one job under one grant."""

    def __init__(self, *, name: str, base_url: str, folder: Path, api_token: str) -> None:
        self.name, self._base, self._folder, self._token = name, base_url, folder, api_token
        #: What the agent and the platform said, line by line, for when the job is not seen.
        self.said: list[str] = []
        self.pid: int | None = None
        self._process: subprocess.Popen[str] | None = None

    def start(self, *, grant: str, token: str, count: int, project: str) -> None:
        """Start the agent; it starts the job once the grant verifies."""
        file = self._folder / "grant.jwt"
        file.touch(mode=0o600)
        file.write_text(token)
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [
                *(sys.executable, "-m", "enforcement.cli", "agent", "--cluster", self.name),
                *("--token", str(file), "--jwks", f"{self._base}/.well-known/jwks.json"),
                *("--poll", "0.5", "--grace", "2", "--count", str(count), "--project", project),
                *("--", sys.executable, "-c", "import time; time.sleep(86400)"),
            ],
            cwd=settings.BASE_DIR,
            env={"PATH": os.environ.get("PATH", "")},
            stderr=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._follow, args=(grant, count), daemon=True).start()

    def job_runs(self) -> bool:
        """Whether the job's process is there, by the operating system's own account."""
        return self.pid is not None and _is_running(self.pid)

    def has_left(self) -> bool:
        """Whether the agent ended: it was refused, or its job is over."""
        return self._process is not None and self._process.poll() is not None

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(timeout=10)

    def _follow(self, grant: str, count: int) -> None:
        assert self._process is not None and self._process.stderr is not None
        for line in self._process.stderr:
            self.said.append(line.strip())
            try:
                event = json.loads(line)
            except ValueError:
                continue
            kind = event["event"]
            if kind == "started":
                self.pid = event["pid"]
                self._report(grant, "started", count, event["at"], "")
            elif kind == "ended" and self.pid is not None:
                self._report(grant, "stopped", count, event["at"], event.get("reason", ""))

    def _report(self, grant: str, kind: str, count: int, at: float, detail: str) -> None:
        body = {
            "grant": grant,
            "cluster": self.name,
            "job": JOB,
            "kind": kind,
            "accelerators": count,
            "at": datetime.fromtimestamp(at, UTC).isoformat(),
            "detail": detail,
        }
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{self._base}/api/v1/usage-records/",
            data=json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "application/json",
                "Idempotency-Key": str(uuid.uuid4()),
            },
        )
        # A platform that is slow for a moment loses no report; the key makes repeating harmless.
        for _ in range(3):
            try:
                with urllib.request.urlopen(request, timeout=10):  # noqa: S310
                    return
            except OSError as error:
                self.said.append(f"{kind} was not taken: {error}")
                time.sleep(1)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
