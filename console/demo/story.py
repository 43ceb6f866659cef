"""The invented tenants of the demonstration, read from `tenants.yaml`, and their documents."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib import resources
from typing import Any

import pycountry
import yaml

from kyc.identity.mrz import check_digit


@dataclass(frozen=True)
class Person:
    """An invented natural person with a passport."""

    key: str
    name: str
    country: str
    born: date
    sex: str
    passport: str
    expires: date
    also: tuple[str, ...] = ()

    def properties(self) -> dict[str, list[str]]:
        """As FollowTheMoney properties."""
        return {
            "name": [self.name],
            "alias": list(self.also),
            "birthDate": [self.born.isoformat()],
            "gender": ["male" if self.sex == "M" else "female"],
            "nationality": [self.country],
            "passportNumber": [self.passport],
        }


@dataclass(frozen=True)
class Company:
    """An invented company of a chain."""

    key: str
    name: str
    country: str
    number: str
    also: tuple[str, ...] = ()

    def properties(self) -> dict[str, list[str]]:
        return {
            "name": [self.name],
            "alias": list(self.also),
            "jurisdiction": [self.country],
            "registrationNumber": [self.number],
        }


@dataclass(frozen=True)
class Holding:
    """`owner` has an interest in `of`; `share` is BODS's share, None for control without one."""

    owner: str | None
    of: str
    kind: str
    share: Mapping[str, float] | None
    reason: str = ""


@dataclass(frozen=True)
class Flag:
    """What a reviewer reads of a person beside the lists, and where."""

    person: str
    kind: str
    source: str
    note: str


@dataclass(frozen=True)
class Invented:
    """One tenant of the story."""

    name: str
    country: str
    number: str
    facts: Mapping[str, Any]
    persons: tuple[Person, ...]
    companies: tuple[Company, ...]
    holdings: tuple[Holding, ...]
    directors: tuple[str, ...] = field(default=())
    flags: tuple[Flag, ...] = field(default=())


def tenants() -> list[Invented]:
    """All of them, in the order of the story."""
    text = resources.files("console.demo").joinpath("tenants.yaml").read_text("utf-8")
    return [_tenant(raw) for raw in yaml.safe_load(text)]


def passport_lines(person: Person) -> tuple[str, str]:
    """The two lines of a TD3 machine-readable zone (ICAO 9303 part 4) as a passport would carry them."""
    state = pycountry.countries.get(alpha_2=person.country).alpha_3
    state = {"DEU": "D<<"}.get(state, state)  # Germany writes D in its passports
    given, _, surname = _bare(person.name).rpartition(" ")
    first = f"P<{state}{surname.replace(' ', '<')}<<{given.replace(' ', '<')}"[:44].ljust(44, "<")
    number = person.passport.replace(" ", "").ljust(9, "<")[:9]
    born, expires = (day.strftime("%y%m%d") for day in (person.born, person.expires))
    personal = "<" * 14
    body = (number, born, expires, personal)
    digits = [check_digit(part) for part in body]
    composite = check_digit("".join(f"{part}{digit}" for part, digit in zip(body, digits, strict=True)))
    second = (
        f"{number}{digits[0]}{state}{born}{digits[1]}{person.sex}{expires}{digits[2]}{personal}{digits[3]}"
        f"{composite}"
    )
    return first, second


def _tenant(raw: Mapping[str, Any]) -> Invented:
    also = {**raw.get("also", {}), **raw.get("also_companies", {})}
    persons = tuple(
        Person(key, name, country, born, sex, str(number), expires, tuple(also.get(key, ())))
        for key, (name, country, born, sex, number, expires) in raw.get("persons", {}).items()
    )
    companies = tuple(
        Company(key, name, country, str(number), tuple(also.get(key, ())))
        for key, (name, country, number) in raw.get("companies", {}).items()
    )
    holdings = [
        Holding(_owner(o), of, "shareholding", _share(share)) for o, of, share in raw.get("holds", ())
    ]
    holdings += [Holding(o, of, kind, None) for o, of, kind in raw.get("control", ())]
    if "nobody" in raw:  # an institute without shares
        holdings.append(Holding(None, "self", "shareholding", {"exact": 100.0}, raw["nobody"]))
    return Invented(
        raw["name"],
        raw["country"],
        str(raw["number"]),
        dict(raw["facts"]),
        persons,
        companies,
        tuple(holdings),
        tuple(raw.get("directors", ())),
        tuple(Flag(key, *told) for key, told in raw.get("flags", {}).items()),
    )


def _owner(key: str) -> str | None:
    return None if key == "unknown" else key


def _share(value: Any) -> dict[str, float]:
    if isinstance(value, str):
        low, high = value.split("-")
        return {"minimum": float(low), "maximum": float(high)}
    return {"exact": float(value)}


_LETTERS = str.maketrans(
    {"Å": "AA", "Æ": "AE", "Ø": "OE", "Ä": "AE", "Ö": "OE", "Ü": "UE", "ß": "SS", "-": " "}
)


def _bare(name: str) -> str:
    """Letters A to Z, as ICAO 9303 part 3 section 6 transliterates them."""
    decomposed = unicodedata.normalize("NFKD", name.upper().translate(_LETTERS))
    return "".join(c for c in decomposed if c == " " or "A" <= c <= "Z")


def as_interest(holding: Holding) -> dict[str, Any]:
    """The holding as a BODS interest."""
    interest: dict[str, Any] = {"type": holding.kind, "directOrIndirect": "direct"}
    if holding.share is not None:
        interest["share"] = dict(holding.share)
    if holding.kind != "shareholding":
        interest["beneficialOwnershipOrControl"] = True
    return interest


def chain_size(invented: Sequence[Invented]) -> tuple[int, int]:
    """How many parties (the tenants included) and statements the story has."""
    parties = sum(1 + len(t.persons) + len(t.companies) for t in invented)
    return parties, sum(len(t.holdings) for t in invented)
