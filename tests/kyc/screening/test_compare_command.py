"""`manage.py compare`: a line a pair, a bad line in its place, exit code 2 at the end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.kyc.screening.people import LISTED, VELIDRANOV


def test_pairs_are_answered_line_by_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text(json.dumps({"a": VELIDRANOV, "b": LISTED}) + "\n")
    call_command("compare", str(file))
    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["score", "match", "explanation"]
    assert found["match"] is True
    assert found["score"] == pytest.approx(
        sum(x["score"] * x["weight"] for x in found["explanation"]), abs=0.001
    )


def test_a_bad_line_keeps_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = json.dumps({"a": VELIDRANOV, "b": LISTED})
    bad = json.dumps({"a": VELIDRANOV, "b": {"schema": "Ghost", "properties": {"name": ["x"]}}})
    file = tmp_path / "pairs.jsonl"
    file.write_text(f"{bad}\n{good}\nnot json\n")
    with pytest.raises(SystemExit) as stopped:
        call_command("compare", str(file))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert stopped.value.code == 2
    assert lines[0] == {"line": 1, "error": {"field": "b.schema", "reason": "unknown schema 'Ghost'"}}
    assert lines[1]["match"] is True
    assert lines[2]["error"]["field"] == "json"


def test_strict_stops_at_the_first_bad_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text('{"a": 1, "b": 2}\n{"a": 1, "b": 2}\n')
    with pytest.raises(SystemExit):
        call_command("compare", str(file), "--strict")
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_threshold_outside_0_to_1_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        call_command("compare", str(tmp_path / "x"), "--threshold", "7")
    assert stopped.value.code == 2
    assert "threshold" in capsys.readouterr().err
