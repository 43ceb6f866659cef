"""What became of processes that tests started."""

from __future__ import annotations

import psutil


def runs(process: int | psutil.Process) -> bool:
    """Whether it runs: a zombie that only waits to be collected does not, nor does another of its number."""
    try:
        if isinstance(process, int):
            process = psutil.Process(process)
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # it ended between two questions
        return False
