"""The internal form of a listed party: a FollowTheMoney entity with a stable key.

Property names and their meaning are FollowTheMoney's (https://followthemoney.tech/explorer/):
values are strings, dates ISO 8601 and possibly partial (`1965`, `1965-03`), countries the
lower-case ISO 3166-1 alpha-2 codes that FollowTheMoney uses.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

#: Schemas that a list may use; anything else in a FollowTheMoney file is left out and counted.
SCHEMAS = frozenset(
    {
        "Person",
        "Organization",
        "Company",
        "LegalEntity",
        "PublicBody",
        "Vessel",
        "Airplane",
        "CryptoWallet",
    }
)
NAME_PROPERTIES = ("name", "alias", "previousName", "weakAlias")
IDENTIFIER_PROPERTIES = (
    "passportNumber",
    "idNumber",
    "registrationNumber",
    "taxNumber",
    "vatCode",
    "leiCode",
    "innCode",
    "ogrnCode",
    "dunsCode",
    "uscCode",
    "imoNumber",
    "mmsi",
    "callSign",
    "swiftBic",
    "isinCode",
    "ticker",
    "serialNumber",
    "publicKey",
    "email",
)
#: What a matcher reads. A change of anything else (a note, a programme) never opens an alert.
MATCH_PROPERTIES = (
    *NAME_PROPERTIES,
    "firstName",
    "lastName",
    "birthDate",
    "birthPlace",
    "deathDate",
    "incorporationDate",
    "gender",
    "nationality",
    "citizenship",
    "country",
    "birthCountry",
    "jurisdiction",
    "flag",
    "address",
    *IDENTIFIER_PROPERTIES,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One listed party as one source states it.

    `key` is stable across versions, layouts and sources: two sources that name one party give
    the same key. `datasets` are the lists that it stands on, the most restrictive first.
    `referents` are other ids by which the party is or was known (FollowTheMoney's word).
    """

    key: str
    source: str
    datasets: tuple[str, ...]
    schema: str
    properties: Mapping[str, tuple[str, ...]]
    referents: tuple[str, ...] = ()

    @property
    def dataset(self) -> str:
        """The first of its lists."""
        return self.datasets[0]

    @property
    def caption(self) -> str:
        """The name to show: the first one."""
        for name in NAME_PROPERTIES:
            if values := self.properties.get(name):
                return values[0]
        return self.key

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, the strong ones first."""
        return tuple(v for name in NAME_PROPERTIES for v in self.properties.get(name, ()))

    def to_ftm(self) -> dict[str, Any]:
        """The party as a FollowTheMoney entity."""
        return {
            "id": self.key,
            "caption": self.caption,
            "schema": self.schema,
            "datasets": list(self.datasets),
            "referents": list(self.referents),
            "properties": {name: list(values) for name, values in self.properties.items()},
        }


def merge(first: Entry, *others: Entry) -> Entry:
    """One entry from several of the same key: lists and values united, the first one's order kept.

    Raises ValueError where the keys differ.
    """
    merged = first
    for other in others:
        if other.key != first.key:
            raise ValueError(f"{other.key} is not {first.key}")
        names = dict.fromkeys([*merged.properties, *other.properties])
        united = {
            name: tuple(dict.fromkeys([*merged.properties.get(name, ()), *other.properties.get(name, ())]))
            for name in names
        }
        # A second primary name becomes an alias: the caption must not depend on the order of files.
        if "name" in merged.properties and len(united["name"]) > len(merged.properties["name"]):
            extra = united["name"][len(merged.properties["name"]) :]
            united["name"] = merged.properties["name"]
            united["alias"] = tuple(dict.fromkeys([*united.get("alias", ()), *extra]))
        merged = replace(
            merged,
            datasets=tuple(dict.fromkeys([*merged.datasets, *other.datasets])),
            referents=tuple(dict.fromkeys([*merged.referents, *other.referents])),
            schema=_closer(merged.schema, other.schema),
            properties=united,
        )
    return merged


def _closer(one: str, other: str) -> str:
    """The more telling of two schemas: LegalEntity says only that it is a person or an organisation."""
    return other if one == "LegalEntity" else one


_SPACE = re.compile(r"\s+")
#: Windows-1252 punctuation that was stored as the control characters U+0080..U+009F.
_C1 = {
    code: bytes([code]).decode("cp1252")
    for code in range(0x80, 0xA0)
    if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
_DROPPED = dict.fromkeys([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, 0xAD, 0xFEFF, 0x200B])


def clean(text: str | None) -> str:
    """A value as it is meant: one line, no control characters, no empty markers (`-0-`)."""
    if not text:
        return ""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.translate(_C1).translate(_DROPPED))
    elif not text.isprintable():
        text = text.translate(_DROPPED)
    text = _SPACE.sub(" ", text).strip()
    return "" if text in {"-0-", "-", "N/A", "n/a"} else text


@dataclass(slots=True)
class Draft:
    """An entry in the making: values are cleaned, repeated and empty ones left out."""

    key: str
    source: str
    datasets: tuple[str, ...]
    schema: str
    properties: dict[str, dict[str, None]] = field(default_factory=dict)
    referents: dict[str, None] = field(default_factory=dict)

    def add(self, name: str, *values: str | None) -> None:
        """Add values of one property."""
        for value in values:
            if value and (tidy := clean(value)):
                self.properties.setdefault(name, {})[tidy] = None

    def add_all(self, name: str, values: Iterable[str | None]) -> None:
        """Add each of `values`."""
        self.add(name, *values)

    def has(self, name: str) -> bool:
        """Is there a value yet?"""
        return name in self.properties

    def build(self) -> Entry:
        """The finished entry. An alias that only repeats a stronger name is left out."""
        seen: set[str] = set()
        properties: dict[str, tuple[str, ...]] = {}
        for name in NAME_PROPERTIES:
            values = tuple(v for v in self.properties.get(name, ()) if v not in seen)
            seen.update(values)
            if values:
                properties[name] = values
        for name, found in self.properties.items():
            if name not in NAME_PROPERTIES:
                properties[name] = tuple(found)
        return Entry(self.key, self.source, self.datasets, self.schema, properties, tuple(self.referents))


_WORDS = re.compile(r"\w+")


def folded(name: str) -> str:
    """A name reduced to its words, without case, marks and punctuation: for keys, never for matching."""
    decomposed = unicodedata.normalize("NFKD", name)
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(_WORDS.findall(bare.casefold()))


def key_from_name(prefix: str, name: str, *more: str) -> str:
    """A stable key for a list that numbers nothing: the prefix and 16 hex digits of the folded name.

    The country and the address stay out on purpose. These lists print a line per address (on the
    Entity List of July 2026, 86 names have several lines, 29 of them in different countries, and
    they are the same parties), and addresses come and go, while the name is what is listed.
    """
    text = "\x1f".join([folded(name), *(folded(m) for m in more)])
    return f"{prefix}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def personal_name(draft: Draft, text: str | None, into: str = "name") -> None:
    """Add `LAST, First Middle` as a natural name; parts too where it is the primary name."""
    tidy = clean(text)
    if ", " not in tidy:
        draft.add(into, tidy)
        return
    last, first = tidy.split(", ", 1)
    draft.add(into, f"{first} {last}")
    if into == "name":
        draft.add("firstName", first)
        draft.add("lastName", last)
