"""Which grants were revoked: an IETF Token Status List, one bit a grant (1 = revoked).

The bits are deflated (zlib), base64url, inside a signed JWT (`statuslist+jwt`) with `iat`, `exp` and
`ttl`. A list without an end, past its end, or older than one seen before is refused: when the platform
is silent, grants stop. Pure: time, keys and what was seen are arguments.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from enforcement import jws
from enforcement.grant_token import LEEWAY
from enforcement.verdict import Reason, Refused

TYPE = "statuslist+jwt"
#: Bytes after inflating: 16 million grants a list.
MAX_INFLATED = 2 * 1024 * 1024
#: Characters of the signed list: bits that do not deflate, and base64 twice (16/9), still fit.
MAX_LENGTH = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class StatusList:
    """A verified list. Times are Unix seconds, `ttl` seconds until a newer list should be asked for."""

    uri: str
    issued_at: int
    expires_at: int
    ttl: int
    bits: bytes = field(repr=False)

    def refusal(self, index: int) -> Refused | None:
        """None while the grant at `index` stands; a place outside the list is refused too."""
        if not 0 <= index < len(self.bits) * 8:
            return Refused(Reason.STATUS_OUT_OF_RANGE, "The grant's place is outside the status list.")
        if self.bits[index // 8] >> (index % 8) & 1:
            return Refused(Reason.REVOKED, "The grant was revoked.")
        return None


def build(size: int, revoked: Iterable[int]) -> bytes:
    """The bits of a list with room for `size` grants. Raises ValueError for an index outside it."""
    length = -(-size // 8)
    if length > MAX_INFLATED:
        raise ValueError("more grants than one status list holds")
    bits = bytearray(length)
    for index in revoked:
        if not 0 <= index < size:
            raise ValueError(f"index {index} is outside the list")
        bits[index // 8] |= 1 << index % 8
    return bytes(bits)


def sign(
    bits: bytes, *, uri: str, key: Ed25519PrivateKey, kid: str, issued_at: int, lifetime: int, ttl: int
) -> str:
    """Sign a list that is served at `uri`; `lifetime` and `ttl` in seconds.

    Two different lists of one `uri` must not share an `issued_at`: a verifier tells newer from older by it.
    """
    if not 0 < ttl <= lifetime:
        raise ValueError("ttl is a positive time not longer than the list's life")
    packed = base64.urlsafe_b64encode(zlib.compress(bits, 9)).rstrip(b"=").decode()
    payload = {
        "sub": uri,
        "iat": issued_at,
        "exp": issued_at + lifetime,
        "ttl": ttl,
        "status_list": {"bits": 1, "lst": packed},
    }
    return jws.sign(payload, typ=TYPE, key=key, kid=kid)


def verify(
    token: str,
    keys: Mapping[str, Ed25519PublicKey],
    *,
    uri: str,
    now: float,
    seen: int = 0,
    leeway: int = LEEWAY,
) -> StatusList | Refused:
    """Check a signed list for `uri` at `now`; `seen` is the newest `issued_at` accepted before."""
    payload = jws.read(token, keys, typ=TYPE, max_length=MAX_LENGTH)
    if isinstance(payload, Refused):
        return payload
    if payload.get("sub") != uri:
        return Refused(Reason.STATUS_OTHER_LIST, "This is another status list than the grant names.")
    issued_at, expires_at, ttl = payload.get("iat"), payload.get("exp"), payload.get("ttl")
    if type(issued_at) is not int or type(expires_at) is not int or type(ttl) is not int or ttl <= 0:
        return Refused(Reason.STATUS_MALFORMED, "The status list has no iat, exp and ttl.")
    if issued_at > now + leeway:
        return Refused(Reason.NOT_YET_VALID, "The status list is from the future; the clocks differ.")
    if now >= expires_at:  # no leeway: an old list must never last longer
        return Refused(Reason.STATUS_EXPIRED, "The status list has expired.")
    if issued_at < seen:
        return Refused(Reason.STATUS_OLDER, "A newer status list was seen before this one.")
    bits = _inflate(payload.get("status_list"))
    if bits is None:
        return Refused(Reason.STATUS_MALFORMED, "The status list does not inflate to bits.")
    return StatusList(uri, issued_at, expires_at, ttl, bits)


def _inflate(packed: Any) -> bytes | None:
    if not isinstance(packed, dict) or packed.get("bits") != 1 or not isinstance(packed.get("lst"), str):
        return None
    inflater = zlib.decompressobj()
    try:
        bits = inflater.decompress(jws.unb64(packed["lst"]), MAX_INFLATED + 1)
    except (zlib.error, ValueError):
        return None
    # Not at the end: cut off, or larger than the limit. Something behind the end: not our list.
    whole = inflater.eof and not inflater.unused_data and len(bits) <= MAX_INFLATED
    return bits if whole else None
