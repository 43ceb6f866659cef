"""Shares, interests, superseding statements, and what cannot be true together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from core.errors import InvalidInput
from kyc.ownership.statements import Interest, Party, Share, Statement, check, in_force
from tests.kyc.ownership.chains import statements_of


@pytest.mark.parametrize("bounds", [(-1, 5), (0, 100.5), (60, 40), ("x", 5), (float("nan"), 5), (True, 5)])
def test_a_share_that_is_no_interval_of_percent_is_refused(bounds: tuple[object, object]) -> None:
    with pytest.raises(InvalidInput):
        Share(*bounds)  # type: ignore[arg-type]


def test_an_empty_open_range_is_refused() -> None:
    with pytest.raises(InvalidInput, match="empty"):
        Share(25, 25, above=True)


def test_a_threshold_is_inclusive_unless_said_otherwise() -> None:
    exact = Share.exactly(25)
    assert exact.surely_reaches(25)
    assert not exact.may_reach(25, exclusive=True)


def test_more_than_25_reaches_more_than_25_for_sure() -> None:
    assert Share(25, 50, above=True).surely_reaches(25, exclusive=True)
    assert not Share(25, 50).surely_reaches(25, exclusive=True)


def test_less_than_50_can_never_reach_50() -> None:
    assert not Share(25, 50, below=True).may_reach(50)
    assert Share(25, 50).may_reach(50)


def test_sums_stay_within_100_and_keep_open_ends() -> None:
    total = Share(25, 50, above=True).plus(Share(30, 60))
    assert (total.minimum, total.maximum, total.above, total.below) == (55, 100, True, False)


def test_dates_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(InvalidInput, match="endDate"):
        Interest("shareholding", start=date(2024, 1, 2), end=date(2024, 1, 1))


def test_an_owner_of_itself_is_an_error_and_a_longer_cycle_is_none() -> None:
    parties, made = statements_of(["A -10-> A"])
    assert [e.error for e in check(made, parties)] == ["an owner of itself"]
    parties, made = statements_of(["A -10-> B", "B -10-> C", "C -10-> A"])
    assert check(made, parties) == []


def test_minimum_shares_above_100_are_an_error_and_maximum_ones_are_none() -> None:
    parties, made = statements_of(["a -60..90-> S", "b -40.1..90-> S"])
    (error,) = check(made, parties)
    assert error.as_json() == {
        "statement": "s2",
        "field": "recordDetails.interests.share",
        "error": "minimum shares of S sum to 100.1 percent, above 100",
    }
    parties, made = statements_of(["a -60..90-> S", "b -40..90-> S"])
    assert check(made, parties) == []


def test_indirect_shares_and_votes_do_not_count_into_the_sum() -> None:
    lines = ["a -60-> S", "b -indirect/shareholding:60-> S", "c -votingRights:90-> S"]
    parties, made = statements_of(lines)
    assert check(made, parties) == []


def test_names_without_a_record_and_owned_persons_are_errors() -> None:
    parties, made = statements_of(["a -60-> S", "S -10-> b"])
    del parties["a"]
    assert {e.field: e.error for e in check(made, parties)} == {
        "recordDetails.interestedParty": "no record a",
        "recordDetails.subject": "a person cannot be owned",
    }


def _versions(*versions: tuple[str, str, str]) -> list[Statement]:
    return [
        Statement(f"s{n}", "r", "a", "S", (Interest("shareholding", Share.exactly(size)),), stated, status)
        for n, (stated, status, size) in enumerate(versions)
    ]


def test_the_last_statement_made_by_the_day_holds() -> None:
    made = _versions(
        ("2023-01-01", "new", "10"), ("2025-01-01", "updated", "30"), ("2024-01-01", "updated", "20")
    )
    assert [s.id for s in in_force(made, date(2024, 6, 1))] == ["s2"]
    assert [s.id for s in in_force(made, date(2026, 6, 1))] == ["s1"]
    assert [s.id for s in in_force(made)] == ["s1"]
    assert in_force(made, date(2022, 1, 1)) == ()


def test_of_statements_made_at_one_time_the_later_in_the_file_holds() -> None:
    made = _versions(("2023-01-01", "new", "10"), ("2023-01-01", "updated", "30"))
    assert [s.id for s in in_force(made, date(2024, 6, 1))] == ["s1"]


def test_a_closed_record_holds_no_more() -> None:
    made = _versions(("2023-01-01", "new", "10"), ("2024-01-01T10:00:00Z", "closed", "10"))
    assert in_force(made, date(2024, 1, 1)) == ()
    assert len(in_force(made, date(2023, 12, 31))) == 1


def test_an_interest_holds_from_its_start_until_the_day_before_its_end() -> None:
    held = Interest("shareholding", Share.exactly(5), start=date(2020, 1, 1), end=date(2021, 1, 1))
    made = [Statement("s", "r", "a", "S", (held,), "2019-01-01")]
    days = [date(2019, 12, 31), date(2020, 1, 1), date(2020, 12, 31), date(2021, 1, 1)]
    assert [len(in_force(made, day)) for day in days] == [0, 1, 1, 0]


def test_what_was_stated_late_was_still_so() -> None:
    since = Interest("shareholding", Share.exactly(5), start=date(2020, 1, 1))
    made = [Statement("s", "r", "a", "S", (since,), "2024-01-01")]
    assert len(in_force(made, date(2021, 1, 1))) == 1
    assert in_force(made, date(2019, 1, 1)) == ()


def test_an_end_learnt_later_ends_the_interest_on_its_own_day() -> None:
    since = Interest("shareholding", Share.exactly(50), start=date(2019, 9, 11))
    made = [
        Statement("s1", "r", "a", "S", (since,), "2019-09-11", "new"),
        Statement("s2", "r", "a", "S", (replace(since, end=date(2021, 4, 3)),), "2021-09-11", "closed"),
    ]
    assert len(in_force(made, date(2021, 4, 2))) == 1
    assert in_force(made, date(2021, 4, 3)) == ()


def test_parties_nobody_can_name_are_unidentified() -> None:
    assert Party("x", kind="unknownPerson", is_person=True).is_unidentified
    assert not Party("x", kind="knownPerson", is_person=True).is_unidentified
