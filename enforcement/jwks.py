"""Public keys as a JSON Web Key Set (RFC 7517) of Ed25519 keys (RFC 8037)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from enforcement.jws import unb64

#: A key set longer than this many characters is refused.
MAX_LENGTH = 256 * 1024


def to_jwks(keys: Mapping[str, Ed25519PublicKey]) -> dict[str, Any]:
    """The key set to publish at `/.well-known/jwks.json`; `keys` by `kid`."""
    return {
        "keys": [{**_members(key), "kid": kid, "alg": "EdDSA", "use": "sig"} for kid, key in keys.items()]
    }


def from_jwks(text: str) -> dict[str, Ed25519PublicKey]:
    """Ed25519 signature keys by `kid`. Keys of other kinds are passed over (RFC 7517, section 5).

    Raises ValueError: no key set, a doubled or missing `kid`, a private key, no usable key.
    """
    if len(text) > MAX_LENGTH:
        raise ValueError("the key set is too long")
    try:
        entries = json.loads(text)["keys"]
        usable = [entry for entry in entries if _is_usable(entry)]
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("not a JSON Web Key Set") from error
    keys: dict[str, Ed25519PublicKey] = {}
    for entry in usable:
        kid, x = entry.get("kid"), entry.get("x")
        if not isinstance(kid, str) or not kid or kid in keys:
            raise ValueError("a key without a kid of its own")
        if "d" in entry:
            raise ValueError("the key set holds a private key")
        if not isinstance(x, str):
            raise ValueError("a key without x")
        keys[kid] = Ed25519PublicKey.from_public_bytes(unb64(x))
    if not keys:
        raise ValueError("the key set holds no Ed25519 key")
    return keys


def thumbprint(key: Ed25519PublicKey) -> str:
    """The JWK thumbprint (RFC 7638) in base64url, a natural `kid`."""
    canonical = json.dumps(_members(key), sort_keys=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()


def _members(key: Ed25519PublicKey) -> dict[str, str]:
    x = base64.urlsafe_b64encode(key.public_bytes_raw()).rstrip(b"=").decode()
    return {"crv": "Ed25519", "kty": "OKP", "x": x}


def _is_usable(entry: dict[str, Any]) -> bool:
    kind = entry.get("kty") == "OKP" and entry.get("crv") == "Ed25519"
    return kind and entry.get("use", "sig") == "sig" and entry.get("alg", "EdDSA") in {"EdDSA", "Ed25519"}
