"""What a test does when a real part is not on this machine: skips, except where all must be there."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def absent(what: str) -> NoReturn:
    """Skip, or fail where `LOCKGATE_REQUIRE_ALL` is set: in CI everything was installed before."""
    if os.environ.get("LOCKGATE_REQUIRE_ALL"):
        pytest.fail(f"{what}: not on this machine, and LOCKGATE_REQUIRE_ALL is set")
    pytest.skip(f"{what}: not on this machine")
