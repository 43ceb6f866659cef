"""What outsiders check, each in a process of its own: a bundle with `audit.verify`, a grant offline."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from django.utils import timezone

from access.grants import signer, status
from access.models import Grant
from audit.proof.bundle import EVENTS, PROOFS, read_event, read_lines, read_proof
from audit.signer import verifier_key
from config.services import BASE_DIR
from core.scope import staff_transaction


def python_m(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of our commands that need no server: with no address of one, and no Django."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=BASE_DIR,
        env={"PATH": ""},
        capture_output=True,
        text=True,
        timeout=180,
    )


def verified(bundle: bytes, folder: Path) -> str:
    """What `python -m audit.verify` says of a bundle that it accepts with the log's public key."""
    file, key = folder / "bundle.zip", folder / "log.pub"
    file.write_bytes(bundle)
    key.write_text(f"{verifier_key()}\n")
    run = python_m(
        "audit.verify", str(file), "--public-key", str(key), "--pin-file", str(folder / "pinned-keys")
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def order_of(bundle: bytes, *verbs: str) -> dict[str, list[int]]:
    """Where the events of these verbs stand in the log, as a verified bundle says."""
    found: dict[str, list[int]] = {verb: [] for verb in verbs}
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        lines = zip(read_lines(archive.read(EVENTS)), read_lines(archive.read(PROOFS)), strict=True)
        for event, proof in lines:
            verb = read_event(event)[1]["verb"]
            if verb in found:
                found[verb].append(read_proof(proof)[0])
    return found


def offline(grant: Grant, folder: Path) -> tuple[int, dict[str, Any]]:
    """Verify a grant as a cluster does, from files: exit code and answer of `enforcement.cli verify`."""
    keys, revoked, token = folder / "jwks.json", folder / "status.jwt", grant.token
    with staff_transaction():
        keys.write_text(json.dumps(signer.key_set(timezone.now())))
        revoked.write_text(status.current(grant.status_list.name).token)
    run = python_m(
        "enforcement.cli",
        *("verify", token, "--jwks", str(keys), "--status", str(revoked)),
        *("--audience", grant.cluster.name, "--project", grant.request.project),
    )
    return run.returncode, json.loads(run.stdout)
