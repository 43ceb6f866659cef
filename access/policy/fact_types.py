"""Every fact there is, by dotted path: what it may hold and how a value of it is read, strictly.

A value of the wrong type or range raises InvalidInput naming its path; a boolean is no number, and nothing
is converted silently.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from access.policy.countries import atlas
from core.errors import InvalidInput

LISTS: Final = (
    "us_ofac_sdn",
    "us_ofac_ssi",
    "us_ofac_cmic",
    "us_ofac_mbs",
    "us_ofac_capta",
    "us_ofac_plc",
    "us_bis_entity_list",
    "us_bis_military_end_user",
    "us_bis_denied_persons",
    "us_bis_unverified",
    "us_state_itar",
    "us_state_isn",
    "un_sc",
    "eu_fsf",
    "uk_sanctions",
    "ca_sema",
    "au_dfat",
    "jp_meti",
    "cn_mofcom",
)
PURPOSES: Final = ("model_training", "fine_tuning", "inference", "simulation", "rendering", "other")
SUPPLIES: Final = ("remote_access", "hardware_transfer")
AUTHORISATIONS: Final = ("none", "licence", "validated_end_user")
END_USES: Final = ("military_intelligence", "wmd", "supercomputer")
#: Red flags that a person may find answered badly (BIS policy statement of 13 May 2025, its annex).
RED_FLAGS: Final = (
    "formed_recently",
    "no_online_presence",
    "shared_address",
    "will_not_say",
    "quantity_unexplained",
    "site_unfit",
    "payment_from_elsewhere",
    "unnamed_users",
    "wants_to_move",
    "previous_name_d5",
    "refuses_certification",
)
#: Records that the proposed 15 CFR part 7 asks of a foreign customer.
IDENTIFICATION: Final = (
    "name",
    "address",
    "payment_source",
    "email",
    "telephone",
    "ip_addresses",
    "account_opener",
    "verification",
    "beneficial_owners",
)
#: A number beyond this is a slip of the pen; it would not fit the arithmetic either.
LARGEST_COUNT: Final = 10**12
LARGEST_NUMBER: Final = 1e60
#: In characters; no name of an accelerator or list comes near it.
LONGEST_TEXT: Final = 200

_COUNTRY = re.compile(r"[A-Z]{2}\Z")
_REGION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}\Z")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


@dataclass(frozen=True)
class Holding:
    """A listed owner's share of the tenant, by the cascade of the 50 Percent Rule. None: unknown."""

    list: str | None
    percent: float | None
    control: bool | None = None
    owner: str | None = None
    joint: bool = False
    """Holds by a joint arrangement with other listed owners (SI 2019/855 sch. 1)."""


@dataclass(frozen=True)
class Owner:
    """A country and the share its owners hold. None: unknown."""

    country: str | None
    percent: float | None


def _text(field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidInput(field, "must be a string")
    if not value.strip():
        raise InvalidInput(field, "is empty")
    if len(value) > LONGEST_TEXT or not value.isprintable():
        raise InvalidInput(field, "is too long or holds unprintable characters")
    return value


def _country(field: str, value: Any) -> str:
    if not _COUNTRY.match(_text(field, value)):
        raise InvalidInput(field, "must be an ISO 3166-1 alpha-2 code, two capital letters")
    return str(value)


def _region(field: str, value: Any) -> str:
    if not _REGION.match(_text(field, value)):
        raise InvalidInput(field, "must be an ISO 3166-2 code such as UA-43")
    if not atlas().is_region(value):
        raise InvalidInput(field, f"{value} is no ISO 3166-2 code")
    return str(value)


def _number(field: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInput(field, "must be a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InvalidInput(field, "must be a finite number")
    if number < 0:
        raise InvalidInput(field, "must not be negative")
    if number > LARGEST_NUMBER:
        raise InvalidInput(field, f"must not be above {LARGEST_NUMBER:g}")
    return number + 0.0  # -0.0 becomes 0.0: one number, one canonical form


def _share(field: str, value: Any) -> float:
    number = _number(field, value)
    if number > 100:
        raise InvalidInput(field, "a share lies in 0..100")
    return number


def _whole(field: str, value: Any, least: int) -> int:
    number = _number(field, value)
    if number != int(number):
        raise InvalidInput(field, "must be a whole number")
    if not least <= number <= LARGEST_COUNT:
        raise InvalidInput(field, f"must lie in {least}..{LARGEST_COUNT}")
    return int(value)


def _count(field: str, value: Any) -> int:
    return _whole(field, value, 1)


def _natural(field: str, value: Any) -> int:
    return _whole(field, value, 0)


def _boolean(field: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput(field, "must be true or false")
    return value


def _one_of(known: tuple[str, ...], what: str) -> Callable[[str, Any], str]:
    def parse(field: str, value: Any) -> str:
        if _text(field, value) not in known:
            raise InvalidInput(field, f"{value!r} is no {what}")
        return str(value)

    return parse


def _items(field: str, value: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, list | tuple):
        raise InvalidInput(field, "must be an array")
    for index, item in enumerate(value):
        yield f"{field}[{index}]", item


def _set_of(parse: Callable[[str, Any], str]) -> Callable[[str, Any], tuple[str, ...]]:
    def parse_all(field: str, value: Any) -> tuple[str, ...]:
        return tuple(sorted({parse(where, item) for where, item in _items(field, value)}))

    return parse_all


_list_name = _one_of(LISTS, "list")


def as_object(field: str, value: Any, known: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidInput(field or "case", "must be an object")
    for name in value:
        if name not in known:
            shown = name if str(name).isprintable() else ascii(name)
            raise InvalidInput(f"{field}.{shown}" if field else str(shown), "unknown key")
    return value


def _optional(row: Mapping[str, Any], field: str, name: str, parse: Callable[[str, Any], Any]) -> Any:
    value = row.get(name)
    return None if value is None else parse(f"{field}.{name}", value)


def _holdings(field: str, value: Any) -> tuple[Holding, ...]:
    found = []
    for where, item in _items(field, value):
        row = as_object(where, item, ("list", "percent", "control", "owner", "joint"))
        found.append(
            Holding(
                list=_optional(row, where, "list", _list_name),
                percent=_optional(row, where, "percent", _share),
                control=_optional(row, where, "control", _boolean),
                owner=_optional(row, where, "owner", _text),
                joint=_optional(row, where, "joint", _boolean) or False,
            )
        )
    return tuple(found)


def _owners(field: str, value: Any) -> tuple[Owner, ...]:
    found = []
    for where, item in _items(field, value):
        row = as_object(where, item, ("country", "percent"))
        found.append(
            Owner(
                country=_optional(row, where, "country", _country),
                percent=_optional(row, where, "percent", _share),
            )
        )
    return tuple(found)


#: Every fact, by its dotted path, and how a value of it is read. Nothing else is a fact.
FACTS: Final[Mapping[str, Callable[[str, Any], Any]]] = MappingProxyType(
    {
        "tenant.country": _country,
        "tenant.region": _region,
        "tenant.covered_locality": _boolean,
        "tenant.headquarters_country": _country,
        "tenant.ultimate_parent_country": _country,
        "tenant.listed_self": _set_of(_list_name),
        "tenant.listed_owners": _holdings,
        "tenant.owners": _owners,
        "tenant.unknown_owner_percent": _share,
        "tenant.red_flags": _set_of(_one_of(RED_FLAGS, "red flag")),
        "tenant.identification_missing": _set_of(_one_of(IDENTIFICATION, "record of part 7")),
        "tenant.confirmed_signals": _natural,
        "request.accelerator": _text,
        "request.count": _count,
        "request.site_country": _country,
        "request.site_region": _region,
        "request.site_covered_locality": _boolean,
        "request.site_authorisation": _one_of(AUTHORISATIONS, "authorisation"),
        "request.purpose": _one_of(PURPOSES, "purpose"),
        "request.end_use": _set_of(_one_of(END_USES, "end use")),
        "request.end_user_country": _country,
        "request.supply": _one_of(SUPPLIES, "supply"),
        "request.remote_access_countries": _set_of(_country),
        "request.hours": _number,
        "request.expected_flop": _number,
        "aggregate.group_tpp": _number,
        "aggregate.group_accelerators": _number,
        "aggregate.group_flop": _number,
        "aggregate.group_limit_tpp": _number,
        "provider_countries": _set_of(_country),
    }
)


def parse_date(field: str, value: Any) -> date:
    """A calendar day written YYYY-MM-DD. Raises InvalidInput."""
    if not isinstance(value, str) or not _DATE.match(value):
        raise InvalidInput(field, "must be a date, YYYY-MM-DD")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise InvalidInput(field, str(error)) from error
