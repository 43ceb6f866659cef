"""The terms that rules read: each a typed value, worked out in `working.py` from facts and tables.

A term whose facts are not all known is absent, and `unknown_behind` names the facts that are wanting. So a
condition such as `parent_d5 || headquarters_d5` is still true when one side is known to be true.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

from access.inventory.tpp import Accelerator
from access.policy.countries import MACAU, Place

TermType = Literal["bool", "double", "string", "list", "map"]

#: Every term and its type. A rule that names anything else does not compile.
TERMS: Final[Mapping[str, TermType]] = {
    # the request
    "supply": "string",
    "purpose": "string",
    "training": "bool",
    "end_use": "list",
    "count": "double",
    "hours_known": "bool",
    # the accelerator
    "accelerator_known": "bool",
    "accelerator_ambiguous": "bool",
    "accelerator_verified": "bool",
    "ascend_910": "bool",
    "eccn": "string",
    "tpp_each": "double",
    "dram_gbs": "double",
    "tpp": "double",
    # the site
    "site_us": "bool",
    "site_d5": "bool",
    "site_restricted": "bool",
    "site_china_macau": "bool",
    "site_eu": "bool",
    "site_uk": "bool",
    "site_territory": "string",
    "site_covered_locality": "bool",
    "site_authorisation": "string",
    "provider_eu": "bool",
    "provider_uk": "bool",
    # who stands behind it
    "tenant_us": "bool",
    "tenant_eu": "bool",
    "tenant_ru": "bool",
    "tenant_restricted": "bool",
    "tenant_territory": "string",
    "covered_locality": "bool",
    "headquarters_d5": "bool",
    "headquarters_ru": "bool",
    "headquarters_territory": "string",
    "parent_d5": "bool",
    "parent_ru": "bool",
    "parent_territory": "string",
    "end_user_d5": "bool",
    "end_user_ru": "bool",
    "end_user_restricted": "bool",
    "end_user_territory": "string",
    "remote_d5": "bool",
    "remote_restricted": "bool",
    "remote_territories": "list",
    "owners_d5_percent": "double",
    "owners_ru_percent": "double",
    "owners_foreign_percent": "double",
    "owner_territories": "list",
    "owner_in_ukraine": "bool",
    "unknown_owner_percent": "double",
    "red_flags": "list",
    "identification_missing": "list",
    "confirmed_signals": "double",
    # lists
    "listed_self": "list",
    "owned": "map",
    "minor": "list",
    "controlled": "list",
    "affiliates_percent": "double",
    "uk_largest_percent": "double",
    "uk_joint_percent": "double",
    # sums
    "declared_flop": "double",
    "flop_lower_bound": "double",
    "declared_below_capacity": "bool",
    "group_flop_with_this": "double",
    "group_year_flop": "double",
    "group_year_flop_with_past": "double",
    "group_tpp": "double",
    "group_tpp_with_this": "double",
    "group_limit_tpp": "double",
    # the tables
    "before_country_groups": "bool",
}


@dataclass(frozen=True)
class Terms:
    """Known terms and, for each absent one, the facts that are wanting."""

    values: Mapping[str, Any]
    unknown_behind: Mapping[str, tuple[str, ...]]
    accelerator: Accelerator | None
    tpp: int | None
    """count x TPP of one accelerator, exact."""


#: What the rules ask about the country of each role.
ROLE_FLAGS: Final[Mapping[str, tuple[str, ...]]] = {
    "site": ("us", "d5", "restricted", "china_macau", "eu", "uk"),
    "tenant": ("us", "eu", "ru", "restricted"),
    "headquarters": ("d5", "ru"),
    "parent": ("d5", "ru"),
    "end_user": ("d5", "ru", "restricted"),
}
_FLAGS: Final[Mapping[str, Callable[[Place], bool]]] = {
    "us": lambda place: place.us,
    "d5": lambda place: place.macau_or_d5,
    "restricted": lambda place: place.restricted,
    "china_macau": lambda place: place.destination in ("CN", MACAU),
    "eu": lambda place: place.eu,
    "uk": lambda place: place.uk,
    "ru": lambda place: place.code == "RU",
}


#: The country fact of each role.
ROLES: Final[Mapping[str, str]] = {
    "request.site_country": "site",
    "tenant.country": "tenant",
    "tenant.headquarters_country": "headquarters",
    "tenant.ultimate_parent_country": "parent",
    "request.end_user_country": "end_user",
}


def tells_apart(path: str, place: Place) -> tuple[object, ...]:
    """Everything that the rules can tell about a country in that role: equal tuples decide alike."""
    terms = role_terms(ROLES[path], place)
    return (*terms.values(), place.territory)


@lru_cache(maxsize=4096)
def role_terms(role: str, place: Place) -> Mapping[str, bool]:
    return {f"{role}_{flag}": _FLAGS[flag](place) for flag in ROLE_FLAGS[role]}
