"""Commitments to personal values: the leaf holds a digest, the bundle discloses salt and value, or neither.

    commitment = SHA-256(salt ‖ length(name) ‖ name ‖ length(value) ‖ value)

Name and value are UTF-8, each length is 8 bytes, big-endian, in bytes; so no two (name, value) pairs give
the same input. The salt is 32 random bytes of its own for every commitment: without it, nobody can tell
a value from any other by trying; destroying it erases the value from the log (the idea of SD-JWT).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from audit.proof.errors import ProofError

#: Bytes of a salt.
SALT_SIZE = 32


class InvalidDisclosure(ProofError):
    """A disclosed value is not the one that the leaf committed to."""


@dataclass(frozen=True)
class Disclosure:
    """What opens one commitment."""

    salt: bytes
    value: str


def commit(salt: bytes, name: str, value: str) -> str:
    """The commitment in hex. Raises ValueError where the salt has not SALT_SIZE bytes."""
    if len(salt) != SALT_SIZE:
        raise ValueError(f"a salt has {SALT_SIZE} bytes, not {len(salt)}")
    return hashlib.sha256(salt + _with_length(name) + _with_length(value)).hexdigest()


def check_disclosures(commitments: Mapping[str, str], disclosed: Mapping[str, Disclosure]) -> None:
    """Every disclosed value is the one committed to under its name, or InvalidDisclosure."""
    for name, disclosure in disclosed.items():
        if name not in commitments:
            raise InvalidDisclosure(f"{name}: the leaf commits to no such value")
        try:
            found = commit(disclosure.salt, name, disclosure.value)
        except ValueError as error:
            raise InvalidDisclosure(f"{name}: {error}") from None
        if not hmac.compare_digest(found, commitments[name]):
            raise InvalidDisclosure(f"{name}: salt and value give {found}, the leaf has {commitments[name]}")


def _with_length(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(8, "big") + data
