"""nomenklatura beside us: in a virtual environment of its own, made once from its own hash lock."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
VENV = ROOT / ".local" / "bench-venv"
LOCK = Path(__file__).with_name("peers.txt")
ALGORITHMS = ("logic-v1", "logic-v2")


@dataclass(frozen=True)
class Scored:
    """Scores of an engine, row by row, and the processor time they took."""

    scores: list[list[float]]
    seconds: float
    comparisons: int


def prepare() -> Path:
    """The interpreter with the peers; made where it is not there or its lock has changed."""
    python, stamp = VENV / "bin" / "python", VENV / "lock.txt"
    if not (stamp.exists() and stamp.read_text() == LOCK.read_text()):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "-q", "--require-hashes", "--no-deps", "-r", str(LOCK)],
            check=True,
        )
        stamp.write_text(LOCK.read_text())
    return python


def score(algorithm: str, rows: Sequence[tuple[dict[str, Any], Sequence[dict[str, Any]]]]) -> Scored:
    """Compare the first of each row with each of the others."""
    lines = "\n".join(json.dumps({"a": _plain(a), "b": [_plain(b) for b in others]}) for a, others in rows)
    done = subprocess.run(
        [str(prepare()), str(Path(__file__).with_name("peer.py")), algorithm],
        input=lines,
        capture_output=True,
        text=True,
        check=True,
    )
    return Scored(**json.loads(done.stdout.splitlines()[-1]))


def _plain(entity: dict[str, Any]) -> dict[str, Any]:
    return {key: entity[key] for key in ("id", "schema", "properties")}
