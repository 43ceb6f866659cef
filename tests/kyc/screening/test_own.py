"""The index of our own parties after changes: the same answers as one built anew."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kyc.screening.index import Snapshot
from kyc.screening.names import analyse
from kyc.screening.own import OwnParties
from tests.kyc.screening.people import ENTRIES, person

WEIGHTS = Snapshot.build(ENTRIES).weights
ASKED = [analyse(entry) for entry in ENTRIES]
#: Names near the listed ones, so that most questions find somebody.
NAMES = [entry["caption"] for entry in ENTRIES] + ["Nadia Ferreyra", "Alexej Velidranov", "Sable Arc GmbH"]
SCHEMATA = ["Person", "Company", "LegalEntity"]


def party(number: int, name: str, schema: str, born: str) -> dict[str, Any]:
    return {**person(f"p{number}", name, birthDate=born), "schema": schema, "datasets": []}


CHANGES = st.lists(
    st.dictionaries(
        st.integers(0, 24),
        st.none()
        | st.tuples(
            st.sampled_from(NAMES), st.sampled_from(SCHEMATA), st.sampled_from(["1971", "1962-05-04"])
        ),
        min_size=1,
        max_size=6,
    ),
    max_size=8,
)


def answers(index: OwnParties | Snapshot) -> list[list[tuple[str, float]]]:
    return [[(m.id, m.score) for m in found] for found in index.search_many(ASKED, None, floor=0.5)]


@settings(max_examples=15)
@given(start=st.integers(0, 20), changes=CHANGES, small=st.sampled_from([0, 3]))
def test_after_any_changes_it_answers_as_one_built_anew(
    start: int, changes: list[dict[int, Any]], small: int
) -> None:
    now = {f"p{n}": party(n, NAMES[n % len(NAMES)], SCHEMATA[n % 2], "1971") for n in range(start)}
    index = OwnParties.build(now.values(), WEIGHTS, small=small)
    for change in changes:
        before, said = index, answers(index)
        became = {f"p{n}": party(n, *told) if told else None for n, told in change.items()}
        index = index.changed(became)
        now = {key: value for key, value in {**now, **became}.items() if value is not None}
        assert answers(before) == said  # whoever still searches the one before finds it as it was
    anew = answers(Snapshot.of_parties(now.values(), WEIGHTS)) if now else [[] for _ in ASKED]
    assert answers(index) == anew


def test_a_change_leaves_large_parts_alone_and_small_ones_are_put_together() -> None:
    index = OwnParties.build(
        [party(n, NAMES[n % len(NAMES)], "Person", "1971") for n in range(200)], WEIGHTS, small=4
    )
    (base,) = (part for _, part in index.parts)
    sizes = []
    for n in range(64):
        index = index.changed({f"p{n}": party(n, "Nadia Ferreyra", "Person", "1979")})
        assert index.parts[0][1] is base
        sizes.append(len(index.parts))
    assert max(sizes) <= 6  # the base, and as many as 64 has halves
    assert sum(len(part) for _, part in index.parts[1:]) == 64


def test_who_changed_so_much_that_the_oldest_part_is_worn_is_put_into_one() -> None:
    index = OwnParties.build(
        [party(n, "Nadia Ferreyra", "Person", "1979") for n in range(10)], WEIGHTS, small=2
    )
    index = index.changed({f"p{n}": party(n, NAMES[0], "Person", "1971") for n in range(10)})
    assert [len(part) for _, part in index.parts] == [10]
    assert not index.moved
