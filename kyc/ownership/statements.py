"""Who holds what in whom: parties, interests and statements of the Beneficial Ownership Data Standard 0.4.

Shares are percent, 0..100, kept as exact fractions with open or closed ends, because a threshold of
exactly 25 or 50 % decides: "more than 25 but not more than 50" (UK law) is not "25 to 50".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from core.errors import InvalidInput

Number = int | float | str | Decimal | Fraction


def percent(value: Number) -> Fraction:
    """`value` as an exact fraction; a float is taken by its shortest decimal, so 33.6 is 336/10."""
    if isinstance(value, bool):
        raise InvalidInput("share", "not a number")
    try:
        return Fraction(str(value)) if isinstance(value, float) else Fraction(value)
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise InvalidInput("share", f"not a number: {value}") from error


@dataclass(frozen=True)
class Share:
    """An interval of percent within 0..100. Raises InvalidInput when it is none.

    `above`: strictly more than `minimum`; `below`: strictly less than `maximum`.
    """

    minimum: Fraction
    maximum: Fraction
    above: bool = False
    below: bool = False

    def __init__(self, minimum: Number, maximum: Number, above: bool = False, below: bool = False) -> None:
        low, high = percent(minimum), percent(maximum)
        if low < 0 or high > 100 or low > 100 or high < 0:
            raise InvalidInput("share", "outside 0 to 100 percent")
        if low > high:
            raise InvalidInput("share", f"the minimum {float(low)} is above the maximum {float(high)}")
        if low == high and (above or below):
            raise InvalidInput("share", "an empty range")
        object.__setattr__(self, "minimum", low)
        object.__setattr__(self, "maximum", high)
        object.__setattr__(self, "above", above)
        object.__setattr__(self, "below", below)

    @classmethod
    def exactly(cls, value: Number) -> Share:
        """A share known exactly."""
        return cls(value, value)

    @property
    def is_exact(self) -> bool:
        """Whether only one value is possible."""
        return self.minimum == self.maximum

    def surely_reaches(self, threshold: Number, *, exclusive: bool = False) -> bool:
        """Whether every possible value is at or above `threshold` (above it, with `exclusive`)."""
        limit = percent(threshold)
        return self.minimum > limit or (self.minimum == limit and (self.above or not exclusive))

    def may_reach(self, threshold: Number, *, exclusive: bool = False) -> bool:
        """Whether some possible value is at or above `threshold` (above it, with `exclusive`)."""
        limit = percent(threshold)
        return self.maximum > limit or (self.maximum == limit and not self.below and not exclusive)

    def plus(self, other: Share) -> Share:
        """The sum of two holdings, never more than 100."""
        high = self.maximum + other.maximum
        low = self.minimum + other.minimum
        if low >= 100:
            return Share(100, 100)
        below = (self.below or other.below) and high <= 100
        return Share(low, min(high, Fraction(100)), self.above or other.above, below)

    def meet(self, other: Share) -> Share | None:
        """The values possible under both, or None where they contradict each other."""
        low, above = max((self.minimum, self.above), (other.minimum, other.above))
        high, closed = min((self.maximum, not self.below), (other.maximum, not other.below))
        if low > high or (low == high and (above or not closed)):
            return None
        return Share(low, high, above, not closed)

    def hull(self, other: Share) -> Share:
        """The smallest interval that holds both."""
        low, closed = min((self.minimum, self.above), (other.minimum, other.above))
        high, shut = max((self.maximum, not self.below), (other.maximum, not other.below))
        return Share(low, high, closed, not shut)


NOTHING = Share(0, 0)
ANYTHING = Share(0, 100)


@dataclass(frozen=True)
class Party:
    """A person or entity of a chain, as far as ownership needs it."""

    id: str
    is_person: bool = False
    name: str | None = None
    country: str | None = None
    """ISO 3166-1 alpha-2: an entity's jurisdiction, a person's residence or else nationality."""
    headquarters: str | None = None
    """ISO 3166-1 alpha-2 of an entity's place of business, where the record gives one."""
    region: str | None = None
    """ISO 3166-2 of the jurisdiction, where the record gives one."""
    kind: str = ""
    """BODS entityType (`registeredEntity`, `arrangement`, `state`, …) or personType."""
    subtype: str = ""
    publicly_listed: bool = False
    politically_exposed: bool = False
    unspecified_reason: str | None = None
    other_names: tuple[str, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()
    """(scheme, number), the scheme as the source writes it."""
    birth_date: str | None = None
    """A date, a month or a year."""
    nationalities: tuple[str, ...] = ()

    @property
    def is_unidentified(self) -> bool:
        """Somebody, but nobody knows (or says) who."""
        return self.kind in {"anonymousPerson", "unknownPerson", "anonymousEntity", "unknownEntity"}


@dataclass(frozen=True)
class Interest:
    """One interest (BODS interestType `kind`) of an owner in an entity.

    `directness` is `direct` (also where a file leaves it out), `indirect` or `unknown`.
    """

    kind: str
    share: Share | None = None
    directness: str = "direct"
    declared_beneficial: bool | None = None
    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        if self.start and self.end and self.end < self.start:
            raise InvalidInput("endDate", f"{self.end} is before the start, {self.start}")

    def holds_on(self, day: date) -> bool:
        """Whether the interest exists on `day`; on its end date it has ceased (BODS 0.4)."""
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)


@dataclass(frozen=True)
class Statement:
    """One claim that `owner` has `interests` in `entity`; an unspecified owner is None with a reason.

    Several statements about one `record` supersede each other by date, then by place in the file.
    """

    id: str
    record: str
    owner: str | None
    entity: str | None
    interests: tuple[Interest, ...] = ()
    stated: str = ""
    """statementDate, RFC 3339 date or date-time."""
    status: str = ""
    reason: str | None = None
    """BODS unspecifiedReason of an owner who is not named."""
    is_component: bool = False
    components: tuple[str, ...] = ()
    line: int | None = None
    """Where it stood in its file."""


@dataclass(frozen=True)
class StatementError:
    """What is wrong with one statement; `as_json` is the line that imports print."""

    statement: str
    field: str
    error: str
    line: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {"statement": self.statement, "field": self.field, "error": self.error}


def _instant(text: str) -> tuple[str, str]:
    """A sort key of a date or a date-time: a bare date comes before any time of its day."""
    return text[:10], text[10:].replace("Z", "+00:00")


def in_force(statements: Sequence[Statement], as_of: date | None = None) -> tuple[Statement, ...]:
    """The statements that hold on `as_of` (None: by the last word on every record), in file order.

    Of each record the last statement made by that day counts; where the first was made later, it
    counts when its interests say that they began by then (what was learnt late was still so). An end
    date that a later statement of the same record gives ends the interest on that date. A record
    whose last statement is `closed` holds no more.
    """
    records: dict[str, list[tuple[int, Statement]]] = defaultdict(list)
    for position, statement in enumerate(statements):
        records[statement.record].append((position, statement))
    kept: list[tuple[int, Statement]] = []
    for versions in records.values():
        versions.sort(key=lambda item: (_instant(item[1].stated), item[0]))
        chosen = _version_on(versions, as_of)
        if chosen is None:
            continue
        position, statement = versions[chosen]
        if statement.status == "closed":
            continue
        interests = statement.interests
        if as_of is not None:
            later = [item for _, version in versions[chosen + 1 :] for item in version.interests]
            ended = (_with_known_end(interest, later) for interest in interests)
            interests = tuple(interest for interest in ended if interest.holds_on(as_of))
        else:
            interests = tuple(interest for interest in interests if interest.end is None)
        if interests or not statement.interests:
            kept.append((position, replace(statement, interests=interests)))
    return tuple(statement for _, statement in sorted(kept, key=lambda item: item[0]))


def _version_on(versions: list[tuple[int, Statement]], as_of: date | None) -> int | None:
    if as_of is None:
        return len(versions) - 1
    made = [n for n, (_, version) in enumerate(versions) if version.stated[:10] <= as_of.isoformat()]
    if made:
        return made[-1]
    first = versions[0][1]
    return 0 if any(item.start and item.start <= as_of for item in first.interests) else None


def _with_known_end(interest: Interest, later: Iterable[Interest]) -> Interest:
    for other in later:
        same = other.kind == interest.kind and (other.start is None or other.start == interest.start)
        if same and other.end is not None and interest.end is None:
            return replace(interest, end=other.end)
    return interest


def check(statements: Iterable[Statement], parties: Mapping[str, Party]) -> list[StatementError]:
    """What is impossible among statements in force together: an owner that is itself, a name without
    a record, a person that is owned, minimum direct shares of one entity above 100 percent.

    A longer cycle (A owns B, B owns A) is possible and no error.
    """
    errors: list[StatementError] = []
    least: dict[str, Fraction] = defaultdict(Fraction)
    last: dict[str, Statement] = {}
    for statement in statements:
        if statement.owner is not None and statement.owner == statement.entity:
            errors.append(_relation_error(statement, "interestedParty", "an owner of itself"))
        if statement.entity is not None and statement.entity not in parties:
            errors.append(_relation_error(statement, "subject", f"no record {statement.entity}"))
        elif statement.entity is not None and parties[statement.entity].is_person:
            errors.append(_relation_error(statement, "subject", "a person cannot be owned"))
        if statement.owner is not None and statement.owner not in parties:
            errors.append(_relation_error(statement, "interestedParty", f"no record {statement.owner}"))
        for interest in statement.interests:
            counts = interest.kind == "shareholding" and interest.directness == "direct"
            if counts and interest.share is not None and statement.entity is not None:
                least[statement.entity] += interest.share.minimum
                last[statement.entity] = statement
    for entity, total in least.items():
        if total > 100:
            reason = f"minimum shares of {entity} sum to {float(total):g} percent, above 100"
            errors.append(_relation_error(last[entity], "interests.share", reason))
    return errors


def _relation_error(statement: Statement, field: str, reason: str) -> StatementError:
    return StatementError(statement.id, f"recordDetails.{field}", reason, statement.line)
