"""Control groups: tenants under common control, whose requests are added up. Pure.

Two tenants are joined where one party owns at least half of both, or controls both; joins are
transitive (union-find). 50 % follows OFAC's rule and BIS's affiliates rule (90 FR, FR Doc. 2025-19001).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Join:
    """Why two tenants are in one group."""

    tenants: frozenset[Hashable]
    holder: Hashable
    because: str


@dataclass(frozen=True)
class Group:
    members: frozenset[Hashable]
    joins: tuple[Join, ...]


class _Union:
    def __init__(self) -> None:
        self._parent: dict[Hashable, Hashable] = {}

    def find(self, item: Hashable) -> Hashable:
        parent = self._parent.setdefault(item, item)
        while parent != item:
            self._parent[item] = self._parent[parent]
            item, parent = parent, self._parent[parent]
        return item

    def join(self, one: Hashable, other: Hashable) -> None:
        self._parent[self.find(one)] = self.find(other)


def groups(holders: Mapping[Hashable, Iterable[tuple[Hashable, str]]]) -> list[Group]:
    """Groups of two or more tenants.

    `holders`: for each tenant, who holds half of it or controls it, as (identity of the holder, reason).
    The identity must be the same for one person or company under different tenants.
    """
    held: dict[Hashable, dict[Hashable, str]] = defaultdict(dict)
    for tenant, pairs in holders.items():
        for holder, reason in pairs:
            held[holder].setdefault(tenant, reason)
    union = _Union()
    joins: list[Join] = []
    for holder, tenants in held.items():
        first, *others = tenants
        for other in others:
            union.join(first, other)
            joins.append(Join(frozenset({first, other}), holder, tenants[other]))
    members: dict[Hashable, set[Hashable]] = defaultdict(set)
    for join in joins:
        for tenant in join.tenants:
            members[union.find(tenant)].add(tenant)
    return [
        Group(frozenset(found), tuple(j for j in joins if j.tenants <= found)) for found in members.values()
    ]


def group_of(tenant: Hashable, holders: Mapping[Hashable, Iterable[tuple[Hashable, str]]]) -> Group:
    """The group that `tenant` is in; alone where nobody holds another tenant with it."""
    for group in groups(holders):
        if tenant in group.members:
            return group
    return Group(frozenset({tenant}), ())
