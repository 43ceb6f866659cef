"""The law as cases: ours as YAML beside this file, and the shared ones of the design where they are."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from access.policy.engine import Decision, decide
from access.policy.facts import FactSet
from access.policy.pack import DEFAULT_PACKS, load_packs

CASES = Path(__file__).parent / "cases"
DESIGN = Path(__file__).resolve().parents[4] / "shared" / "design" / "decision-cases.json"

TENANT = {"country": "US", "ultimate_parent_country": "US"}
REQUEST = {"accelerator": "NVIDIA H100 SXM", "count": 8, "site_country": "US", "purpose": "inference"}


def own_cases() -> list[Any]:
    return [
        pytest.param(row, id=f"{file.stem}: {row['name']}")
        for file in sorted(CASES.glob("*.yaml"))
        for row in yaml.safe_load(file.read_text(encoding="utf-8"))
    ]


def full_case(row: dict[str, Any]) -> dict[str, Any]:
    """The decision case that a short row stands for."""
    tenant = {**TENANT, **row.get("tenant", {})}
    if "country" in row.get("tenant", {}) and "ultimate_parent_country" not in row["tenant"]:
        tenant["ultimate_parent_country"] = tenant["country"]
    case = {
        "id": row["name"],
        "as_of": str(row.get("as_of", date(2026, 11, 1))),
        "tenant": tenant,
        "request": {**REQUEST, **row.get("request", {})},
    }
    return case | {name: row[name] for name in ("aggregate", "provider_countries") if name in row}


def decided(case: dict[str, Any], packs: tuple[str, ...] = DEFAULT_PACKS) -> Decision:
    read = FactSet.from_case(case)
    return decide(read.facts, load_packs(packs), read.as_of, id=read.id)


@pytest.mark.parametrize("row", own_cases())
def test_the_law_decides(row: dict[str, Any]) -> None:
    decision = decided(full_case(row), tuple(row.get("packs", DEFAULT_PACKS)))
    reasons = [(r.rule, r.outcome.label, r.citation) for r in decision.reasons]
    assert decision.outcome.label == row["outcome"], reasons
    for citation in row.get("cites", ()):
        assert any(reason.citation.startswith(citation) for reason in decision.reasons), (citation, reasons)
    for citation in row.get("never", ()):
        assert not any(reason.citation.startswith(citation) for reason in decision.reasons), citation
    if "missing" in row:
        assert list(decision.missing) == row["missing"]
    if "duties" in row:
        assert sorted(duty.duty for duty in decision.duties) == row["duties"]
    if "tpp" in row:
        assert decision.tpp == row["tpp"]
    if "says" in row:
        assert any(row["says"] in reason.text for reason in decision.reasons)


def design_cases() -> list[Any]:
    if not DESIGN.exists():
        return [pytest.param(None, id="absent")]
    return [pytest.param(case, id=case["id"]) for case in json.loads(DESIGN.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("case", design_cases())
def test_the_design_cases_decide_as_expected(case: dict[str, Any] | None) -> None:
    if case is None:
        pytest.skip(f"the design's cases are not beside this checkout: {DESIGN}")
    decision, expected = decided(case), case["expected"]
    reasons = [(r.rule, r.outcome.label, r.citation) for r in decision.reasons]
    assert decision.outcome.label == expected["outcome"], reasons
    for citation in expected["citations"]:
        assert any(reason.citation.startswith(citation) for reason in decision.reasons), (citation, reasons)
