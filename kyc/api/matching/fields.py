"""What a search filters, sorts and counts by: fields of an entity under the names that yente gives them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pycountry

from core.errors import InvalidInput
from core.normalise import fold
from kyc.api.matching.asked import Asked, countries_of, topics_of
from kyc.lists.entry import IDENTIFIER_PROPERTIES
from kyc.lists.sources import DATASETS
from kyc.lists.store import Stated

_DATES = ("birthDate", "deathDate", "incorporationDate", "dissolutionDate")
_PROPERTY = re.compile(r"properties\.([A-Za-z]{1,60})")


def _of(*properties: str) -> Callable[[Stated], Iterable[str]]:
    return lambda stated: [v for name in properties for v in stated.party.properties.get(name, ())]


#: Field → its values in an entity.
FIELDS: Mapping[str, Callable[[Stated], Iterable[str]]] = {
    "entity_id": lambda stated: [stated.party.key],
    "caption": lambda stated: [stated.party.caption],
    "schema": lambda stated: [stated.party.schema],
    "datasets": lambda stated: stated.party.datasets,
    "referents": lambda stated: stated.party.referents,
    "target": lambda stated: ["true"],
    "last_change": lambda stated: [stated.since.isoformat()] if stated.since else [],
    "names": lambda stated: stated.party.names,
    "countries": lambda stated: countries_of(stated.party),
    "topics": lambda stated: topics_of(stated.party),
    "identifiers": _of(*IDENTIFIER_PROPERTIES),
    "genders": _of("gender"),
    "dates": _of(*_DATES),
}
FACETS: Mapping[str, str] = {
    "countries": "Countries",
    "topics": "Topics",
    "datasets": "Data sources",
    "schema": "Entity types",
    "identifiers": "Identifiers",
    "genders": "Genders",
}
#: What is counted unless the caller says otherwise, as yente does.
USUAL_FACETS = ("countries", "topics", "datasets")


def reader(parameter: str, field: str) -> Callable[[Stated], Iterable[str]]:
    """How the values of a field (`caption`, `properties.birthDate`) are read. Raises InvalidInput."""
    if field in FIELDS:
        return FIELDS[field]
    if named := _PROPERTY.fullmatch(field):
        return _of(named[1])
    raise InvalidInput(parameter, f"{field!r} is none of {', '.join(FIELDS)} or properties.NAME")


@dataclass(frozen=True)
class Terms:
    """Values that fields must have: one of those given for a field, or with `every` all of them."""

    wanted: Mapping[str, frozenset[str]]
    every: bool

    def allow(self, stated: Stated) -> bool:
        for field, values in self.wanted.items():
            there = {fold(value) for value in reader("filter", field)(stated)}
            if not (values <= there if self.every else values & there):
                return False
        return True


def terms_of(asked: Asked) -> Terms:
    """The parameters `countries`, `topics`, `datasets`, `filter` (`FIELD:VALUE`) and `filter_op`."""
    pairs = [("datasets", name) for name in asked.lists("datasets")]
    pairs += [(field, value) for field in ("countries", "topics") for value in asked.many(field)]
    for text in asked.many("filter"):
        field, colon, value = text.partition(":")
        if not colon or not value:
            raise InvalidInput("filter", f"{text!r} is not FIELD:VALUE")
        reader("filter", field)
        pairs.append((field, value))
    wanted: dict[str, set[str]] = {}
    for field, value in pairs:
        wanted.setdefault(field, set()).add(fold(value))
    every = asked.one("filter_op", ("AND", "OR")) == "AND"
    return Terms({field: frozenset(values) for field, values in wanted.items()}, every)


def sorts_of(asked: Asked) -> list[tuple[str, bool]]:
    """The parameter `sort`: fields in order, each with whether it descends (`FIELD` or `FIELD:asc|desc`)."""
    found = []
    for text in asked.in_order("sort"):
        field, _, order = text.partition(":")
        if order not in ("", "asc", "desc"):
            raise InvalidInput("sort", f"{text!r} is neither FIELD:asc nor FIELD:desc")
        reader("sort", field)
        found.append((field, order == "desc"))
    return found


def arranged(hits: Sequence[Stated], sorts: Sequence[tuple[str, bool]]) -> list[Stated]:
    """The hits in this order, those without a value last; what is equal stays as it was."""
    found = list(hits)
    for field, descending in reversed(sorts):
        read = reader("sort", field)
        keys = {hit.party.key: sorted(map(fold, read(hit)), reverse=descending)[:1] for hit in found}
        there = [hit for hit in found if keys[hit.party.key]]
        there.sort(key=lambda hit, keys=keys: keys[hit.party.key], reverse=descending)  # type: ignore[misc]
        found = there + [hit for hit in found if not keys[hit.party.key]]
    return found


def facet(name: str, hits: Iterable[Stated]) -> dict[str, Any]:
    """How many of the hits have each value of a field, the most frequent first."""
    counts = Counter(value for hit in hits for value in set(FIELDS[name](hit)))
    values = [
        {"name": value, "label": _label(name, value), "count": count}
        for value, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
    return {"label": FACETS[name], "values": values}


def _label(name: str, value: str) -> str:
    if name == "datasets" and value in DATASETS:
        return DATASETS[value].caption
    if name == "countries" and (country := pycountry.countries.get(alpha_2=value.upper())):
        return str(country.name)
    return value
