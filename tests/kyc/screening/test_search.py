"""The index finds what the scorer would, leaves out what was dismissed, and works in both directions."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InvalidInput
from kyc.screening.index import Snapshot
from kyc.screening.names import analyse
from kyc.screening.screen import compare, screen
from tests.kyc.screening.people import ENTRIES, company, entity, person

SNAPSHOT = Snapshot.build(ENTRIES)


def best(party: dict, **kwargs: object) -> list[str]:
    return [match.id for match in SNAPSHOT.search(analyse(party), **kwargs)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("party", "expected"),
    [
        (person("a", "Alexei Velidranov"), "demo-00417"),
        (person("a", "MohammadReza Tavakolian"), "demo-1"),
        (person("a", "Yekaterina Morozova"), "demo-2"),
        (person("a", "J. Smithers"), "demo-3"),
        (person("a", "李文昭"), "demo-5"),
        (company("a", "Arc Sable Trading Ltd"), "demo-6"),
        (entity("a", "Vessel", "RENAMED PEARL", imoNumber="9074729"), "demo-12"),
        (company("a", "Quite Another Name", registrationNumber="hrb556677"), "demo-6"),
    ],
)
def test_the_right_entry_comes_first(party: dict, expected: str) -> None:
    assert best(party)[0] == expected


@pytest.mark.parametrize(
    ("latin", "written"), [("Koskinen", "코스키넨"), ("Ostapenko Koskinen", "오스타펜코 코스키넨")]
)
def test_syllables_find_latin_spellings_and_are_found_by_them(latin: str, written: str) -> None:
    for listed, asked in ((latin, written), (written, latin)):
        (match,) = Snapshot.build([person("x", listed)]).search(analyse(person("a", asked)))
        assert match.score >= 0.7


def test_strangers_find_nothing() -> None:
    assert best(person("a", "Zebulon Quartermaine"), floor=0.7) == []
    assert best(company("a", "Meridian Trading LLC"), floor=0.7) == []


@pytest.mark.parametrize("narrowed", [{}, {"limit": None}, {"exclude": ["x"]}, {"datasets": ["one"]}])
def test_an_index_of_nothing_finds_nothing(narrowed: dict) -> None:
    empty = Snapshot.build([])
    assert empty.search(analyse(person("a", "Jonathan Smithers")), **narrowed) == []
    assert list(empty.search_many([analyse(company("a", "Arc Sable Trading Ltd"))] * 300)) == [[]] * 300


def test_dismissed_hits_never_crowd_out_new_ones() -> None:
    twins = [person(f"t{x}", "Jonathan Smithers") for x in range(300)]
    snapshot = Snapshot.build([*twins, person("new", "Jonathan Smithers")])
    dismissed = {f"t{x}" for x in range(300)}
    found = snapshot.search(analyse(person("a", "Jonathan Smithers")), 5, exclude=dismissed)
    assert [match.id for match in found] == ["new"]


def test_of_many_names_the_most_alike_are_compared_in_both_directions() -> None:
    ours = person("a", "Annika Kerr Dovel")
    ours["properties"]["name"] += ["Annika Kerr Dovol", "Annika Kerr Dovil", "Viktor Orlinsky"]
    theirs = person("x", "Annika Kerr Davel")
    theirs["properties"]["name"] += ["Annika Kerr Dovul", "Annika Kerr Dovyl", "Viktor Orlinsky"]
    lists = Snapshot.build([theirs])
    (forward,) = lists.search(analyse(ours), None)
    (reverse,) = Snapshot.of_parties([ours], lists.weights).search(analyse(theirs), None)
    assert forward.name_score == reverse.name_score == 1.0


def test_a_large_limit_is_filled() -> None:
    snapshot = Snapshot.build([person(f"t{x}", "Jonathan Smithers") for x in range(300)])
    assert len(snapshot.search(analyse(person("a", "Jonathan Smithers")), 250)) == 250


def test_a_dataset_filter_is_applied_before_the_limit() -> None:
    many = [person(f"t{x}", "Jonathan Smithers", datasets=("one",)) for x in range(300)]
    snapshot = Snapshot.build([*many, person("other", "Jonathan Smithers", datasets=("two",))])
    found = snapshot.search(analyse(person("a", "Jonathan Smithers")), 5, datasets=["two"])
    assert [match.id for match in found] == ["other"]


def test_equal_scores_are_ordered_by_the_other_evidence() -> None:
    snapshot = Snapshot.build(
        [
            person("a-no-date", "Jonathan Smithers"),
            person("b-same-country", "Jonathan Smithers", nationality="gb"),
            person("c-same-day", "Jonathan Smithers", birthDate="1955-01-02"),
        ]
    )
    party = person("q", "Jonathan Smithers", birthDate="1955-01-02", nationality="gb")
    assert [m.id for m in snapshot.search(analyse(party))] == ["c-same-day", "b-same-country", "a-no-date"]


given_names = st.sampled_from(
    ["Viktor", "Wiktor", "Ekaterina", "Mohammad", "Muhammed", "Li", "J", "Abdul Karim"]
)
family_names = st.sampled_from(["Orlinsky", "Orlinskij", "Morozova", "Tavakolian", "Haddadin", "Smithers"])
people = st.builds(lambda given, family: f"{given} {family}", given_names, family_names)


@settings(max_examples=40)
@given(st.lists(people, min_size=1, max_size=12), st.lists(people, min_size=1, max_size=6))
def test_forward_and_reverse_search_find_the_same_pairs(ours: list[str], listed: list[str]) -> None:
    parties = [person(f"p{x}", name) for x, name in enumerate(ours)]
    entries = [person(f"e{x}", name) for x, name in enumerate(listed)]
    forward = Snapshot.build(entries)
    reverse = Snapshot.of_parties(parties, forward.weights)
    there = {
        (party["id"], match.id): match.score
        for party in parties
        for match in forward.search(analyse(party), None, floor=0.7)
    }
    back = {
        (match.id, entry["id"]): match.score
        for entry in entries
        for match in reverse.search(analyse(entry), None, floor=0.7)
    }
    assert there == back


def test_the_same_question_gives_the_same_bytes() -> None:
    parties = [person("a", "Alexei Velidranov"), company("b", "Sable Arc Trading")]
    assert list(screen(SNAPSHOT, parties)) == list(screen(Snapshot.build(ENTRIES), parties))


def test_screen_answers_in_order_with_every_party() -> None:
    lines = list(screen(SNAPSHOT, [person("z", "Zebulon Quartermaine"), person("a", "Alexei Velidranov")]))
    assert [line["id"] for line in lines] == ["z", "a"]
    assert lines[0]["results"] == []
    assert lines[1]["results"][0]["match"] is True


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ("text", "entity"),
        ({"properties": {"name": ["A B"]}}, "schema"),
        ({"schema": "Ghost", "properties": {"name": ["A B"]}}, "schema"),
        ({"schema": "Person"}, "properties"),
        ({"schema": "Person", "properties": {"name": "A B"}}, "properties.name"),
        ({"schema": "Person", "properties": {"name": [1]}}, "properties.name"),
        ({"schema": "Person", "properties": {"birthDate": ["1971"]}}, "properties.name"),
        ({"schema": "Person", "properties": {"name": ["..."]}}, "properties.name"),
        ({"schema": "Person", "id": 7, "properties": {"name": ["A B"]}}, "id"),
    ],
)
def test_a_malformed_entity_is_refused_by_name(bad: object, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        list(screen(SNAPSHOT, [bad]))  # type: ignore[list-item]
    assert refused.value.field == field


def test_compare_names_the_side_that_is_wrong() -> None:
    with pytest.raises(InvalidInput) as refused:
        compare({"a": person("a", "A B"), "b": {"schema": "Person", "properties": {}}})
    assert refused.value.field == "b.properties.name"
    assert (
        compare({"a": person("a", "Jonathan Smithers"), "b": person("b", "Jonathan Smithers")})["score"]
        == 1.0
    )
