"""Laws that hold for all chains."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from kyc.ownership.blocked import RANK, blocked, cascade
from kyc.ownership.chain import Chain, build_chain
from kyc.ownership.effective import effective
from kyc.ownership.statements import NOTHING, Interest, Party, Share, Statement, check

FEW = settings(max_examples=80)
SIZE = 6


@st.composite
def chains(draw: st.DrawFn, *, cyclic: bool = False, exact: bool = False) -> Chain:
    """Up to six entities E0 (the subject) … E5 and four persons, with shares that can be true together."""
    parties = {f"E{n}": Party(f"E{n}") for n in range(SIZE)}
    parties |= {f"p{n}": Party(f"p{n}", is_person=True) for n in range(4)}
    made = []
    for entity in range(SIZE):
        others = [n for n in range(SIZE) if n != entity and (cyclic or n > entity)]
        names = [f"E{n}" for n in others] + [f"p{n}" for n in range(4)]
        left = 100
        for owner in draw(st.lists(st.sampled_from(names), unique=True, max_size=4)):
            low = draw(st.integers(0, left))
            left -= low
            high = low if exact else draw(st.integers(low, 100))
            interest = Interest("shareholding", Share(low, high))
            made.append(Statement(f"s{len(made)}", f"r{len(made)}", owner, f"E{entity}", (interest,)))
    assert check(made, parties) == []
    return build_chain(made, parties, "E0")


def products(chain: Chain, party: str, entity: str, side: str) -> Fraction:
    """The sum over all paths of the products of shares, by going through every path."""
    total = Fraction(0)
    for holding in chain.holdings:
        if holding.owner == party:
            share = getattr(holding.share, side) / 100
            total += share * (
                1 if holding.entity == entity else products(chain, holding.entity, entity, side)
            )
    return total


@FEW
@given(chains())
def test_without_cycles_it_is_the_sum_over_paths(chain: Chain) -> None:
    shares = effective(chain)
    for party in chain.members - {"E0"}:
        low = products(chain, party, "E0", "minimum")
        high = products(chain, party, "E0", "maximum")
        assert shares.of(party).minimum == min(low, Fraction(1)) * 100
        assert shares.of(party).maximum == min(high, Fraction(1)) * 100


@FEW
@given(chains(exact=True, cyclic=True))
def test_persons_never_own_more_than_the_whole(chain: Chain) -> None:
    shares = effective(chain)
    total = sum((shares.of(p).minimum for p in chain.members if chain.parties[p].is_person), Fraction(0))
    assert total <= 100


@FEW
@given(chains(cyclic=True))
def test_bounds_are_ordered_and_within_100(chain: Chain) -> None:
    shares = effective(chain)
    for party, share in shares.shares.items():
        assert 0 <= share.minimum <= share.maximum <= shares.with_unknown[party] <= 100


@FEW
@given(
    chains(cyclic=True),
    st.sets(st.sampled_from(["p0", "p1", "p2", "p3", "E4"])),
    st.sampled_from(["p0", "E5"]),
)
def test_one_more_listed_party_never_lifts_a_block(chain: Chain, listed: set[str], more: str) -> None:
    before, after = cascade(chain, listed), cascade(chain, listed | {more})
    for entity, (status, share) in before.items():
        stricter, sum_now = after.get(entity, ("no", NOTHING))
        assert RANK[stricter] >= RANK[status]
        assert sum_now.maximum >= share.maximum
        assert sum_now.minimum >= share.minimum


@FEW
@given(chains(cyclic=True), st.sets(st.sampled_from(["p0", "p1", "E3"]), min_size=1))
def test_status_agrees_with_its_sum_and_its_reasons(chain: Chain, listed: set[str]) -> None:
    for entity, (status, share) in cascade(chain, listed).items():
        if entity not in listed:
            assert (status == "certain") == share.surely_reaches(50)
            assert (status != "no") == share.may_reach(50)
    for answer in blocked(chain, {"L": listed}).values():
        if answer.status != "no":
            assert answer.because
            assert all(path.owner in listed and path.links[-1].entity == "E0" for path in answer.because)


@FEW
@given(chains(cyclic=True), st.data())
def test_knowing_a_share_better_never_turns_an_answer_over(chain: Chain, data: st.DataObject) -> None:
    """Any exact value within a range is blocked only where it was possible, always where certain."""
    listed = {"p0"}
    wide = cascade(chain, listed).get("E0", ("no", NOTHING))[0]
    made = []
    for n, holding in enumerate(chain.holdings):
        low, high = int(holding.share.minimum), int(holding.share.maximum)
        value = data.draw(st.integers(low, high))
        interest = Interest("shareholding", Share(value, value))
        made.append(Statement(f"s{n}", f"r{n}", holding.owner, holding.entity, (interest,)))
    known = cascade(build_chain(made, chain.parties, "E0"), listed).get("E0", ("no", NOTHING))[0]
    assert known in {"no": {"no"}, "certain": {"certain"}, "possible": {"no", "certain"}}[wide]
