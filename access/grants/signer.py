"""The installation's grant keys: who signs, and what verifiers need."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from core.keyring import keyring
from enforcement import grant_token, jwks
from enforcement.grant_token import GrantClaims
from enforcement.verdict import Refused


class NotWhatWasStored(RuntimeError):
    """What was signed does not say what was stored: nothing is given out."""


def active_kid() -> str:
    return keyring().grant_signer[0]


def public_keys(now: datetime) -> dict[str, Ed25519PublicKey]:
    """Keys by kid that a verifier needs at `now`."""
    return keyring().grant_public_keys(now=int(now.timestamp()))


def key_set(now: datetime) -> dict[str, Any]:
    """The document of /.well-known/jwks.json."""
    return jwks.to_jwks(public_keys(now))


def sign(claims: GrantClaims, *, stored: dict[str, Any], now: datetime) -> tuple[str, str]:
    """(kid, token): signed, read back with the public key, and compared with what was stored.

    Raises NotWhatWasStored.
    """
    kid, key = keyring().grant_signer
    token = grant_token.sign(claims, key, kid)
    read = grant_token.authenticate(token, public_keys(now))
    if isinstance(read, Refused):
        raise NotWhatWasStored(read.text)
    if grant_token.to_payload(read) != stored:
        raise NotWhatWasStored("The signed grant differs from the stored claims.")
    return kid, token
