"""Questions with known answers: listed parties changed by seeded mutations, strangers, look-alikes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tests.benchmarks.screening import mutations
from tests.benchmarks.screening.corpus import entities
from tests.benchmarks.screening.pairs import rows
from tests.benchmarks.screening.split import side

SEED = 20261124
#: Ordinary strangers of each fixture, and look-alikes of each kind, in each half.
STRANGERS, LOOK_ALIKES = 1500, 400


@dataclass(frozen=True, slots=True)
class Query:
    """One party to screen. `answer` is the id of the listed party that it is, empty for none."""

    kind: str
    entity: dict[str, Any]
    answer: str

    @property
    def name(self) -> str:
        """The name as it would be typed."""
        return str(self.entity["properties"]["name"][0])


def _entity(number: int, schema: str, name: str, properties: dict[str, list[str]]) -> dict[str, Any]:
    return {"id": f"q{number}", "schema": schema, "properties": {"name": [name], **properties}}


def _known(listed: dict[str, Any]) -> dict[str, list[str]]:
    """What the party would declare beside its name: first of each, if the list has it."""
    properties = listed["properties"]
    person = listed["schema"] == "Person"
    kept = ("birthDate", "nationality", "gender") if person else ("country",)
    return {prop: properties[prop][:1] for prop in kept if properties.get(prop)}


def _shape(name: str) -> frozenset[str]:
    return frozenset("".join(c for c in word.lower() if c.isalnum()) for word in name.split())


def build(wanted: str) -> list[Query]:
    """The questions of one half, `tuned` or `reported`."""
    draw = random.Random(f"{SEED}-{wanted}")
    listed = [e for e in entities() if side(e["properties"]["name"][0]) == wanted]
    draw.shuffle(listed)
    persons = [e for e in listed if e["schema"] == "Person"]
    companies = [e for e in listed if e["schema"] in ("Organization", "Company", "LegalEntity", "PublicBody")]
    found = [
        *_mutated("person", persons, "Person", mutations.PERSONS, draw),
        *_mutated("company", companies, "Company", mutations.COMPANIES, draw),
        *_un_fixture(wanted),
        *_strangers(wanted, draw),
        *_look_alikes(persons, companies, draw),
    ]
    return [Query(q.kind, {**q.entity, "id": f"q{x}"}, q.answer) for x, q in enumerate(found)]


def _mutated(
    label: str,
    listed: Sequence[dict[str, Any]],
    schema: str,
    kinds: dict[str, tuple[mutations.Mutation, int]],
    draw: random.Random,
) -> Iterator[Query]:
    for kind, (mutate, count) in kinds.items():
        made = 0
        for entity in draw.sample(listed, len(listed)):
            name = mutate(entity["properties"]["name"][0], draw)
            if name and any(c.isalnum() for c in name):
                yield Query(f"{label} {kind}", _entity(0, schema, name, _known(entity)), entity["id"])
                made += 1
            if made >= count:
                break


@lru_cache(maxsize=1)
def _un_by_name() -> dict[frozenset[str], str]:
    return {
        _shape(name): entity["id"]
        for entity in entities()
        if entity["id"].startswith("un-")
        for name in entity["properties"]["name"]
    }


def _un_fixture(wanted: str) -> Iterator[Query]:
    """yente's persons of the UN list as customer records, linked by their exact name."""
    for row in rows("name-pairs/yente-positives_un_untreated.csv.xz"):
        answer = _un_by_name().get(_shape(row["full_name"]))
        if answer and side(row["full_name"]) == wanted:
            yield Query("UN customer", _record(row), answer)


def _record(row: dict[str, str]) -> dict[str, Any]:
    properties = {
        prop: [row[column]]
        for prop, column in (
            ("birthDate", "date_of_birth"),
            ("birthPlace", "place_of_birth"),
            ("gender", "gender"),
        )
        if row[column] and row[column] != "other"
    }
    if len(row["nationality"]) == 2:
        properties["nationality"] = [row["nationality"]]
    return _entity(0, "Person", row["full_name"], properties)


def _strangers(wanted: str, draw: random.Random) -> Iterator[Query]:
    taken = {_shape(name) for e in entities() for name in e["properties"]["name"]}
    for fixture in ("us", "global"):
        able = [
            row
            for row in rows(f"name-pairs/yente-negatives_{fixture}.csv.xz")
            if side(row["full_name"]) == wanted and _shape(row["full_name"]) not in taken
        ]
        for row in draw.sample(able, STRANGERS):
            yield Query(f"stranger {fixture}", _record(row), "")


def _look_alikes(
    persons: Sequence[dict[str, Any]], companies: Sequence[dict[str, Any]], draw: random.Random
) -> Iterator[Query]:
    taken = {
        _shape(name)
        for entity in entities()
        for prop in ("name", "alias", "weakAlias", "previousName")
        for name in entity["properties"].get(prop, ())
    }
    for label, schema, listed, make in (
        ("look-alike person", "Person", persons, mutations.recombined),
        ("look-alike company", "Company", companies, mutations.first_word_exchanged),
    ):
        made = 0
        while made < LOOK_ALIKES:
            one, other = draw.sample(listed, 2)
            name = make(one["properties"]["name"][0], other["properties"]["name"][0])
            if name and _shape(name) not in taken:
                yield Query(label, _entity(0, schema, name, {}), "")
                made += 1
