"""The one signed form of grants and status lists: compact JWS, EdDSA with Ed25519, nothing to negotiate.

The header is exactly `alg`, `typ` and `kid`. The verifier fixes algorithm and type, so `none`, HMAC
under a public key and a token of another type cannot be talked into it.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt.api_jws import PyJWS
from jwt.exceptions import InvalidSignatureError, PyJWTError

from enforcement.verdict import Reason, Refused

ALGORITHM = "EdDSA"
_HEADER = {"alg", "typ", "kid"}
_JWS = PyJWS(algorithms=[ALGORITHM])


def sign(payload: Mapping[str, Any], *, typ: str, key: Ed25519PrivateKey, kid: str) -> str:
    """Sign `payload` as compact JSON with sorted keys. Ed25519 is deterministic: same input, same token."""
    body = json.dumps(payload, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    return _JWS.encode(body, key, algorithm=ALGORITHM, headers={"typ": typ, "kid": kid})


def read(
    token: str, keys: Mapping[str, Ed25519PublicKey], *, typ: str, max_length: int
) -> dict[str, Any] | Refused:
    """The payload of a token that one of `keys` signed as `typ`, or why it is refused."""
    if len(token) > max_length:
        return Refused(Reason.TOO_LONG, f"The token is longer than {max_length} characters.")
    if token.count(".") != 2 or not token.isascii():
        return Refused(Reason.MALFORMED, "The token is not a compact JWS.")
    try:
        header = parse_object(unb64(token.partition(".")[0]))
    except ValueError:
        return Refused(Reason.MALFORMED, "The token's header is not a JSON object.")
    if header.get("alg") != ALGORITHM:
        return Refused(Reason.WRONG_ALGORITHM, f"Only {ALGORITHM} is accepted.")
    if header.get("typ") != typ:
        return Refused(Reason.WRONG_TYPE, f"The token's type is not {typ}.")
    if set(header) != _HEADER or not isinstance(header["kid"], str):
        return Refused(Reason.MALFORMED, "The token's header is not exactly alg, typ and kid.")
    key = keys.get(header["kid"])
    if key is None:
        return Refused(Reason.UNKNOWN_KEY, "The token was signed with a key that is not in the key set.")
    try:
        return parse_object(_JWS.decode(token, key, algorithms=[ALGORITHM]))
    except InvalidSignatureError:
        return Refused(Reason.BAD_SIGNATURE, "The signature does not verify.")
    except (PyJWTError, ValueError):
        return Refused(Reason.MALFORMED, "The token's content is not a JSON object.")


def parse_object(raw: bytes) -> dict[str, Any]:
    """A JSON object without doubled keys, NaN or infinities. Raises ValueError."""
    try:
        value = json.loads(raw, object_pairs_hook=_no_doubles, parse_constant=_no_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def unb64(text: str) -> bytes:
    """Unpadded base64url, strictly. Raises ValueError."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a doubled key")
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
