"""Laws of the engine: the shortcut changes nothing, unknown facts are weighed exactly, replays are equal."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access.policy.engine import Decision, decide, outcome_of
from access.policy.fact_types import LISTS, PURPOSES, SUPPLIES
from access.policy.facts import FactSet
from access.policy.outcome import Outcome
from access.policy.pack import SHIPPED_PACKS, load_packs, parse_pack
from access.policy.unknowns import values_of
from tests.access.policy.test_packs import a_pack

ALL = load_packs(SHIPPED_PACKS)
DEFAULT = load_packs()

COUNTRIES = st.sampled_from(
    ["US", "DE", "GB", "CN", "MO", "IR", "CU", "RU", "UA", "SY", "AE", "SG", "AQ", "VN"]
)
PERCENTS = st.sampled_from([0, 5, 9.99, 10, 25, 49.9, 50, 50.1, 100])
DAYS = st.sampled_from(
    [
        date(2024, 7, 2),
        date(2025, 5, 12),
        date(2025, 6, 30),
        date(2025, 10, 24),
        date(2026, 3, 1),
        date(2026, 11, 20),
    ]
)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly a value, now and then unknown."""
    unknown = st.sampled_from([False] * 11 + [True])
    return st.tuples(unknown, values).map(lambda drawn: None if drawn[0] else drawn[1])


TENANTS = st.fixed_dictionaries(
    {"country": maybe(COUNTRIES)},
    optional={
        "headquarters_country": maybe(COUNTRIES),
        "ultimate_parent_country": maybe(COUNTRIES),
        "region": st.none(),
        "listed_self": maybe(st.lists(st.sampled_from(LISTS), max_size=1)),
        "listed_owners": maybe(
            st.lists(
                st.fixed_dictionaries(
                    {"list": maybe(st.sampled_from(LISTS)), "percent": maybe(PERCENTS)},
                    optional={
                        "control": st.sampled_from([True, False, None]),
                        "owner": st.sampled_from(["a", "b"]),
                    },
                ),
                max_size=2,
            )
        ),
        "owners": maybe(
            st.lists(
                st.fixed_dictionaries({"country": maybe(COUNTRIES), "percent": maybe(PERCENTS)}), max_size=2
            )
        ),
        "unknown_owner_percent": maybe(PERCENTS),
    },
)
REQUESTS = st.fixed_dictionaries(
    {
        "accelerator": maybe(
            st.sampled_from(["NVIDIA H100 SXM", "NVIDIA H20", "A100", "Ascend 910B", "Mystery"])
        ),
        "count": maybe(st.sampled_from([1, 512, 4000])),
        "site_country": maybe(COUNTRIES),
        "purpose": maybe(st.sampled_from(PURPOSES)),
    },
    optional={
        "end_user_country": maybe(COUNTRIES),
        "supply": maybe(st.sampled_from(SUPPLIES)),
        "remote_access_countries": maybe(st.lists(COUNTRIES, max_size=2)),
        "hours": maybe(st.sampled_from([0, 720, 8760])),
        "expected_flop": maybe(st.sampled_from([1e20, 1e25, 1e26])),
    },
)
CASES = st.fixed_dictionaries(
    {"as_of": DAYS.map(str), "tenant": TENANTS, "request": REQUESTS},
    optional={"provider_countries": maybe(st.sampled_from([["US"], ["NL"], ["GB", "US"]]))},
)

KNOWN = {
    "as_of": "2026-11-01",
    "tenant": {"country": "US", "ultimate_parent_country": "US"},
    "request": {
        "accelerator": "NVIDIA H100 SXM",
        "count": 8,
        "site_country": "US",
        "purpose": "inference",
        "hours": 24,
    },
}


def decided(case: Any, packs: Any = DEFAULT) -> Decision:
    read = FactSet.from_case(case)
    return decide(read.facts, packs, read.as_of, id=read.id)


@settings(max_examples=60)
@given(CASES)
def test_preselection_changes_no_decision(case: Any) -> None:
    read = FactSet.from_case(case)
    chosen = decide(read.facts, ALL, read.as_of)
    whole = decide(read.facts, ALL, read.as_of, evaluate_all=True)
    assert chosen.canonical == whole.canonical


@settings(max_examples=60)
@given(CASES)
def test_the_outcome_is_that_of_the_strongest_reason(case: Any) -> None:
    decision = decided(case)
    outcomes = [reason.outcome for reason in decision.reasons]
    assert outcomes == sorted(outcomes, reverse=True)
    assert max(outcomes, default=Outcome.PERMIT) == decision.outcome
    if decision.outcome is Outcome.DENY:
        assert decision.missing == ()
    assert outcome_of(FactSet.from_case(case).facts, DEFAULT, decision.as_of) == decision.outcome


@settings(max_examples=25)
@given(CASES)
def test_a_replay_from_the_stored_facts_is_equal_byte_by_byte(case: Any) -> None:
    read = FactSet.from_case(case)
    first = decide(read.facts, DEFAULT, read.as_of, id="r1")
    again = decide(FactSet.from_canonical(read.facts.canonical), DEFAULT, read.as_of, id="r1")
    assert first.canonical == again.canonical


@settings(max_examples=60)
@given(CASES, st.data())
def test_two_unknown_facts_are_weighed_as_trying_all_values_would(case: Any, data: st.DataObject) -> None:
    """The law's sentence on unknown facts, computed the slow way."""
    case = {
        **case,
        "tenant": {**case["tenant"]},
        "request": {**case["request"], "accelerator": "NVIDIA H100 SXM"},
    }
    case["request"]["hours"] = 24
    read = FactSet.from_case(_filled(case))
    paths = data.draw(
        st.lists(
            st.sampled_from(
                [
                    "tenant.ultimate_parent_country",
                    "tenant.headquarters_country",
                    "tenant.listed_self",
                    "tenant.listed_owners",
                    "tenant.owners",
                    "request.end_user_country",
                    "request.supply",
                    "request.purpose",
                    "provider_countries",
                ]
            ),
            min_size=1,
            max_size=2,
            unique=True,
        )
    )
    facts = read.facts.changed(dict.fromkeys(paths))
    got = decide(facts, DEFAULT, read.as_of)
    tried = {
        values: outcome_of(facts.supposing(dict(zip(paths, values, strict=True))), DEFAULT, read.as_of)
        for values in itertools.product(*(values_of(path, facts, read.as_of) for path in paths))
    }
    weakest, strictest = min(tried.values()), max(tried.values())
    if weakest >= Outcome.LICENCE_REQUIRED or weakest == strictest:
        expected = weakest
    elif strictest is Outcome.PERMIT_WITH_CONDITIONS:
        expected = strictest
    else:
        expected = Outcome.REFER
    assert got.outcome is expected
    if got.outcome is not Outcome.DENY:
        for place, path in enumerate(paths):
            rest: dict[Any, set[Outcome]] = {}
            for values, outcome in tried.items():
                rest.setdefault(values[:place] + values[place + 1 :], set()).add(outcome)
            if any(max(outcomes) > weakest and len(outcomes) > 1 for outcomes in rest.values()):
                assert path in got.missing


def _filled(case: Any) -> Any:
    """The case with nothing unknown in it, so that only what the test removes is."""
    tenant = {name: value for name, value in case["tenant"].items() if value is not None}
    tenant.setdefault("country", "SG")
    tenant.setdefault("ultimate_parent_country", "SG")
    if tenant["country"] == "UA":
        tenant["region"] = "UA-30"
    tenant["listed_owners"] = [
        {**row, "control": row.get("control") or False}
        for row in tenant.get("listed_owners", [])
        if row["list"] is not None and row["percent"] is not None
    ]
    tenant["owners"] = [row for row in tenant.get("owners", []) if None not in row.values()]
    request = {name: value for name, value in case["request"].items() if value is not None}
    request = {"count": 8, "site_country": "US", "purpose": "inference", **request}
    if request["site_country"] == "UA":
        request["site_region"] = "UA-30"
    providers = case.get("provider_countries") or ["US"]
    return {"as_of": case["as_of"], "tenant": tenant, "request": request, "provider_countries": providers}


def test_the_form_that_leaves_is_the_contract() -> None:
    decision = decided({**KNOWN, "id": "c1"})
    form = decision.as_json()
    assert list(form) == [
        "id",
        "outcome",
        "tpp",
        "reasons",
        "conditions",
        "duties",
        "missing",
        "packs",
        "facts_digest",
    ]
    assert set(form["reasons"][0]) == {"rule", "pack", "status", "citation", "outcome", "text", "facts"}
    assert (form["id"], form["outcome"], form["tpp"]) == ("c1", "permit", 8 * 15832)
    assert [pack["name"] for pack in form["packs"]] == ["us", "eu", "uk", "provider"]
    assert all(pack["digest"].startswith("sha256:") for pack in form["packs"])


def test_a_suspended_rule_refers_only_where_switched_on() -> None:
    case = {**KNOWN, "request": {**KNOWN["request"], "site_country": "JP"}}  # type: ignore[dict-item]
    us, *others = DEFAULT
    assert decided(case).outcome is Outcome.PERMIT
    assert decided(case, (us.switching_on("worldwide-a"), *others)).outcome is Outcome.REFER


def test_a_condition_that_fails_on_known_facts_is_a_fault_of_the_pack() -> None:
    pack = parse_pack(a_pack(when="owned['us_ofac_sdn'] > 1.0", reads=["owned"]))
    with pytest.raises(RuntimeError, match="test/one"):
        decided(KNOWN, (pack,))


def test_no_rule_applies_before_it_is_in_the_books() -> None:
    pack = parse_pack(a_pack())
    assert decided({**KNOWN, "as_of": "2024-12-31"}, (pack,)).reasons == ()
    assert decided({**KNOWN, "as_of": "2025-01-01"}, (pack,)).outcome is Outcome.REFER


def test_facts_from_the_database_refer_where_nothing_is_known() -> None:
    decision = decide(
        FactSet.from_live(request={"accelerator": "NVIDIA H100 SXM"}), DEFAULT, date(2026, 11, 1)
    )
    assert decision.outcome is Outcome.REFER
    assert {"tenant.listed_owners", "tenant.country", "request.purpose", "request.site_country"} <= set(
        decision.missing
    )
