"""Letters in common: what retrieval finds by chance is told from what is worth aligning."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyc.screening.letters import BINS, bag, bags, can_tell, overlap
from kyc.screening.names import NameForm, analyse
from tests.kyc.screening.people import person

WORDS = st.lists(st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12), min_size=1)


def _name(written: str) -> NameForm:
    return analyse(person("a", written)).names[0]


def _overlap(one: str, other: str) -> float:
    return float(overlap(bag(one)[np.newaxis], bag(other)[np.newaxis])[0])


@given(WORDS)
def test_the_bag_of_a_name_is_that_of_its_words(words: list[str]) -> None:
    numbers = np.arange(len(words), dtype=np.int32)
    together = bags(words, numbers, np.array([0, 0, len(words)]))
    assert together[0].tolist() == [0] * BINS
    assert together[1].tolist() == bag("".join(words)).tolist()


@given(st.text("abcxyz0189"), st.text("abcxyz0189"))
def test_overlap_is_symmetric_and_whole_for_the_same_letters(one: str, other: str) -> None:
    assert _overlap(one, other) == _overlap(other, one)
    assert 0.0 <= _overlap(one, other) <= 1.0
    if one:
        assert _overlap(one, "".join(sorted(one))) == 1.0


def test_names_that_share_a_letter_or_two_are_told_apart() -> None:
    assert _overlap("viktororlinsky", "orlinskyviktro") == 1.0
    assert _overlap("viktororlinsky", "viktororlinski") > 0.9
    assert _overlap("viktororlinsky", "meganquade") < 0.3


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Viktor Orlinsky", True),
        ("Виктор Орлинский", True),
        ("V. Orlinsky", False),
        ("فيكتور", False),
        ("李文昭", False),
    ],
)
def test_letters_tell_nothing_of_initials_and_other_scripts(written: str, expected: bool) -> None:
    assert can_tell(_name(written)) is expected
