"""What the scorer finds alike and what it keeps apart."""

from __future__ import annotations

import pytest

from kyc.screening.index import Snapshot
from kyc.screening.names import analyse
from kyc.screening.score import IDENTIFIER_FLOOR, THRESHOLD, WEAK_CAP, score
from kyc.screening.weights import Weights
from tests.kyc.screening.people import LISTED, VELIDRANOV, company, entity, person


def of(a: dict, b: dict) -> float:
    return score(analyse(a), analyse(b)).score


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Viktor Orlinsky", "Orlinsky Viktor"),
        ("V. Orlinsky", "Viktor Orlinsky"),
        ("ViktorOrlinsky", "Viktor Orlinsky"),
        ("Viktor Orlinskij", "Viktor Orlinsky"),
        ("Viktor Petrovich Orlinsky", "Viktor Orlinsky"),
        ("Виктор Орлинский", "Viktor Orlinsky"),
        ("Ekaterina Morozova", "Yekaterina Morozova"),
        ("李文昭", "Li Wenzhao"),
        ("侯赛尼", "Hosseini"),
        ("코스키넨", "Koskinen"),
        ("오스타펜코 코스키넨", "Ostapenko Koskinen"),
    ],
)
def test_forms_of_one_person_match(ours: str, theirs: str) -> None:
    assert of(person("a", ours), person("b", theirs)) >= THRESHOLD


@pytest.mark.parametrize("written", ["ហ៊ុន ម៉ាណែត", "ທອງລຸນ ສີສຸລິດ", "මහින්ද රාජපක්ෂ", "བསྟན་འཛིན་", "ᠴᠢᠩᠭᠢᠰ"])
def test_scripts_that_icu_does_not_know_are_compared(written: str) -> None:
    assert of(person("a", written), person("b", written)) == 1.0
    assert of(person("a", written), person("b", "Viktor Orlinsky")) < 0.5


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Viktor Orlinsky", "Viktor Baranovsky"),
        ("Viktor Orlinsky", "Tamara Orlinsky"),
        ("Maria Gonzalez", "Mario Fernandez"),
    ],
)
def test_different_persons_stay_apart(ours: str, theirs: str) -> None:
    assert of(person("a", ours), person("b", theirs)) < THRESHOLD


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Wyrnholt Maschinenbau GmbH", "Wyrnholt Maschinenbau"),
        ("Wyrnholt Maschinenbau GmbH", "WYRNHOLT MASCHINENBAU AG"),
        ("Sable Arc Trading L.L.C.", "Sable Arc Trading LLC"),
        ("Sable Arc Trading L. L. C.", "Sable Arc Trading LLC"),
        ("OOO Romashka", "ООО Ромашка"),
        ("Trading Sable Arc LLC", "Sable Arc Trading LLC"),
    ],
)
def test_forms_of_one_company_match(ours: str, theirs: str) -> None:
    assert of(company("a", ours), company("b", theirs)) >= THRESHOLD


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Sable Arc Trading LLC", "Cobalt Ridge Trading LLC"),
        ("Karvanto Electronics Trading Limited", "Meridian Electronics Trading Limited"),
        ("BELLETECH CORP", "11420 CORP."),
    ],
)
def test_look_alike_companies_stay_apart(ours: str, theirs: str) -> None:
    assert of(company("a", ours), company("b", theirs)) < THRESHOLD


def test_a_person_is_never_a_company() -> None:
    assert of(person("a", "Jonathan Smithers"), company("b", "Jonathan Smithers")) == 0.0


def test_agreeing_birth_dates_raise_and_contradicting_ones_lower() -> None:
    name = "Alexey Velidranoff"
    plain = of(person("a", name), person("b", "Aleksei Velidranov"))
    same = of(
        person("a", name, birthDate="1971-03-14"), person("b", "Aleksei Velidranov", birthDate="1971-03-14")
    )
    year = of(person("a", name, birthDate="1971-03-14"), person("b", "Aleksei Velidranov", birthDate="1971"))
    swapped = of(
        person("a", name, birthDate="1971-03-04"), person("b", "Aleksei Velidranov", birthDate="1971-04-03")
    )
    far = of(
        person("a", name, birthDate="1971-03-14"), person("b", "Aleksei Velidranov", birthDate="1949-03-20")
    )
    assert far < plain < year <= swapped < same


def test_an_exact_name_with_a_far_birth_date_is_no_match() -> None:
    a, b = (
        person("a", "Ivan Petrov", birthDate="1990-01-01"),
        person("b", "Ivan Petrov", birthDate="1949-03-20"),
    )
    assert of(a, b) < THRESHOLD


def test_a_weak_alias_is_capped() -> None:
    listed = person("b", "Abdul Karim Haddadin", weakAlias="Red Falcon")
    match = score(analyse(person("a", "Red Falcon")), analyse(listed))
    assert match.score == pytest.approx(WEAK_CAP)
    assert match.name_score == pytest.approx(1.0)


def test_equal_identifiers_lift_to_the_floor() -> None:
    a = person("a", "Zed Quux", passportNumber="n 123-44417")
    b = person("b", "Aleksei Velidranov", idNumber="N12344417")
    assert of(a, b) >= IDENTIFIER_FLOOR
    vessel = entity("c", "Vessel", "RENAMED PEARL", imoNumber="9074729")
    assert of(vessel, entity("d", "Vessel", "OCEAN HALCYON", imoNumber="IMO 9074729")) >= IDENTIFIER_FLOOR


def test_short_numbers_prove_nothing() -> None:
    a, b = person("a", "Zed Quux", idNumber="123"), person("b", "Aleksei Velidranov", idNumber="123")
    assert of(a, b) < THRESHOLD


def test_the_pictured_pair_is_a_match_that_its_birth_place_lowers() -> None:
    match = score(analyse(VELIDRANOV), analyse(LISTED))
    assert THRESHOLD < match.score < match.name_score + 0.04
    assert {f.feature: f.shift for f in match.features}["birth_place"] < 0


def among(listed: str, *others: str) -> Weights:
    """Weights of a list that has these names."""
    entries = [person(f"e{x}", name) for x, name in enumerate((listed, *others))]
    return Snapshot.build(entries).weights


def test_a_word_that_no_list_has_is_more_likely_a_slip_than_one_that_is_in_use() -> None:
    ours, theirs = analyse(person("a", "Tavarek Orlinsgy")), analyse(person("b", "Tavarek Orlinsky"))
    slip = score(ours, theirs, among("Tavarek Orlinsky")).score
    in_use = score(ours, theirs, among("Tavarek Orlinsky", "Milan Orlinsgy")).score
    assert in_use < slip < 0.95


def test_a_missing_patronymic_costs_less_than_another_missing_name() -> None:
    ours = person("a", "Tavarek Orlinsky")
    patronymic, other = "Tavarek Petrovich Orlinsky", "Tavarek Petrolin Orlinsky"
    assert of(ours, person("b", other)) < of(ours, person("b", patronymic))


def test_what_agrees_proves_less_where_it_is_common() -> None:
    common = of(person("a", "Maria Garcia"), person("b", "Maria Orvelle Garcia"))
    rare = of(person("a", "Tavarek Orlinsky"), person("b", "Tavarek Orvelle Orlinsky"))
    assert common < rare


def test_a_birth_date_helps_a_name_that_is_close_and_leaves_an_equal_one() -> None:
    born = {"birthDate": "1971-03-14"}
    close = (person("a", "Konrad Esterlund"), person("b", "Konrad Eszterlund"))
    dated = (person("a", "Konrad Esterlund", **born), person("b", "Konrad Eszterlund", **born))
    assert of(*close) < of(*dated) < 1.0
    assert of(person("a", "Konrad Esterlund", **born), person("b", "Konrad Esterlund", **born)) == 1.0


def test_series_of_one_company_stay_apart_by_their_roman_numeral() -> None:
    assert of(company("a", "Sable Fund VIII LP"), company("b", "Sable Fund IX LP")) < THRESHOLD
