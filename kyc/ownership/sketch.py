"""What the ownership drawing shows: nodes and edges with their classes and words, from an assessment.

Above forty nodes, branches below 5 percent of the subject are folded into one counted node each.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from rigour.territories import get_territory

from kyc.ownership.blocked import RANK, Status
from kyc.ownership.chain import CONTROLLING, Holding, Link
from kyc.ownership.effective import NOBODY_HIDDEN
from kyc.ownership.report import Assessment
from kyc.ownership.statements import NOTHING, Party, Share

#: Above this many nodes, branches below FOLD_BELOW percent of the subject are folded.
FOLD_ABOVE = 40
FOLD_BELOW = Fraction(5)

#: Pixels between the two lines round the subject.
DOUBLE = 4.0

Words = Callable[[str], str]
"""Translates a text of the drawing."""

#: How an interest without a share is called on its edge.
INTEREST_WORDS = {
    "votingRights": "votes",
    "appointmentOfBoard": "appoints board",
    "otherInfluenceOrControl": "control",
    "seniorManagingOfficial": "managing official",
    "settlor": "settlor",
    "trustee": "trustee",
    "protector": "protector",
    "beneficiaryOfLegalArrangement": "beneficiary",
    "controlViaCompanyRulesOrArticles": "control by articles",
    "controlByLegalFramework": "control by law",
    "rightsToProfitOrIncome": "profit rights",
    "rightsToSurplusAssetsOnDissolution": "surplus assets",
    "rightsGrantedByContract": "contract",
    "conditionalRightsGrantedByContract": "conditional contract",
    "boardMember": "director",
    "boardChair": "chair",
    "enjoymentAndUseOfAssets": "use of assets",
    "rightToProfitOrIncomeFromAssets": "income from assets",
    "nominator": "holds for",
    "unknownInterest": "interest not known",
    "unpublishedInterest": "interest not published",
    "shareholding": "shares",
}


@dataclass(frozen=True)
class Fold:
    """Holders of one entity drawn as one node, because each branch is below 5 percent of the subject."""

    entity: str
    holders: tuple[str, ...]
    """Those who hold directly in `entity`."""
    parties: tuple[str, ...]
    """All parties folded, those above the holders included."""
    share: Share
    """Of the entity, added up."""
    largest: Fraction
    """The largest holder's effective share at most, percent of the subject."""
    effective: Share
    """Of the subject, added up."""


@dataclass(frozen=True)
class Node:
    name: str
    classes: tuple[str, ...]
    title: str
    lines: tuple[str, ...]
    """Name, over as many lines as it takes."""
    meta: str
    banner: str = ""
    party: str | None = None

    @property
    def rows(self) -> int:
        return len(self.lines) + bool(self.meta) + bool(self.banner)

    @property
    def width(self) -> float:
        text = max(
            [text_width(line, 12.5) * 1.06 for line in self.lines]
            + [text_width(self.meta, 11.5), text_width(self.banner, 11.5)]
        )
        return max(text + 28, 84.0) + (2 * DOUBLE if "tenant" in self.classes else 0)

    @property
    def height(self) -> float:
        return 14.0 * self.rows + 12 + (2 * DOUBLE if "tenant" in self.classes else 0)


@dataclass(frozen=True)
class Edge:
    name: str
    tail: str
    head: str
    classes: tuple[str, ...]
    label: str
    sentence: str
    free: bool = False
    """Does not pull its ends above one another (closes a cycle)."""


@dataclass
class Sketch:
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    folds: list[Fold] = field(default_factory=list)


def sketch(a: Assessment, notes: Mapping[str, str], words: Words, fold: bool) -> Sketch:
    graph = Sketch()
    hidden = _fold(a, graph) if fold else {}
    states = _states(a)
    listed = {party: name for name, answer in a.blocked.items() for party in sorted(answer.listed)}
    ring = _closing_edges(a)
    for party in sorted(a.chain.members):
        if party not in hidden:
            graph.nodes.append(_node(a, party, states, listed, notes, words))
    shown = {node.name for node in graph.nodes}
    for holding in a.chain.holdings:
        if holding.owner in shown and holding.entity in shown and holding.share.maximum > 0:
            graph.edges.append(_share_edge(a, holding, states, listed, ring, words, len(graph.edges)))
    for (owner, entity), links in _control_pairs(a).items():
        if owner in shown and entity in shown:
            graph.edges.append(_control_edge(a, owner, entity, links, words, len(graph.edges)))
    for number, item in enumerate(graph.folds):
        _add_fold(a, graph, item, number, words)
    _add_unknown(a, graph, words)
    return graph


def _node(
    a: Assessment,
    party_id: str,
    states: Mapping[str, tuple[Status, Share]],
    listed: Mapping[str, str],
    notes: Mapping[str, str],
    words: Words,
) -> Node:
    party = a.chain.parties[party_id]
    classes = [_shape_class(party)]
    about = [_country_name(party)] if party.country else []
    banner = ""
    if party_id == a.subject:
        classes.append("tenant")
        about.append(words("the tenant"))
    if party_id in listed:
        classes.append("listed")
        banner = words("LISTED")
    status, share = states.get(party_id, ("no", NOTHING))
    if status != "no" and party_id not in listed:
        classes.append("blocked" if status == "certain" else "perhaps")
        said = words("blocked") if status == "certain" else words("perhaps blocked")
        about.append(f"{said}, {percent_text(share)}" if share.maximum > 0 else said)
    if party.subtype == "trust" or "trust" in classes:
        about.append(words("trust"))
    name = party.name or words("Unknown") if party.is_unidentified else party.name or party_id
    meta = notes.get(party_id, " · ".join(about))
    title = ", ".join(part for part in (name, banner.lower(), meta) if part)
    return Node(party_id, tuple(classes), title, _wrap(name), _clip(meta, 48), banner, party_id)


def _shape_class(party: Party) -> str:
    if party.is_unidentified:
        return "unknown"
    if party.is_person:
        return "person"
    if party.kind == "arrangement" or party.subtype in ("trust", "nomination"):
        return "trust"
    return "company"


def _country_name(party: Party) -> str:
    code = party.country or ""
    territory = get_territory(code.lower()) if code else None
    return territory.name if territory is not None else code


def _states(a: Assessment) -> dict[str, tuple[Status, Share]]:
    """The strictest state of every entity over all lists."""
    states: dict[str, tuple[Status, Share]] = {}
    for answer in a.blocked.values():
        for entity, (status, share) in answer.entities.items():
            old = states.get(entity, ("no", NOTHING))
            if (RANK[status], share.maximum) > (RANK[old[0]], old[1].maximum):
                states[entity] = status, share
    return states


def _share_edge(
    a: Assessment,
    holding: Holding,
    states: Mapping[str, tuple[Status, Share]],
    listed: Mapping[str, str],
    ring: tuple[set[tuple[str, str]], set[tuple[str, str]]],
    words: Words,
    number: int,
) -> Edge:
    pair = (holding.owner, holding.entity)
    classes = ["share"]
    from_status: Status = (
        "certain" if holding.owner in listed else states.get(holding.owner, ("no", NOTHING))[0]
    )
    to_status = states.get(holding.entity, ("no", NOTHING))[0]
    on_path = any(
        (link.owner, link.entity) == pair for b in a.blocked.values() for p in b.because for link in p.links
    )
    if from_status != "no" and to_status != "no" and on_path:
        weaker = min(from_status, to_status, key=RANK.__getitem__)
        classes.append("blocked" if weaker == "certain" else "perhaps")
    if a.chain.parties[holding.owner].is_unidentified:
        classes.append("unknown")
    label = percent_text(holding.share)
    kinds = {link.kind for link in holding.links}
    if kinds == {"nominator"}:
        classes.append("nominee")
        label = words(INTEREST_WORDS["nominator"])
    if holding.summarised:
        classes.append("summary")
        label = f"{label} {words('indirectly')}"
    if pair in ring[0]:
        classes.append("cycle")
        label += " ↻"
    sentence = words("%(owner)s owns %(share)s of %(entity)s.") % {
        "owner": called(a, holding.owner),
        "share": percent_text(holding.share),
        "entity": called(a, holding.entity),
    }
    return Edge(f"e{number}", *pair, tuple(classes), label, sentence, pair in ring[1])


def _control_pairs(a: Assessment) -> dict[tuple[str, str], list[Link]]:
    """Interests that get an edge of their own: not votes that only repeat the shares."""
    shares = {(h.owner, h.entity): h for h in a.chain.holdings}
    pairs: dict[tuple[str, str], list[Link]] = defaultdict(list)
    for link in a.chain.control:
        holding = shares.get((link.owner, link.entity))
        drawn = holding is not None and any(link.kind == other.kind for other in holding.links)
        repeats = holding is not None and link.kind == "votingRights" and link.share == holding.share
        if not drawn and not repeats:
            pairs[link.owner, link.entity].append(link)
    return pairs


def _control_edge(
    a: Assessment, owner: str, entity: str, links: list[Link], words: Words, number: int
) -> Edge:
    said = []
    for link in links:
        word = words(INTEREST_WORDS.get(link.kind, link.kind))
        said.append(word if link.share is None else f"{word} {percent_text(link.share)}")
    label = ", ".join(dict.fromkeys(said))
    controls = any(link.kind in CONTROLLING or link.kind == "votingRights" for link in links)
    nominee = all(link.kind == "nominator" for link in links)
    classes = ("nominee",) if nominee else ("control",) if controls else ("control", "role")
    sentence = f"{called(a, owner)}: {label}, {called(a, entity)}."
    return Edge(f"e{number}", owner, entity, classes, _clip(label, 30), sentence)


def _closing_edges(a: Assessment) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Edges within cycles, and of each cycle the one that is left free so that the rest has an order."""
    inside: set[tuple[str, str]] = set()
    free: set[tuple[str, str]] = set()
    for cycle in a.effective.cycles:
        members = set(cycle.members)
        edges = [(h.owner, h.entity) for h in a.chain.holdings if {h.owner, h.entity} <= members]
        inside.update(edges)
        weight = {
            (h.owner, h.entity): h.share.maximum for h in a.chain.holdings if (h.owner, h.entity) in edges
        }
        if a.subject in members:
            free.update(edge for edge in edges if edge[0] == a.subject)
        elif edges:
            free.add(min(edges, key=lambda e: (weight[e], e)))
    return inside, free


def _fold(a: Assessment, graph: Sketch) -> set[str]:
    """Find branches to fold; returns the parties that are not drawn by themselves."""
    if len(a.chain.members) <= FOLD_ABOVE:
        return set()
    kept = {a.subject} | {link.owner for link in a.chain.control} | {link.entity for link in a.chain.control}
    for answer in a.blocked.values():
        kept |= answer.listed | set(answer.entities)
    below: dict[str, set[str]] = defaultdict(set)
    for holding in a.chain.holdings:
        below[holding.owner].add(holding.entity)
    small: set[str] = set()
    for party in a.chain.members - kept:
        if len(below[party]) == 1 and a.effective.of(party).maximum < FOLD_BELOW:
            small.add(party)
    changed = True
    while changed:  # a branch is folded whole or not at all
        stays = {p for p in small if any(h.owner not in small for h in a.chain.owners_of.get(p, ()))}
        small -= stays
        changed = bool(stays)
    roots: dict[str, list[Holding]] = defaultdict(list)
    for holding in a.chain.holdings:
        if holding.owner in small and holding.entity not in small:
            roots[holding.entity].append(holding)
    hidden: set[str] = set()
    for entity, holdings in sorted(roots.items()):
        branch: set[str] = set()
        frontier = [h.owner for h in holdings]
        while frontier:
            here = frontier.pop()
            if here not in branch:
                branch.add(here)
                frontier.extend(h.owner for h in a.chain.owners_of.get(here, ()))
        if len(branch) < 2:
            continue
        hidden |= branch
        holders = tuple(h.owner for h in holdings)
        share, effective = NOTHING, NOTHING
        for h in holdings:
            share = share.plus(h.share)
            effective = effective.plus(a.effective.of(h.owner))
        largest = max(a.effective.of(h.owner).maximum for h in holdings)
        graph.folds.append(Fold(entity, holders, tuple(sorted(branch)), share, largest, effective))
    return hidden


def _add_fold(a: Assessment, graph: Sketch, fold: Fold, number: int, words: Words) -> None:
    name = f"fold {number}"
    head = words("%(count)d holders") % {"count": len(fold.holders)}
    meta = words("each under 5 %")
    graph.nodes.append(Node(name, ("folded",), f"{head}, {meta}", (head,), meta))
    sentence = words("%(owner)s owns %(share)s of %(entity)s.") % {
        "owner": head,
        "share": percent_text(fold.share),
        "entity": called(a, fold.entity),
    }
    label = percent_text(fold.share)
    graph.edges.append(Edge(f"e{len(graph.edges)}", name, fold.entity, ("share",), label, sentence))


def _add_unknown(a: Assessment, graph: Sketch, words: Words) -> None:
    shown = {node.name for node in graph.nodes}
    for number, part in enumerate(a.effective.unknown):
        drawn = part.party is None and part.entity in shown and part.share.maximum > 0
        top = part.reason == "noStatement" and part.entity != a.subject
        if not drawn or top or part.reason == "closedCycle" or part.reason in NOBODY_HIDDEN:
            continue
        name, label = f"unknown {number}", percent_text(part.share)
        meta = words("not declared") if part.statement is None else words("declared unknown")
        sentence = words("%(share)s of %(entity)s: owner unknown.") % {
            "share": label,
            "entity": called(a, part.entity),
        }
        head = words("Unknown")
        graph.nodes.append(Node(name, ("unknown",), f"{head}, {meta}", (head,), meta))
        edge = Edge(f"e{len(graph.edges)}", name, part.entity, ("share", "unknown"), label, sentence)
        graph.edges.append(edge)


def called(a: Assessment, party: str) -> str:
    return a.chain.parties[party].name or party


def percent_text(share: Share) -> str:
    """`60 %`, `80–90 %`, `> 25–50 %`, `? %`."""
    if share.is_exact:
        return f"{_figure(share.minimum)} %"
    if share.minimum == 0 and share.maximum == 100:
        return "? %"
    low = f"{'> ' if share.above else ''}{_figure(share.minimum)}"
    return f"{low}–{'< ' if share.below else ''}{_figure(share.maximum)} %"


def _figure(value: Fraction) -> str:
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


# Words in a given width


def text_width(text: str, size: float) -> float:
    """Width of `text` in pixels, a little generous: the page's font is not measured here."""
    total = 0.0
    for character in text:
        if unicodedata.combining(character):
            continue
        if unicodedata.east_asian_width(character) in "WF":
            total += 1.0
        elif character in "iljtfr.,:;'|!()[] ·I":
            total += 0.36
        elif character in "mwMW—%@":
            total += 0.92
        elif character.isupper() or unicodedata.category(character) == "Lo":
            total += 0.72
        else:
            total += 0.58
    return total * size


def _clip(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _wrap(name: str, line: float = 190.0, most: int = 3) -> tuple[str, ...]:
    """A name over at most three lines of 190 pixels; a script without spaces is cut between letters."""
    pieces = name.split() if " " in name.strip() else [name.strip()]
    lines: list[str] = []
    for piece in pieces:
        for part in _cut(piece, line):
            if (
                lines
                and part is not None
                and text_width(f"{lines[-1]} {part}", 12.5) <= line
                and part == piece
            ):
                lines[-1] = f"{lines[-1]} {part}"
            else:
                lines.append(part)
    if len(lines) > most:
        lines = [*lines[: most - 1], _clip(f"{lines[most - 1]}…", 24)]
    return tuple(lines) or (name,)


def _cut(piece: str, line: float) -> list[str]:
    parts = [""]
    for letter in piece:
        if parts[-1] and text_width(parts[-1] + letter, 12.5) > line and not unicodedata.combining(letter):
            parts.append("")
        parts[-1] += letter
    return parts
