"""A signed file: the Dead Simple Signing Envelope (DSSE v1) with Ed25519.

The signature covers PAE(type, payload) = "DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload, so a
payload of one type never passes for another, nor for a checkpoint.
"""

from __future__ import annotations

import base64
import json

from audit.proof.checkpoint import Sign, VerifierKey
from audit.proof.errors import ProofError


class InvalidEnvelope(ProofError):
    """An envelope is not the one that its payload and a trusted key make."""


def pae(payload_type: str, payload: bytes) -> bytes:
    """The bytes that are signed (DSSE protocol, PAE)."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign_envelope(payload_type: str, payload: bytes, key: VerifierKey, sign: Sign) -> bytes:
    """The envelope of `payload`. Raises InvalidEnvelope where `sign` is not of `key`."""
    message = pae(payload_type, payload)
    signature = sign(message)
    if not key.verifies(message, signature):
        raise InvalidEnvelope(f"the signature made does not verify with {key}")
    return _envelope(payload_type, payload, key, signature)


def check_envelope(envelope: bytes, payload_type: str, payload: bytes, key: VerifierKey) -> None:
    """`envelope` is what `sign_envelope` makes of the rest with `key`, or InvalidEnvelope."""
    try:
        signature = base64.b64decode(json.loads(envelope)["signatures"][0]["sig"], validate=True)
    except (ValueError, LookupError, TypeError, RecursionError):
        raise InvalidEnvelope("the envelope holds no signature") from None
    if not key.verifies(pae(payload_type, payload), signature):
        raise InvalidEnvelope(f"the signature does not verify with {key}")
    if _envelope(payload_type, payload, key, signature) != envelope:
        raise InvalidEnvelope("the envelope names another payload, type or key than it signs")


def _envelope(payload_type: str, payload: bytes, key: VerifierKey, signature: bytes) -> bytes:
    value = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": payload_type,
        "signatures": [{"keyid": f"{key.name}+{key.id.hex()}", "sig": base64.b64encode(signature).decode()}],
    }
    return json.dumps(value, indent=1).encode() + b"\n"
