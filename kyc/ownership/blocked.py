"""OFAC's 50 Percent Rule as a cascade (guidance of 13 August 2014, FAQ 398 to 402; 31 CFR chapter V).

An entity is blocked when listed parties, and entities that are themselves blocked by the rule, hold
50 percent or more of it directly, all of them added up. Shares are never multiplied: a blocked entity
counts with its whole holding, an entity below 50 percent with nothing. Control without shares does not
block. Each list has a cascade of its own.

With ranges there are two least fixpoints, one over the least shares (certain) and one over the most
(possible). Least, not greatest: two companies that hold each other are not blocked by that alone.
What nobody declared counts for neither; `unknown_matters` says whether it could.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from kyc.ownership.chain import Chain, Holding, Link
from kyc.ownership.effective import ONE, components, undeclared, weights
from kyc.ownership.paths import Path, paths_to
from kyc.ownership.statements import NOTHING, Share

Status = Literal["no", "possible", "certain"]
THRESHOLD = Fraction(50)
RANK: Mapping[Status, int] = {"no": 0, "possible": 1, "certain": 2}


@dataclass(frozen=True)
class Blocked:
    """One list's answer about the subject. Shares in percent."""

    list: str
    status: Status
    share: Share
    """The cascade: held directly by listed and by blocked parties, added up."""
    effective: Share
    """The multiplied share of the same listed parties, for comparison."""
    because: tuple[Path, ...]
    entities: Mapping[str, tuple[Status, Share]]
    """Every entity above the subject (and it) that is blocked or may be, with its own sum."""
    listed: frozenset[str]
    listed_self: bool
    unknown_matters: bool
    """Whether undeclared or unspecified shares could make the answer stricter."""


@dataclass(frozen=True)
class Change:
    """One fact that alone would change the answer."""

    owner: str
    entity: str
    list: str
    below: Fraction
    """Percent that the share must fall below."""
    text: str


def cascade(chain: Chain, listed: Collection[str]) -> dict[str, tuple[Status, Share]]:
    """Status and sum of every entity above the subject, and of it, for one list's `listed` parties."""
    holdings = [h for h in chain.holdings if h.share.maximum > 0]
    surely = _fixpoint(holdings, listed, possible=False)
    maybe = _fixpoint(holdings, listed, possible=True)
    result: dict[str, tuple[Status, Share]] = {}
    for entity in {h.entity for h in holdings} | {chain.subject}:
        total = NOTHING
        for holding in chain.owners_of.get(entity, ()):
            share = _counted(holding)
            if holding.owner in surely:
                total = total.plus(share)
            elif holding.owner in maybe and share.maximum > 0:
                total = total.plus(Share(0, share.maximum, False, share.below))
        status: Status = "certain" if entity in surely else "possible" if entity in maybe else "no"
        if entity in listed or status != "no" or total.maximum > 0:
            result[entity] = status, total
    return result


def _counted(holding: Holding) -> Share:
    """What a holding counts in the cascade.

    An `indirect` statement without its links may rest on a holder in between. Through one chain, x of
    the holder times y of the entity give the stated share s; the holder is blocked from x = 50, so the
    entity's part is y: at least s where s is 50 or more, and at most twice s.
    """
    if not holding.summarised:
        return holding.share
    low = holding.share.minimum if holding.share.minimum >= THRESHOLD else Fraction(0)
    return Share(low, min(2 * holding.share.maximum, Fraction(100)))


def _fixpoint(holdings: Collection[Holding], listed: Collection[str], *, possible: bool) -> set[str]:
    blocked = set(listed)
    by_owner: dict[str, list[Holding]] = defaultdict(list)
    by_entity: dict[str, list[Holding]] = defaultdict(list)
    for holding in holdings:
        by_owner[holding.owner].append(holding)
        by_entity[holding.entity].append(holding)
    frontier = list(blocked)
    while frontier:
        for holding in by_owner[frontier.pop()]:
            if holding.entity in blocked:
                continue
            total = NOTHING
            for other in by_entity[holding.entity]:
                if other.owner in blocked:
                    total = total.plus(_counted(other))
            reached = total.may_reach(THRESHOLD) if possible else total.surely_reaches(THRESHOLD)
            if reached:
                blocked.add(holding.entity)
                frontier.append(holding.entity)
    return blocked


def blocked(chain: Chain, flagged: Mapping[str, Collection[str]]) -> dict[str, Blocked]:
    """The answer of every list that has a party in the chain. `flagged`: list name → ids of parties."""
    answers: dict[str, Blocked] = {}
    for name in sorted(flagged):
        listed = frozenset(flagged[name]) & chain.members
        if listed:
            answers[name] = _answer(chain, name, listed)
    return answers


def overall(answers: Mapping[str, Blocked]) -> Status:
    """The strictest status over all lists."""
    return max((answer.status for answer in answers.values()), key=RANK.__getitem__, default="no")


def _answer(chain: Chain, name: str, listed: frozenset[str]) -> Blocked:
    entities = cascade(chain, listed)
    status, share = entities.get(chain.subject, ("no", NOTHING))
    status = "certain" if chain.subject in listed else status
    return Blocked(
        list=name,
        status=status,
        share=share,
        effective=_effective_of(chain, listed),
        because=_because(chain, listed, entities, status),
        entities=entities,
        listed=listed,
        listed_self=chain.subject in listed,
        unknown_matters=status != "certain" and _with_everything_unknown(chain, listed) != status,
    )


def _effective_of(chain: Chain, listed: frozenset[str]) -> Share:
    """The multiplied share of all listed parties together; what a listed party holds through another
    listed party counts once."""
    if chain.subject in listed:
        return Share(100, 100)
    order = components((h.owner, h.entity) for h in chain.holdings if h.share.maximum > 0)
    sides = []
    for side in ("minimum", "maximum"):
        v, _ = weights(chain, order, lambda h, side=side: getattr(h.share, side) / 100, absorbing=listed)  # type: ignore[misc]
        sides.append(min(sum((v.get(party, Fraction(0)) for party in listed), Fraction(0)), ONE) * 100)
    return Share(sides[0], max(sides))


def _because(
    chain: Chain, listed: frozenset[str], entities: Mapping[str, tuple[Status, Share]], status: Status
) -> tuple[Path, ...]:
    """The paths that block; where nothing blocks, every path of a listed party to the subject."""
    if status == "no":
        return paths_to(chain, listed, shares_only=False)

    def counts(link: Link) -> bool:
        return link.owner in listed or entities.get(link.owner, ("no", NOTHING))[0] != "no"

    return paths_to(chain, listed, shares_only=True, keep=counts)


def _with_everything_unknown(chain: Chain, listed: frozenset[str]) -> Status:
    """The status if every undeclared or unidentified part were a listed party's."""
    parts = list(chain.holdings)
    for entity in {h.entity for h in chain.holdings} | {chain.subject}:
        rest = undeclared(chain, entity).maximum
        rest += sum(
            (u.share.maximum for u in chain.unspecified if u.entity == entity and u.share is not None),
            Fraction(0),
        )
        if rest > 0:
            parts.append(Holding("?", entity, Share(0, min(rest, Fraction(100))), ()))
    nobody = {p for p in chain.members if chain.parties[p].is_unidentified}
    maybe = _fixpoint([h for h in parts if h.share.maximum > 0], {*listed, "?", *nobody}, possible=True)
    certain = _fixpoint(chain.holdings, listed, possible=False)
    if chain.subject in certain:
        return "certain"
    return "possible" if chain.subject in maybe else "no"


def what_would_change(chain: Chain, answers: Mapping[str, Blocked]) -> tuple[Change, ...]:
    """Single holdings whose fall below 50 percent (or below what the rest needs) would lift a block.

    Only holdings that alone are decisive are named; where none is, several facts have to change.
    """
    changes: list[Change] = []
    for name, answer in sorted(answers.items()):
        if answer.status == "no" or answer.listed_self:
            continue
        on_paths = {(link.owner, link.entity) for path in answer.because for link in path.links}
        for holding in chain.holdings:
            if (holding.owner, holding.entity) not in on_paths:
                continue
            counts = holding.owner in answer.listed or (
                answer.entities.get(holding.owner, ("no", NOTHING))[0] != "no"
            )
            if not counts or holding.entity not in answer.entities:
                continue
            without = _without(chain, holding)
            if cascade(without, answer.listed).get(chain.subject, ("no", NOTHING))[0] != "no":
                continue
            others = cascade(without, answer.listed).get(holding.entity, ("no", NOTHING))[1].maximum
            limit = THRESHOLD - others
            if limit <= 0:
                continue
            owner, entity = _name(chain, holding.owner), _name(chain, holding.entity)
            text = f"Not blocked if {owner}'s share of {entity} falls below {float(limit):g} %."
            changes.append(Change(holding.owner, holding.entity, name, limit, text))
    return tuple(changes)


def _without(chain: Chain, gone: Holding) -> Chain:
    owners = {e: tuple(h for h in hs if h is not gone) for e, hs in chain.owners_of.items()}
    return replace(chain, holdings=tuple(h for h in chain.holdings if h is not gone), owners_of=owners)


def _name(chain: Chain, party: str) -> str:
    return chain.parties[party].name or party
