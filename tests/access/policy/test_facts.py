"""The reader of decision cases: every default, every refusal; and the stored form."""

from __future__ import annotations

import copy
import json
from datetime import date
from typing import Any

import pytest

from access.policy.facts import FactSet
from core.errors import InvalidInput

CASE: dict[str, Any] = {
    "as_of": "2026-11-01",
    "tenant": {"country": "SG"},
    "request": {"accelerator": "NVIDIA H100 SXM", "count": 8, "site_country": "MY", "purpose": "inference"},
}


def case(**changes: Any) -> dict[str, Any]:
    """The plain case with dotted paths set (`tenant__country="DE"`); `...` removes one."""
    document = copy.deepcopy(CASE)
    for path, value in changes.items():
        *sections, name = path.split("__")
        target = document
        for section in sections:
            target = target.setdefault(section, {})
        if value is ...:
            del target[name]
        else:
            target[name] = value
    return document


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tenant": ...}, "tenant.country"),
        ({"tenant__country": ...}, "tenant.country"),
        ({"request": ...}, "request.accelerator"),
        ({"request__accelerator": ...}, "request.accelerator"),
        ({"request__count": ...}, "request.count"),
        ({"request__site_country": ...}, "request.site_country"),
        ({"request__purpose": ...}, "request.purpose"),
        ({"request__purpose": "mining"}, "request.purpose"),
        ({"request__supply": "lease"}, "request.supply"),
        ({"colour": 1}, "colour"),
        ({"tenant__name": "x"}, "tenant.name"),
        ({"request__gpu": "x"}, "request.gpu"),
        ({"aggregate__group": 1}, "aggregate.group"),
        ({"tenant__listed_self": ["us_ofac_xyz"]}, "tenant.listed_self[0]"),
        ({"tenant__listed_self": "us_ofac_sdn"}, "tenant.listed_self"),
        ({"tenant__listed_self": [None]}, "tenant.listed_self[0]"),
        ({"tenant__listed_owners": [{"list": "nope", "percent": 1}]}, "tenant.listed_owners[0].list"),
        ({"tenant__listed_owners": [{"percent": 1}]}, "tenant.listed_owners[0].list"),
        ({"tenant__listed_owners": [{"list": "un_sc"}]}, "tenant.listed_owners[0].percent"),
        ({"tenant__listed_owners": [{"list": "un_sc", "percent": 100.1}]}, "tenant.listed_owners[0].percent"),
        ({"tenant__listed_owners": [{"list": "un_sc", "percent": -1}]}, "tenant.listed_owners[0].percent"),
        ({"tenant__listed_owners": [{"list": "un_sc", "percent": True}]}, "tenant.listed_owners[0].percent"),
        (
            {"tenant__listed_owners": [{"list": "un_sc", "percent": 1, "control": 1}]},
            "tenant.listed_owners[0].control",
        ),
        (
            {"tenant__listed_owners": [{"list": "un_sc", "percent": 1, "owner": 7}]},
            "tenant.listed_owners[0].owner",
        ),
        (
            {"tenant__listed_owners": [{"list": "un_sc", "percent": 1, "name": "x"}]},
            "tenant.listed_owners[0].name",
        ),
        ({"tenant__owners": [{"percent": 1}]}, "tenant.owners[0].country"),
        ({"tenant__owners": [{"country": "CN"}]}, "tenant.owners[0].percent"),
        ({"tenant__owners": {"country": "CN", "percent": 1}}, "tenant.owners"),
        ({"tenant__unknown_owner_percent": 101}, "tenant.unknown_owner_percent"),
        ({"tenant__region": "UA-43"}, "tenant.region"),
        ({"tenant__country": "UA", "tenant__region": "UA-99"}, "tenant.region"),
        ({"tenant__region": 43}, "tenant.region"),
        ({"request__site_region": "SG-01"}, "request.site_region"),
        ({"tenant__country": "Germany"}, "tenant.country"),
        ({"tenant__country": "de"}, "tenant.country"),
        ({"tenant__country": 49}, "tenant.country"),
        ({"request__count": 0}, "request.count"),
        ({"request__count": 1.5}, "request.count"),
        ({"request__count": "8"}, "request.count"),
        ({"request__count": True}, "request.count"),
        ({"request__count": 10**400}, "request.count"),
        ({"request__hours": -1}, "request.hours"),
        ({"request__hours": float("nan")}, "request.hours"),
        ({"request__hours": float("inf")}, "request.hours"),
        ({"request__hours": False}, "request.hours"),
        ({"request__expected_flop": "3e24"}, "request.expected_flop"),
        ({"request__remote_access_countries": "CN"}, "request.remote_access_countries"),
        ({"request__accelerator": ""}, "request.accelerator"),
        ({"request__accelerator": "\ud800"}, "request.accelerator"),
        ({"aggregate__group_tpp": -0.5}, "aggregate.group_tpp"),
        ({"aggregate": []}, "aggregate"),
        ({"provider_countries": []}, "provider_countries"),
        ({"provider_countries": ["AQ"]}, "provider_countries"),
        ({"provider_countries": ["ZZ"]}, "provider_countries"),
        ({"provider_countries": "US"}, "provider_countries"),
        ({"as_of": ...}, "as_of"),
        ({"as_of": None}, "as_of"),
        ({"as_of": "2026-13-01"}, "as_of"),
        ({"as_of": "20261101"}, "as_of"),
        ({"as_of": 20261101}, "as_of"),
        ({"id": 7}, "id"),
        ({"id": "\ud800"}, "id"),
        ({"\ud800": 1}, "'\\ud800'"),
    ],
)
def test_bad_input_is_refused_by_the_name_of_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        FactSet.from_case(case(**changes))
    assert refusal.value.field == field


@pytest.mark.parametrize("whole", [None, 7, "x", [], True])
def test_a_case_is_an_object(whole: Any) -> None:
    with pytest.raises(InvalidInput):
        FactSet.from_case(whole)


def test_absent_keys_mean_the_documented_defaults() -> None:
    facts = FactSet.from_case(CASE).facts
    assert facts.get("tenant.headquarters_country") == "SG"
    assert facts.get("request.end_user_country") == "SG"
    assert facts.get("request.remote_access_countries") == ("SG",)
    assert (
        facts.get("tenant.listed_self")
        == facts.get("tenant.listed_owners")
        == facts.get("tenant.owners")
        == ()
    )
    assert facts.get("tenant.unknown_owner_percent") == 0
    assert facts.get("request.supply") == "remote_access"
    assert facts.get("provider_countries") == ("US",)
    assert facts.get("aggregate.group_flop") == 0
    unknown = ("tenant.ultimate_parent_country", "request.hours", "request.expected_flop", "tenant.region")
    assert not any(path in facts.values for path in unknown)


def test_null_means_unknown_where_absent_means_a_default() -> None:
    changes = {
        "tenant__listed_owners": None,
        "tenant__headquarters_country": None,
        "provider_countries": None,
    }
    facts = FactSet.from_case(case(**changes, aggregate=None)).facts
    for path in (
        "tenant.listed_owners",
        "tenant.headquarters_country",
        "provider_countries",
        "aggregate.group_tpp",
    ):
        assert path not in facts.values


def test_the_day_of_the_option_replaces_that_of_the_case() -> None:
    assert FactSet.from_case(CASE, as_of=date(2025, 1, 2)).as_of == date(2025, 1, 2)
    assert FactSet.from_case(case(as_of=...), as_of=date(2025, 1, 2)).as_of == date(2025, 1, 2)


def test_expected_is_allowed_and_ignored() -> None:
    assert FactSet.from_case(case(expected=[1])).facts == FactSet.from_case(CASE).facts


def test_a_whole_float_is_the_same_count() -> None:
    assert FactSet.from_case(case(request__count=8.0)).facts.digest == FactSet.from_case(CASE).facts.digest


def test_facts_from_the_database_have_no_defaults() -> None:
    facts = FactSet.from_live(tenant={"country": "SG", "listed_owners": [{"list": "un_sc"}]}, request={})
    assert set(facts.values) == {"tenant.country", "tenant.listed_owners"}
    assert facts.get("tenant.listed_owners[0].percent") is None


def test_both_doors_give_the_same_digest() -> None:
    read = FactSet.from_case(CASE).facts
    assert FactSet.from_live(**read.nested()).digest == read.digest


def test_the_stored_form_reads_back_to_itself() -> None:
    owners = [{"list": "eu_fsf", "percent": 12, "control": None, "owner": "a", "joint": True}]
    facts = FactSet.from_case(
        case(tenant__listed_owners=owners, tenant__owners=[{"country": None, "percent": 3}])
    ).facts
    again = FactSet.from_canonical(facts.canonical)
    assert (again.canonical, again.digest) == (facts.canonical, facts.digest)
    assert json.loads(facts.canonical)["tenant"]["owners"] == [{"percent": 3.0}]


def test_a_change_goes_through_the_same_reader() -> None:
    facts = FactSet.from_case(CASE).facts
    assert facts.changed({"request.count": 9}).get("request.count") == 9
    assert "request.count" not in facts.changed({"request.count": None}).values
    with pytest.raises(InvalidInput):
        facts.changed({"request.count": 0})
    with pytest.raises(InvalidInput):
        facts.changed({"request.colour": "red"})
