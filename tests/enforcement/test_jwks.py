"""Public keys travel as a JSON Web Key Set."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jwt import PyJWKSet

from core.keys import thumbprint as kid_of_the_keyring
from enforcement.jwks import from_jwks, thumbprint, to_jwks
from enforcement.jws import unb64
from tests.enforcement.builders import KEY, KEYS, KID, OTHER_KEY

# RFC 8037, appendix A.2 and A.3
RFC_X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
RFC_THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_a_key_set_reads_back() -> None:
    keys = {**KEYS, "second": OTHER_KEY.public_key()}
    assert from_jwks(json.dumps(to_jwks(keys))) == keys


def test_the_thumbprint_is_that_of_the_rfc_and_of_the_keyring() -> None:
    key = Ed25519PublicKey.from_public_bytes(unb64(RFC_X))
    assert thumbprint(key) == RFC_THUMBPRINT == kid_of_the_keyring(key)


def test_any_other_library_reads_the_key_set() -> None:
    assert PyJWKSet.from_dict(to_jwks(KEYS))[KID].key == KEY.public_key()


def test_keys_of_other_kinds_are_passed_over() -> None:
    document = to_jwks(KEYS)
    document["keys"] += [{"kty": "RSA", "kid": "r"}, {"kty": "OKP", "crv": "Ed448", "kid": "e"}]
    document["keys"] += [{**document["keys"][0], "use": "enc", "kid": "x"}]
    assert from_jwks(json.dumps(document)) == KEYS


def _with(**change: Any) -> str:
    entry = {**to_jwks(KEYS)["keys"][0], **change}
    return json.dumps({"keys": [entry]})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"keys": 3}',
        '{"keys": []}',
        '{"keys": ["a"]}',
        _with(kid=""),
        _with(kid=None),
        _with(x="AA"),
        _with(x=None),
        _with(x="*" * 43),
        _with(d="private"),
        json.dumps({"keys": to_jwks(KEYS)["keys"] * 2}),
        "[" * 100_000,
        " " * 300_000 + json.dumps(to_jwks(KEYS)),
    ],
    ids=lambda text: text[:12] or "empty",
)
def test_a_key_set_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        from_jwks(text)
