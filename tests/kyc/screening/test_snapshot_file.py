"""The file of an index: the same answers, shared, refused where it is not whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import InvalidInput
from kyc.screening import arrays
from kyc.screening.index import Snapshot
from kyc.screening.names import analyse
from kyc.screening.screen import screen
from tests.kyc.screening.people import ENTRIES, company, person

PARTIES = [person("a", "Alexei Velidranov", birthDate="1971-03-14"), company("b", "Arc Sable Trading Ltd")]


def test_a_file_answers_like_the_index_it_was_written_from(tmp_path: Path) -> None:
    built = Snapshot.build(ENTRIES)
    built.write(tmp_path / "lists.snapshot")
    opened = Snapshot.open(tmp_path / "lists.snapshot")
    assert list(screen(opened, PARTIES)) == list(screen(built, PARTIES))
    assert opened.entity("demo-00417") == built.entity("demo-00417")
    assert opened.entity("nobody") is None
    assert [each.name for each in tmp_path.iterdir()] == ["lists.snapshot"]


def test_the_same_entities_give_the_same_bytes() -> None:
    assert Snapshot.build(ENTRIES).to_bytes() == Snapshot.build(ENTRIES).to_bytes()


def test_bytes_of_an_index_of_parties_open_under_the_weights_of_the_list() -> None:
    lists = Snapshot.build(ENTRIES)
    parties = Snapshot.of_parties(PARTIES, lists.weights)
    again = Snapshot.from_bytes(parties.to_bytes(), lists.weights)
    entry = analyse(ENTRIES[0])
    found = again.search(entry, None)
    assert [(match.id, match.score) for match in found] == [
        (m.id, m.score) for m in parties.search(entry, None)
    ]
    assert found[0].id == "a"


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"x" + b[1:], lambda b: b[:40]])
def test_a_damaged_file_is_refused(damage: object, tmp_path: Path) -> None:
    content = damage(Snapshot.build(ENTRIES).to_bytes())  # type: ignore[operator]
    (tmp_path / "damaged").write_bytes(content)
    with pytest.raises(InvalidInput):
        Snapshot.open(tmp_path / "damaged")


def test_arrays_of_another_type_are_refused() -> None:
    packed = b"".join(arrays.pack({}, {"x": np.zeros(3, dtype=np.float64)}))
    with pytest.raises(InvalidInput):
        arrays.read(packed)


def test_an_id_given_twice_is_refused() -> None:
    with pytest.raises(InvalidInput, match="'a' is given twice"):
        Snapshot.build([person("a", "Alexei Velidranov"), company("a", "Arc Sable Trading Ltd")])


def test_an_index_holds_more_datasets_than_a_word_has_bits() -> None:
    listed = [person(f"p{x}", "Alexei Velidranov", datasets=(f"list_{x}", "all")) for x in range(70)]
    built = Snapshot.build(listed)
    question = analyse(PARTIES[0])
    assert [match.id for match in built.search(question, datasets={"list_69"})] == ["p69"]
    assert {match.id for match in built.search(question, None, datasets={"list_3", "list_66"})} == {
        "p3",
        "p66",
    }
    assert len(built.search(question, None, datasets={"all"})) == 70
    assert not built.search(question, datasets={"list_70"})
