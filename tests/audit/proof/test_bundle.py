"""What a bundle holds, in the form its schemas promise."""

from __future__ import annotations

import base64
import json

import pytest
from jsonschema import Draft202012Validator

from audit.proof import bundle
from audit.proof.archive import unpack
from audit.proof.bundle import (
    InvalidBundle,
    Manifest,
    read_event,
    read_lines,
    read_proof,
    read_scopes,
    write_event,
    write_proof,
)
from audit.proof.dsse import InvalidEnvelope, check_envelope, pae, sign_envelope
from tests.audit.proof.builders import Log, SigningKey, a_log

LOG = a_log()
FIRST = LOG.events("tenant:t1")[0]


def files_of_a_second_export():
    log = Log()
    log.record("tenant:t1", personal={"name": "Ada"})
    before = log.checkpoint()
    log.record("tenant:t2")
    log.record("tenant:t1")
    return unpack(log.bundle("tenant:t1", "tenant:none", previous=log.previous(before, 1)))


def test_bundle_holds_exactly_the_files_of_its_description():
    names = {*bundle.REQUIRED, bundle.MANIFEST, bundle.SIGNATURE}
    assert unpack(LOG.bundle("tenant:t1")).keys() == names
    assert files_of_a_second_export().keys() == names | set(bundle.OPTIONAL)


def test_same_values_give_the_same_bundle():
    assert LOG.bundle("tenant:t1") == a_log().bundle("tenant:t1")


def test_bundle_of_one_tenant_names_no_other():
    content = b"".join(unpack(LOG.bundle("tenant:t1")).values())
    assert b"tenant:t1" in content
    assert b"tenant:t2" not in content


def test_every_file_keeps_to_its_schema():
    files = files_of_a_second_export()
    values = {
        "manifest": [json.loads(files["manifest.json"])],
        "scopes": [json.loads(files["scopes.json"])],
        "consistency": [json.loads(files["consistency.json"])],
        "event-line": [json.loads(line) for line in files["events.jsonl"].splitlines()],
        "proof-line": [json.loads(line) for line in files["proofs.jsonl"].splitlines()],
    }
    assert {f"schemas/{name}.schema.json" for name in values} == set(bundle.SCHEMA_NAMES)
    for name, instances in values.items():
        schema = json.loads(files[f"schemas/{name}.schema.json"])
        Draft202012Validator.check_schema(schema)
        for value in instances:
            Draft202012Validator(schema).validate(value)
            assert not Draft202012Validator(schema).is_valid(value | {"more": 1})


def test_lines_read_as_written():
    leaf, event, disclosed = read_event(write_event(FIRST)[:-1])
    assert (leaf, disclosed) == (FIRST.leaf, FIRST.disclosed)
    assert event["id"] == "00000000-0000-0000-0000-000000000000"
    index, _, path = read_proof(write_proof(FIRST)[:-1])
    assert (index, path) == (FIRST.index, list(FIRST.path))


def changed(line: bytes, old: str, new: str) -> bytes:
    assert old.encode() in line
    return line[:-1].replace(old.encode(), new.encode())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"version":1', '"version":2', "leaf version 2 is unknown"),
        ('"version":1', '"version":true', "leaf version True is unknown"),
        ('"version":1', '"more":1,"version":1', "exactly the keys"),
        ('"reason":""', '"reason": ""', "not canonical"),
        ('"reason":""', '"rebson":""', "reason missing"),
        ('"salt":"00', '"salt":"zz', "hex expected"),
        ('"salt":"', '"salt":" ', "hex expected"),
        ('"value":"Ada 0"', '"value":7', "text expected"),
        ('"value":"Ada 0"', '"valve":"Ada 0"', "exactly the keys salt, value"),
        ('{"disclosed":', '["disclosed":', "no JSON"),
    ],
)
def test_malformed_event_line_is_refused(old, new, words):
    with pytest.raises(InvalidBundle, match=words):
        read_event(changed(write_event(FIRST), old, new))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"index":0', '"index":-1', "whole number"),
        ('"index":0', '"index":true', "whole number"),
        ('"index":0', '"index":0.0', "whole number"),
        ('"path":[', '"path":[7,', "text expected"),
        ('"path":[', '"path":["AB",', "lower-case hex"),
        ('"path":[', '"path":["",' + '"",' * 512, "at most 512"),
        ('"hash"', '"hush"', "exactly the keys"),
    ],
)
def test_malformed_proof_line_is_refused(old, new, words):
    with pytest.raises(InvalidBundle, match=words):
        read_proof(changed(write_proof(FIRST), old, new))


@pytest.mark.parametrize("data", [b"a", b"a\n\nb\n", b"\n", b"x" * (bundle.MAX_LINE + 1) + b"\n"])
def test_malformed_lines_are_refused(data):
    with pytest.raises(InvalidBundle):
        list(read_lines(data))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": "lockgate-audit-bundle/2"}, "format"),
        ({"public_key": "nonsense"}, "form name"),
        ({"tree_size": "30"}, "whole number"),
        ({"recipient": "\ud800"}, "text expected"),
        ({"scopes": [{"name": "a", "first": 3, "last": 1}]}, "no window"),
        ({"scopes": {}}, "a list of at most"),
        ({"files": []}, "files: an object"),
        ({"counts": {"events": 1}}, "exactly the keys"),
        ({"more": 1}, "exactly the keys"),
    ],
)
def test_malformed_manifest_is_refused(changes, words):
    value = json.loads(unpack(LOG.bundle("tenant:t1"))["manifest.json"])
    with pytest.raises(InvalidBundle, match=words):
        Manifest.read(json.dumps(value | changes).encode())


@pytest.mark.parametrize(
    "changes", [{"number": 0}, {"digest": "00"}, {"other": "zz"}, {"siblings": 1}, {"number": None}]
)
def test_malformed_scope_is_refused(changes):
    value = json.loads(unpack(LOG.bundle("tenant:t1"))["scopes.json"])
    with pytest.raises(InvalidBundle):
        read_scopes(json.dumps({"scopes": [value["scopes"][0] | changes]}).encode())


def test_pae_is_that_of_the_dsse_specification():
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_envelope_is_refused_for_another_payload_type_key_or_spelling():
    key, other = SigningKey(1), SigningKey(2)
    envelope = sign_envelope("a", b"payload", key.verifier, key.sign)
    check_envelope(envelope, "a", b"payload", key.verifier)
    signature = json.loads(envelope)["signatures"][0]["sig"]
    for arguments in (
        (envelope, "b", b"payload", key.verifier),
        (envelope, "a", b"payloaf", key.verifier),
        (envelope, "a", b"payload", other.verifier),
        (envelope + b" ", "a", b"payload", key.verifier),
        (envelope.replace(base64.b64encode(b"payload"), b"AAAA"), "a", b"payload", key.verifier),
        (json.dumps({"signatures": [{"sig": signature}]}).encode(), "a", b"payload", key.verifier),
        (b"{}", "a", b"payload", key.verifier),
        (b"[" * 100_000, "a", b"payload", key.verifier),
        (b'{"signatures":[{"sig":7}]}', "a", b"payload", key.verifier),
    ):
        with pytest.raises(InvalidEnvelope):
            check_envelope(*arguments)
    with pytest.raises(InvalidEnvelope, match="signature made"):
        sign_envelope("a", b"payload", key.verifier, other.sign)
