"""Processes that tests start: where they may listen, and what became of them."""

from __future__ import annotations

import random

import psutil

from config.processes import port_is_free


def free_port() -> int:
    """A port for a server that starts in a while: none of those that the kernel gives to whoever asks."""
    return next(port for port in random.sample(range(20_000, 32_000), 200) if port_is_free(port))


def runs(process: int | psutil.Process) -> bool:
    """Whether it runs: a zombie that only waits to be collected does not, nor does another of its number."""
    try:
        if isinstance(process, int):
            process = psutil.Process(process)
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # it ended between two questions
        return False
