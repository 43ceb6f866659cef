"""The 50 Percent Rule: summed, never multiplied, cascading, by list."""

from __future__ import annotations

import pytest

from kyc.ownership.blocked import Blocked, blocked, overall, what_would_change
from kyc.ownership.chain import Chain
from tests.kyc.ownership.chains import VELDMARIN, chain_of

MERIDIAN = (
    "esk -45..55-> Brackwater",
    "Corvane -25-> Brackwater",
    "Nordlys -20..30-> Brackwater",
    "esk -20-> Lantern",
    "Brackwater -34-> Lantern",
    "Lantern -54-> S",
)


def answer(chain: Chain, *listed: str) -> Blocked:
    return blocked(chain, {"L": listed})["L"]


def range_of(value: Blocked) -> tuple[float, float]:
    return float(value.share.minimum), float(value.share.maximum)


def test_a_chain_of_halves_blocks_though_the_product_is_small() -> None:
    value = answer(chain_of("x -50-> A", "A -50-> B", "B -50-> S"), "x")
    assert (value.status, range_of(value)) == ("certain", (50.0, 50.0))
    assert value.effective.maximum == 12.5


def test_below_half_at_one_level_counts_for_nothing() -> None:
    value = answer(chain_of("x -49-> A", "A -100-> S"), "x")
    assert (value.status, range_of(value)) == ("no", (0.0, 0.0))
    assert value.effective.maximum == 49
    assert [link.owner for link in value.because[0].links] == ["x", "A"]


def test_listed_owners_are_added_up() -> None:
    # OFAC FAQ 399: Blocked Person X owns 25 percent, Blocked Person Y another 25.
    chain = chain_of("x -25-> S", "y -25-> S")
    assert answer(chain, "x", "y").status == "certain"
    assert answer(chain, "x").status == "no"


def test_lists_are_not_added_to_each_other() -> None:
    answers = blocked(chain_of("x -25-> S", "y -25-> S"), {"L": ["x"], "M": ["y"]})
    assert {name: value.status for name, value in answers.items()} == {"L": "no", "M": "no"}
    assert overall(answers) == "no"


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        # OFAC FAQ 401, its examples with Blocked Person X.
        (("x -50-> A", "A -50-> B", "B -50-> S"), "certain"),
        (("x -50-> A", "A -10-> B", "x -40-> B", "B -50-> S"), "certain"),
        (("x -25-> A", "A -100-> S"), "no"),
        (("x -50-> A", "x -50-> B", "A -25-> S", "B -25-> S"), "certain"),
        (("x -50-> A", "x -25-> B", "A -25-> S", "B -25-> S"), "no"),
    ],
)
def test_examples_of_ofac(lines: tuple[str, ...], status: str) -> None:
    assert answer(chain_of(*lines), "x").status == status


def test_one_range_decides_in_the_second_picture() -> None:
    value = answer(chain_of(*MERIDIAN), "esk")
    assert (value.status, range_of(value)) == ("possible", (0.0, 54.0))
    sums = {e: (s, float(r.minimum), float(r.maximum)) for e, (s, r) in value.entities.items()}
    assert sums["Brackwater"] == ("possible", 45.0, 55.0)
    assert sums["Lantern"] == ("possible", 20.0, 54.0)


def test_less_than_half_by_an_open_range_does_not_block() -> None:
    chain = chain_of("x -25<..49.9-> S")
    assert answer(chain, "x").status == "no"


def test_the_first_picture_is_blocked_through_two_companies() -> None:
    value = answer(chain_of(*VELDMARIN), "eszterlund")
    assert (value.status, range_of(value)) == ("certain", (60.0, 60.0))
    assert not value.unknown_matters
    assert [[link.owner for link in path.links] for path in value.because] == [
        ["eszterlund", "Anselm", "Kestrel"]
    ]


def test_a_listed_subject_is_blocked() -> None:
    value = answer(chain_of("a -10-> S"), "S")
    assert (value.status, value.listed_self) == ("certain", True)


def test_companies_that_hold_each_other_are_not_blocked_by_that() -> None:
    chain = chain_of("A -60-> S", "S -60-> A", "x -10-> A")
    assert answer(chain, "x").status == "no"


def test_a_cycle_with_a_listed_half_is_blocked() -> None:
    chain = chain_of("A -60-> B", "B -40-> A", "x -50-> A", "B -50-> S")
    assert answer(chain, "x").status == "certain"


def test_control_without_shares_does_not_block_but_is_shown() -> None:
    value = answer(chain_of("x -appointmentOfBoard:-> S", "b -100-> S"), "x")
    assert (value.status, range_of(value)) == ("no", (0.0, 0.0))
    assert value.because[0].as_json() == [
        {
            "statement": "s1",
            "from": "x",
            "to": "S",
            "interest": "appointmentOfBoard",
            "percent_min": None,
            "percent_max": None,
        }
    ]


def test_a_listed_party_behind_a_listed_party_counts_once_in_the_product() -> None:
    value = answer(chain_of("x -100-> A", "A -30-> S", "x -10-> S"), "x", "A")
    assert value.effective.maximum == 40
    assert range_of(value) == (40.0, 40.0)


def test_an_indirect_statement_alone_may_hide_a_blocked_holder() -> None:
    small = answer(chain_of("x -indirect/shareholding:30-> S"), "x")
    assert (small.status, range_of(small)) == ("possible", (0.0, 60.0))
    assert answer(chain_of("x -indirect/shareholding:60-> S"), "x").status == "certain"
    assert answer(chain_of("x -indirect/shareholding:20-> S"), "x").status == "no"


def test_an_undeclared_part_matters_only_where_it_could_block() -> None:
    assert answer(chain_of("x -40-> S", "b -40-> S"), "x").unknown_matters
    assert not answer(chain_of("x -20-> S", "b -60-> S"), "x").unknown_matters


def test_what_would_change_names_single_decisive_holdings() -> None:
    chain = chain_of(*VELDMARIN)
    texts = [c.text for c in what_would_change(chain, blocked(chain, {"L": ["eszterlund"]}))]
    assert texts == [
        "Not blocked if eszterlund's share of Anselm falls below 50 %.",
        "Not blocked if Anselm's share of Kestrel falls below 50 %.",
        "Not blocked if Kestrel's share of S falls below 50 %.",
    ]


def test_no_single_fact_lifts_a_block_that_stands_twice() -> None:
    chain = chain_of("x -50-> S", "y -50-> S")
    assert what_would_change(chain, blocked(chain, {"L": ["x", "y"]})) == ()


def test_nobody_listed_in_the_chain_gives_no_answer() -> None:
    assert blocked(chain_of("a -50-> S"), {"L": ["stranger"]}) == {}
