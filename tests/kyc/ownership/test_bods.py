"""BODS 0.4: the standard's own statements and examples, and files that are wrong."""

from __future__ import annotations

import csv
import io
import json
import tarfile
from datetime import date
from typing import Any

import pytest

from kyc.ownership.bods import read_bods
from kyc.ownership.bods_shape import problems
from kyc.ownership.report import Assessment, assess
from kyc.ownership.statements import Share
from tests.shared_data import shared_data

FOLDER = "beneficial-ownership/"


def members(archive: str) -> dict[str, bytes]:
    with tarfile.open(shared_data(FOLDER + archive)) as tar:
        files = [member for member in tar.getmembers() if member.isfile()]
        return {member.name: tar.extractfile(member).read() for member in files}  # type: ignore[union-attr]


def entity(record: str, **details: Any) -> dict[str, Any]:
    return {
        "statementId": f"e-{record}",
        "recordId": record,
        "recordType": "entity",
        "recordDetails": {"entityType": {"type": "registeredEntity"}, "name": record, **details},
    }


def person(record: str, **details: Any) -> dict[str, Any]:
    details = {"personType": "knownPerson", "names": [{"fullName": record}], **details}
    return {
        "statementId": f"p-{record}",
        "recordId": record,
        "recordType": "person",
        "recordDetails": details,
    }


def relation(owner: Any, subject: str, *interests: dict[str, Any], **more: Any) -> dict[str, Any]:
    details = {"subject": subject, "interestedParty": owner, "interests": list(interests)}
    name = f"r-{owner if isinstance(owner, str) else 'unspecified'}-{subject}"
    common = {"statementId": name, "recordId": name, "recordType": "relationship", "recordDetails": details}
    return {**common, **more}


def shares(**share: float) -> dict[str, Any]:
    return {"type": "shareholding", "directOrIndirect": "direct", "share": share}


def errors_of(*items: Any) -> list[tuple[str, str]]:
    return [(error.field, error.error) for error in read_bods(enumerate(items, 1)).errors]


def example(name: str, subject: str, as_of: date | None = None) -> Assessment:
    files = {key.rsplit("/", 1)[-1]: value for key, value in members("bods-0.4-examples.tar.xz").items()}
    reading = read_bods(enumerate(json.loads(files[name]), 1), strict=True)
    assert reading.errors == ()
    return assess(reading.parties, reading.statements, subject, as_of=as_of)


def owned(assessment: Assessment) -> dict[str | None, tuple[float, float]]:
    return {
        owner.party.name: (float(owner.share.minimum), float(owner.share.maximum))
        for owner in assessment.beneficial_owners
    }


def test_every_valid_statement_of_the_standard_conforms() -> None:
    files = members("bods-0.4-valid-invalid.tar.xz")
    valid = {name: data for name, data in files.items() if "/valid-statements/" in name}
    assert len(valid) > 100
    wrong = {name: [problems(s) for s in json.loads(data)] for name, data in valid.items()}
    assert {name: found for name, found in wrong.items() if any(found)} == {}


def test_every_invalid_statement_is_refused_at_the_field_that_is_wrong() -> None:
    files = members("bods-0.4-valid-invalid.tar.xz")
    table = next(data for name, data in files.items() if name.endswith("expected_errors.csv"))
    tried = 0
    for row in csv.reader(io.StringIO(table.decode())):
        name, rule, path, field = (cell.strip() for cell in row)
        if name == "statements_not_array.json":  # a lone statement is a line of JSON lines
            continue
        data = next(data for key, data in files.items() if key.endswith(f"invalid-statements/{name}"))
        found = [path for statement in json.loads(data) for path, _ in problems(statement)]
        expected = path.removeprefix("$[0]").removeprefix(".")
        if rule == "required":
            expected = f"{expected}.{field}".removeprefix(".")
        assert found, name
        assert found[0].startswith(expected), name
        tried += 1
    assert tried > 150


def test_all_examples_and_fixtures_conform() -> None:
    files = members("bods-0.4-examples.tar.xz") | members("bods-v04-fixtures.tar.xz")
    for name, data in files.items():
        if name.endswith(".json"):
            raw = json.loads(data)
            items = raw if isinstance(raw, list) else [raw]
            assert read_bods(enumerate(items, 1), strict=True).errors == (), name


def test_examples_give_the_owners_that_they_describe() -> None:
    assert owned(example("joint-ownership.json", "31c55e425764")) == {
        "Natalie Coleman": (50.0, 50.0),
        "Roberto Lopez": (50.0, 50.0),
    }
    assert owned(example("indirect-ownership.json", "ad3f6c2fcc9e")) == {"Person 1": (30.0, 30.0)}
    mixed = example("mixed-direct-and-indirect-ownership.json", "9bfe59b6a869")
    assert owned(mixed) == {"Person 1": (100.0, 100.0)}
    assert owned(example("multiple-indirect-ownership.json", "63e3a8a8946f")) == {"Person 1": (60.0, 60.0)}
    assert owned(example("nomination.json", "104AB1984C")) == {"Silvia Teixeira Perez": (0.0, 0.0)}


def test_a_trust_has_its_parties_as_owners_the_anonymous_one_too() -> None:
    trust = example("levent.json", "8e40d059")
    assert {(o.party.name, o.control) for o in trust.beneficial_owners} == {
        ("Andrew Anderson", ("trustee",)),
        ("Bella Buxton", ("settlor", "trustee")),
        (None, ("beneficiaryOfLegalArrangement",)),
    }
    assert [u.reason for u in trust.effective.unknown] == ["interestedPartyExemptFromDisclosure"]


def test_a_state_is_the_ultimate_parent_and_nothing_is_unknown() -> None:
    company = example("bods-package-fi-soe.json", "19f1c5afe9d7")
    assert [p.party.name for p in company.ultimate_parents] == ["Suomen tasavalta"]
    assert company.effective.of("05ce06ec97b1").maximum == 100
    assert company.effective.unknown == ()
    assert company.headquarters_country == "FI"


def test_a_listed_company_hides_nobody() -> None:
    company = example("listed-company-exempt-from-disclosure.json", "4c7ea3bfbe6c")
    assert [(u.reason, u.hides_somebody) for u in company.effective.unknown] == [
        ("subjectExemptFromDisclosure", False)
    ]


def test_the_history_of_a_company_is_followed_by_date() -> None:
    def at(day: date) -> int:
        return len(example("fermcat.json", "ent-93c75c87ab28f889", day).beneficial_owners)

    assert [at(date(2020, 1, 1)), at(date(2021, 5, 1)), at(date(2023, 1, 1))] == [2, 2, 1]


def test_a_declared_unknown_is_reported_with_its_reason() -> None:
    reason = {"reason": "subjectUnableToConfirmOrIdentifyBeneficialOwner"}
    reading = read_bods(enumerate([entity("S"), relation(reason, "S")], 1))
    (part,) = assess(reading.parties, reading.statements, "S").effective.unknown
    assert (part.reason, part.statement) == (reason["reason"], "r-unspecified-S")


def test_ranges_exact_and_exclusive_bounds_are_read() -> None:
    def share(**raw: float) -> Share | None:
        return read_bods([(1, relation("a", "S", shares(**raw)))]).statements[0].interests[0].share

    assert share(exact=33.6) == Share("33.6", "33.6")
    assert share(minimum=25, exclusiveMaximum=50) == Share(25, 50, below=True)
    assert share(exclusiveMinimum=25, maximum=50) == Share(25, 50, above=True)
    assert share(minimum=75) == Share(75, 100)
    assert share() is None


@pytest.mark.parametrize(
    ("share", "error"),
    [
        ({"exact": 101}, ("recordDetails.interests[0].share.exact", "outside 0 to 100 percent")),
        ({"minimum": -1}, ("recordDetails.interests[0].share.minimum", "outside 0 to 100 percent")),
        ({"exact": "60"}, ("recordDetails.interests[0].share.exact", "not a number")),
        (
            {"minimum": 60, "maximum": 40},
            ("recordDetails.interests[0].share", "the minimum 60.0 is above the maximum 40.0"),
        ),
    ],
)
def test_a_wrong_share_is_named(share: dict[str, Any], error: tuple[str, str]) -> None:
    assert errors_of(relation("a", "S", shares(**share))) == [error]


def test_reversed_and_impossible_dates_are_named() -> None:
    reversed_ = {**shares(exact=1), "startDate": "2024-02-01", "endDate": "2024-01-01"}
    assert errors_of(relation("a", "S", reversed_))[0][0] == "recordDetails.interests[0].endDate"
    no_day = {**shares(exact=1), "startDate": "2024-02-30"}
    assert errors_of(relation("a", "S", no_day))[0][0] == "recordDetails.interests[0].startDate"


def test_things_that_are_no_statements_are_named() -> None:
    assert errors_of(7) == [("", "not an object")]
    assert ("recordType", "not one of the codes: vessel") in errors_of(
        {**entity("S"), "recordType": "vessel"}
    )
    assert ("recordDetails.interestedParty", "missing") in errors_of(
        {**relation("a", "S"), "recordDetails": {"subject": "S"}}
    )


def test_one_statement_id_for_two_statements_is_an_error_and_a_repetition_is_none() -> None:
    assert errors_of(entity("S"), entity("S")) == []
    other = {**entity("T"), "statementId": "e-S"}
    assert errors_of(entity("S"), other) == [("statementId", "used by two different statements")]


def test_a_party_is_described_by_its_last_statement() -> None:
    old, new = entity("S", name="Old"), entity("S", name="New")
    old.update(statementDate="2020-01-01")
    new.update(statementDate="2024-01-01", statementId="e2")
    items = list(enumerate([new, old], 1))
    assert read_bods(items).parties["S"].name == "New"
    assert read_bods(items, as_of=date(2021, 1, 1)).parties["S"].name == "Old"
    assert read_bods(items, as_of=date(2019, 1, 1)).parties["S"].name == "Old"


def test_countries_come_from_codes_regions_and_names() -> None:
    reading = read_bods(
        enumerate(
            [
                entity("A", jurisdiction={"name": "Delaware", "code": "US-DE"}),
                entity("B", addresses=[{"type": "business", "country": {"name": "Singapore"}}]),
                person("p", nationalities=[{"name": "Norway"}]),
            ],
            1,
        )
    )
    a, b, p = (reading.parties[key] for key in ("A", "B", "p"))
    assert (a.country, a.region) == ("US", "US-DE")
    assert (b.country, b.headquarters) == (None, "SG")
    assert (p.country, p.nationalities) == ("NO", ("NO",))
