from __future__ import annotations

import hashlib

import pytest

from audit.proof.redaction import Disclosure, InvalidDisclosure, check_disclosures, commit

SALT = b"s" * 32


def test_commitment_is_salt_then_name_and_value_each_with_its_length():
    expected = hashlib.sha256(SALT + bytes(7) + b"\x04name" + bytes(7) + b"\x07Z\xc3\xbcrich").hexdigest()
    assert commit(SALT, "name", "Zürich") == expected


def test_moving_a_letter_from_name_to_value_gives_another_commitment():
    assert commit(SALT, "name", "x") != commit(SALT, "nam", "ex")


def test_disclosed_value_is_checked_against_the_leaf():
    commitments = {"name": commit(SALT, "name", "Ada"), "born": commit(SALT, "born", "1815-12-10")}
    check_disclosures(commitments, {})
    check_disclosures(commitments, {"name": Disclosure(SALT, "Ada")})
    for name, disclosure in (
        ("name", Disclosure(SALT, "Eve")),
        ("name", Disclosure(b"t" * 32, "Ada")),
        ("name", Disclosure(SALT[1:], "Ada")),
        ("born", Disclosure(SALT, "Ada")),
        ("other", Disclosure(SALT, "Ada")),
    ):
        with pytest.raises(InvalidDisclosure, match=name):
            check_disclosures(commitments, {name: disclosure})


def test_salt_of_another_length_is_refused():
    with pytest.raises(ValueError, match="32 bytes, not 0"):
        commit(b"", "name", "Ada")
