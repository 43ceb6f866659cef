"""Effective shares: sums of the pictures, cycles, indirect summaries, what is unknown."""

from __future__ import annotations

from fractions import Fraction

import pytest

from core.errors import InvalidInput
from kyc.ownership.chain import Chain
from kyc.ownership.effective import Effective, effective
from kyc.ownership.statements import Share
from tests.kyc.ownership.chains import VELDMARIN, chain_of

CYCLE = (
    "beatriz -25-> Cresta",
    "Monteluz -75-> Cresta",
    "beatriz -50-> Monteluz",
    "holders -30-> Monteluz",
    "Aldermere -20-> Monteluz",
    "urs -58-> Aldermere",
    "others -30-> Aldermere",
    "Cresta -12-> Aldermere",
)


def of(shares: Effective, party: str) -> tuple[float, float]:
    share = shares.of(party)
    return float(share.minimum), float(share.maximum)


def test_shares_are_multiplied_along_and_summed_over_chains() -> None:
    shares = effective(chain_of(*VELDMARIN))
    assert of(shares, "eszterlund") == (33.6, 37.8)
    assert of(shares, "ferreyra") == (29.2, 33.4)
    assert of(shares, "halasvari") == (18.0, 18.0)
    assert of(shares, "Anselm") == (42.0, 42.0)


def test_what_nobody_declared_is_unknown_and_could_be_anybodys() -> None:
    shares = effective(chain_of(*VELDMARIN))
    (part,) = shares.unknown
    assert (part.entity, part.reason, part.effective) == ("S", "undeclared", Share(15, 15))
    outline = {party: float(most) for party, most in shares.with_unknown.items()}
    assert (outline["eszterlund"], outline["ferreyra"], outline["halasvari"]) == (52.8, 48.4, 33.0)


def test_ranges_that_can_fill_an_entity_leave_nothing_undeclared() -> None:
    shares = effective(chain_of("a -40..60-> S", "b -30..50-> S"))
    assert shares.unknown == ()
    assert of(shares, "a") == (40.0, 60.0)


def test_ranges_that_cannot_leave_the_rest_of_their_least() -> None:
    shares = effective(chain_of("a -20..30-> S", "b -40..50-> S"))
    assert shares.unknown[0].share == Share(20, 40)
    assert shares.with_unknown["a"] == 60


def test_eskenmoor_of_the_second_picture() -> None:
    shares = effective(
        chain_of(
            "esk -45..55-> Brackwater", "esk -20-> Lantern", "Brackwater -34-> Lantern", "Lantern -54-> S"
        )
    )
    low, high = of(shares, "esk")
    assert (round(low, 2), round(high, 2)) == (19.06, 20.90)


def test_a_cycle_is_summed_over_all_its_rounds() -> None:
    chain = chain_of(
        *CYCLE,
        "Cresta -60-> Sandoval",
        "Aldermere -40-> Sandoval",
        "Sandoval -30-> Lantern",
        "Lantern -54-> S",
    )
    shares = effective(chain)
    cresta = Fraction(5, 8) / (1 - Fraction(18, 1000))  # 12 x 20 x 75 % = 1.8 % comes round again
    aldermere = cresta * Fraction(12, 100)
    expected = (cresta * Fraction(60, 100) + aldermere * Fraction(40, 100)) * Fraction(30 * 54, 10000)
    assert shares.of("beatriz").minimum == expected * 100
    assert round(float(expected) * 100, 1) == 6.7
    assert [set(c.members) for c in shares.cycles] == [{"Cresta", "Monteluz", "Aldermere"}]
    assert not shares.cycles[0].closed


def test_persons_own_the_whole_subject_though_a_cycle_runs_through_it() -> None:
    shares = effective(chain_of("a -40-> S", "A -60-> S", "b -90-> A", "S -10-> A"))
    assert shares.of("a").minimum + shares.of("b").minimum == 100
    assert shares.of("b").minimum == Fraction(54, 94) * 100


def test_a_closed_cycle_is_reported_and_gives_no_owner() -> None:
    shares = effective(chain_of("A -100-> S", "S -100-> A"))
    assert [c.closed for c in shares.cycles] == [True]
    assert shares.of("A") == Share(100, 100)
    assert [u.reason for u in shares.unknown] == ["closedCycle"]
    assert shares.unknown_total.maximum == 100


def test_a_closed_cycle_above_leaves_its_shares_open() -> None:
    shares = effective(chain_of("B -100-> A", "A -100-> B", "A -50-> S", "c -50-> S"))
    assert shares.of("c") == Share(50, 50)
    assert shares.of("A").minimum == 50
    assert shares.of("A").maximum >= 50


def test_a_large_cycle_agrees_with_its_closed_form() -> None:
    size = 60
    ring = [f"N{n} -50-> N{(n + 1) % size}" for n in range(size)]
    shares = effective(chain_of(*ring, "p -50-> N7", "N0 -100-> S"))
    steps = size - 7
    expected = 0.5 * 0.5**steps / (1 - 0.5**size)
    assert float(shares.of("p").minimum) == pytest.approx(expected * 100)


def test_an_indirect_statement_with_its_links_is_not_counted_twice() -> None:
    shares = effective(chain_of("p -50-> B", "B -60-> S", "p -indirect/shareholding:30-> S"))
    assert of(shares, "p") == (30.0, 30.0)


def test_an_indirect_statement_narrows_links_of_unknown_size() -> None:
    shares = effective(chain_of("p -unknownInterest:-> B", "B -60-> S", "p -indirect/shareholding:30-> S"))
    assert of(shares, "p") == (30.0, 30.0)


def test_an_indirect_statement_alone_is_a_link() -> None:
    shares = effective(chain_of("p -indirect/shareholding:30-> S"))
    assert of(shares, "p") == (30.0, 30.0)


def test_an_indirect_statement_that_contradicts_its_links_opens_the_range() -> None:
    shares = effective(chain_of("p -50-> B", "B -60-> S", "p -indirect/shareholding:40-> S"))
    assert of(shares, "p") == (30.0, 40.0)


def test_direct_and_indirect_parts_of_one_owner_add_up() -> None:
    shares = effective(
        chain_of("p -unknownInterest:-> B", "B -50-> S", "p -indirect/shareholding:50-> S", "p -50-> S")
    )
    assert of(shares, "p") == (100.0, 100.0)


def test_a_share_that_may_be_held_through_others_is_not_added_to_them() -> None:
    chain = chain_of("p -75-> B", "B -75..100-> S", "p -unknown/shareholding:75..100-> S")
    assert of(effective(chain), "p") == (75.0, 100.0)


def test_votes_never_enter_the_product() -> None:
    assert of(effective(chain_of("p -votingRights:60-> S", "p -20-> S")), "p") == (20.0, 20.0)


def test_a_share_of_unknown_size_is_at_most_what_others_leave() -> None:
    assert of(effective(chain_of("p -shareholding:-> S", "q -70-> S")), "p") == (0.0, 30.0)


def test_beneficiaries_with_shares_and_a_sole_nominator_own() -> None:
    shares = effective(
        chain_of(
            "clara -beneficiaryOfLegalArrangement:50-> ~Trust", "~Trust -12-> S", "emil -settlor:-> ~Trust"
        )
    )
    assert of(shares, "clara") == (6.0, 6.0)
    assert of(shares, "emil") == (0.0, 0.0)


def test_open_ends_survive_the_product() -> None:
    share = effective(chain_of("p -25<..50-> B", "B -100-> S")).of("p")
    assert share.surely_reaches(25, exclusive=True)
    zero = effective(chain_of("p -25<..50-> B", "B -0..100-> S")).of("p")
    assert not zero.above


def test_a_company_whose_owners_nobody_states_is_unknown() -> None:
    shares = effective(chain_of("A -70-> S", "b -30-> S"))
    assert [(u.entity, u.reason, u.effective.minimum) for u in shares.unknown] == [("A", "noStatement", 70)]
    assert shares.with_unknown["b"] == 100


def test_an_unknown_subject_is_refused() -> None:
    chain = chain_of("A -70-> S")
    from kyc.ownership.chain import build_chain

    for subject in ("nobody", "a"):
        with pytest.raises(InvalidInput, match="subject"):
            build_chain((), {**chain.parties, "a": chain_of("a -1-> S").parties["a"]}, subject)


def test_nothing_above_a_subject_is_no_error() -> None:
    chain: Chain = chain_of()
    shares = effective(chain)
    assert dict(shares.shares) == {}
    assert [u.reason for u in shares.unknown] == ["noStatement"]
