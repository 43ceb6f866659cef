"""The status list: one bit a grant, and nothing that is old, cut off, foreign or too large."""

from __future__ import annotations

import base64
import json
import random
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enforcement import grant_token, jws, status
from enforcement.status import StatusList
from enforcement.verdict import Reason, Refused
from tests.enforcement.builders import KEY, KEYS, KID, NOW, OTHER_KEY, STATUS_URI, some_claims


def a_list(bits: bytes = status.build(64, [5]), **changes: Any) -> str:
    options = {
        "uri": STATUS_URI,
        "key": KEY,
        "kid": KID,
        "issued_at": NOW,
        "lifetime": 900,
        "ttl": 60,
        **changes,
    }
    return status.sign(bits, **options)


def a_list_saying(**changes: Any) -> str:
    """A list with the platform's true signature over a payload that `sign` would not make."""
    payload = {"sub": STATUS_URI, "iat": NOW, "exp": NOW + 900, "ttl": 60}
    payload |= {"status_list": {"bits": 1, "lst": packed(b"\0" * 8)}, **changes}
    return jws.sign({k: v for k, v in payload.items() if v is not None}, typ=status.TYPE, key=KEY, kid=KID)


def packed(bits: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(bits, 9)).rstrip(b"=").decode()


def reason(token: str, *, now: float = NOW + 1, seen: int = 0) -> Reason | None:
    verdict = status.verify(token, KEYS, uri=STATUS_URI, now=now, seen=seen)
    return verdict.reason if isinstance(verdict, Refused) else None


def test_bits_and_their_packing_are_those_of_the_specification() -> None:
    # draft-ietf-oauth-status-list, section 4.1: statuses 1001 1101 1100 0101 from index 0
    bits = status.build(16, [0, 3, 4, 5, 7, 8, 9, 13, 15])
    assert bits == bytes([0xB9, 0xA3])
    assert zlib.decompress(base64.urlsafe_b64decode("eNrbuRgAAhcBXQ==")) == bits
    payload = jws.read(a_list(bits), KEYS, typ=status.TYPE, max_length=9999)
    assert isinstance(payload, dict)
    assert payload["status_list"] == {"bits": 1, "lst": "eNrbuRgAAhcBXQ"}


@settings(max_examples=30)
@given(st.data())
def test_exactly_the_revoked_are_refused(data: st.DataObject) -> None:
    size = data.draw(st.integers(min_value=1, max_value=300))
    revoked = data.draw(st.sets(st.integers(min_value=0, max_value=size - 1)))
    lists = status.verify(a_list(status.build(size, revoked)), KEYS, uri=STATUS_URI, now=NOW)
    assert isinstance(lists, StatusList)
    assert {i for i in range(size) if lists.refusal(i) is not None} == revoked


@pytest.mark.parametrize("index", [-1, 64, 10**9])
def test_a_place_outside_the_list_is_refused(index: int) -> None:
    lists = status.verify(a_list(), KEYS, uri=STATUS_URI, now=NOW)
    assert isinstance(lists, StatusList)
    refusal = lists.refusal(index)
    assert refusal is not None
    assert refusal.reason is Reason.STATUS_OUT_OF_RANGE


def test_a_list_past_its_end_is_refused_without_leeway() -> None:
    assert reason(a_list(), now=NOW + 899) is None
    assert reason(a_list(), now=NOW + 900) is Reason.STATUS_EXPIRED


def test_a_list_from_the_future_is_refused() -> None:
    assert reason(a_list(), now=NOW - 31) is Reason.NOT_YET_VALID


def test_a_list_older_than_one_seen_is_refused() -> None:
    assert reason(a_list(), seen=NOW) is None
    assert reason(a_list(), seen=NOW + 1) is Reason.STATUS_OLDER


def test_another_list_another_key_and_a_grant_are_refused() -> None:
    assert reason(a_list(uri="https://lockgate.example/grants/status/2")) is Reason.STATUS_OTHER_LIST
    assert reason(a_list(key=OTHER_KEY)) is Reason.BAD_SIGNATURE
    assert reason(grant_token.sign(some_claims(), KEY, KID)) is Reason.WRONG_TYPE


@pytest.mark.parametrize("missing", ["iat", "exp", "ttl"])
def test_a_list_that_names_no_end_is_refused(missing: str) -> None:
    assert reason(a_list_saying(**{missing: None})) is Reason.STATUS_MALFORMED


def lst(text: object, bits: object = 1) -> dict[str, object]:
    return {"bits": bits, "lst": text}


@pytest.mark.parametrize(
    "status_list",
    [
        None,
        [],
        lst(packed(b"\0" * 8)[:-6]),
        lst(packed(b"\0" * 8) + "AAAA"),
        lst("AAAA"),
        lst("***"),
        lst(7),
        lst(""),
        lst(packed(b"\0" * 8), bits=2),
    ],
    ids=["none", "array", "cut off", "more behind", "no zlib", "no base64", "number", "empty", "two bits"],
)
def test_a_list_that_does_not_inflate_is_refused(status_list: object) -> None:
    assert reason(a_list_saying(status_list=status_list)) is Reason.STATUS_MALFORMED


def test_a_bomb_is_refused_and_the_largest_list_is_not() -> None:
    assert reason(a_list_saying(status_list=lst(packed(bytes(status.MAX_INFLATED))))) is None
    assert (
        reason(a_list_saying(status_list=lst(packed(bytes(status.MAX_INFLATED + 1)))))
        is Reason.STATUS_MALFORMED
    )
    assert reason(a_list_saying(status_list=lst(packed(bytes(50 * 1024 * 1024))))) is Reason.STATUS_MALFORMED


def test_a_list_that_is_too_long_is_refused_before_it_is_read() -> None:
    assert reason("A" * (status.MAX_LENGTH + 1)) is Reason.TOO_LONG


def test_the_largest_list_fits_even_where_nothing_deflates() -> None:
    noise = random.Random(7).randbytes(status.MAX_INFLATED)
    assert reason(a_list(noise)) is None


def test_a_list_is_built_for_its_own_places_only() -> None:
    with pytest.raises(ValueError):
        status.build(8, [8])
    with pytest.raises(ValueError):
        status.build(status.MAX_INFLATED * 8 + 1, [])
    with pytest.raises(ValueError):
        a_list(ttl=901)


def test_a_million_grants_at_one_percent_revoked_stay_within_thirty_kilobytes() -> None:
    revoked = random.Random(1).sample(range(1_000_000), 10_000)
    assert len(a_list(status.build(1_000_000, revoked))) < 30_000


def test_the_payload_is_the_specifications() -> None:
    payload = json.loads(base64.urlsafe_b64decode(a_list().split(".")[1] + "=="))
    assert set(payload) == {"sub", "iat", "exp", "ttl", "status_list"}
