"""Who is behind the subject: beneficial owners, ultimate parents, headquarters.

A beneficial owner is a natural person whose effective shares or votes reach the threshold, or who is in
control (FATF recommendation 24; Regulation (EU) 2024/1624 articles 51 to 54; 31 CFR 1010.230). Control:

* an interest that is control by itself (appointing the board, other influence, the roles of a trust, …)
  in the subject, in an entity that controls it, or in an entity whose own effective share reaches the
  threshold (the parties of a trust that holds 30 percent);
* more than half of shares or votes at every one of two or more levels, though the product is small;
* an interest without a figure that the file declares as beneficial ownership or control;
* a senior managing official, where nobody else is found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from kyc.ownership.chain import CONTROLLING, OWNERSHIP, Chain, Holding, Link
from kyc.ownership.effective import Effective, components, effective
from kyc.ownership.paths import Path, paths_to, share_links
from kyc.ownership.statements import NOTHING, Number, Party, Share

HALF = Fraction(50)
LAST_RESORT = "seniorManagingOfficial"
VOTES = "votingRights"


@dataclass(frozen=True)
class Ground:
    """One reason why a person is in control, by the kind of interest and the links down to the subject."""

    kind: str
    path: Path
    certain: bool = True


@dataclass(frozen=True)
class BeneficialOwner:
    """A natural person who owns or controls the subject."""

    party: Party
    share: Share
    """Effective, percent."""
    with_unknown: Fraction
    """Percent at most, if everything unknown were this person's."""
    certain: bool
    """False where only the upper end of a range reaches the threshold."""
    grounds: tuple[Ground, ...]
    paths: tuple[Path, ...]

    @property
    def control(self) -> tuple[str, ...]:
        """Kinds of control, each once (BODS interestType)."""
        return tuple(dict.fromkeys(ground.kind for ground in self.grounds))


@dataclass(frozen=True)
class Parent:
    """An entity at the top of a chain of halves or of control."""

    party: Party
    share: Share
    certain: bool
    path: Path


def beneficial_owners(
    chain: Chain, shares: Effective, threshold: Number = 25, *, exclusive: bool = False
) -> tuple[BeneficialOwner, ...]:
    """Beneficial owners, the largest first. `threshold` in percent; `exclusive` for "more than"."""
    votes = _effective_votes(chain)
    grounds = _grounds(chain, shares, threshold, exclusive)
    for party, held in votes.items():
        if held.may_reach(threshold, exclusive=exclusive):
            paths = _vote_paths(chain, party)
            sure = held.surely_reaches(threshold, exclusive=exclusive)
            grounds[party] += [Ground(VOTES, path, sure) for path in paths[:1]]
    found = _owners(chain, shares, grounds, threshold, exclusive)
    if not found:
        for link in chain.controllers_of.get(chain.subject, ()):
            if link.kind == LAST_RESORT and chain.parties[link.owner].is_person:
                grounds[link.owner].append(Ground(LAST_RESORT, Path((link,))))
        found = _owners(chain, shares, grounds, threshold, exclusive)
    return tuple(sorted(found, key=lambda o: (-o.share.maximum, -o.share.minimum, o.party.id)))


def perhaps_owners(
    chain: Chain, shares: Effective, threshold: Number = 25, *, exclusive: bool = False
) -> tuple[str, ...]:
    """Persons below the threshold who would reach it if everything unknown were theirs."""
    return tuple(
        party
        for party, most in sorted(shares.with_unknown.items())
        if chain.parties[party].is_person
        and not shares.of(party).may_reach(threshold, exclusive=exclusive)
        and Share(most, most).may_reach(threshold, exclusive=exclusive)
    )


def _owners(
    chain: Chain,
    shares: Effective,
    grounds: dict[str, list[Ground]],
    threshold: Number,
    exclusive: bool,
) -> list[BeneficialOwner]:
    found = []
    for party in set(shares.shares) | set(grounds):
        if not chain.parties[party].is_person:
            continue
        share, reasons = shares.of(party), tuple(grounds.get(party, ()))
        if not reasons and not share.may_reach(threshold, exclusive=exclusive):
            continue
        sure = share.surely_reaches(threshold, exclusive=exclusive) or any(g.certain for g in reasons)
        paths = list(paths_to(chain, {party}, shares_only=True))
        paths += _summary_paths(chain, party)
        paths += [g.path for g in reasons if g.path not in paths]
        found.append(
            BeneficialOwner(
                chain.parties[party],
                share,
                shares.with_unknown.get(party, shares.unknown_total.maximum),
                sure,
                reasons,
                tuple(dict.fromkeys(paths)),
            )
        )
    return found


def _summary_paths(chain: Chain, party: str) -> list[Path]:
    """Indirect statements about the subject that narrowed the answer: shown, though never added."""
    return [Path((s,)) for s in chain.summaries if s.owner == party and s.entity == chain.subject]


def _vote_paths(chain: Chain, party: str) -> tuple[Path, ...]:
    direct = [
        link
        for link in chain.controllers_of.get(chain.subject, ())
        if link.owner == party and link.kind == VOTES
    ]
    return (Path((direct[0],)),) if direct else paths_to(chain, {party}, shares_only=False)


def _effective_votes(chain: Chain) -> dict[str, Share]:
    """Votes multiplied along the chain: votes where a pair has them, else its shares; persons only."""
    votes: dict[tuple[str, str], list[Link]] = defaultdict(list)
    for link in chain.control:
        if link.kind == VOTES and link.share is not None and link.directness != "indirect":
            votes[link.owner, link.entity].append(link)
    result: dict[str, Share] = {}
    if votes:
        rest = [h for h in chain.holdings if (h.owner, h.entity) not in votes]
        voting = [
            Holding(owner, entity, _total(links), tuple(links)) for (owner, entity), links in votes.items()
        ]
        holdings = (*rest, *voting)
        owners: dict[str, list[Holding]] = defaultdict(list)
        for holding in holdings:
            owners[holding.entity].append(holding)
        ballot = replace(chain, holdings=holdings, owners_of={e: tuple(h) for e, h in owners.items()})
        shares = effective(ballot)
        moved = _above_votes(holdings, votes)
        result = {p: s for p, s in shares.shares.items() if p in moved and chain.parties[p].is_person}
    for link in chain.control:
        about_subject = link.kind == VOTES and link.directness == "indirect" and link.entity == chain.subject
        if about_subject and link.share is not None and chain.parties[link.owner].is_person:
            seen = result.get(link.owner)
            result[link.owner] = (
                link.share if seen is None else seen.meet(link.share) or seen.hull(link.share)
            )
    return result


def _total(links: Iterable[Link]) -> Share:
    total = NOTHING
    for link in links:
        total = total.plus(link.share or NOTHING)
    return total


def _above_votes(holdings: Iterable[Holding], votes: Iterable[tuple[str, str]]) -> set[str]:
    """Everyone who holds votes, directly or through others: only their votes can differ from shares."""
    onward: dict[str, list[str]] = defaultdict(list)
    for holding in holdings:
        onward[holding.entity].append(holding.owner)
    seen: set[str] = set()
    frontier = [owner for owner, _ in votes]
    while frontier:
        here = frontier.pop()
        if here not in seen:
            seen.add(here)
            frontier.extend(onward[here])
    return seen


def _grounds(chain: Chain, shares: Effective, threshold: Number, exclusive: bool) -> dict[str, list[Ground]]:
    """Control other than votes at the threshold, by person."""
    grounds: dict[str, list[Ground]] = defaultdict(list)
    for link in chain.controllers_of.get(chain.subject, ()):
        declared = link.declared_beneficial and (link.share is None or link.kind != VOTES)
        if declared and link.kind not in CONTROLLING:
            grounds[link.owner].append(Ground(link.kind, Path((link,))))
    starts = {chain.subject: (True, True)}
    for party, share in shares.shares.items():
        if not chain.parties[party].is_person and share.may_reach(threshold, exclusive=exclusive):
            starts[party] = (False, share.surely_reaches(threshold, exclusive=exclusive))
    enough = {p for p, s in shares.shares.items() if s.surely_reaches(threshold, exclusive=exclusive)}
    for start, (is_subject, sure) in starts.items():
        base: tuple[Link, ...] = ()
        if not is_subject:
            routes = paths_to(chain, {start}, shares_only=True)
            if not routes:
                continue
            base = routes[0].links
        _climb(chain, start, base, sure, is_subject, grounds, enough)
    return grounds


def _climb(
    chain: Chain,
    start: str,
    base: tuple[Link, ...],
    sure: bool,
    is_subject: bool,
    grounds: dict[str, list[Ground]],
    enough: Collection[str],
) -> None:
    """Follow links of control upwards from `start`, each party once by the role it rests on.

    A chain of majorities is a ground only for those whose shares are not `enough` by themselves.
    """
    frontier: list[tuple[str, tuple[Link, ...], bool, str]] = [(start, base, sure, "")]
    seen: set[tuple[str, str, bool]] = set()
    while frontier:
        here, tail, certain, by_role = frontier.pop(0)
        for link, strength in controlling_links(chain, here):
            role = link.kind if link.kind in CONTROLLING else by_role
            sure_now = certain and strength
            if link.owner == chain.subject or any(step.owner == link.owner for step in tail):
                continue
            path = (link, *tail)
            if chain.parties[link.owner].is_person:
                majorities = is_subject and len(path) > 1 and link.owner not in enough
                known = {g.kind for g in grounds[link.owner] if g.certain or not sure_now}
                kind = role or link.kind
                if (role or majorities) and kind not in known:
                    grounds[link.owner].append(Ground(kind, Path(path), sure_now))
            elif (link.owner, role, sure_now) not in seen:
                seen.add((link.owner, role, sure_now))
                frontier.append((link.owner, path, sure_now, role))


def controlling_links(chain: Chain, entity: str) -> list[tuple[Link, bool]]:
    """Links by which somebody controls `entity`, each with whether it surely does: roles of control,
    and more than half of shares or votes."""
    found: list[tuple[Link, bool]] = []
    for link in chain.controllers_of.get(entity, ()):
        if link.kind in CONTROLLING:
            found.append((link, True))
        elif link.kind == VOTES and link.share is not None and link.share.may_reach(HALF, exclusive=True):
            found.append((link, link.share.surely_reaches(HALF, exclusive=True)))
    for link in share_links(chain, entity):
        if link.share is not None and link.share.may_reach(HALF, exclusive=True):
            found.append((link, link.share.surely_reaches(HALF, exclusive=True)))
    return found


def ultimate_parents(chain: Chain, shares: Effective) -> tuple[Parent, ...]:
    """Entities above the subject by half or more of shares or votes, or by control, at every level, that
    have no such entity above themselves. In a ring at the top, all its members."""
    parents: dict[str, list[tuple[Link, bool]]] = {}
    reached: dict[str, tuple[bool, tuple[Link, ...]]] = {chain.subject: (True, ())}
    frontier = [chain.subject]
    while frontier:
        here = frontier.pop(0)
        if here not in parents:
            parents[here] = _halves(chain, here)
        certain, tail = reached[here]
        for link, strength in parents[here]:
            before = reached.get(link.owner)
            if before is None or (certain and strength and not before[0]):
                reached[link.owner] = (certain and strength, (link, *tail))
                frontier.append(link.owner)
    steps = [(entity, link.owner) for entity, links in parents.items() for link, _ in links]
    tops: set[str] = set()
    for group in components([*steps, (chain.subject, chain.subject)]):
        inside = set(group)
        if all(link.owner in inside for entity in group for link, _ in parents[entity]):
            tops |= inside
    tops.discard(chain.subject)
    found = [
        Parent(chain.parties[top], shares.of(top), reached[top][0], Path(reached[top][1])) for top in tops
    ]
    return tuple(sorted(found, key=lambda p: (-p.share.maximum, p.party.id)))


def _halves(chain: Chain, entity: str) -> list[tuple[Link, bool]]:
    found: list[tuple[Link, bool]] = []
    for link in [*share_links(chain, entity), *chain.controllers_of.get(entity, ())]:
        if chain.parties[link.owner].is_person:
            continue
        if link.share is not None and not link.share.may_reach(HALF):
            continue
        if link.kind in CONTROLLING and link.share is None:
            found.append((link, True))
        elif link.share is not None and link.kind in CONTROLLING | {OWNERSHIP, VOTES}:
            found.append((link, link.share.surely_reaches(HALF)))
    return found


def headquarters_country(party: Party) -> str | None:
    """Where an entity is run from: its place of business, else its jurisdiction; ISO 3166-1 alpha-2."""
    return party.headquarters or party.country
