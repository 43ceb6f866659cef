"""The leaf: the bytes that the log commits to for one event.

    leaf = 0x01 ‖ canonical JSON of the event

The first byte is the version of the format. Canonical JSON here: UTF-8, keys sorted by code point, no
white space, text escaped only where JSON demands it, no NaN or infinity. The parser takes nothing that
`encode_leaf` would not write, so an event has exactly one leaf. A leaf does not know its index.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any, TypedDict, cast
from uuid import UUID

from audit.proof.errors import ProofError
from audit.proof.merkle import hash_leaf

#: Version of the leaf format that this code writes, and the only one that it reads.
VERSION = 1
#: Largest leaf, in bytes.
MAX_LEAF = 1024 * 1024
#: Longest name of a scope, in characters.
MAX_SCOPE_NAME = 200

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_VERB = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")


class InvalidLeaf(ProofError):
    """An event cannot be a leaf, or bytes are not a leaf of a version that this code knows."""


class Actor(TypedDict):
    """Who acted. `address` is a digest, never the address; what does not apply is the empty string."""

    kind: str
    id: str
    session: str
    address: str


class Subject(TypedDict):
    """What the event is about."""

    kind: str
    id: str


class ScopePosition(TypedDict):
    """The event's place in one scope."""

    name: str
    number: int  # 1 for the scope's first event, and so on without a gap
    previous: str  # hex leaf hash of the scope's event number - 1; "" where number is 1


class Event(TypedDict):
    """One event as it stands in its leaf: every key is required and no other is allowed."""

    id: str  # a UUID in lower case
    at: str  # RFC 3339 in UTC with microseconds: 2026-11-25T00:24:08.000000Z
    actor: Actor
    verb: str  # application.submitted
    subjects: list[Subject]
    reason: str
    versions: dict[str, Any]  # of packs, lists and decision
    payload: dict[str, Any]
    commitments: dict[str, str]  # name → hex commitment to a personal value (redaction.py)
    scopes: list[ScopePosition]  # sorted by name, each name once


def format_time(moment: datetime) -> str:
    """`moment` (aware) as leaves write times. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical_json(value: Any) -> bytes:
    """The one spelling of a JSON value. Raises InvalidLeaf for what JSON cannot say exactly."""
    try:
        _refuse_keys_that_are_not_text(value)
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidLeaf(f"no canonical JSON: {error}") from None


def parse_canonical_json(data: bytes) -> Any:
    """Reads what `canonical_json` writes and nothing else (so no key twice, no other spelling)."""
    try:
        value = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise InvalidLeaf(f"no JSON: {error}") from None
    if canonical_json(value) != data:
        raise InvalidLeaf("JSON that is not canonical")
    return value


def encode_leaf(event: Event) -> bytes:
    """The leaf of `event`. Raises InvalidLeaf naming the field that is wrong."""
    check_event(event)
    leaf = bytes([VERSION]) + canonical_json(event)
    if len(leaf) > MAX_LEAF:
        raise InvalidLeaf(f"a leaf of {len(leaf)} bytes; at most {MAX_LEAF} are allowed")
    return leaf


def decode_leaf(leaf: bytes) -> Event:
    """The event of `leaf`. Raises InvalidLeaf for another version, unknown keys or another spelling."""
    if not leaf or len(leaf) > MAX_LEAF:
        raise InvalidLeaf(f"a leaf of {len(leaf)} bytes; 1 to {MAX_LEAF} are allowed")
    if leaf[0] != VERSION:
        raise InvalidLeaf(f"leaf version {leaf[0]} is unknown; this verifier knows {VERSION}")
    event = parse_canonical_json(leaf[1:])
    check_event(event)
    return cast(Event, event)


def leaf_digest(leaf: bytes) -> str:
    """Hex of the leaf hash of RFC 6962: what the next leaf of a scope names as `previous`."""
    return hash_leaf(leaf).hex()


def check_event(event: Any) -> None:
    """Raises InvalidLeaf, naming the field, unless `event` has exactly the form of `Event`."""
    _keys("event", event, Event)
    try:
        uuid_is_plain = str(UUID(event["id"])) == event["id"]
    except (ValueError, TypeError, AttributeError):
        uuid_is_plain = False
    _demand(uuid_is_plain, "id", "a UUID in lower case")
    _demand(_is_time(event["at"]), "at", "a UTC time with microseconds and Z")
    _keys("actor", event["actor"], Actor)
    for key, value in event["actor"].items():
        _demand(isinstance(value, str), f"actor.{key}", "text")
    _demand(_matches(_VERB, event["verb"]), "verb", "lower-case words joined by dots")
    _demand(isinstance(event["subjects"], list), "subjects", "a list")
    for subject in event["subjects"]:
        _keys("subjects", subject, Subject)
        _demand(all(isinstance(value, str) for value in subject.values()), "subjects", "kind and id as text")
    _demand(isinstance(event["reason"], str), "reason", "text")
    for key in ("versions", "payload", "commitments"):
        _demand(isinstance(event[key], dict), key, "an object")
    for name, digest in event["commitments"].items():
        _demand(_matches(_DIGEST, digest), f"commitments.{name}", "64 hex digits")
    _check_scopes(event["scopes"])


def check_scope_name(name: Any) -> None:
    """Raises InvalidLeaf unless `name` can name a scope: short, printable, on one line."""
    fine = isinstance(name, str) and 0 < len(name) <= MAX_SCOPE_NAME and name.isprintable()
    _demand(fine, "scopes.name", f"1 to {MAX_SCOPE_NAME} printable characters")


def _check_scopes(scopes: Any) -> None:
    _demand(isinstance(scopes, list), "scopes", "a list")
    for scope in scopes:
        _keys("scopes", scope, ScopePosition)
        check_scope_name(scope["name"])
        number, previous = scope["number"], scope["previous"]
        _demand(type(number) is int and 0 < number < 2**63, "scopes.number", "a whole number from 1")
        first = number == 1
        _demand(
            previous == "" if first else _matches(_DIGEST, previous),
            "scopes.previous",
            "empty for number 1" if first else "64 hex digits",
        )
    names = [scope["name"] for scope in scopes]
    _demand(names == sorted(set(names)), "scopes", "sorted by name, each name once")


def _keys(where: str, value: Any, form: type) -> None:
    """`value` is an object with exactly the keys of `form`."""
    _demand(isinstance(value, dict), where, "an object")
    expected = form.__annotations__.keys()
    if missing := expected - value.keys():
        raise InvalidLeaf(f"{where}: {', '.join(sorted(missing))} missing")
    if unknown := value.keys() - expected:
        raise InvalidLeaf(f"{where}: unknown key {', '.join(sorted(map(str, unknown)))}")


def _demand(fine: bool, field: str, expected: str) -> None:
    if not fine:
        raise InvalidLeaf(f"{field}: {expected} expected")


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_time(value: Any) -> bool:
    if not _matches(_TIME, value) or not value.isascii():
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _refuse_keys_that_are_not_text(value: Any) -> None:
    """json.dumps would turn the key 1 into "1" and a tuple into a list without a word."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError(f"the key {key!r} is not text")
            _refuse_keys_that_are_not_text(inner)
    elif isinstance(value, list):
        for inner in value:
            _refuse_keys_that_are_not_text(inner)
    elif not (value is None or isinstance(value, (str, int, float))):
        raise TypeError(f"{type(value).__name__} is no JSON value")
