"""Who changed since an index was built: found without asking for every row."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from kyc.screening.stamps import Stamps, Sum

#: Ids that share one of their halves, as ids made within a millisecond do.
KEYS = st.builds(
    lambda high, low: UUID(int=high << 64 | low), st.integers(0, 3), st.integers(2**63, 2**63 + 3)
)
AT = st.integers(1, 2**53)
ROWS = st.dictionaries(KEYS, AT, max_size=12)


def summed(rows: dict[UUID, int]) -> Sum:
    return Sum(len(rows), sum(rows.values()))


@settings(max_examples=100)
@given(before=ROWS, changes=st.dictionaries(KEYS, st.none() | AT, max_size=12))
def test_after_changes_they_are_those_of_the_rows_as_they_are_now(
    before: dict[UUID, int], changes: dict[UUID, int | None]
) -> None:
    now = {key: at for key, at in {**before, **changes}.items() if at is not None}
    old, new = Stamps.of(before.items()), Stamps.of(now.items())
    assert old.agree(summed(before))
    assert old.after(changes).agree(summed(now))
    for key in {**before, **now}:
        assert old.get(key) == before.get(key)
        assert old.after(changes).get(key) == now.get(key)
    differ = {key: now.get(key) for key in {**before, **now} if before.get(key) != now.get(key)}
    assert old.against(new) == differ
    assert old.missed({**dict.fromkeys(before), **now}.items()) == differ


@settings(max_examples=50)
@given(rows=ROWS.filter(bool))
def test_a_change_that_is_not_the_newest_is_seen_in_the_sum(rows: dict[UUID, int]) -> None:
    stamps = Stamps.of(rows.items())
    first = min(rows, key=lambda key: rows[key])
    assert not stamps.agree(summed({**rows, first: rows[first] + 1}))
    assert not stamps.agree(summed({key: at for key, at in rows.items() if key != first}))
