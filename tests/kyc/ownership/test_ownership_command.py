"""`manage.py ownership`: the answer's keys, and refusals in one line."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests.kyc.ownership.test_bods import entity, person, relation, shares

CHAIN = [
    entity("S", jurisdiction={"name": "Singapore", "code": "SG"}),
    entity("A", jurisdiction={"name": "Cyprus", "code": "CY"}),
    person("x"),
    relation("x", "A", shares(minimum=80, maximum=90)),
    relation("A", "S", shares(exact=60)),
]


def run(tmp_path: Path, capsys: Any, statements: Any, **options: Any) -> dict[str, Any]:
    file = tmp_path / "statements.json"
    file.write_text(json.dumps(statements))
    call_command("ownership", str(file), **{"subject": "S", **options})
    return json.loads(capsys.readouterr().out)  # type: ignore[no-any-return]


def refused(tmp_path: Path, capsys: Any, statements: Any, **options: Any) -> str:
    with pytest.raises(SystemExit) as stop:
        run(tmp_path, capsys, statements, **options)
    assert stop.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return str(said.err)


def test_the_answer_has_the_keys_of_the_contract(tmp_path: Path, capsys: Any) -> None:
    flagged = tmp_path / "flagged.jsonl"
    flagged.write_text('{"id": "x", "list": "us_ofac_sdn"}\n{"id": "stranger", "list": "un_sc"}\n')
    answer = run(tmp_path, capsys, CHAIN, flagged=str(flagged))
    assert {
        "subject",
        "beneficial_owners",
        "ultimate_parents",
        "headquarters_country",
        "blocked",
        "unknown",
        "cycles",
    } <= set(answer)
    (owner,) = answer["beneficial_owners"]
    assert {"id", "name", "percent_min", "percent_max", "control", "paths"} <= set(owner)
    assert (owner["percent_min"], owner["percent_max"]) == (48.0, 54.0)
    assert owner["paths"][0][0] == {
        "statement": "r-x-A",
        "from": "x",
        "to": "A",
        "interest": "shareholding",
        "percent_min": 80.0,
        "percent_max": 90.0,
    }
    assert answer["headquarters_country"] == "SG"
    assert [parent["country"] for parent in answer["ultimate_parents"]] == ["CY"]
    assert answer["blocked"]["status"] == "certain"
    (name,) = answer["blocked"]["by_list"]
    by_list = answer["blocked"]["by_list"][name]
    assert (name, by_list["status"], by_list["percent_min"]) == ("us_ofac_sdn", "certain", 60.0)
    assert (by_list["effective_percent_min"], by_list["effective_percent_max"]) == (48.0, 54.0)


def test_json_lines_on_standard_input_do_as_well(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    lines = "\n".join(json.dumps(item) for item in CHAIN).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))
    call_command("ownership", "-", subject="S")
    assert json.loads(capsys.readouterr().out)["subject"] == "S"


def test_the_threshold_can_be_another_and_exclusive(tmp_path: Path, capsys: Any) -> None:
    chain = [entity("S"), person("x"), relation("x", "S", shares(exact=10))]
    assert run(tmp_path, capsys, chain)["beneficial_owners"] == []
    assert len(run(tmp_path, capsys, chain, threshold="10")["beneficial_owners"]) == 1
    assert run(tmp_path, capsys, chain, threshold="10", exclusive=True)["beneficial_owners"] == []


def test_a_day_can_be_asked_for(tmp_path: Path, capsys: Any) -> None:
    held = {**shares(exact=100), "startDate": "2020-01-01", "endDate": "2022-01-01"}
    chain = [entity("S"), person("x"), relation("x", "S", held)]
    assert len(run(tmp_path, capsys, chain, as_of="2021-01-01")["beneficial_owners"]) == 1
    assert run(tmp_path, capsys, chain, as_of="2023-01-01")["beneficial_owners"] == []
    assert run(tmp_path, capsys, chain)["beneficial_owners"] == []


def test_a_cycle_is_an_answer(tmp_path: Path, capsys: Any) -> None:
    chain = [
        entity("S"),
        entity("A"),
        relation("A", "S", shares(exact=100)),
        relation("S", "A", shares(exact=100)),
    ]
    answer = run(tmp_path, capsys, chain)
    assert [sorted(cycle) for cycle in answer["cycles"]] == [["A", "S"]]
    assert answer["beneficial_owners"] == []


@pytest.mark.parametrize(
    ("chain", "said"),
    [
        (
            [*CHAIN, relation("S", "S", shares(exact=1))],
            ":6: recordDetails.interestedParty: an owner of itself",
        ),
        ([*CHAIN, relation("x", "S", shares(exact=41))], "sum to 101 percent, above 100"),
        (
            [*CHAIN, relation("x", "S", shares(exact=141))],
            ":6: recordDetails.interests[0].share.exact: outside",
        ),
        ([*CHAIN, relation("nobody", "S", shares(exact=1))], "no record nobody"),
        ([entity("T")], "subject: no record S"),
        ([person("S")], "subject: S is a person"),
    ],
)
def test_impossible_statements_are_refused(tmp_path: Path, capsys: Any, chain: Any, said: str) -> None:
    assert said in refused(tmp_path, capsys, chain)


@pytest.mark.parametrize("options", [{"as_of": "yesterday"}, {"threshold": "0"}, {"threshold": "many"}])
def test_wrong_options_are_refused(tmp_path: Path, capsys: Any, options: dict[str, str]) -> None:
    refused(tmp_path, capsys, CHAIN, **options)


def test_a_wrong_list_of_flagged_parties_is_named(tmp_path: Path, capsys: Any) -> None:
    flagged = tmp_path / "flagged.jsonl"
    flagged.write_text('{"id": "x", "list": "L"}\n{"id": "x"}\n')
    assert "flagged.jsonl:2: list:" in refused(tmp_path, capsys, CHAIN, flagged=str(flagged))
