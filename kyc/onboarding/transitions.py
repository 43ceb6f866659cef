"""States of a tenant and of an application, one table each. Pure.

A move that does not stand here is refused; nothing is allowed by being forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import Conflict

#: applicant: not decided. held: a match is under review and counts as listed until it is decided.
TENANT: Mapping[str, frozenset[str]] = {
    "applicant": frozenset({"approved", "denied"}),
    "approved": frozenset({"held", "suspended", "closed"}),
    "held": frozenset({"approved", "suspended", "closed"}),
    "suspended": frozenset({"approved", "held", "closed"}),
    "denied": frozenset({"applicant", "closed"}),
    "closed": frozenset(),
}

APPLICATION: Mapping[str, frozenset[str]] = {
    "draft": frozenset({"submitted"}),
    "submitted": frozenset({"in_review", "approved", "denied", "draft"}),
    "in_review": frozenset({"approved", "denied", "draft"}),
    "approved": frozenset(),
    "denied": frozenset(),
}


def check(table: Mapping[str, frozenset[str]], before: str, after: str) -> None:
    """Raises Conflict, naming both states, for a move that the table does not have."""
    if after not in table[before]:
        raise Conflict(f"From {before.replace('_', ' ')} there is no way to {after.replace('_', ' ')}.")
