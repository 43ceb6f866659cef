"""Beneficial owners, ultimate parents and headquarters."""

from __future__ import annotations

from dataclasses import replace

from kyc.ownership.chain import Chain
from kyc.ownership.control import BeneficialOwner, beneficial_owners, headquarters_country, ultimate_parents
from kyc.ownership.effective import effective
from kyc.ownership.statements import Party
from tests.kyc.ownership.chains import VELDMARIN, chain_of


def owners(chain: Chain, threshold: float = 25, *, exclusive: bool = False) -> dict[str, BeneficialOwner]:
    found = beneficial_owners(chain, effective(chain), threshold, exclusive=exclusive)
    return {owner.party.id: owner for owner in found}


def parents(chain: Chain) -> list[str]:
    return [parent.party.id for parent in ultimate_parents(chain, effective(chain))]


def test_the_threshold_is_inclusive_and_can_be_exclusive() -> None:
    chain = chain_of("a -25-> S", "b -24.99-> S")
    assert set(owners(chain)) == {"a"}
    assert set(owners(chain, exclusive=True)) == set()


def test_a_range_across_the_threshold_makes_an_uncertain_owner() -> None:
    assert not owners(chain_of("a -20..30-> S"))["a"].certain
    assert owners(chain_of("a -25..30-> S"))["a"].certain


def test_owners_of_the_first_picture_come_with_their_paths() -> None:
    found = owners(chain_of(*VELDMARIN))
    assert list(found) == ["eszterlund", "ferreyra"]
    routes = [[link.owner for link in path.links] for path in found["ferreyra"].paths]
    assert routes == [["ferreyra"], ["ferreyra", "Anselm", "Kestrel"]]


def test_votes_at_the_threshold_are_control_and_votes_of_a_held_company_are_multiplied() -> None:
    assert owners(chain_of("a -5-> S", "a -votingRights:30-> S"))["a"].control == ("votingRights",)
    assert owners(chain_of("a -100-> B", "B -votingRights:30-> S"))["a"].control == ("votingRights",)
    assert owners(chain_of("a -votingRights:20-> S")) == {}


def test_appointing_the_board_through_a_company_is_control() -> None:
    found = owners(chain_of("a -100-> B", "B -appointmentOfBoard:-> S"))
    assert found["a"].control == ("appointmentOfBoard",)
    assert found["a"].share.maximum == 0


def test_a_minority_of_the_controller_is_no_control() -> None:
    assert owners(chain_of("a -50-> B", "B -appointmentOfBoard:-> S")) == {}


def test_majorities_at_every_level_are_control_though_the_product_is_small() -> None:
    assert owners(chain_of("a -60-> B", "B -60-> C", "C -60-> S"))["a"].control == ("shareholding",)
    assert owners(chain_of("a -50-> B", "B -50-> C", "C -50-> S")) == {}


def test_parties_of_a_trust_that_reaches_the_threshold_are_owners() -> None:
    lines = ("emil -settlor:-> ~Trust", "sara -trustee:-> ~Trust", "pia -protector:-> ~Trust")
    assert set(owners(chain_of(*lines, "~Trust -30-> S"))) == {"emil", "sara", "pia"}
    assert owners(chain_of(*lines, "~Trust -20-> S")) == {}


def test_all_roles_of_one_person_are_named() -> None:
    found = owners(chain_of("emil -settlor:-> S", "emil -trustee:-> S"))
    assert found["emil"].control == ("settlor", "trustee")


def test_a_nominee_is_no_owner_and_a_nominator_is() -> None:
    assert set(owners(chain_of("n -nominee:-> S", "o -nominator:-> S"))) == {"o"}


def test_a_director_is_no_owner_and_a_managing_official_only_where_nobody_else_is() -> None:
    assert owners(chain_of("d -boardMember:-> S", "a -30-> S")).keys() == {"a"}
    assert owners(chain_of("m -seniorManagingOfficial:-> S", "a -30-> S")).keys() == {"a"}
    assert owners(chain_of("m -seniorManagingOfficial:-> S", "a -10-> S")).keys() == {"m"}


def test_companies_are_never_beneficial_owners() -> None:
    assert owners(chain_of("A -100-> S", "S -100-> A")) == {}


def test_an_ultimate_parent_stands_at_the_top_of_halves_or_control() -> None:
    assert parents(chain_of(*VELDMARIN)) == ["Anselm"]
    assert parents(chain_of("A -50-> S", "B -50-> S", "C -49-> A")) == ["A", "B"]
    assert parents(chain_of("C -appointmentOfBoard:-> B", "B -60-> S")) == ["C"]
    assert parents(chain_of("a -100-> S")) == []


def test_a_ring_at_the_top_gives_all_its_members() -> None:
    assert parents(chain_of("A -60-> S", "B -100-> A", "A -100-> B")) == ["A", "B"]


def test_a_range_across_half_gives_an_uncertain_parent() -> None:
    chain = chain_of("A -40..60-> S")
    assert [p.certain for p in ultimate_parents(chain, effective(chain))] == [False]


def test_headquarters_are_the_place_of_business_else_the_jurisdiction() -> None:
    party = Party("S", country="KY")
    assert headquarters_country(party) == "KY"
    assert headquarters_country(replace(party, headquarters="SG")) == "SG"
