"""Where a country code stands in the law: destination, country groups, territory, whose sanctions bind.

The tables are data files under `data/`, each with its citation; a test goes through all ISO codes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import yaml

MACAU, UNITED_STATES, EMIRATES = "MO", "US", "AE"
NO_DESTINATION = "no_destination"


@dataclass(frozen=True, eq=False)
class Place:
    """What the rules ask of one country code, in one edition of the country groups."""

    code: str
    destination: str | None
    """Code of the EAR destination (15 CFR 738.3(b)); None where no destination covers the code."""
    groups: frozenset[str]
    macau_or_d5: bool
    restricted: bool
    """3A090.a or .b needs a licence: D:1, D:4, D:5, Macau, not also A:5 or A:6; and the Emirates by name."""
    territory: str
    """Sanctions programme of the country; `no_destination` and `none` besides."""
    eu: bool
    uk: bool

    @property
    def us(self) -> bool:
        """The United States or a territory of it."""
        return self.destination == UNITED_STATES


@dataclass(frozen=True)
class Edition:
    """The country groups of one day of the CFR."""

    date: date
    groups: Mapping[str, frozenset[str]]


class Atlas:
    """All country tables together; immutable."""

    def __init__(
        self,
        destinations: Mapping[str, Any],
        groups: Mapping[str, Any],
        territories: Mapping[str, Any],
        blocs: Mapping[str, Any],
    ) -> None:
        self.names: dict[str, str] = dict(destinations["destinations"])
        self._state: dict[str, str] = dict(destinations["territories"])
        self.without_destination = frozenset(destinations["without_destination"])
        self.editions = tuple(
            Edition(one["date"], {name: frozenset(codes) for name, codes in one["groups"].items()})
            for one in sorted(groups["editions"], key=lambda one: one["date"])
        )
        self.regions: dict[str, str] = dict(territories["regions"])
        self._countries: dict[str, str] = dict(territories["countries"])
        self._known_regions = {
            country: frozenset(f"{country}-{number}" for number in numbers)
            for country, numbers in territories["known_regions"].items()
        }
        self._eu, self._uk = frozenset(blocs["eu"]), frozenset(blocs["uk"])
        self._dates = [edition.date for edition in self.editions]
        self._places: dict[tuple[int, str], Place] = {}
        self._samples: dict[int, tuple[str, ...]] = {}

    def destination(self, code: str) -> str | None:
        """Code of the destination whose rules `code` takes, or None."""
        return code if code in self.names else self._state.get(code)

    def codes(self) -> list[str]:
        """Every code that has a destination."""
        return sorted({*self.names, *self._state})

    def edition(self, as_of: date) -> Edition:
        """The newest edition not later than `as_of`; the oldest for an earlier date."""
        return self.editions[self._index(as_of)]

    def predates_editions(self, as_of: date) -> bool:
        return as_of < self._dates[0]

    def _index(self, as_of: date) -> int:
        return max(bisect_right(self._dates, as_of) - 1, 0)

    def place(self, code: str, as_of: date) -> Place:
        """Everything the rules ask about `code` on that day."""
        index = self._index(as_of)
        place = self._places.get((index, code))
        if place is None:
            place = self._places[index, code] = self._build(code, self.editions[index])
        return place

    def _build(self, code: str, edition: Edition) -> Place:
        destination = self.destination(code)
        groups = frozenset(name for name, members in edition.groups.items() if destination in members)
        in_d = bool(groups & {"D:1", "D:4", "D:5"}) or destination == MACAU
        territory = self._countries.get(code, "none") if destination else NO_DESTINATION
        return Place(
            code=code,
            destination=destination,
            groups=groups,
            macau_or_d5="D:5" in groups or destination == MACAU,
            restricted=(in_d and not groups & {"A:5", "A:6"}) or destination == EMIRATES,
            territory=territory,
            eu=code in self._eu,
            uk=code in self._uk,
        )

    def is_region(self, region: str) -> bool:
        """Is this an ISO 3166-2 code, as far as our table knows the country's regions?"""
        country = region.partition("-")[0]
        known = self._known_regions.get(country)
        return known is None or region in known

    def samples(self, as_of: date) -> tuple[str, ...]:
        """One code for each way in which any rule tells countries apart, the most harmless first.

        For an unknown country it is enough to try these.
        """
        index = self._index(as_of)
        if index not in self._samples:
            seen: dict[tuple[Any, ...], str] = {}
            for code in ("US", "CH", *self.codes(), *sorted(self.without_destination)):
                place = self.place(code, as_of)
                own = code if code in ("RU", "UA") or place.destination in ("CN", MACAU) else ""
                flags = (place.us, place.macau_or_d5, place.restricted, place.territory, place.eu, place.uk)
                seen.setdefault((*flags, own), code)
            self._samples[index] = tuple(seen.values())
        return self._samples[index]


@cache
def atlas() -> Atlas:
    """The tables that ship with Lockgate."""
    return Atlas(*(_read(name) for name in ("destinations", "country_groups", "territories", "blocs")))


def _read(name: str) -> Any:
    text = resources.files("access.policy").joinpath("data", f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=yaml.CSafeLoader)
