"""Changes laid over an index of the lists: the same answers as one built anew."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kyc.screening.index import Snapshot
from kyc.screening.names import analyse
from kyc.screening.overlaid import Index, Overlaid
from tests.kyc.screening.people import ENTRIES, entity

BASE = Snapshot.build(ENTRIES)
ASKED = [
    *map(analyse, ENTRIES),
    # Found by a number alone.
    analyse(entity("q", "Person", "Wholly Otherwise", passportNumber="X99887766")),
]
NAMES = [entry["caption"] for entry in ENTRIES] + ["Nadia Ferreyra", "Alexej Velidranov", "Sable Arc GmbH"]
IDS = [entry["id"] for entry in ENTRIES] + ["new-1", "new-2", "new-3"]
BECAME = st.dictionaries(
    st.sampled_from(IDS),
    st.none()
    | st.tuples(
        st.sampled_from(["Person", "Company"]),
        st.sampled_from(NAMES),
        st.sampled_from(["demo", "other"]),
        st.sampled_from(["", "X99887766"]),
    ),
    max_size=12,
)


def entry(identity: str, schema: str, name: str, dataset: str, passport: str) -> dict[str, Any]:
    known = {"passportNumber": passport} if passport else {}
    return entity(identity, schema, name, datasets=(dataset,), **known)


def answers(index: Index, **narrowed: Any) -> list[list[tuple[str, float]]]:
    found = index.search_many(ASKED, None, floor=0.5, **narrowed)
    return [[(match.id, match.score) for match in matches] for matches in found]


@settings(max_examples=40)
@given(became=BECAME, dismissed=st.sets(st.sampled_from(IDS), max_size=3))
def test_it_answers_as_one_built_anew_under_the_same_weights(
    became: dict[str, Any], dismissed: set[str]
) -> None:
    now = {entry["id"]: entry for entry in ENTRIES}
    for identity, told in became.items():
        now.pop(identity, None)
        if told:
            now[identity] = entry(identity, *told)
    overlaid = Overlaid(BASE, became, (now[identity] for identity in became if identity in now))
    anew = Snapshot.build(now.values(), BASE.weights)
    for narrowed in ({}, {"datasets": ["other"]}, {"excluded": [dismissed] * len(ASKED)}):
        assert answers(overlaid, **narrowed) == answers(anew, **narrowed)


def test_the_index_below_stays_what_it_was() -> None:
    before = answers(BASE)
    overlaid = Overlaid(BASE, IDS, ())
    assert [found for found in answers(overlaid) if found] == []
    assert answers(BASE) == before


def test_a_limit_holds_over_both_parts() -> None:
    alike = [entity(f"x{n}", "Person", "Ekaterina Sergeyevna Morozova") for n in range(3)]
    overlaid = Overlaid(BASE, (), alike)
    asked = analyse(alike[0])
    every = overlaid.search(asked, None)
    assert {"x0", "x1", "x2", "demo-2"} <= {match.id for match in every}
    assert overlaid.search(asked, 2) == every[:2]
