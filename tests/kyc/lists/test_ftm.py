"""FollowTheMoney entities: whole files and deltas."""

import json

import pytest

from core.errors import InvalidInput
from kyc.lists.readers.ftm import apply_delta, read_delta
from kyc.lists.report import Report
from tests.kyc.lists.written import entries, file, finished, one

ARMIN = {
    "id": "inv-1",
    "caption": "Armin Quell",
    "schema": "Person",
    "datasets": ["inv_list", "other_list"],
    "referents": ["ofac-102", "inv-1"],
    "properties": {
        "name": ["QUELL, Armin", "Armin Quell"],
        "alias": ["Armin Quell", "Arminio"],
        "weakAlias": ["El Tulipan"],
        "birthDate": ["1965"],
        "country": ["ec"],
        "topics": ["role.pep"],
        "addressEntity": ["inv-9"],
    },
}
TULIP = {"id": "inv-2", "schema": "Company", "properties": {"name": ["Tulipworks"]}}
SHARE = {"id": "inv-3", "schema": "Ownership", "properties": {"owner": ["inv-1"], "asset": ["inv-2"]}}


def lines(*items: object) -> str:
    return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)


def test_an_entity_keeps_its_id_its_lists_and_its_caption() -> None:
    person = entries("ftm", file("entities.ftm.json", lines(ARMIN, TULIP, SHARE)))["inv-1"]
    assert (person.caption, person.datasets) == ("Armin Quell", ("inv_list", "other_list"))
    assert person.referents == ("ofac-102",)
    assert person.names == ("Armin Quell", "QUELL, Armin", "Arminio", "El Tulipan")
    assert person.properties["topics"] == ("role.pep",)
    assert "addressEntity" not in person.properties


def test_what_is_no_party_is_counted() -> None:
    result = finished("ftm", file("entities.ftm.json", lines(ARMIN, SHARE)))
    assert (result.records, result.entities, result.notes) == (2, 1, {"not a party: Ownership": 1})


def test_an_array_is_read_too() -> None:
    assert entries("ftm", file("a.json", json.dumps([ARMIN, TULIP]))).keys() == {"inv-1", "inv-2"}


def test_the_demonstrations_list_is_always_its_own() -> None:
    assert one("demo", file("demo.jsonl", lines(ARMIN))).datasets == ("demo_list",)


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({**ARMIN, "id": ""}, "id"),
        ({**ARMIN, "schema": None}, "schema"),
        ({**ARMIN, "properties": []}, "properties"),
        ({**ARMIN, "properties": {"name": [True]}}, "properties.name"),
        ({**ARMIN, "datasets": "inv_list"}, "datasets"),
        (["schema", "properties"], "json"),
        (ARMIN, "key"),
    ],
)
def test_a_line_that_is_no_entity_is_refused(item: object, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        entries("ftm", file("e.json", lines(ARMIN, item)))
    assert refused.value.field == field


def test_a_cut_file_is_refused_at_its_last_line() -> None:
    with pytest.raises(InvalidInput, match="not whole or not JSON") as refused:
        entries("ftm", file("e.json", lines(ARMIN, TULIP)[:-9]))
    assert refused.value.line == 2


def test_a_delta_makes_the_next_version() -> None:
    base = entries("ftm", file("e.json", lines(ARMIN, TULIP)))
    third = {**TULIP, "id": "inv-4"}
    changes = lines(
        {"op": "DEL", "entity": {"id": "inv-2"}},
        {"op": "MOD", "entity": {**ARMIN, "properties": {"name": ["Armin Kvell"]}, "caption": "Armin Kvell"}},
        {"op": "ADD", "entity": third},
        {"op": "ADD", "entity": SHARE},
    )
    version = apply_delta(base, read_delta(file("d.json", changes), Report("ftm")))
    assert version.keys() == {"inv-1", "inv-4"}
    assert version["inv-1"].caption == "Armin Kvell"
    assert base.keys() == {"inv-1", "inv-2"}


@pytest.mark.parametrize(
    "change", [{"op": "ADD", "entity": ARMIN}, {"op": "MOD", "entity": {**TULIP, "id": "x"}}]
)
def test_a_delta_of_another_base_is_refused(change: dict[str, object]) -> None:
    base = entries("ftm", file("e.json", lines(ARMIN)))
    with pytest.raises(InvalidInput, match="another base version"):
        apply_delta(base, read_delta(file("d.json", lines(change)), Report("ftm")))


def test_a_delta_file_is_not_a_version() -> None:
    with pytest.raises(InvalidInput, match="a delta file is not a whole version"):
        entries("ftm", file("d.json", lines({"op": "ADD", "entity": ARMIN})))


def test_an_unknown_operation_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not ADD, MOD or DEL"):
        list(read_delta(file("d.json", lines({"op": "PUT", "entity": ARMIN})), Report("ftm")))
