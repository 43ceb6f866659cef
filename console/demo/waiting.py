"""Waiting for what the worker does, by looking at the database."""

from __future__ import annotations

import time
from collections.abc import Callable

from console.demo.board import NotSeen
from core.scope import staff_transaction

PATIENCE = 180.0


def wait_for(
    happened: Callable[[], bool], missing: str, *, evidence: str = "", patience: float = PATIENCE
) -> None:
    """Look until it happened. Raises NotSeen with what was awaited after `patience` seconds."""
    until = time.monotonic() + patience
    while True:
        with staff_transaction():
            if happened():
                return
        if time.monotonic() > until:
            raise NotSeen(missing, *([evidence] if evidence else []))
        time.sleep(0.05)
