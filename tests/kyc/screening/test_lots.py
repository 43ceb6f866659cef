"""The limits of clearing several alerts together."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyc.screening.lots import BELOW, DRAWN_ONE_IN, MOST, Chosen, Why, is_drawn, lot


def chosen(number: int = 0, **told: object) -> Chosen:
    plain = Chosen(uuid.UUID(int=number + 1), "demo-1", 0.72, is_open=True, number_agrees=False, holds=False)
    return replace(plain, **told)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"is_open": False}, Why.NOT_OPEN),
        ({"number_agrees": True}, Why.NUMBER_AGREES),
        ({"score": BELOW}, Why.SCORE),
        ({"holds": True}, Why.HOLDS),
        ({"entry_key": "demo-2"}, Why.OTHER_ENTRY),
    ],
    ids=lambda told: str(told),
)
def test_what_is_outside_a_limit_is_left_out_and_says_why(told: dict[str, object], why: Why) -> None:
    found = lot([chosen(0), chosen(1), chosen(2, **told)])
    assert found.taken == (chosen(0).id, chosen(1).id)
    assert found.left_out == ((chosen(2).id, why),)


def test_a_score_just_below_the_limit_is_taken() -> None:
    assert lot([chosen(score=BELOW - 0.0001)]).taken == (chosen().id,)


def test_a_lot_holds_twenty_five_and_names_the_rest() -> None:
    found = lot([chosen(n) for n in range(MOST + 2)])
    assert len(found.taken) == MOST == 25
    assert found.left_out == ((chosen(25).id, Why.TOO_MANY), (chosen(26).id, Why.TOO_MANY))


def test_the_listed_party_is_the_one_most_are_about_of_those_that_may_be_cleared() -> None:
    high = [chosen(n, entry_key="demo-9", score=0.9) for n in range(3)]
    found = lot([*high, chosen(3, entry_key="demo-2"), chosen(4), chosen(5)])
    assert found.entry_key == "demo-1"
    assert {why for _, why in found.left_out} == {Why.SCORE, Why.OTHER_ENTRY}


def test_nothing_is_cleared_of_nothing() -> None:
    assert (lot([]).entry_key, lot([]).taken) == ("", ())


def test_one_in_five_is_drawn_and_always_the_same() -> None:
    ids = [uuid.UUID(int=n) for n in range(5000)]
    drawn = [one for one in ids if is_drawn(one)]
    assert drawn == [one for one in ids if is_drawn(one)]
    assert abs(len(drawn) / len(ids) - 1 / DRAWN_ONE_IN) < 0.02


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.floats(0.5, 1), st.booleans(), st.booleans(), st.booleans()),
        max_size=60,
    )
)
def test_nobody_is_lost_and_no_limit_is_passed(rows: list[tuple[str, float, bool, bool, bool]]) -> None:
    all_ = {
        uuid.UUID(int=n): Chosen(uuid.UUID(int=n), key, score, is_open, number, holds)
        for n, (key, score, is_open, number, holds) in enumerate(rows)
    }
    found = lot(list(all_.values()))
    taken = [all_[pk] for pk in found.taken]
    assert sorted([*found.taken, *(pk for pk, _ in found.left_out)]) == sorted(all_)
    assert len(taken) <= MOST
    assert {one.entry_key for one in taken} <= {found.entry_key}
    assert all(one.is_open and not one.number_agrees and not one.holds and one.score < BELOW for one in taken)
    assert found.drawn <= set(found.taken)
