"""`manage.py decide`: lines in, lines out, exit codes; in a process of its own, without any server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
CASE: dict[str, Any] = {
    "id": "a",
    "as_of": "2026-11-01",
    "tenant": {"country": "US", "ultimate_parent_country": "US"},
    "request": {"accelerator": "NVIDIA H100 SXM", "count": 8, "site_country": "US", "purpose": "inference"},
}


def decide(text: str, *options: str, file: str = "-") -> subprocess.CompletedProcess[str]:
    hidden = ("DATABASE_URL", "LOCKGATE_OWNER_DATABASE_URL", "REDIS_URL")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    return subprocess.run(
        [sys.executable, "manage.py", "decide", file, *options],
        input=text,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        check=False,
        timeout=180,
    )


def test_every_line_is_answered_in_order_and_a_bad_one_in_its_place() -> None:
    bad = {**CASE, "colour": 1}
    lines = [json.dumps(CASE), json.dumps(bad), "nope", json.dumps({**CASE, "id": "b"})]
    done = decide("\n".join(lines))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 2
    assert [answer.get("id") for answer in answers] == ["a", None, None, "b"]
    assert answers[1] == {"line": 2, "error": {"field": "colour", "reason": "unknown key"}}
    assert answers[2]["line"] == 3


def test_packs_and_day_are_options() -> None:
    document = {name: value for name, value in CASE.items() if name != "as_of"}
    done = decide(
        json.dumps([document]), "--pack", "us", "--pack", "remote-access-as-export", "--as-of", "2025-01-31"
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert [pack["name"] for pack in answer["packs"]] == ["us", "remote-access-as-export"]


def test_an_unknown_pack_or_file_is_one_line_and_exit_2() -> None:
    for done in (
        decide("", "--pack", "moon"),
        decide("", file="absent.jsonl"),
        decide("", "--as-of", "today"),
    ):
        assert done.returncode == 2
        assert len(done.stderr.strip().splitlines()) == 1
        assert done.stdout == ""
