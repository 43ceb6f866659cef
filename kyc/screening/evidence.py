"""What beside the name speaks for or against a match: one function a field, each a signed shift.

A field that only one side gives says nothing. Every function is symmetric.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA
from rigour.addresses import match_addresses

from kyc.screening.latin import latin
from kyc.screening.names import Analysed


@dataclass(frozen=True, slots=True)
class Feature:
    """One line of an explanation: it moves the score by `score` × `weight`.

    `score` is -1..1 (how far the two agree), `weight` the most that this can move the score.
    """

    feature: str
    score: float
    weight: float
    query: str
    candidate: str
    detail: str

    @property
    def shift(self) -> float:
        """What this line adds to the score."""
        return self.score * self.weight


#: Identifiers of one group compare with each other: a passport number is often filed as an id number.
IDENTIFIERS: dict[str, str] = {
    "passportNumber": "personal",
    "idNumber": "personal",
    "socialSecurityNumber": "personal",
    "taxNumber": "tax",
    "innCode": "tax",
    "vatCode": "tax",
    "registrationNumber": "register",
    "ogrnCode": "register",
    "uscCode": "register",
    "leiCode": "leiCode",
    "imoNumber": "imoNumber",
    "mmsi": "mmsi",
    "dunsCode": "dunsCode",
    "swiftBic": "swiftBic",
    "isinCode": "isinCode",
    "isin": "isinCode",
    "uniqueEntityId": "uniqueEntityId",
    "npiCode": "npiCode",
    "publicKey": "publicKey",
    "wikidataId": "wikidataId",
}
#: Numbers that a party has only one of: two different ones speak against a match.
UNIQUE = ("leiCode", "imoNumber")
#: Shorter numbers coincide too often to prove anything.
LEAST_IDENTIFIER = 5

COUNTRIES = {
    "nationality": ("nationality", "citizenship", "country"),
    "jurisdiction": ("jurisdiction", "mainCountry", "country", "flag"),
}


@lru_cache(maxsize=4_000)
def identifiers(party: Analysed) -> dict[str, str]:
    """Every comparable number of a party: `group:NORMALISED` → as written."""
    found: dict[str, str] = {}
    for prop, group in IDENTIFIERS.items():
        for value in party.properties.get(prop, ()):
            text = normalise_identifier(value)
            if group == "imoNumber":
                text = text.removeprefix("IMO")
            if len(text) >= LEAST_IDENTIFIER and any(c.isdigit() for c in text) and len(set(text)) > 2:
                groups = (
                    ("personal", "register", "tax") if group in ("personal", "register", "tax") else (group,)
                )
                for each in groups if prop in ("idNumber", "taxNumber") else (group,):
                    found[f"{each}:{text}"] = value
    return found


def normalise_identifier(value: str) -> str:
    """Letters and digits alone, upper case: `IMO 907-4729` and `imo9074729` are one number."""
    return "".join(c for c in value.upper() if c.isalnum())


def equal_identifier(query: Analysed, candidate: Analysed) -> Feature | None:
    """The number that both sides carry, if any; the scorer turns it into a floor."""
    ours, theirs = identifiers(query), identifiers(candidate)
    shared = sorted(ours.keys() & theirs.keys())
    if not shared:
        return None
    key = shared[0]
    return Feature("identifier", 1.0, 0.0, ours[key], theirs[key], "the same number")


def different_identifier(query: Analysed, candidate: Analysed) -> Feature | None:
    """Two different numbers of a kind that a party has only one of."""
    for prop in UNIQUE:
        ours, theirs = query.values(prop), candidate.values(prop)
        if ours and theirs:
            return Feature("identifier", -1.0, 0.15, ours[0], theirs[0], f"{prop} differs")
    return None


_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date of which the day or the month may be unknown (0)."""

    year: int
    month: int
    day: int
    about: bool
    written: str


@lru_cache(maxsize=20_000)
def date(value: str) -> PartialDate | None:
    """The date in a FollowTheMoney value: `1971`, `1971-03`, `1971-03-14`, `circa 1971`."""
    found = _DATE.search(value)
    if not found:
        return None
    year, month, day = (int(part or 0) for part in found.groups())
    return PartialDate(year, month, day, found.start() > 0, value)


def dates(values: list[str]) -> list[PartialDate]:
    """The dates in these values."""
    return [found for found in map(date, values) if found]


#: Outcome of comparing two dates → (score, weight): best outcome of all pairs counts.
_DATES = {
    "the same day": (1.0, 0.15),
    "day and month swapped": (0.6, 0.15),
    "the same month": (0.6, 0.15),
    "the same year": (0.35, 0.15),
    "close to each other": (-0.1, 0.35),
    "one digit differs": (-0.2, 0.35),
    "years apart": (-0.75, 0.35),
    "far apart": (-1.0, 0.35),
}


def _compare_dates(a: PartialDate, b: PartialDate) -> str:
    if a.year == b.year:
        if not (a.month and b.month):
            return "the same year"
        if a.month == b.month:
            if not (a.day and b.day):
                return "the same month"
            return "the same day" if a.day == b.day else "close to each other"
        if a.day and b.day and a.day == b.month and a.month == b.day:
            return "day and month swapped"
        return "close to each other"
    gap = abs(a.year - b.year)
    if gap <= (3 if a.about or b.about else 1):
        return "close to each other"
    same_day = a.month and a.month == b.month and a.day and a.day == b.day
    if same_day and OSA.distance(str(a.year), str(b.year)) == 1:
        return "one digit differs"
    return "years apart" if gap <= 8 else "far apart"


def born(query: Analysed, candidate: Analysed) -> Feature | None:
    """Birth dates, or incorporation dates of companies."""
    for prop, name in (("birthDate", "birth_date"), ("incorporationDate", "incorporation_date")):
        ours, theirs = dates(query.values(prop)), dates(candidate.values(prop))
        if not ours or not theirs:
            continue
        best = max(
            (
                (*_DATES[outcome], outcome, a, b)
                for a in ours
                for b in theirs
                for outcome in [_compare_dates(a, b)]
            ),
            key=lambda found: (found[0] * found[1], found[3].written, found[4].written),
        )
        score, weight, outcome, a, b = best
        return Feature(
            name, score, weight if name == "birth_date" else weight * 0.4, a.written, b.written, outcome
        )
    return None


def country(query: Analysed, candidate: Analysed) -> Feature | None:
    """Nationality of persons, jurisdiction of organisations, flag of vessels."""
    name = "nationality" if query.schema == candidate.schema == "Person" else "country"
    props = COUNTRIES["nationality" if name == "nationality" else "jurisdiction"]
    ours = {value[:2].lower() for value in query.values(*props)}
    theirs = {value[:2].lower() for value in candidate.values(*props)}
    if not ours or not theirs:
        return None
    shared = ours & theirs
    score, weight = (1.0, 0.02) if shared else (-1.0, 0.05 if name == "nationality" else 0.08)
    return Feature(
        name,
        score,
        weight,
        ", ".join(sorted(ours)),
        ", ".join(sorted(theirs)),
        "agrees" if shared else "differs",
    )


def gender(query: Analysed, candidate: Analysed) -> Feature | None:
    """Gender, where both sides state one."""
    ours = {value.lower() for value in query.values("gender")}
    theirs = {value.lower() for value in candidate.values("gender")}
    if not ours or not theirs:
        return None
    score, weight = (1.0, 0.0) if ours & theirs else (-1.0, 0.10)
    return Feature(
        "gender",
        score,
        weight,
        ", ".join(sorted(ours)),
        ", ".join(sorted(theirs)),
        "agrees" if ours & theirs else "differs",
    )


def birth_place(query: Analysed, candidate: Analysed) -> Feature | None:
    """Place of birth: any shared word of a place speaks for it."""
    ours, theirs = query.values("birthPlace"), candidate.values("birthPlace")
    if not ours or not theirs:
        return None
    words = {w for place in ours for w in latin(place).split() if len(w) > 2}
    others = {w for place in theirs for w in latin(place).split() if len(w) > 2}
    if not words or not others:
        return None
    near = any(OSA.normalized_similarity(a, b) >= 0.75 for a in words for b in others)
    score, weight = (1.0, 0.02) if near else (-1.0, 0.03)
    return Feature("birth_place", score, weight, ours[0], theirs[0], "agrees" if near else "differs")


def address(query: Analysed, candidate: Analysed) -> Feature | None:
    """Addresses: the nearest pair; a different one says little, since parties move."""
    ours, theirs = query.values("address"), candidate.values("address")
    if not ours or not theirs:
        return None
    found = match_addresses(ours, theirs)
    if found is None:
        return Feature("address", -0.5, 0.03, ours[0], theirs[0], "differs")
    if found.score >= 0.6:
        return Feature("address", round(found.score, 2), 0.03, found.query, found.result, "agrees")
    return Feature("address", -0.5, 0.03, found.query, found.result, "differs")


#: Every property that is read here or by the analysis of names: what an index keeps of an entity.
COMPARED = frozenset(
    {
        *IDENTIFIERS,
        *(prop for props in COUNTRIES.values() for prop in props),
        *("name", "alias", "previousName", "abbreviation", "weakAlias"),
        *("firstName", "secondName", "middleName", "fatherName", "lastName"),
        *("birthDate", "incorporationDate", "gender", "birthPlace", "address"),
    }
)

#: The most that each field can add, and the properties that it reads.
LIFTS: tuple[tuple[tuple[str, ...], float], ...] = (
    (("birthDate", "incorporationDate"), 0.15),
    ((*COUNTRIES["nationality"], *COUNTRIES["jurisdiction"]), 0.02),
    (("birthPlace",), 0.02),
    (("address",), 0.03),
)

FIELDS = (different_identifier, born, country, gender, birth_place, address)
