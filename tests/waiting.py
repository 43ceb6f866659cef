"""Waiting for another process without sleeping for a fixed time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(what: Callable[[], T], *, within: float = 90.0) -> T:
    """Ask until the answer is true, and return it; fails after `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        answer = what()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"still {answer!r} after {within:g} s"
        time.sleep(0.05)
