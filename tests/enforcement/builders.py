"""A platform that signs and a cluster that checks, both in memory, with a clock that tests turn."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from enforcement import grant_token, jws, status
from enforcement.client import Client, KeySet, StatusLists
from enforcement.grant_token import GrantClaims
from enforcement.jwks import thumbprint, to_jwks
from enforcement.sources import Store, Unreachable

NOW = 1_800_000_000
CLUSTER = "oslo-1"
STATUS_URI = "https://lockgate.example/grants/status/1"

KEY = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"\x02" * 32)
KID = thumbprint(KEY.public_key())
KEYS = {KID: KEY.public_key()}


def some_claims(**changes: Any) -> GrantClaims:
    """A day-long grant of 384 H100 for one tenant's project in one cluster."""
    claims = GrantClaims(
        issuer="https://lockgate.example",
        audience=CLUSTER,
        grant_id="0190b6a0-0000-7000-8000-000000000001",
        token_id="0190b6a0-0000-7000-8000-000000000002",
        issued_at=NOW,
        not_before=NOW,
        expires_at=NOW + 8 * 3600,
        tenant="t-71",
        project="p-9",
        accelerator="NVIDIA H100 SXM",
        count=384,
        site="no-oslo",
        max_hours=720,
        decision="sha256:" + "ab" * 32,
        status_uri=STATUS_URI,
        status_index=5,
    )
    return replace(claims, **changes)


def a_grant(**changes: Any) -> str:
    return grant_token.sign(some_claims(**changes), KEY, KID)


def a_grant_saying(**changes: Any) -> str:
    """A grant with the platform's true signature over a payload that `sign` would not make."""
    payload = grant_token.to_payload(some_claims())
    for name, value in changes.items():
        target = payload["lockgate"] if name in payload["lockgate"] or name == "crit" else payload
        if value is None:
            del target[name]
        else:
            target[name] = value
    return jws.sign(payload, typ=grant_token.TYPE, key=KEY, kid=KID)


class Platform:
    """Serves key set and status list, and can be switched off. `now` moves for everybody."""

    def __init__(self) -> None:
        self.now: float = NOW
        self.revoked: set[int] = set()
        self.is_up = True
        self.status_life, self.status_ttl = 900, 60
        self.key, self.kid = KEY, KID
        self.fetches = 0
        self.replay: str | None = None

    def clock(self) -> float:
        return self.now

    def jwks(self) -> str:
        if not self.is_up:
            raise Unreachable("the key set: down")
        return json.dumps(to_jwks({self.kid: self.key.public_key()}))

    def status_list(self, uri: str = STATUS_URI) -> str:
        self.fetches += 1
        if not self.is_up:
            raise Unreachable("the status list: down")
        return self.replay or status.sign(
            status.build(64, self.revoked),
            uri=uri,
            key=self.key,
            kid=self.kid,
            issued_at=int(self.now),
            lifetime=self.status_life,
            ttl=self.status_ttl,
        )

    def client(self, *, store: Store | None = None, max_silence: float = 300, **options: Any) -> Client:
        keys = KeySet(self.jwks, store=store, clock=self.clock)
        lists = StatusLists(self.status_list, keys, store=store, clock=self.clock, max_silence=max_silence)
        return Client(CLUSTER, keys, lists, clock=self.clock, **options)
