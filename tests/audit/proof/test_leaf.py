from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.proof.leaf import (
    MAX_LEAF,
    Event,
    InvalidLeaf,
    canonical_json,
    decode_leaf,
    encode_leaf,
    format_time,
    leaf_digest,
    parse_canonical_json,
)
from tests.audit.proof.builders import an_event

DIGEST = "ab" * 32
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_leaf_is_version_byte_and_canonical_json():
    leaf = encode_leaf(an_event(7))
    assert leaf.startswith(b'\x01{"actor":{"address":"","id":"u1","kind":"user","session":""},"at":"2026-')
    assert "Zürich".encode() in leaf
    assert leaf_digest(leaf) == hashlib.sha256(b"\x00" + leaf).hexdigest()


@settings(max_examples=60)
@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), JSON, max_size=4))
def test_any_payload_comes_back_as_it_went_in_and_has_one_spelling(payload):
    leaf = encode_leaf(an_event(payload=payload))
    event = decode_leaf(leaf)
    assert event["payload"] == payload
    assert encode_leaf(event) == leaf


def test_order_of_keys_makes_no_difference():
    event = an_event(3)
    assert encode_leaf(dict(reversed(event.items()))) == encode_leaf(event)


def test_unknown_version_is_refused():
    leaf = encode_leaf(an_event())
    with pytest.raises(InvalidLeaf, match="version 2 is unknown"):
        decode_leaf(b"\x02" + leaf[1:])


@pytest.mark.parametrize("key", Event.__annotations__)
def test_missing_key_is_refused(key):
    event = an_event()
    del event[key]
    with pytest.raises(InvalidLeaf, match=f"{key} missing"):
        encode_leaf(event)


POSITION = {"name": "tenant:t1", "number": 1, "previous": ""}
WRONG = {
    "unknown key": ({"index": 3}, "unknown key index"),
    "id": ({"id": "A" * 36}, "id: a UUID"),
    "upper-case id": ({"id": "00000000-0000-0000-0000-00000000000A"}, "id: a UUID"),
    "time without zone": ({"at": "2026-11-25T00:00:00.000000"}, "at: a UTC time"),
    "time without microseconds": ({"at": "2026-11-25T00:00:00Z"}, "at: a UTC time"),
    "a day that is not": ({"at": "2026-02-30T00:00:00.000000Z"}, "at: a UTC time"),
    "actor": ({"actor": {"kind": "user", "id": "u1"}}, "actor: address, session missing"),
    "actor's id": ({"actor": {"kind": "user", "id": 1, "session": "", "address": ""}}, "actor.id: text"),
    "verb": ({"verb": "Application Submitted"}, "verb: "),
    "subjects": ({"subjects": {}}, "subjects: a list"),
    "subject": ({"subjects": [{"kind": "t", "id": None}]}, "subjects: kind and id"),
    "reason": ({"reason": None}, "reason: text"),
    "payload": ({"payload": []}, "payload: an object"),
    "commitment": ({"commitments": {"name": "AB" * 32}}, "commitments.name: 64 hex"),
    "scope's number": ({"scopes": [POSITION | {"number": 0}]}, "scopes.number"),
    "scope's number as a bool": ({"scopes": [POSITION | {"number": True}]}, "scopes.number"),
    "first with a previous": ({"scopes": [POSITION | {"previous": DIGEST}]}, "empty for number 1"),
    "second without a previous": ({"scopes": [POSITION | {"number": 2}]}, "scopes.previous: 64 hex"),
    "scope twice": ({"scopes": [POSITION, POSITION]}, "each name once"),
    "scope's name": ({"scopes": [POSITION | {"name": "a\nb"}]}, "scopes.name"),
    "not a number": ({"payload": {"x": float("nan")}}, "no canonical JSON"),
    "infinity": ({"payload": {"x": float("inf")}}, "no canonical JSON"),
    "half a character": ({"payload": {"x": "\ud800"}}, "no canonical JSON"),
    "key that is no text": ({"payload": {1: 2}}, "the key 1 is not text"),
    "bytes": ({"payload": {"x": b""}}, "bytes is no JSON value"),
    "size": ({"payload": {"x": "y" * MAX_LEAF}}, "at most 1048576"),
}


@pytest.mark.parametrize(("changes", "words"), WRONG.values(), ids=WRONG)
def test_malformed_event_is_refused_naming_the_field(changes, words):
    with pytest.raises(InvalidLeaf, match=words):
        encode_leaf(an_event(**changes))


def test_another_spelling_of_the_same_event_is_refused():
    event = an_event()
    for data in (
        json.dumps(event).encode(),
        canonical_json(event) + b"\n",
        canonical_json(event).replace(b'"reason":""', b'"reason":"x","reason":""'),
        canonical_json(event).replace("ü".encode(), b"\\u00fc"),
    ):
        with pytest.raises(InvalidLeaf, match="not canonical"):
            decode_leaf(b"\x01" + data)


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x01{", b"\x01[]", b"\x01\xff", b"\x01" + b"[" * 100_000])
def test_bytes_that_are_no_leaf_are_refused(data):
    with pytest.raises(InvalidLeaf):
        decode_leaf(data)


def test_numbers_that_json_cannot_hold_are_refused_on_reading():
    for text in (b"NaN", b"1e999", b"9" * 5000):
        with pytest.raises(InvalidLeaf):
            parse_canonical_json(text)


def test_time_is_written_in_utc_with_microseconds():
    moment = datetime(2026, 11, 25, 2, 0, tzinfo=timezone(timedelta(hours=2)))
    assert format_time(moment) == "2026-11-25T00:00:00.000000Z"
    assert format_time(datetime(2026, 1, 1, microsecond=7, tzinfo=UTC)) == "2026-01-01T00:00:00.000007Z"
    with pytest.raises(ValueError, match="without a zone"):
        format_time(datetime(2026, 1, 1))  # noqa: DTZ001
