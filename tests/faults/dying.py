"""Processes that kill themselves at one exact place: `python -m tests.faults.dying ACT ARGUMENT…`.

Nothing of the product is made to fail; it is left in the middle, as by a power cut.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from config.services import BASE_DIR


def run(act: str, *arguments: str, env: dict[str, str]) -> int:
    """Run one act in a process of its own; return its status, -9 where it died as it should."""
    argv = [sys.executable, "-m", "tests.faults.dying", act, *arguments]
    return subprocess.run(argv, cwd=BASE_DIR, env=env, timeout=180).returncode


def _die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _import_and_die_before_the_message(path: str) -> None:
    """Commit a new version of a list, and die where a worker would be told to look."""
    from audit import record
    from audit.record import SYSTEM
    from kyc.lists import service

    record.wake = _die
    service.import_version(source="ftm", path=Path(path), by=SYSTEM)


def _deliver_and_die_before_the_mark(subscriber: str) -> None:
    """Deliver until this subscriber has had its whole effect, and die before the delivery is marked."""
    from django.db.models import F

    from audit import delivery, registry

    real = registry.subscriber(subscriber)
    assert real is not None

    served: list[Any] = []

    def handle(event: Any) -> None:
        real.handle(event)
        served.append(event)

    def mark(name: str) -> Any:
        """The first thing that the statement of the mark needs: `F("attempts")`."""
        return _die() if served else F(name)

    registry._subscribers[subscriber] = replace(real, handle=handle)
    delivery.F = mark
    delivery.deliver_open()


ACTS = {
    "import": _import_and_die_before_the_message,
    "deliver": _deliver_and_die_before_the_mark,
}

if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    ACTS[sys.argv[1]](*sys.argv[2:])
