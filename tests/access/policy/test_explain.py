"""A decision in words, what-if, and the smallest changes that matter."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest

from access.policy.engine import Decision, decide
from access.policy.explain import (
    UNDISCLOSED,
    for_tenant,
    headline,
    questions,
    sentences,
    smallest_changes,
    what_if,
)
from access.policy.facts import FactSet
from access.policy.outcome import Outcome
from access.policy.pack import load_packs
from core.errors import InvalidInput

DAY = date(2026, 11, 24)
PACKS = load_packs()
#: The request of a group that already holds 448 H100, with an ultimate parent in China.
CASE: dict[str, Any] = {
    "tenant": {"country": "MY", "ultimate_parent_country": "CN"},
    "request": {
        "accelerator": "NVIDIA H100 SXM",
        "count": 512,
        "site_country": "MY",
        "purpose": "model_training",
        "hours": 720,
    },
    "aggregate": {"group_tpp": 7092736, "group_limit_tpp": 12000000},
}


def facts_of(tenant: Any = None, request: Any = None) -> FactSet:
    case = copy.deepcopy(CASE)
    case["tenant"].update(tenant or {})
    case["request"].update(request or {})
    return FactSet.from_case(case, as_of=DAY).facts


def decided(facts: FactSet) -> Decision:
    return decide(facts, PACKS, DAY)


def test_the_answer_in_one_sentence() -> None:
    assert headline(decided(facts_of())) == "A person must decide: two rules refer it."
    assert headline(decided(facts_of({"country": "IR"}))).startswith("It is refused: one rule denies it.")
    missing = headline(decided(facts_of({"ultimate_parent_country": None}, {"count": 8})))
    assert missing.endswith("one fact is missing.")


def test_each_reason_is_a_sentence_with_its_citation_and_status() -> None:
    found = sentences(decided(facts_of()))
    assert "The control group would hold 15,198,720 TPP, more than its limit. (provider)" in found
    assert any(sentence.endswith("(15 CFR 742.6(a)(6), suspended)") for sentence in found)


def test_the_limit_shows_the_facts_it_read() -> None:
    reason = next(reason for reason in decided(facts_of()).reasons if reason.rule == "group-limit")
    assert reason.facts == {"group_tpp": 7092736.0, "tpp": 8105984.0, "group_limit_tpp": 12000000.0}


def test_what_if_shows_what_falls_away() -> None:
    facts = facts_of()
    result = what_if(facts, {"request.count": 309}, PACKS, DAY)
    words = {difference.rule: difference.words for difference in result.differences}
    assert words == {"training-for-d5": "same", "group-limit": "falls away"}
    assert facts.get("request.count") == 512
    assert result.after.outcome is Outcome.REFER


def test_what_if_refuses_what_a_case_would_refuse() -> None:
    with pytest.raises(InvalidInput):
        what_if(facts_of(), {"request.count": 0}, PACKS, DAY)


def test_what_if_on_another_day() -> None:
    result = what_if(facts_of(), {}, PACKS, DAY, other_day=date(2025, 5, 12))
    assert ("training-for-d5", "falls away") in {(d.rule, d.words) for d in result.differences}


def test_the_largest_count_below_the_limit() -> None:
    changes = {change.label: change for change in smallest_changes(facts_of(), PACKS, DAY)}
    assert changes["At most 309 instead of 512"].deciding == 1
    assert changes["Hardware moved to the tenant"].decision.outcome is Outcome.LICENCE_REQUIRED
    assert changes["Parent added to a blocking list"].decision.outcome is Outcome.DENY


def test_both_changes_together_permit() -> None:
    facts = facts_of({"ultimate_parent_country": "MY"}, {"end_user_country": "CN"})
    changes = {change.label: change.decision.outcome for change in smallest_changes(facts, PACKS, DAY)}
    assert changes["Inference instead of training"] is Outcome.REFER
    assert changes["Both"] is Outcome.PERMIT


def test_a_permitted_request_is_shown_no_way_to_less() -> None:
    facts = facts_of({"ultimate_parent_country": "MY"}, {"count": 8})
    labels = [change.label for change in smallest_changes(facts, PACKS, DAY)]
    assert labels == ["Parent added to a blocking list"]


def test_a_tenant_reads_no_more_than_the_rule_discloses() -> None:
    listed = facts_of(
        {"listed_owners": [{"list": "us_ofac_sdn", "percent": 20}], "ultimate_parent_country": "MY"}
    )
    texts = for_tenant(decide(listed.changed({"request.count": 8}), PACKS, DAY))
    assert texts == (UNDISCLOSED,)
    full = for_tenant(decided(facts_of()))
    assert "Your group's total would pass the limit agreed with us. (provider)" in full


def test_an_unscreened_tenant_is_told_nothing_and_an_unknown_parent_is_asked() -> None:
    unscreened = facts_of({"listed_self": None, "ultimate_parent_country": "MY"}, {"count": 8})
    assert for_tenant(decided(unscreened)) == (UNDISCLOSED,)
    unknown = facts_of({"ultimate_parent_country": None}, {"count": 8})
    assert for_tenant(decided(unknown)) == ("Where is the ultimate parent headquartered?",)


def test_missing_facts_become_questions_to_the_right_people() -> None:
    facts = facts_of(
        {"listed_owners": [{"list": "us_ofac_sdn", "percent": None}]}, {"end_user_country": None}
    )
    asked = {question.fact: question.of_tenant for question in questions(decided(facts))}
    assert asked["request.end_user_country"]
    assert not asked["tenant.listed_owners[0].percent"]
