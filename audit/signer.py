"""The log's signing key, out of the keyring, under the name of the log."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from audit.proof.checkpoint import VerifierKey
from core.keyring import keyring


def verifier_key() -> VerifierKey:
    """The public half, as verifiers take it. Raises Misconfigured where there is no keyring."""
    public = keyring().log_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return VerifierKey(settings.LOCKGATE_ORIGIN, public)


def sign(message: bytes) -> bytes:
    """The log's Ed25519 signature of `message`, 64 bytes."""
    return keyring().log_key.sign(message)
