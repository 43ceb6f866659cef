"""Paths from an owner down to the subject, as the answers show them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from kyc.ownership.chain import Chain, Link

#: Paths shown at most for one question; a dense chain has exponentially many.
MOST_PATHS = 100
#: Partial paths looked at before giving up on finding more.
_MOST_STEPS = 20_000


@dataclass(frozen=True)
class Path:
    """Links from the owner (first) to the subject (last)."""

    links: tuple[Link, ...]

    @property
    def owner(self) -> str:
        return self.links[0].owner

    def as_json(self) -> list[dict[str, Any]]:
        return [link_as_json(link) for link in self.links]


def link_as_json(link: Link) -> dict[str, Any]:
    """One step of a path; percents are null for control without a figure."""
    share = link.share
    return {
        "statement": link.statement,
        "from": link.owner,
        "to": link.entity,
        "interest": link.kind,
        "percent_min": None if share is None else float(share.minimum),
        "percent_max": None if share is None else float(share.maximum),
    }


def share_links(chain: Chain, entity: str) -> list[Link]:
    """One link per owner of `entity`: its first interest that counts, with the whole holding as share."""
    return [
        Link(
            holding.links[0].statement,
            holding.owner,
            holding.entity,
            holding.links[0].kind,
            holding.share,
            holding.links[0].directness,
            holding.links[0].declared_beneficial,
        )
        for holding in chain.owners_of.get(entity, ())
        if holding.share.maximum > 0
    ]


def paths_to(
    chain: Chain,
    owners: Collection[str],
    *,
    shares_only: bool,
    keep: Callable[[Link], bool] = lambda link: True,
) -> tuple[Path, ...]:
    """Paths without repetition from any of `owners` to the subject over links that `keep` admits.

    Shortest first, then by ids; at most MOST_PATHS.
    """
    below = _below(chain, owners, shares_only)
    found: list[Path] = []
    frontier: deque[tuple[str, tuple[Link, ...]]] = deque([(chain.subject, ())])
    steps = 0
    while frontier and len(found) < MOST_PATHS and steps < _MOST_STEPS:
        here, tail = frontier.popleft()
        links = share_links(chain, here)
        if not shares_only:
            with_shares = {link.owner for link in links}
            links += [c for c in chain.controllers_of.get(here, ()) if c.owner not in with_shares]
        visited = {chain.subject, *(link.owner for link in tail)}
        for link in sorted(links, key=lambda item: (item.owner, item.statement, item.kind)):
            steps += 1
            if link.owner in visited or link.owner not in below or not keep(link):
                continue
            path = (link, *tail)
            if link.owner in owners:
                found.append(Path(path))
            frontier.append((link.owner, path))
    return tuple(found[:MOST_PATHS])


def _below(chain: Chain, owners: Collection[str], shares_only: bool) -> set[str]:
    """The owners and all they lead down to: nothing else can lie on a path of theirs."""
    onward: dict[str, list[str]] = {}
    for holding in chain.holdings:
        onward.setdefault(holding.owner, []).append(holding.entity)
    if not shares_only:
        for link in chain.control:
            onward.setdefault(link.owner, []).append(link.entity)
    seen: set[str] = set()
    frontier = list(owners)
    while frontier:
        here = frontier.pop()
        if here not in seen:
            seen.add(here)
            frontier.extend(onward.get(here, ()))
    return seen
