"""Packs load only with clause, citation and dates, and their conditions are type-checked."""

from __future__ import annotations

import copy
import itertools
from datetime import date
from typing import Any

import pytest
import yaml

from access.policy.outcome import Outcome
from access.policy.pack import SHIPPED_PACKS, UNCONFIRMED, load_pack, load_packs, parse_pack
from core.errors import InvalidInput

RULE: dict[str, Any] = {
    "id": "one",
    "title": "One",
    "citation": "15 CFR 1",
    "periods": [{"from": date(2025, 1, 1), "status": "in_force"}],
    "checked": date(2026, 1, 1),
    "confirmed": "seen",
    "outcome": "refer",
    "when": "supply == 'remote_access'",
    "text": "One applies.",
    "reads": ["supply"],
    "disclose": "none",
    "tenant_text": "In review.",
}


def a_pack(**changes: Any) -> str:
    rule = copy.deepcopy(RULE)
    for name, value in changes.items():
        if value is ...:
            del rule[name]
        else:
            rule[name] = value
    return yaml.safe_dump({"name": "test", "version": "1", "title": "Test", "rules": [rule]})


def test_a_whole_rule_loads() -> None:
    pack = parse_pack(a_pack())
    assert [rule.id for rule in pack.rules] == ["one"]
    assert pack.rules[0].terms == ("supply",)


@pytest.mark.parametrize(
    "changes",
    [
        {"when": ...},
        {"when": "  "},
        {"citation": ...},
        {"citation": ""},
        {"periods": ...},
        {"periods": []},
        {"periods": [{"status": "in_force"}]},
        {"checked": ...},
        {"confirmed": "hearsay"},
        {"outcome": "override"},
        {"disclose": "all"},
        {"tenant_text": ...},
        {"reads": ["colour"]},
        {"missing": ["request.colour"]},
        {"index": {"lists": ["nope"]}},
        {"unheard_of": 1},
        {"outcome": "permit_with_conditions"},
        {"id": "With Spaces"},
    ],
)
def test_a_rule_with_a_gap_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        parse_pack(a_pack(**changes))


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("suply == 'remote_access'", "undeclared reference to 'suply'"),
        ("supply == 1", "no matching overload"),
        ("tpp > 1", "no matching overload"),
        ("supply", "not a truth value"),
        ("supply == ", "Syntax error"),
        ("tpp > $limit", "unknown parameter"),
    ],
)
def test_a_condition_with_a_wrong_name_or_type_is_refused(when: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words.replace("$", r"\$")):
        parse_pack(a_pack(when=when))


def test_a_refusal_names_the_rule() -> None:
    with pytest.raises(InvalidInput, match=r"rules\.one\.citation"):
        parse_pack(a_pack(citation=...))


def test_an_unknown_pack_is_refused() -> None:
    with pytest.raises(InvalidInput, match="unknown"):
        load_pack("../us")


@pytest.mark.parametrize("name", SHIPPED_PACKS)
def test_every_shipped_rule_says_where_it_stands_and_since_when(name: str) -> None:
    for rule in load_pack(name).rules:
        clause = rule.clause
        assert clause.citation
        assert clause.periods
        assert clause.checked <= date(2026, 11, 25)
        assert clause.text.endswith((".", "?")), rule.id
        assert (UNCONFIRMED in rule.text) is (clause.confirmed == "recall")
        assert set(rule.terms) & set(clause.reads) or clause.reads, rule.id


@pytest.mark.parametrize("name", SHIPPED_PACKS)
def test_periods_of_a_rule_do_not_overlap(name: str) -> None:
    for rule in load_pack(name).rules:
        dated = rule.clause.periods
        for earlier, later in itertools.pairwise(dated):
            assert earlier.until is not None
            assert later.since != "always"
            assert earlier.until < later.since


def test_the_digest_is_of_the_content_and_not_of_its_spelling() -> None:
    text = a_pack()
    assert parse_pack(text).digest == parse_pack("# a comment\n" + text).digest
    assert parse_pack(text).digest != parse_pack(a_pack(text="Other words.")).digest


@pytest.mark.parametrize("status", ["suspended", "proposed"])
def test_a_rule_not_in_force_gives_a_notice_and_refers_where_switched_on(status: str) -> None:
    text = a_pack(outcome="deny", periods=[{"from": date(2025, 1, 1), "status": status}])
    pack = parse_pack(text)
    on = pack.switching_on("one")
    assert pack.rules[0].outcome(status) is Outcome.PERMIT  # type: ignore[arg-type]
    assert on.rules[0].outcome(status) is Outcome.REFER  # type: ignore[arg-type]
    assert on.digest != pack.digest
    with pytest.raises(InvalidInput):
        pack.switching_on("two")


def test_the_affiliates_rule_by_date() -> None:
    rule = next(rule for rule in load_pack("us").rules if rule.id == "affiliates-goods")
    days = {
        date(2025, 9, 28): None,
        date(2025, 9, 29): "in_force",
        date(2025, 11, 9): "in_force",
        date(2025, 11, 10): "suspended",
        date(2026, 11, 9): "suspended",
        date(2026, 11, 10): "in_force",
    }
    assert {day: rule.status(day) for day in days} == days


def test_packs_are_read_once_and_in_the_order_named() -> None:
    assert [pack.name for pack in load_packs(("uk", "us", "uk"))] == ["uk", "us"]
