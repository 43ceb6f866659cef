"""What a request asks of the lists: parameters read strictly, and filters that are all honoured."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rest_framework.request import Request

from core.errors import Absent, InvalidInput
from kyc.api.matching.remembered import Remembered
from kyc.lists.entry import Entry as ListedParty
from kyc.lists.sources import DATASETS, topics
from kyc.lists.store import Stated
from kyc.screening.schemata import KINDS
from kyc.screening.service import known_datasets

#: The collection of all lists in force; `default` is what yente's clients ask for unless told otherwise.
DEFAULT = "default"
#: Parameters of `/match` and `/search` alike.
EVERYWHERE = ("include_dataset", "exclude_dataset", "exclude_schema", "topics", "changed_since", "limit")
#: Schema → itself and what is more specific (FollowTheMoney).
SPECIFIC: Mapping[str, frozenset[str]] = {
    "Thing": frozenset(KINDS),
    "LegalEntity": frozenset({"LegalEntity", "Person", "Organization", "Company", "PublicBody"}),
    "Organization": frozenset({"Organization", "Company", "PublicBody"}),
    "Asset": frozenset({"Asset", "Company", "Vehicle", "Vessel", "Airplane", "Security", "RealEstate"}),
    "Vehicle": frozenset({"Vehicle", "Vessel", "Airplane"}),
}
COUNTRY_PROPERTIES = ("country", "nationality", "citizenship", "jurisdiction", "mainCountry", "flag")


@dataclass(frozen=True)
class Filters:
    """Which entities may be answered; every field is honoured."""

    datasets: frozenset[str] | None = None
    without_datasets: frozenset[str] = frozenset()
    without_schemata: frozenset[str] = frozenset()
    schema: str | None = None
    topics: frozenset[str] = frozenset()
    changed: datetime | None = None
    """Only what came into force at this moment or after it."""

    @property
    def beyond_datasets(self) -> bool:
        """Whether more is asked than the lists an entity stands on."""
        return bool(
            self.without_datasets
            or self.without_schemata
            or self.schema
            or self.topics
            or self.changed is not None
        )

    def allow(self, stated: Stated) -> bool:
        entity = stated.party
        on = frozenset(entity.datasets)
        return (
            (self.datasets is None or not on.isdisjoint(self.datasets))
            and not (self.without_datasets and on <= self.without_datasets)
            and entity.schema not in self.without_schemata
            and (self.schema is None or entity.schema in SPECIFIC.get(self.schema, {self.schema}))
            and (not self.topics or not self.topics.isdisjoint(topics_of(entity)))
            and (self.changed is None or (stated.since is not None and stated.since >= self.changed))
        )


class Asked:
    """The parameters of one request; what nobody took is refused."""

    def __init__(self, request: Request, known: Collection[str]) -> None:
        self._given = request.query_params
        for name, values in self._given.lists():
            if any("\0" in value for value in values):
                raise InvalidInput(name, "has a character that stands in no text")
            if name not in known:
                raise InvalidInput(name, f"is not honoured here; known are {', '.join(known)}")

    def in_order(self, name: str) -> list[str]:
        """The values of a parameter that may be repeated, as they came."""
        return [value for value in self._given.getlist(name) if value]

    def many(self, name: str, allowed: Collection[str] | None = None) -> frozenset[str]:
        values = [value for value in self._given.getlist(name) if value]
        for value in values:
            if allowed is not None and value not in allowed:
                raise InvalidInput(name, f"{value!r} is none of {', '.join(sorted(allowed))}")
        return frozenset(values)

    def lists(self, name: str) -> frozenset[str]:
        """Names of datasets. Only where one is none of the table's are those of files looked up."""
        values = self.many(name)
        return values if values <= DATASETS.keys() else self.many(name, KNOWN.now())

    def one(self, name: str, allowed: Collection[str] | None = None) -> str | None:
        value = self._given.get(name)
        if value is not None and allowed is not None and value not in allowed:
            raise InvalidInput(name, f"{value!r} is none of {', '.join(allowed)}")
        return value or None

    def number(self, name: str, default: int, least: int, most: int) -> int:
        text = self._given.get(name)
        if text is None:
            return default
        if not text.isdecimal() or not least <= int(text) <= most:
            raise InvalidInput(name, f"not a whole number from {least} to {most}")
        return int(text)

    def share(self, name: str, default: float) -> float:
        text = self._given.get(name)
        try:
            value = default if text is None else float(text)
        except ValueError:
            value = -1.0
        if not 0.0 <= value <= 1.0:
            raise InvalidInput(name, "not a number from 0 to 1")
        return value

    def flag(self, name: str, default: bool) -> bool:
        text = self._given.get(name)
        if text is None:
            return default
        if text.lower() not in ("true", "false", "1", "0"):
            raise InvalidInput(name, "neither true nor false")
        return text.lower() in ("true", "1")


#: Every dataset that can be asked for.
KNOWN = Remembered(lambda: frozenset(known_datasets()))


def scope_of(dataset: str, asked: Asked) -> frozenset[str] | None:
    """The lists meant by the path and `include_dataset`; None for all. Raises Absent, InvalidInput.

    A client that asks for several lists puts the first into the path and the others into
    `include_dataset`: the answer covers all of them. With `default` in the path, `include_dataset` alone
    names the lists.
    """
    if dataset != DEFAULT and dataset not in DATASETS and dataset not in KNOWN.now():
        raise Absent("No such dataset.")
    included = asked.lists("include_dataset")
    if dataset == DEFAULT:
        return included or None
    return included | {dataset}


def changed_since(text: str | None) -> datetime | None:
    """The moment that is meant by a date (`2026-01-31`: its beginning in UTC) or a time with its offset."""
    if text is None:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput("changed_since", f"{text!r} is no date (YYYY-MM-DD or RFC 3339)") from None
    if when.tzinfo is None and when.time() != datetime.min.time():
        raise InvalidInput("changed_since", "a time needs its offset (Z or +00:00)")
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def topics_of(entity: ListedParty) -> frozenset[str]:
    return frozenset((*topics(entity.datasets), *entity.properties.get("topics", ())))


def countries_of(entity: ListedParty) -> frozenset[str]:
    return frozenset(v.lower() for name in COUNTRY_PROPERTIES for v in entity.properties.get(name, ()))


def filters_of(dataset: str, asked: Asked, **more: Any) -> Filters:
    """What limits every answer alike; `more` are the fields that a caller reads itself."""
    return Filters(
        datasets=scope_of(dataset, asked),
        without_datasets=asked.lists("exclude_dataset"),
        without_schemata=asked.many("exclude_schema", KINDS),
        changed=changed_since(asked.one("changed_since")),
        **more,
    )
