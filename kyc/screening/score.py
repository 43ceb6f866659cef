"""How far a party and a list entry are the same: a name score, then a signed shift for every other field.

The total is the sum of its features, so that a reviewer can add it up. Nothing here depends on the
direction of the search: the party is always the query, the list entry always the candidate, and weights
are those of the list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from kyc.screening.alignment import Alignment, NameMatch, align
from kyc.screening.evidence import FIELDS, LIFTS, Feature, equal_identifier
from kyc.screening.names import Analysed, NameForm
from kyc.screening.schemata import Kind, comparable
from kyc.screening.weights import BUILT_IN, Weights

#: A score at or above is a match, where no list sets another threshold.
THRESHOLD = 0.70
#: A weak alias alone (the list's own word) cannot score higher by name.
WEAK_CAP = 0.80
#: Equal identifiers: at least this.
IDENTIFIER_FLOOR = 0.95
#: Below this name score nothing else is looked at, unless an identifier is equal.
LEAST_NAME = 0.40
#: The most that other fields can add to a name score.
MOST_LIFT = sum(most for _, most in LIFTS)
#: They count in full up to this far below 1, then less and less: a name that agrees needs no help.
ROOM = 0.30


@dataclass(frozen=True, slots=True)
class Match:
    """One comparison, explained. `score` is the sum of the features' shifts, 0..1."""

    id: str
    schema: str
    caption: str
    datasets: tuple[str, ...]
    score: float
    name_score: float
    features: tuple[Feature, ...]
    names: NameMatch = field(repr=False)
    #: What the fields other than the name say, before limits: orders equal scores.
    secondary: float = 0.0

    def of(self, held: Analysed) -> Match:
        """The same match, named after the other side."""
        return replace(self, id=held.id, schema=held.schema, caption=held.caption, datasets=held.datasets)


@dataclass(frozen=True, slots=True)
class Pairing:
    """The pair of names that a match rests on, and whether one of them is a weak alias."""

    names: Alignment
    weak: bool

    @classmethod
    def best(cls, pairs: Iterable[tuple[NameForm, NameForm]], weights: Weights, *, person: bool) -> Pairing:
        """The best of these pairs (query's name, candidate's name), weak aliases capped."""
        best: tuple[float, float, Alignment, bool] | None = None
        for ours, theirs in pairs:
            found = align(ours, theirs, weights, person)
            weak = ours.weak or theirs.weak
            counted = min(found.score, WEAK_CAP) if weak else found.score
            if best is None or (counted, found.score) > best[:2]:
                best = (counted, found.score, found, weak)
        assert best is not None, "an analysed entity has a name"
        return cls(best[2], best[3])


def worth_comparing(pairing: Pairing, floor: float, lift: float = MOST_LIFT) -> bool:
    """Whether names this alike can reach a score of `floor` without an equal identifier.

    `lift`: the most that other fields can add (`most_lift`).
    """
    name = min(pairing.names.score, WEAK_CAP) if pairing.weak else pairing.names.score
    return name >= LEAST_NAME and name + lift * min(1.0, (1.0 - name) / ROOM) >= floor - 1e-6


def most_lift(party: Analysed) -> float:
    """The most that the fields of a party beside its names can add to a name score."""
    return sum([most for props, most in LIFTS if any(party.properties.get(prop) for prop in props)])


def score(
    query: Analysed, candidate: Analysed, weights: Weights = BUILT_IN, pairing: Pairing | None = None
) -> Match:
    """Compare one party with one list entry. `pairing`: names already compared by the caller."""
    if pairing is None:
        pairing = Pairing.best(
            [(ours, theirs) for ours in query.names for theirs in candidate.names],
            weights,
            person=Kind.PERSON in (query.kind, candidate.kind),
        )
    best, weak = pairing.names.match(), pairing.weak
    features = [Feature("name", best.score, 1.0, best.query.original, best.candidate.original, "")]
    total = best.score
    if weak and total > WEAK_CAP:
        shift = Feature(
            "weak_alias",
            -1.0,
            total - WEAK_CAP,
            best.query.original,
            best.candidate.original,
            "the list calls this alias weak",
        )
        features.append(shift)
        total += shift.shift
    same_number = equal_identifier(query, candidate)
    secondary = 1.0 if same_number else 0.0
    if not comparable(query.kind, candidate.kind):
        features.append(
            Feature("kind", -1.0, total, query.schema, candidate.schema, "a person is not an organisation")
        )
        total = 0.0
    elif best.score >= LEAST_NAME or same_number:
        room = min(1.0, (1.0 - total) / ROOM)
        for found in [found for compare in FIELDS if (found := compare(query, candidate))]:
            secondary += found.shift
            # What agrees closes part of the gap that the name leaves; what differs counts in full.
            feature = replace(found, weight=found.weight * room) if found.score > 0 else found
            features.append(feature)
            total += feature.shift
        if same_number:
            lift = max(0.0, IDENTIFIER_FLOOR - total)
            features.append(
                Feature("identifier", 1.0, lift, same_number.query, same_number.candidate, same_number.detail)
            )
            total += lift
    total = round(total, 6)
    limited = min(1.0, max(0.0, total))
    if limited != total:
        features.append(
            Feature(
                "limit",
                limited - total,
                1.0,
                "",
                "",
                "a score is not below 0" if total < 0 else "a score is not above 1",
            )
        )
    return Match(
        id=candidate.id,
        schema=candidate.schema,
        caption=candidate.caption,
        datasets=candidate.datasets,
        score=limited,
        name_score=best.score,
        features=tuple(features),
        names=best,
        secondary=secondary,
    )


def order(match: Match) -> tuple[float, float, float, str]:
    """Sort key, best first: score, then what other fields say, then the name, then the id."""
    return (-match.score, -match.secondary, -match.name_score, match.id)
