"""Many invented people on a list, no two alike."""

from __future__ import annotations

from typing import Any

from tests.faults.crowd import name
from tests.kyc.screening.listed import listed

__all__ = ["crowd", "name"]


def crowd(count: int) -> list[dict[str, Any]]:
    return [listed(f"crowd-{n}", name(n)) for n in range(count)]
