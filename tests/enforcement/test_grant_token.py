"""A grant is genuine, for this cluster, now; everything else is refused with its reason."""

from __future__ import annotations

import base64
import itertools
import json

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from enforcement import grant_token, jws
from enforcement.grant_token import InvalidClaim, Verified, verify
from enforcement.verdict import Reason, Refused
from tests.enforcement.builders import (
    CLUSTER,
    KEY,
    KEYS,
    KID,
    NOW,
    OTHER_KEY,
    a_grant,
    a_grant_saying,
    some_claims,
)


def answer(token: str, *, now: float = NOW + 60, audience: str = CLUSTER, **options: object) -> object:
    verdict = verify(token, KEYS, audience=audience, now=now, **options)  # type: ignore[arg-type]
    return verdict.reason if isinstance(verdict, Refused) else verdict


def forged(
    header: dict[str, object], payload: dict[str, object] | None = None, signature: bytes = b""
) -> str:
    parts = [json.dumps(part).encode() for part in (header, payload or grant_token.to_payload(some_claims()))]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in [*parts, signature])


def test_a_grant_says_what_was_signed() -> None:
    claims = some_claims(bound_to={"cluster": CLUSTER})
    assert answer(grant_token.sign(claims, KEY, KID)) == Verified(claims)


def test_the_same_claims_give_the_same_token_so_that_what_is_stored_can_be_compared() -> None:
    assert a_grant() == a_grant()


def test_any_other_library_reads_it() -> None:
    pem = KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
    read = jwt.decode(a_grant(), pem, algorithms=["EdDSA"], audience=CLUSTER, options=options)
    assert read == grant_token.to_payload(some_claims())
    assert read["status"] == {"status_list": {"idx": 5, "uri": some_claims().status_uri}}
    header = jwt.get_unverified_header(a_grant())
    assert header == {"alg": "EdDSA", "typ": "lockgate-grant+jwt", "kid": KID}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NOW - 31, Reason.NOT_YET_VALID),
        (NOW + 8 * 3600 + 30, Reason.EXPIRED),
    ],
)
def test_a_grant_outside_its_time_is_refused(now: float, expected: Reason) -> None:
    assert answer(a_grant(), now=now) is expected


@pytest.mark.parametrize("now", [NOW - 30, NOW, NOW + 8 * 3600 + 29])
def test_clocks_may_differ_by_the_leeway(now: float) -> None:
    assert isinstance(answer(a_grant(), now=now), Verified)


def test_a_grant_issued_in_the_future_is_refused_though_it_claims_to_hold_already() -> None:
    assert answer(a_grant_saying(iat=NOW + 3600)) is Reason.NOT_YET_VALID


def test_a_grant_over_a_day_is_neither_signed_nor_accepted() -> None:
    with pytest.raises(InvalidClaim):
        a_grant(expires_at=NOW + 24 * 3600 + 1)
    assert answer(a_grant_saying(exp=NOW + 24 * 3600 + 1)) is Reason.LIFETIME_TOO_LONG
    assert answer(a_grant_saying(nbf=NOW - 20 * 3600)) is Reason.LIFETIME_TOO_LONG
    assert isinstance(answer(a_grant(expires_at=NOW + 24 * 3600)), Verified)


def test_another_clusters_grant_is_refused() -> None:
    assert answer(a_grant(), audience="bergen-1") is Reason.WRONG_AUDIENCE
    assert answer(a_grant_saying(aud=[CLUSTER, "bergen-1"])) is Reason.INVALID_CLAIM


def test_another_issuers_grant_is_refused_where_one_is_expected() -> None:
    assert answer(a_grant(), issuer="https://else.example") is Reason.WRONG_ISSUER
    assert isinstance(answer(a_grant(), issuer="https://lockgate.example"), Verified)


def test_a_bound_grant_needs_a_verifier_that_answers_to_the_name() -> None:
    bound = a_grant(bound_to={"project": "p-9"})
    assert answer(bound) is Reason.NOT_CONFIRMED
    assert answer(bound, answers_to={"project": "p-1"}) is Reason.NOT_CONFIRMED
    assert isinstance(answer(bound, answers_to={"project": "p-9"}), Verified)
    assert answer(a_grant(bound_to={"cluster": "bergen-1"})) is Reason.NOT_CONFIRMED


def test_a_binding_of_an_unknown_kind_is_refused() -> None:
    assert answer(a_grant_saying(cnf={"jkt": "abc"})) is Reason.INVALID_CLAIM


def test_another_key_is_refused_whether_it_gives_its_own_kid_or_ours() -> None:
    assert answer(grant_token.sign(some_claims(), OTHER_KEY, "other")) is Reason.UNKNOWN_KEY
    assert answer(grant_token.sign(some_claims(), OTHER_KEY, KID)) is Reason.BAD_SIGNATURE


def test_the_algorithm_is_not_for_the_token_to_choose() -> None:
    typ = {"typ": grant_token.TYPE, "kid": KID}
    assert answer(forged({"alg": "none", **typ})) is Reason.WRONG_ALGORITHM
    # The classic confusion: HMAC keyed with the public key that everybody knows.
    hmac_keyed = jwt.PyJWS().encode(
        json.dumps(grant_token.to_payload(some_claims())).encode(),
        KEY.public_key().public_bytes_raw(),
        algorithm="HS256",
        headers=typ,
    )
    assert answer(hmac_keyed) is Reason.WRONG_ALGORITHM
    relabelled = forged(
        {"alg": "EdDSA", **typ}, signature=base64.urlsafe_b64decode(hmac_keyed.split(".")[2] + "==")
    )
    assert answer(relabelled) is Reason.BAD_SIGNATURE


def test_the_other_curve_of_eddsa_is_refused() -> None:
    token = jwt.PyJWS().encode(
        json.dumps(grant_token.to_payload(some_claims())).encode(),
        Ed448PrivateKey.generate(),
        algorithm="EdDSA",
        headers={"typ": grant_token.TYPE, "kid": KID},
    )
    assert answer(token) is Reason.BAD_SIGNATURE


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"typ": "JWT"}, Reason.WRONG_TYPE),
        ({"typ": "statuslist+jwt"}, Reason.WRONG_TYPE),
        ({"crit": ["exp"], "exp": 1}, Reason.MALFORMED),
        ({"jwk": {}}, Reason.MALFORMED),
        ({"b64": False}, Reason.MALFORMED),
        ({"kid": 7}, Reason.MALFORMED),
    ],
)
def test_a_header_is_exactly_algorithm_type_and_kid(more: dict[str, object], expected: Reason) -> None:
    assert answer(forged({"alg": "EdDSA", "typ": grant_token.TYPE, "kid": KID, **more})) is expected


@pytest.mark.parametrize(
    "token", ["", "a.b", "a.b.c.d", "!!.!!.!!", "e30.e30.e30", "é.é.é", "[]" * 50, "..", "W10.e30."]
)
def test_what_is_no_token_is_refused(token: str) -> None:
    assert answer(token) in {Reason.MALFORMED, Reason.WRONG_ALGORITHM}


def test_a_very_long_token_is_refused_before_it_is_read() -> None:
    assert answer(a_grant() + "A" * 9000) is Reason.TOO_LONG


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": None},
        {"jti": None},
        {"status": None},
        {"status": []},
        {"status": {"status_list": {"idx": "5", "uri": "u"}}},
        {"exp": "1800000000"},
        {"exp": True},
        {"iat": 1.8e9},
        {"count": 0},
        {"count": 1.5},
        {"count": True},
        {"count": 2**60},
        {"max_hours": -1},
        {"tenant": ""},
        {"project": "p" * 600},
        {"cnf": "oslo-1"},
        {"cnf": {"cluster": None}},
        {"lockgate": None},
        {"lockgate": []},
        {"crit": "count"},
    ],
)
def test_a_claim_of_the_wrong_kind_is_refused(changes: dict[str, object]) -> None:
    assert answer(a_grant_saying(**changes)) is Reason.INVALID_CLAIM


def test_a_later_version_and_an_unknown_restriction_are_refused() -> None:
    assert answer(a_grant_saying(v=2)) is Reason.UNSUPPORTED_VERSION
    assert answer(a_grant_saying(v=True)) is Reason.UNSUPPORTED_VERSION
    assert answer(a_grant_saying(crit=["only_on_sundays"])) is Reason.UNKNOWN_CRITICAL_CLAIM


def test_a_claim_that_restricts_nothing_may_be_added_later() -> None:
    payload = grant_token.to_payload(some_claims())
    payload["lockgate"] |= {"note": "from a later release", "crit": ["count"]}
    token = jws.sign(payload, typ=grant_token.TYPE, key=KEY, kid=KID)
    assert answer(token) == Verified(some_claims())


def test_doubled_keys_and_numbers_that_are_none_are_refused() -> None:
    text = json.dumps(grant_token.to_payload(some_claims()))
    for bad in (text.replace('"count": 384', '"count": 1, "count": 384'), text.replace("720", "Infinity")):
        token = jwt.PyJWS().encode(bad.encode(), KEY, "EdDSA", {"typ": grant_token.TYPE, "kid": KID})
        assert answer(token) is Reason.MALFORMED


@settings(max_examples=40)
@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_no_changed_byte_passes(place: int, change: int) -> None:
    raw = [base64.urlsafe_b64decode(part + "==") for part in a_grant().split(".")]
    joined = bytearray(b"".join(raw))
    joined[place % len(joined)] ^= change
    cut = [0, len(raw[0]), len(raw[0]) + len(raw[1]), len(joined)]
    parts = [bytes(joined[a:b]) for a, b in itertools.pairwise(cut)]
    token = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    assert isinstance(verify(token, KEYS, audience=CLUSTER, now=NOW), Refused)


@settings(max_examples=60)
@given(st.text(max_size=200))
def test_any_text_gets_an_answer(text: str) -> None:
    assert isinstance(verify(text, KEYS, audience=CLUSTER, now=NOW), Refused)


def test_a_refusal_never_repeats_the_token() -> None:
    token = a_grant(tenant="secret-tenant")
    verdict = verify(token, KEYS, audience="bergen-1", now=NOW)
    assert isinstance(verdict, Refused)
    assert "secret-tenant" not in verdict.text
    assert token not in verdict.text
