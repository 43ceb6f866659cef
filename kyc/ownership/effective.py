"""Effective shares: what everyone above a subject owns of it, multiplied along and summed over all chains.

With W(o, e) the share of o in e, the weight of a party is v(o) = sum over e of W(o, e) v(e), v(subject)
= 1: a linear system, so a cycle (A owns part of B, B part of A) is summed exactly, as the geometric
series of its rounds ("integrated ownership"). Solved in exact fractions, once with every share at its
least and once at its most; both are bounds because the solution grows with every share.

A closed cycle (its members own each other wholly) has no solution: nobody outside owns it. Its members'
bounds are then what is held directly, and 100.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from kyc.ownership.chain import Chain, Holding
from kyc.ownership.statements import NOTHING, Party, Share

ZERO, ONE = Fraction(0), Fraction(1)
#: Above this many members of one cycle the exact solution is too slow and floating point is used.
EXACT_CYCLE = 40

#: Reasons for which nobody is hidden behind an entity without owners: nothing is unknown there.
NOBODY_HIDDEN = frozenset({"publiclyListed", "state", "noBeneficialOwners", "subjectExemptFromDisclosure"})


@dataclass(frozen=True)
class Cycle:
    """Parties that own each other in a ring, in the order of ownership, from the smallest id."""

    members: tuple[str, ...]
    closed: bool
    """Nobody outside owns any of it: shares through it cannot be computed."""


@dataclass(frozen=True)
class Unknown:
    """A part of `entity` of which nobody knows the owner."""

    entity: str
    share: Share
    effective: Share
    """The same part, in percent of the subject."""
    reason: str
    """`undeclared`, `noStatement`, `closedCycle`, `publiclyListed`, `state`, or a BODS unspecifiedReason."""
    statement: str | None = None
    party: str | None = None
    """The unidentified party that holds it, where the file has a record of one."""

    @property
    def hides_somebody(self) -> bool:
        """Whether a beneficial owner may stand behind it."""
        return self.reason not in NOBODY_HIDDEN


@dataclass(frozen=True)
class Effective:
    """Effective shares in `subject` by party; see `with_unknown` for the outline of the drawing."""

    subject: str
    shares: Mapping[str, Share]
    with_unknown: Mapping[str, Fraction]
    """Percent at most, if everything unknown were this party's."""
    unknown: tuple[Unknown, ...]
    cycles: tuple[Cycle, ...]

    def of(self, party: str) -> Share:
        """The effective share of `party`, nothing where it has none."""
        return self.shares.get(party, NOTHING)

    @property
    def unknown_total(self) -> Share:
        """How much of the subject may belong to somebody who is not known."""
        total = NOTHING
        for part in self.unknown:
            if part.hides_somebody:
                total = total.plus(part.effective)
        return total


Weigh = Callable[[Holding], Fraction]


def effective(chain: Chain) -> Effective:
    """Effective shares of everyone above the subject of `chain`."""
    order = components((h.owner, h.entity) for h in chain.holdings if h.share.maximum > 0)
    least, no_least = weights(chain, order, lambda h: h.share.minimum / 100)
    most, no_most = weights(chain, order, lambda h: h.share.maximum / 100)
    above, below = _open_ends(chain, least, most)
    shares: dict[str, Share] = {}
    for party in most:
        if party == chain.subject:
            continue
        low, high = min(least[party], ONE) * 100, min(most[party], ONE) * 100
        if low < high:
            over = above[party]
            under = below[party] and most[party] <= 1
            shares[party] = Share(low, high, over, under)
        else:
            shares[party] = Share(low, low)
    undetermined = no_least | no_most
    rings = [_ring(chain, members) for members in order if len(members) > 1]
    cycles = tuple(
        sorted((Cycle(ring, bool(set(ring) & no_least)) for ring in rings), key=lambda c: c.members)
    )
    shares = _narrowed(chain, shares)
    unknown = _unknown(chain, least, most, cycles)
    outline = _with_unknown(chain, order, shares, undetermined)
    return Effective(chain.subject, shares, outline, unknown, cycles)


def components(steps: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    """Strongly connected components of owner → entity, what is owned before its owners (Tarjan)."""
    onward: dict[str, list[str]] = {}
    for owner, entity in steps:
        onward.setdefault(owner, []).append(entity)
        onward.setdefault(entity, [])
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[tuple[str, ...]] = []
    for root in sorted(onward):
        if root in index:
            continue
        work = [(root, iter(sorted(onward[root])))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, steps_left = work[-1]
            nxt = next(steps_left, None)
            if nxt is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    group = [stack.pop()]
                    while group[-1] != node:
                        group.append(stack.pop())
                    on_stack.difference_update(group)
                    found.append(tuple(sorted(group)))
            elif nxt not in index:
                index[nxt] = low[nxt] = len(index)
                stack.append(nxt)
                on_stack.add(nxt)
                work.append((nxt, iter(sorted(onward[nxt]))))
            elif nxt in on_stack:
                low[node] = min(low[node], index[nxt])
    return found


def weights(
    chain: Chain, order: list[tuple[str, ...]], weigh: Weigh, absorbing: frozenset[str] = frozenset()
) -> tuple[dict[str, Fraction], frozenset[str]]:
    """v of every party (1 = the whole subject), and the members of cycles without a solution.

    Holdings of an `absorbing` party's owners are not followed: the party stands for itself.
    """
    onward: dict[str, list[tuple[str, Fraction]]] = {}
    for holding in chain.holdings:
        weight = weigh(holding)
        if weight > 0 and holding.entity not in absorbing:
            onward.setdefault(holding.owner, []).append((holding.entity, weight))
    v: dict[str, Fraction] = {chain.subject: ONE}
    unsolved: set[str] = set()
    for members in order:
        inside = set(members)
        outside = {
            node: sum((w * v.get(e, ZERO) for e, w in onward.get(node, ()) if e not in inside), ZERO)
            + (ONE if node == chain.subject else ZERO)
            for node in members
        }
        if len(members) == 1:
            v[members[0]] = outside[members[0]]
            continue
        matrix = {node: {e: w for e, w in onward.get(node, ()) if e in inside} for node in members}
        solved = _solve(members, matrix, outside)
        if solved is None:
            unsolved |= inside
            for node in members:
                direct = sum((w for e, w in matrix[node].items() if e == chain.subject), outside[node])
                v[node] = min(direct, ONE)
        else:
            v.update(solved)
    return v, frozenset(unsolved)


def _solve(
    members: tuple[str, ...], matrix: Mapping[str, Mapping[str, Fraction]], right: Mapping[str, Fraction]
) -> dict[str, Fraction] | None:
    """x = M x + right within one cycle, or None where the rounds do not converge.

    M is not negative, so the series converges exactly when (I - M) y = 1 has a solution y >= 1
    (M-matrix; Berman and Plemmons, Nonnegative Matrices, chapter 6).
    """
    size = len(members)
    if size > EXACT_CYCLE:
        return _solve_float(members, matrix, right)
    rows = [
        [(ONE if a == b else ZERO) - matrix[a].get(b, ZERO) for b in members] + [right[a], ONE]
        for a in members
    ]
    for column in range(size):
        pivot = next((r for r in range(column, size) if rows[r][column] != 0), None)
        if pivot is None:
            return None
        rows[column], rows[pivot] = rows[pivot], rows[column]
        head = rows[column][column]
        rows[column] = [value / head for value in rows[column]]
        for r in range(size):
            factor = rows[r][column]
            if r != column and factor != 0:
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[column], strict=True)]
    if any(row[size + 1] < 1 for row in rows):
        return None
    return {node: rows[n][size] for n, node in enumerate(members)}


def _solve_float(
    members: tuple[str, ...], matrix: Mapping[str, Mapping[str, Fraction]], right: Mapping[str, Fraction]
) -> dict[str, Fraction] | None:
    size = len(members)
    place = {node: n for n, node in enumerate(members)}
    left = np.eye(size)
    for a in members:
        for b, w in matrix[a].items():
            left[place[a], place[b]] -= float(w)
    both = np.column_stack([[float(right[a]) for a in members], np.ones(size)])
    try:
        solution: Any = np.linalg.solve(left, both)
    except np.linalg.LinAlgError:
        return None
    if not np.isfinite(solution).all() or (solution[:, 1] < 1 - 1e-9).any() or solution[:, 1].max() > 1e12:
        return None
    return {node: max(Fraction(float(solution[n, 0])), ZERO) for n, node in enumerate(members)}


def _open_ends(
    chain: Chain, least: Mapping[str, Fraction], most: Mapping[str, Fraction]
) -> tuple[dict[str, bool], dict[str, bool]]:
    """Whether each bound is excluded: some part of the sum is, and is not multiplied by a plain zero."""
    above = dict.fromkeys(most, False)
    below = dict.fromkeys(most, False)
    changed = True
    while changed:
        changed = False
        for holding in chain.holdings:
            owner, entity, share = holding.owner, holding.entity, holding.share
            if owner not in most or entity not in most:
                continue
            vanishes = (share.minimum == 0 and not share.above) or (
                least.get(entity, ZERO) == 0 and not above[entity]
            )
            if not above[owner] and not vanishes and (share.above or above[entity]):
                above[owner] = changed = True
            if not below[owner] and most[entity] > 0 and (share.below or below[entity]):
                below[owner] = changed = True
    return above, below


def _narrowed(chain: Chain, shares: dict[str, Share]) -> dict[str, Share]:
    """Indirect summaries about the subject narrow what the links behind them give.

    Where the two contradict each other, both ends stay open: the hull. A share that may itself be
    held through others is not added to what is seen through others, only compared with it.
    """
    result = dict(shares)
    declared: dict[str, Share] = {}
    for link in chain.summaries:
        if link.entity == chain.subject and link.share is not None:
            declared[link.owner] = declared.get(link.owner, NOTHING).plus(link.share)
    direct = {h.owner: h for h in chain.owners_of.get(chain.subject, ())}
    for owner, total in shares.items():
        holding = direct.get(owner)
        own = holding.share if holding else NOTHING
        through = _through_others(total, own)
        if owner in declared:
            through = through.meet(declared[owner]) or through.hull(declared[owner])
            result[owner] = own.plus(through)
        elif holding is not None and holding.maybe_indirect and through.maximum > 0:
            low = max(own, through, key=lambda s: (s.minimum, s.above))
            result[owner] = Share(low.minimum, total.maximum, low.above and low.minimum < total.maximum)
    return result


def _through_others(total: Share, own: Share) -> Share:
    """What of `total` is not the owner's own direct holding."""
    low = max(total.minimum - own.minimum, ZERO)
    high = max(total.maximum - own.maximum, low)
    over = total.above and not own.above and low < high
    under = total.below and not own.below and low < high
    return Share(low, high, over, under)


def declared_of(chain: Chain, entity: str) -> tuple[Fraction, Fraction]:
    """Least and most of the 100 percent of `entity` that its declared owners hold, unspecified ones too."""
    counted = [h.share for h in chain.owners_of.get(entity, ()) if h.counts]
    counted += [u.share for u in chain.unspecified if u.entity == entity and u.share is not None]
    return sum((s.minimum for s in counted), ZERO), sum((s.maximum for s in counted), ZERO)


def undeclared(chain: Chain, entity: str) -> Share:
    """What is left of `entity`; nothing where the declared ranges can reach 100 together."""
    low, high = declared_of(chain, entity)
    if high >= 100:
        return NOTHING
    return Share(100 - high, 100 - low)


def _reason_for(chain: Chain, party: Party) -> tuple[str, str | None]:
    for item in chain.unspecified:
        if item.entity == party.id and item.share is None:
            return item.reason, item.statement
    if party.publicly_listed:
        return "publiclyListed", None
    if party.kind in {"state", "stateBody"}:
        return "state", None
    return ("undeclared" if chain.owners_of.get(party.id) else "noStatement"), None


def _unknown(
    chain: Chain, least: Mapping[str, Fraction], most: Mapping[str, Fraction], cycles: tuple[Cycle, ...]
) -> tuple[Unknown, ...]:
    def in_subject(entity: str, share: Share) -> Share:
        low = share.minimum * min(least.get(entity, ZERO), ONE)
        return Share(low, max(low, share.maximum * min(most.get(entity, ZERO), ONE)))

    parts: list[Unknown] = []
    for entity in sorted(set(most) | {chain.subject} | {u.entity for u in chain.unspecified}):
        party = chain.parties[entity]
        if party.is_person:
            continue
        for item in chain.unspecified:
            if item.entity == entity and item.share is not None:
                effective_share = in_subject(entity, item.share)
                parts.append(Unknown(entity, item.share, effective_share, item.reason, item.statement))
        rest = undeclared(chain, entity)
        reason, statement = _reason_for(chain, party)
        if (rest.maximum > 0 and reason != "state") or statement is not None:
            parts.append(Unknown(entity, rest, in_subject(entity, rest), reason, statement))
    for holding in chain.holdings:
        party = chain.parties[holding.owner]
        if party.is_unidentified and not chain.owners_of.get(party.id):
            reason = party.unspecified_reason or party.kind
            share = in_subject(holding.entity, holding.share)
            statement = holding.links[0].statement
            parts = [p for p in parts if p.entity != party.id]
            parts.append(Unknown(holding.entity, holding.share, share, reason, statement, party.id))
    for cycle in cycles:
        if cycle.closed:
            head = cycle.members[0]
            parts.append(Unknown(head, Share(0, 100), Share(0, 100), "closedCycle"))
    return tuple(parts)


def _with_unknown(
    chain: Chain, order: list[tuple[str, ...]], shares: Mapping[str, Share], undetermined: frozenset[str]
) -> dict[str, Fraction]:
    """Percent at most of each party, if everything unknown were its own.

    Where the declared ranges of an entity cannot fill it, they stand at their least and all the rest
    is unknown; elsewhere at their most.
    """
    short = {entity for entity in chain.owners_of if undeclared(chain, entity).maximum > 0}

    def weigh(holding: Holding) -> Fraction:
        side = holding.share.minimum if holding.entity in short else holding.share.maximum
        return side / 100

    v, _ = weights(chain, order, weigh)
    unknown = ZERO
    for entity, weight in v.items():
        party = chain.parties[entity]
        if party.is_unidentified and not chain.owners_of.get(entity):
            unknown += weight
        elif not party.is_person and _reason_for(chain, party)[0] not in NOBODY_HIDDEN:
            unknown += weight * undeclared(chain, entity).maximum / 100
    for item in chain.unspecified:
        if item.share is not None and item.reason not in NOBODY_HIDDEN:
            unknown += v.get(item.entity, ZERO) * item.share.maximum / 100
    if undetermined:
        unknown = ONE
    outline: dict[str, Fraction] = {}
    for party_id, share in shares.items():
        own = ZERO if chain.parties[party_id].is_unidentified else v.get(party_id, ZERO)
        outline[party_id] = max(min(own + unknown, ONE) * 100, share.maximum)
    return outline


def _ring(chain: Chain, members: tuple[str, ...]) -> tuple[str, ...]:
    """One round through a component, from its smallest id along the owners (a shortest one)."""
    inside = set(members)
    start = members[0]
    onward: dict[str, list[str]] = {}
    for h in chain.holdings:
        if h.owner in inside and h.entity in inside and h.share.maximum > 0:
            onward.setdefault(h.owner, []).append(h.entity)
    if len(members) > 2 and any(len(set(steps)) > 1 for steps in onward.values()):
        return members
    ring, here = [start], onward[start][0]
    while here != start and here not in ring:
        ring.append(here)
        here = onward[here][0]
    return tuple(ring)
