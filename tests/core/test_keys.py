"""The keyring makes, keeps and rotates keys, and gives nothing away that it should not."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Misconfigured
from core.keyring import read_keyring
from core.keys import Keyring, Undecryptable, framed, subkey, thumbprint

RING = Keyring.generate()


def test_a_keyring_reads_back_from_its_file_with_every_key(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "keyring.json"
    ring = RING.with_new_kek().with_new_grant_key(now=1_800_000_000)
    ring.save(path)
    assert Keyring.load(path).to_json() == ring.to_json()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["keyring.json"]


def test_of_two_processes_that_start_at_once_the_first_keyring_wins(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    assert RING.save(path, replace_existing=False)
    assert not Keyring.generate().save(path, replace_existing=False)
    assert Keyring.load(path).to_json() == RING.to_json()
    assert [p.name for p in tmp_path.iterdir()] == ["keyring.json"]


def test_a_keyring_that_everybody_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    RING.save(path)
    path.chmod(0o644)
    with pytest.raises(Misconfigured, match="0600"):
        Keyring.load(path)


@pytest.mark.parametrize("name", ["key_encryption", "blind_index", "log_signing", "grant_signing", "version"])
def test_a_keyring_without_a_part_is_refused_and_nothing_of_it_is_told(name: str) -> None:
    document = json.loads(RING.to_json())
    del document[name]
    with pytest.raises(Misconfigured) as refused:
        Keyring.from_json(json.dumps(document))
    assert refused.value.__cause__ is None
    assert document.get("log_signing", "?" * 9) not in str(refused.value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), 2),
        (("blind_index",), "AAAA"),
        (("blind_index",), "***"),
        (("key_encryption", "active"), "absent"),
        (("key_encryption", "keys"), {"a.b": "A" * 43}),
        (("grant_signing", "active"), "absent"),
        (("grant_signing", "keys"), []),
    ],
)
def test_a_damaged_keyring_is_refused(path: tuple[str, ...], value: object) -> None:
    document = json.loads(RING.to_json())
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    with pytest.raises(Misconfigured):
        Keyring.from_json(json.dumps(document))


def test_its_repr_shows_no_key() -> None:
    document = json.loads(RING.to_json())
    shown = repr(RING) + repr(RING.wrap(b"k" * 32, bound_to=b"x"))
    assert document["blind_index"] not in shown
    assert repr(RING.blind_index_key) not in shown
    assert repr(next(iter(RING.keks.values()))) not in shown


# -- where it comes from -------------------------------------------------------------------------


def test_a_local_installation_makes_its_keyring_on_first_start_and_keeps_it(tmp_path: Path) -> None:
    default = tmp_path / ".local" / "keyring.json"
    first = read_keyring("", environment="local", local_default=default)
    assert read_keyring("", environment="local", local_default=default).to_json() == first.to_json()
    named = read_keyring(str(tmp_path / "own.json"), environment="local", local_default=default)
    assert named.to_json() != first.to_json()


def test_production_stops_without_its_keyring_and_makes_none(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="LOCKGATE_KEYRING is not set"):
        read_keyring("", environment="production", local_default=tmp_path / "k.json")
    with pytest.raises(Misconfigured, match="does not exist"):
        read_keyring(str(tmp_path / "k.json"), environment="production", local_default=tmp_path / "k.json")
    assert list(tmp_path.iterdir()) == []


def test_the_document_itself_may_stand_in_the_environment(tmp_path: Path) -> None:
    ring = read_keyring(RING.to_json(), environment="production", local_default=tmp_path / "k.json")
    assert ring.to_json() == RING.to_json()


# -- data keys -----------------------------------------------------------------------------------


def test_a_wrapped_key_opens_only_at_its_place_and_under_its_keyring() -> None:
    wrapped = RING.wrap(b"k" * 32, bound_to=b"row 1")
    assert RING.unwrap(wrapped, bound_to=b"row 1") == b"k" * 32
    with pytest.raises(Undecryptable):
        RING.unwrap(wrapped, bound_to=b"row 2")
    with pytest.raises(Misconfigured, match="no key-encryption key"):
        Keyring.generate().unwrap(wrapped, bound_to=b"row 1")


def test_rotation_rewraps_keys_and_then_the_old_key_can_go() -> None:
    old = RING.wrap(b"k" * 32, bound_to=b"row")
    rotated = RING.with_new_kek()
    fresh = rotated.rewrap(old, bound_to=b"row")
    assert fresh.kek_id != old.kek_id
    without = rotated.without_kek(old.kek_id)
    assert without.unwrap(fresh, bound_to=b"row") == b"k" * 32
    with pytest.raises(Misconfigured):
        without.unwrap(old, bound_to=b"row")
    with pytest.raises(Misconfigured, match="active"):
        rotated.without_kek(rotated.active_kek)


@settings(max_examples=30)
@given(st.integers(min_value=0, max_value=60), st.integers(min_value=1, max_value=255))
def test_no_changed_byte_of_a_wrapped_key_passes(place: int, change: int) -> None:
    wrapped = RING.wrap(b"k" * 32, bound_to=b"row")
    blob = bytearray(wrapped.blob)
    blob[place % len(blob)] ^= change
    with pytest.raises(Undecryptable):
        RING.unwrap(type(wrapped)(wrapped.kek_id, bytes(blob)), bound_to=b"row")


# -- small secrets, indexes, derivation ----------------------------------------------------------


@settings(max_examples=30)
@given(st.text(max_size=60))
def test_a_sealed_secret_opens_for_its_purpose_only(text: str) -> None:
    sealed = RING.seal(text, "totp")
    assert RING.unseal(sealed, "totp") == text
    assert sealed.isascii()
    with pytest.raises(Undecryptable):
        RING.unseal(sealed, "recovery codes")


def test_a_secret_sealed_before_a_rotation_opens_after_it() -> None:
    sealed = RING.seal("JBSWY3DP", "totp")
    assert RING.with_new_kek().unseal(sealed, "totp") == "JBSWY3DP"


@pytest.mark.parametrize(
    "sealed", ["", "v1", "v1.x", "v2.KEK.AA", "v1.KEK.", "v1.KEK.é", "v1.KEK.AA", "v1.a.b.c"]
)
def test_what_was_not_sealed_here_is_refused(sealed: str) -> None:
    with pytest.raises(Undecryptable):
        RING.unseal(sealed.replace("KEK", RING.active_kek), "totp")


def test_equal_values_agree_within_a_domain_and_keyring_only() -> None:
    index = RING.blind_index("passport", "x1")
    assert index == RING.blind_index("passport", "x1")
    assert len({index, RING.blind_index("tax", "x1"), RING.blind_index("passport", "x2")}) == 3
    assert index != Keyring.generate().blind_index("passport", "x1")
    assert RING.blind_index("ab", "c") != RING.blind_index("a", "bc")


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=8), max_size=4), st.lists(st.binary(max_size=8), max_size=4))
def test_two_contexts_frame_alike_only_if_they_are_equal(one: list[bytes], two: list[bytes]) -> None:
    assert (framed(*one) == framed(*two)) == (one == two)


def test_derived_keys_differ_by_context() -> None:
    secret = b"s" * 32
    assert subkey(secret, b"a", b"b") == subkey(secret, b"a", b"b")
    assert len({subkey(secret, b"a", b"b"), subkey(secret, b"ab"), subkey(b"t" * 32, b"a", b"b")}) == 3


# -- signing -------------------------------------------------------------------------------------


def test_a_retired_grant_key_verifies_for_a_while_and_can_no_longer_sign() -> None:
    old_kid, _ = RING.grant_signer
    rotated = RING.with_new_grant_key(now=1_800_000_000)
    new_kid, private = rotated.grant_signer
    assert new_kid != old_kid
    assert new_kid == thumbprint(private.public_key())
    assert rotated.grant_keys[old_kid].private is None
    assert set(rotated.grant_public_keys(now=1_800_000_000 + 25 * 3600 - 1)) == {old_kid, new_kid}
    assert set(rotated.grant_public_keys(now=1_800_000_000 + 25 * 3600)) == {new_kid}
