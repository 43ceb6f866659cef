"""The risk rating: a sum of points that adds up, each with its reason. Pure.

FATF recommendation 1 and 10 ask for a risk-based approach whose reasons can be shown; the points are the
provider's own choice and stand in one table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

#: 7 October 2022: the first advanced-computing rule; shells formed after it are a red flag of BIS.
FIRST_CHIP_RULE = date(2022, 10, 7)


@dataclass(frozen=True)
class RiskFacts:
    """What the rating reads of a tenant."""

    blocked: str
    """The 50 Percent Rule over blocking lists: no, possible or certain; certain also where listed itself."""
    unknown_percent: float
    """How much of the tenant may belong to somebody who is not known, percent."""
    formed_on: date | None
    holding_countries: int
    """Countries of the entities between the tenant and its people, its own not counted."""
    staff: int | None
    accelerators: int
    """Accelerators it asked for or holds."""
    exposed: int = 0
    """Parties of the chain that are politically exposed."""
    adverse_media: int = 0
    """Parties of the chain with a note of adverse media."""


@dataclass(frozen=True)
class Item:
    reason: str
    points: int


@dataclass(frozen=True)
class Rated:
    """A rating that explains itself: `points` is the sum of the items, at most 100."""

    points: int
    level: str
    items: tuple[Item, ...]


#: Accelerators that one member of staff explains; more is a red flag (BIS guidance of 13 May 2025).
ACCELERATORS_PER_PERSON = 8

Rule = Callable[[RiskFacts], Item | None]


def _blocked(facts: RiskFacts) -> Item | None:
    reasons = {
        "certain": "Blocked through a listed owner",
        "possible": "Perhaps blocked through a listed owner",
    }
    points = {"certain": 40, "possible": 25}
    return Item(reasons[facts.blocked], points[facts.blocked]) if facts.blocked in points else None


def _unknown(facts: RiskFacts) -> Item | None:
    if facts.unknown_percent <= 0:
        return None
    points = 15 if facts.unknown_percent >= 10 else 8
    return Item(f"{facts.unknown_percent:g} % of owners unknown", points)


def _young(facts: RiskFacts) -> Item | None:
    if facts.formed_on is None or facts.formed_on <= FIRST_CHIP_RULE:
        return None
    return Item("Formed after October 2022", 10)


def _layers(facts: RiskFacts) -> Item | None:
    if facts.holding_countries < 1:
        return None
    words = {1: "one other country", 2: "two countries", 3: "three countries"}
    where = words.get(facts.holding_countries, f"{facts.holding_countries} countries")
    return Item(f"Holding layers in {where}", 4 if facts.holding_countries == 1 else 8)


def _staff(facts: RiskFacts) -> Item | None:
    if facts.staff is None or facts.accelerators <= facts.staff * ACCELERATORS_PER_PERSON:
        return None
    return Item("More accelerators than its staff explains", 5)


def _exposed(facts: RiskFacts) -> Item | None:
    return Item("A politically exposed person in the chain", 15) if facts.exposed else None


def _adverse_media(facts: RiskFacts) -> Item | None:
    return Item("Adverse media about a party", 10) if facts.adverse_media else None


RULES: tuple[Rule, ...] = (_blocked, _unknown, _exposed, _young, _adverse_media, _layers, _staff)

MEDIUM_FROM, HIGH_FROM = 25, 60


def rate(facts: RiskFacts) -> Rated:
    """Rate a tenant; items strongest first. Blocked is high whatever the sum, and with a politically
    exposed person the rating is never low (FATF recommendation 12: enhanced monitoring).
    """
    items = sorted((item for rule in RULES if (item := rule(facts))), key=lambda item: -item.points)
    points = min(100, sum(item.points for item in items))
    level = "high" if points >= HIGH_FROM or facts.blocked == "certain" else "low"
    if level == "low" and (points >= MEDIUM_FROM or facts.exposed):
        level = "medium"
    return Rated(points, level, tuple(items))
