"""Which half of the labelled data a case belongs to: the one line between tuning and reporting.

By SHA-256 of the casefolded first name, so that every form of one name falls on one side. Constants of the
scorer are chosen on the tuned half; figures are reported on the other, which tuning code cannot import
(import-linter, `pyproject.toml`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

TUNED, REPORTED = "tuned", "reported"


def side(first_name: str) -> str:
    """`tuned` or `reported`, for the first name of a pair."""
    digest = hashlib.sha256(first_name.casefold().encode()).digest()
    return REPORTED if digest[-1] & 1 else TUNED


def digest(cases: Iterable[str]) -> str:
    """What a report prints, so that two reports can be known to be of the same cases."""
    found = hashlib.sha256()
    for case in sorted(cases):
        found.update(case.encode() + b"\x00")
    return found.hexdigest()[:16]
