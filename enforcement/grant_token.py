"""Grants: what a tenant may use, signed, short-lived, checked by a cluster without calling anybody.

A grant is a JWT (`lockgate-grant+jwt`, EdDSA). Registered claims say who, where and when; what may be
used stands under `lockgate`, versioned by `v`. New restrictions are appended there and named in
`lockgate.crit`: a verifier that does not know one of them refuses the grant, while other additions
are passed over. Pure: time and keys are arguments.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from enforcement import jws
from enforcement.verdict import Reason, Refused

TYPE = "lockgate-grant+jwt"
VERSION = 1
#: The longest life of a grant, in seconds.
MAX_LIFETIME = 24 * 3600
#: Seconds by which the clocks of platform and cluster may differ.
LEEWAY = 30
MAX_LENGTH = 8 * 1024
_MAX_TEXT = 512
_KNOWN = frozenset(
    {"v", "crit", "tenant", "project", "accelerator", "count", "site", "max_hours", "decision"}
)
_TEXTS = (
    *("issuer", "audience", "grant_id", "token_id", "tenant", "project"),
    *("accelerator", "site", "decision", "status_uri"),
)
_WHOLES = {"issued_at": 0, "not_before": 0, "expires_at": 0, "count": 1, "status_index": 0}
#: What a grant can be bound to (`cnf`, RFC 7800): names that the verifier must itself answer to.
BINDINGS = frozenset({"cluster", "project"})


class InvalidClaim(ValueError):
    """A grant that must not exist: names the claim and the reason."""

    def __init__(self, claim: str, reason: str) -> None:
        self.claim, self.reason = claim, reason
        super().__init__(f"{claim}: {reason}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantClaims:
    """The content of a grant. It cannot be built with a wrong value: raises InvalidClaim.

    Times are Unix seconds; `tenant` is an opaque id; `decision` the digest of the decision behind the
    grant; `max_hours` bounds one job; `bound_to` holds `cluster` and / or `project`.
    """

    issuer: str
    audience: str
    grant_id: str
    token_id: str
    issued_at: int
    not_before: int
    expires_at: int
    tenant: str
    project: str
    accelerator: str
    count: int
    site: str
    max_hours: float
    decision: str
    status_uri: str
    status_index: int
    bound_to: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for name in _TEXTS:
            _text(name, getattr(self, name))
        for name, least in _WHOLES.items():
            _whole(name, getattr(self, name), least)
        hours = self.max_hours
        if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 < hours < math.inf:
            raise InvalidClaim("max_hours", "not a positive number")
        if not isinstance(self.bound_to, Mapping) or not set(self.bound_to) <= BINDINGS:
            raise InvalidClaim("cnf", "bound to something that this verifier does not know")
        for name, value in self.bound_to.items():
            _text(f"cnf.{name}", value)
        if self.expires_at <= max(self.not_before, self.issued_at):
            raise InvalidClaim("expires_at", "not after its begin")

    @property
    def lifetime(self) -> int:
        """Seconds from the first moment that the grant speaks of to its end."""
        return self.expires_at - min(self.issued_at, self.not_before)


@dataclass(frozen=True, slots=True)
class Verified:
    """Yes: the grant is genuine, for this audience, now. Whether it was revoked is `status`'s matter."""

    claims: GrantClaims


def to_payload(claims: GrantClaims) -> dict[str, Any]:
    """The JSON object that is signed."""
    payload: dict[str, Any] = {
        "iss": claims.issuer,
        "aud": claims.audience,
        "sub": claims.grant_id,
        "jti": claims.token_id,
        "iat": claims.issued_at,
        "nbf": claims.not_before,
        "exp": claims.expires_at,
        "status": {"status_list": {"idx": claims.status_index, "uri": claims.status_uri}},
        "lockgate": {
            "v": VERSION,
            "tenant": claims.tenant,
            "project": claims.project,
            "accelerator": claims.accelerator,
            "count": claims.count,
            "site": claims.site,
            "max_hours": claims.max_hours,
            "decision": claims.decision,
        },
    }
    if claims.bound_to:
        payload["cnf"] = dict(claims.bound_to)
    return payload


def sign(claims: GrantClaims, key: Ed25519PrivateKey, kid: str) -> str:
    """Sign a grant; the same claims and key give the same token. Raises InvalidClaim over 24 hours."""
    if claims.lifetime > MAX_LIFETIME:
        raise InvalidClaim("expires_at", "a grant lives 24 hours at most")
    return jws.sign(to_payload(claims), typ=TYPE, key=key, kid=kid)


def verify(
    token: str,
    keys: Mapping[str, Ed25519PublicKey],
    *,
    audience: str,
    now: float,
    leeway: int = LEEWAY,
    issuer: str | None = None,
    answers_to: Mapping[str, str] | None = None,
) -> Verified | Refused:
    """Check a grant offline: signature, form, audience, time, binding.

    `now` and `leeway` in seconds. `answers_to` is what the verifier can answer a binding with; its
    cluster defaults to `audience`. Revocation, and what is wanted under the grant, come after.
    """
    claims = authenticate(token, keys)
    if isinstance(claims, Refused):
        return claims
    refused = refusal_here(
        claims, audience=audience, now=now, leeway=leeway, issuer=issuer, answers_to=answers_to
    )
    return refused or Verified(claims)


def authenticate(token: str, keys: Mapping[str, Ed25519PublicKey]) -> GrantClaims | Refused:
    """The part of `verify` that depends on neither time nor place, so that it may be cached."""
    payload = jws.read(token, keys, typ=TYPE, max_length=MAX_LENGTH)
    return payload if isinstance(payload, Refused) else _claims(payload)


def refusal_here(
    claims: GrantClaims,
    *,
    audience: str,
    now: float,
    leeway: int = LEEWAY,
    issuer: str | None = None,
    answers_to: Mapping[str, str] | None = None,
) -> Refused | None:
    """Why a genuine grant is not good for this audience at this time, or None."""
    if claims.audience != audience:
        return Refused(Reason.WRONG_AUDIENCE, f"The grant is not for {audience}.")
    if issuer is not None and claims.issuer != issuer:
        return Refused(Reason.WRONG_ISSUER, f"The grant was not issued by {issuer}.")
    if claims.lifetime > MAX_LIFETIME:
        return Refused(Reason.LIFETIME_TOO_LONG, "The grant lives longer than 24 hours.")
    if now + leeway < max(claims.not_before, claims.issued_at):
        return Refused(Reason.NOT_YET_VALID, "The grant is not valid yet.")
    if now >= claims.expires_at + leeway:
        return Refused(Reason.EXPIRED, "The grant has expired.")
    own = {"cluster": audience, **(answers_to or {})}
    for name, value in claims.bound_to.items():
        if own.get(name) != value:
            return Refused(Reason.NOT_CONFIRMED, f"The grant is bound to another {name}, or none was named.")
    return None


def _claims(payload: dict[str, Any]) -> GrantClaims | Refused:
    use = payload.get("lockgate")
    if not isinstance(use, dict):
        return Refused(Reason.INVALID_CLAIM, "The claim lockgate is missing.")
    if type(use.get("v")) is not int or use["v"] != VERSION:
        return Refused(Reason.UNSUPPORTED_VERSION, "The grant's version is not one that this verifier knows.")
    critical = use.get("crit", [])
    if not isinstance(critical, list) or not all(isinstance(name, str) for name in critical):
        return Refused(Reason.INVALID_CLAIM, "The claim crit is not a list of names.")
    if not set(critical) <= _KNOWN:
        return Refused(Reason.UNKNOWN_CRITICAL_CLAIM, "The grant has a restriction that is not known here.")
    try:
        status = payload["status"]["status_list"]
        return GrantClaims(
            issuer=payload["iss"],
            audience=payload["aud"],
            grant_id=payload["sub"],
            token_id=payload["jti"],
            issued_at=payload["iat"],
            not_before=payload["nbf"],
            expires_at=payload["exp"],
            tenant=use["tenant"],
            project=use["project"],
            accelerator=use["accelerator"],
            count=use["count"],
            site=use["site"],
            max_hours=use["max_hours"],
            decision=use["decision"],
            status_uri=status["uri"],
            status_index=status["idx"],
            bound_to=payload.get("cnf", {}),
        )
    except InvalidClaim as error:
        return Refused(Reason.INVALID_CLAIM, f"The claim {error.claim} is wrong: {error.reason}.")
    except KeyError as error:
        return Refused(Reason.INVALID_CLAIM, f"The claim {error.args[0]} is missing.")
    except TypeError:
        return Refused(Reason.INVALID_CLAIM, "The claim status is not an object.")


def _text(claim: str, value: Any) -> None:
    if not isinstance(value, str) or not value or len(value) > _MAX_TEXT:
        raise InvalidClaim(claim, f"not a text of 1 to {_MAX_TEXT} characters")


def _whole(claim: str, value: Any, least: int) -> None:
    # bool is an int in Python; a claim `true` is no number. The bound keeps sums exact everywhere.
    if type(value) is not int or not least <= value < 2**53:
        raise InvalidClaim(claim, f"not a whole number from {least}")
