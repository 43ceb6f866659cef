"""The chain above one subject: statements in force turned into links of shares and of control.

Which interests count as ownership, and the rule against counting twice, live here and nowhere else:

* `shareholding` counts. `beneficiaryOfLegalArrangement` with a share and
  `rightsToSurplusAssetsOnDissolution` (partnerships have no shares) count where the same owner holds no
  shareholding in the same entity. Voting rights never enter a product; they are control.
* A shareholding, an unknown or an unpublished interest without a share is 0 to what others leave.
* Several interests or records of one owner in one entity are added.
* An `indirect` interest is a summary. Where the file also holds share links from the owner through
  others, those links are used and the summary only narrows their result; where it does not, the
  summary itself is a link.
* A sole nominator of a nomination arrangement owns all of it; a nominee owns nothing of his own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from core.errors import InvalidInput
from kyc.ownership.statements import NOTHING, Interest, Party, Share, Statement

OWNERSHIP = "shareholding"
INSTEAD_OF_SHARES = ("beneficiaryOfLegalArrangement", "rightsToSurplusAssetsOnDissolution")
OF_UNKNOWN_KIND = ("unknownInterest", "unpublishedInterest")

#: Interests that are control without any figure. A board member alone controls nothing; a senior
#: managing official counts where nobody else does (FATF recommendation 24, last resort).
CONTROLLING = frozenset(
    {
        "appointmentOfBoard",
        "otherInfluenceOrControl",
        "controlViaCompanyRulesOrArticles",
        "controlByLegalFramework",
        "settlor",
        "trustee",
        "protector",
        "beneficiaryOfLegalArrangement",
        "nominator",
    }
)


@dataclass(frozen=True)
class Link:
    """One interest of `owner` in `entity`, with the statement that says so."""

    statement: str
    owner: str
    entity: str
    kind: str
    share: Share | None
    directness: str
    declared_beneficial: bool | None = None


@dataclass(frozen=True)
class Holding:
    """All ownership of `owner` in `entity`, added up."""

    owner: str
    entity: str
    share: Share
    links: tuple[Link, ...]
    summarised: bool = False
    """Rests on an `indirect` statement without the links behind it."""
    maybe_indirect: bool = False
    """Rests on a share of which the file says that it may be held through others."""
    counts: bool = True
    """Whether it fills part of the 100 percent of `entity` beside the other holdings."""


@dataclass(frozen=True)
class Unspecified:
    """A declared owner without a name, with the reason (BODS unspecifiedReason)."""

    statement: str
    entity: str
    reason: str
    share: Share | None


@dataclass(frozen=True)
class Chain:
    """Everything that leads to `subject`, by owner and by entity."""

    subject: str
    parties: Mapping[str, Party]
    holdings: tuple[Holding, ...]
    control: tuple[Link, ...]
    """Links that are control or may be (votes included), and board seats as information."""
    unspecified: tuple[Unspecified, ...]
    summaries: tuple[Link, ...]
    """`indirect` statements whose links are in the file."""
    owners_of: Mapping[str, tuple[Holding, ...]] = field(default_factory=dict)
    controllers_of: Mapping[str, tuple[Link, ...]] = field(default_factory=dict)

    @property
    def members(self) -> frozenset[str]:
        """The subject and everyone above it."""
        ends = {h.owner for h in self.holdings} | {link.owner for link in self.control}
        return frozenset(ends | {self.subject})


def build_chain(statements: Sequence[Statement], parties: Mapping[str, Party], subject: str) -> Chain:
    """The chain above `subject` from statements in force. Raises InvalidInput for an unknown subject."""
    if subject not in parties:
        raise InvalidInput("subject", f"no record {subject}")
    if parties[subject].is_person:
        raise InvalidInput("subject", f"{subject} is a person, who cannot be owned")
    links, unspecified = _links(statements)
    nominators = defaultdict(list)
    for link in links:
        if link.kind == "nominator":
            nominators[link.entity].append(link)
    owning: dict[tuple[str, str], list[Link]] = defaultdict(list)
    indirect: list[Link] = []
    for link in links:
        if _counts_as_ownership(link, parties, nominators):
            if link.directness == "indirect":
                indirect.append(link)
            else:
                owning[link.owner, link.entity].append(link)
    holdings = _holdings(owning, parties)
    control = [link for link in links if _is_control(link)]
    summaries: list[Link] = []
    for pair, group in _by_pair(indirect).items():
        if _leads(pair, [(h.owner, h.entity) for h in holdings]):
            summaries.extend(group)
            continue
        any_link = [(h.owner, h.entity) for h in holdings]
        any_link += [(c.owner, c.entity) for c in control if c.directness != "indirect"]
        share = _sum_of(link.share for link in group if link.share is not None)
        counts = not _leads(pair, any_link)
        holdings = _add_summary(holdings, pair, share, tuple(group), counts)
    return _above(subject, parties, holdings, control, unspecified, summaries)


def _links(statements: Sequence[Statement]) -> tuple[list[Link], list[Unspecified]]:
    links: list[Link] = []
    unspecified: list[Unspecified] = []
    for statement in statements:
        if statement.entity is None:
            continue
        if statement.owner is None:
            shares = [
                item.share
                for item in statement.interests
                if item.kind in (OWNERSHIP, *INSTEAD_OF_SHARES) and item.share is not None
            ]
            total = _sum_of(shares) if shares else None
            reason = statement.reason or "unknown"
            unspecified.append(Unspecified(statement.id, statement.entity, reason, total))
            continue
        interests: tuple[Interest, ...] = statement.interests or (Interest("unknownInterest"),)
        for item in interests:
            links.append(
                Link(
                    statement.id,
                    statement.owner,
                    statement.entity,
                    item.kind,
                    item.share,
                    item.directness,
                    item.declared_beneficial,
                )
            )
    return links, unspecified


def _counts_as_ownership(
    link: Link, parties: Mapping[str, Party], nominators: Mapping[str, Sequence[Link]]
) -> bool:
    if link.kind == OWNERSHIP or link.kind in OF_UNKNOWN_KIND:
        return link.directness != "indirect" or link.share is not None
    if link.kind in INSTEAD_OF_SHARES:
        return link.share is not None or (
            link.kind == "beneficiaryOfLegalArrangement" and link.directness != "indirect"
        )
    if link.kind == "nominator":
        is_nomination = parties[link.entity].subtype == "nomination"
        return link.share is not None or (is_nomination and len(nominators[link.entity]) == 1)
    return False


def _is_control(link: Link) -> bool:
    """Whether the link is, or may be, more than shares: any other interest but a nominee's, and what the
    file declares as beneficial ownership without a figure."""
    if link.kind == OWNERSHIP or link.kind in OF_UNKNOWN_KIND:
        return link.declared_beneficial is True and link.share is None
    return link.kind != "nominee"


def _holdings(owning: Mapping[tuple[str, str], list[Link]], parties: Mapping[str, Party]) -> list[Holding]:
    chosen: dict[tuple[str, str], list[Link]] = {}
    for pair, group in owning.items():
        shares = [link for link in group if link.kind == OWNERSHIP]
        chosen[pair] = shares or [link for link in group if link.share is not None] or group
    least: dict[str, Fraction] = defaultdict(Fraction)
    for (_, entity), group in chosen.items():
        least[entity] += sum((link.share.minimum for link in group if link.share is not None), Fraction(0))
    result = []
    for (owner, entity), group in chosen.items():
        known = [link.share for link in group if link.share is not None]
        if all(link.kind == "nominator" and link.share is None for link in group):
            share = Share(100, 100)
        elif len(known) == len(group):
            share = _sum_of(known)
        else:
            own = _sum_of(known)
            rest = max(Fraction(100) - least[entity] + own.minimum, own.minimum)
            share = Share(own.minimum, min(rest, Fraction(100)))
        unsure = any(link.directness == "unknown" and link.share is not None for link in group)
        result.append(Holding(owner, entity, share, tuple(group), maybe_indirect=unsure))
    return result


def _sum_of(shares: Iterable[Share]) -> Share:
    total = NOTHING
    for share in shares:
        total = total.plus(share)
    return total


def _by_pair(links: Iterable[Link]) -> dict[tuple[str, str], list[Link]]:
    pairs: dict[tuple[str, str], list[Link]] = defaultdict(list)
    for link in links:
        pairs[link.owner, link.entity].append(link)
    return pairs


def _leads(pair: tuple[str, str], steps: Iterable[tuple[str, str]]) -> bool:
    """Whether `steps` lead from the first to the second through at least one other party."""
    onward: dict[str, set[str]] = defaultdict(set)
    for owner, entity in steps:
        onward[owner].add(entity)
    start, end = pair
    frontier = [step for step in onward[start] if step != end]
    seen = {start, *frontier}
    while frontier:
        here = frontier.pop()
        for step in onward[here]:
            if step == end:
                return True
            if step not in seen:
                seen.add(step)
                frontier.append(step)
    return False


def _add_summary(
    holdings: list[Holding], pair: tuple[str, str], share: Share, links: tuple[Link, ...], counts: bool
) -> list[Holding]:
    owner, entity = pair
    same = [h for h in holdings if (h.owner, h.entity) == pair]
    if not same:
        return [*holdings, Holding(owner, entity, share, links, summarised=True, counts=counts)]
    old = same[0]
    merged = Holding(
        owner, entity, old.share.plus(share), old.links + links, True, old.maybe_indirect, counts
    )
    return [merged if h is old else h for h in holdings]


def _above(
    subject: str,
    parties: Mapping[str, Party],
    holdings: Sequence[Holding],
    control: Sequence[Link],
    unspecified: Sequence[Unspecified],
    summaries: Sequence[Link],
) -> Chain:
    owners: dict[str, list[Holding]] = defaultdict(list)
    controllers: dict[str, list[Link]] = defaultdict(list)
    for holding in holdings:
        owners[holding.entity].append(holding)
    for link in control:
        controllers[link.entity].append(link)
    seen, frontier = {subject}, [subject]
    while frontier:
        entity = frontier.pop()
        for owner in [h.owner for h in owners[entity]] + [c.owner for c in controllers[entity]]:
            if owner not in seen:
                seen.add(owner)
                frontier.append(owner)
    kept = [h for h in holdings if h.entity in seen]
    ruling = [c for c in control if c.entity in seen]
    return Chain(
        subject,
        parties,
        tuple(kept),
        tuple(ruling),
        tuple(u for u in unspecified if u.entity in seen),
        tuple(s for s in summaries if s.entity in seen),
        {entity: tuple(owners[entity]) for entity in seen if owners[entity]},
        {entity: tuple(controllers[entity]) for entity in seen if controllers[entity]},
    )
