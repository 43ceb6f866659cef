"""States of a request, one table. Pure: a move that does not stand here is refused."""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import Conflict

#: decided: the rules spoke, people and answers are awaited. approved: a grant may be issued while nothing
#: stands against it; a held tenant's request waits here. granted: a grant was issued.
REQUEST: Mapping[str, frozenset[str]] = {
    "submitted": frozenset({"decided", "withdrawn"}),
    "decided": frozenset({"approved", "refused", "withdrawn"}),
    "approved": frozenset({"granted", "decided", "withdrawn", "ended"}),
    "granted": frozenset({"approved", "decided", "withdrawn", "ended"}),
    "refused": frozenset(),
    "withdrawn": frozenset(),
    "ended": frozenset(),
}


def check(before: str, after: str) -> None:
    """Raises Conflict, naming both states, for a move that the table does not have."""
    if after not in REQUEST[before]:
        raise Conflict(f"A request that is {before} cannot become {after}.")
