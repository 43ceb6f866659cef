"""Country names as lists print them, to the lower-case ISO 3166-1 alpha-2 codes of FollowTheMoney."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from importlib import resources

import pycountry

from kyc.lists.entry import folded


@functools.cache
def _codes() -> Mapping[str, str]:
    """Folded name, alpha-2 or alpha-3 → alpha-2; the empty string where there is no code today."""
    table: dict[str, str] = {}
    for country in pycountry.countries:
        code = country.alpha_2.lower()
        for attribute in ("name", "official_name", "common_name", "alpha_2", "alpha_3"):
            if text := getattr(country, attribute, None):
                table[folded(text)] = code
                # "Moldova, Republic of" is also written "Republic of Moldova".
                head, comma, tail = text.partition(", ")
                if comma:
                    table.setdefault(folded(f"{tail} {head}"), code)
    table["xk"] = table["xkx"] = "xk"
    own = json.loads(resources.files("kyc.lists").joinpath("country_aliases.json").read_text("utf-8"))
    table.update({name: (code or "").lower() for name, code in own["names"].items()})
    return table


@functools.lru_cache(maxsize=8192)
def country_code(text: str) -> str | None:
    """The code of a printed country; '' where it is known to have none; None where it is unknown."""
    name = folded(text)
    table = _codes()
    if name in table:
        return table[name]
    for lead in ("the ", "region "):
        if name.startswith(lead) and name[len(lead) :] in table:
            return table[name[len(lead) :]]
    if name.endswith(" the") and name[:-4] in table:
        return table[name[:-4]]
    return None


_ENUMERATION = re.compile(r"\(?\b(?:[0-9]{1,2}|[a-h])\)(?:\s*(?:-|to)\s*\(?(?:[0-9]{1,2}|[a-h])\))?|[;/]")
_JOINED = re.compile(r",|\.\s|\band\b")
_BRACKETS = re.compile(r"\([^)]*\)?")
_BEFORE = re.compile(r"^(?:(?:in|now|possibly|formerly|former|also|believed|to|hold)\s+)+", re.I)
_BEHIND = re.compile(
    r"\s+(?:as at|as of|since|until|from|citizenship|nationalit|national|citizen|by birth|previous|\d).*$",
    re.I,
)


def countries_in(text: str) -> tuple[list[str], list[str]]:
    """The codes of an enumeration such as `(1) German (2) Moroccan`, and the pieces that are unknown."""
    codes: list[str] = []
    unknown: list[str] = []
    for piece in _ENUMERATION.split(text):
        bare = _BRACKETS.sub(" ", piece or "").strip(" .,-")
        if not bare:
            continue
        if (code := country_code(bare)) is not None:
            codes.append(code)
            continue
        for part in _JOINED.split(bare):
            word = _BEHIND.sub("", _BEFORE.sub("", part.strip())).strip(" .,-")
            if not word:
                continue
            if (code := country_code(word)) is not None:
                codes.append(code)
            else:
                unknown.append(word)
    return [code for code in dict.fromkeys(codes) if code], unknown
