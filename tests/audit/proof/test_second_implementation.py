"""Go's sumdb packages and ours agree on notes, inclusion and consistency (Debian: golang-go and
golang-golang-x-mod-dev)."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from audit.proof.checkpoint import VerifierKey, claimed_checkpoint, read_checkpoint
from audit.proof.merkle import consistency_proof, inclusion_proof, root_at
from tests.audit.proof.builders import a_log

GOPATH = os.environ.get("GOPATH", "/usr/share/gocode")


@pytest.fixture(scope="module")
def go(tmp_path_factory):
    """The compiled checker."""
    if shutil.which("go") is None or not Path(GOPATH, "src/golang.org/x/mod/sumdb").is_dir():
        pytest.skip("Go with golang.org/x/mod is not installed: no second implementation to compare with")
    program = tmp_path_factory.mktemp("go") / "check"
    source = Path(__file__).parent / "go" / "check.go"
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": GOPATH, "CGO_ENABLED": "0"}
    subprocess.run(["go", "build", "-o", program, source], env=environment, check=True)
    return program


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def given_to_go(log):
    size = len(log.leaves)
    return {
        "key": str(log.key.verifier),
        "note": log.checkpoint(),
        "size": size,
        "root": base64_of(log.edge.root()),
        "records": [
            {
                "index": index,
                "leaf": base64_of(leaf),
                "path": [base64_of(item) for item in inclusion_proof(index, size, log.read)],
            }
            for index, leaf in enumerate(log.leaves)
        ],
        "trees": [
            {
                "size": old,
                "root": base64_of(root_at(old, log.read)),
                "path": [base64_of(item) for item in consistency_proof(old, size, log.read)],
            }
            for old in range(1, size + 1)
        ],
    }


def run(program, value):
    return subprocess.run([program], input=json.dumps(value), capture_output=True, text=True, check=False)


def test_go_agrees_with_every_proof_and_note_and_we_with_its_note(go):
    log = a_log()
    for _ in range(12):
        found = run(go, given_to_go(log))
        assert found.returncode == 0, found.stderr
        log.record("tenant:t1")
    answer = json.loads(found.stdout)
    checkpoint, key = read_checkpoint(answer["note"].encode(), [VerifierKey.parse(answer["key"])])
    assert (key.name, checkpoint.origin, checkpoint.size) == ("go.example", "go.example", 41)
    assert str(key) == answer["key"]


@pytest.mark.parametrize(("part", "words"), [("records", "record"), ("trees", "tree"), ("note", "note")])
def test_go_refuses_what_we_refuse(go, part, words):
    value = given_to_go(a_log())
    if part == "note":
        value["note"] = value["note"].replace("\n30\n", "\n31\n")
        assert claimed_checkpoint(value["note"].encode()).size == 31
    else:
        value[part][3]["path"][0] = base64_of(bytes(32))
    found = run(go, value)
    assert (found.returncode, found.stderr.startswith(words)) == (1, True)
