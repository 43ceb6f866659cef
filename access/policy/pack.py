"""Packs: the rules as dated data, checked when they are loaded.

A pack is a YAML file. Each rule has a clause, a citation and effective dates, or it does not load; its
condition is CEL over the declared terms, compiled and type-checked here, so that a wrong name or type is an
error with line and column before any case is decided.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from cel_expr_python import cel  # type: ignore[import-untyped,unused-ignore]
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from access.policy.fact_types import FACTS, LISTS
from access.policy.outcome import Outcome
from access.policy.terms import TERMS
from core.errors import InvalidInput

Status = Literal["in_force", "suspended", "proposed", "provider"]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

#: Packs that decide when nothing else is asked for; the others only when named.
DEFAULT_PACKS = ("us", "eu", "uk", "provider")
SHIPPED_PACKS = (*DEFAULT_PACKS, "us-iaas-cip", "remote-access-as-export")

UNCONFIRMED = "Unconfirmed: from general knowledge, not yet read in the official text."


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Period(_Strict):
    """One stretch of time with one status. `from: always` where the source says at every date."""

    since: date | Literal["always"] = Field(alias="from")
    until: date | None = None
    status: Status

    def covers(self, day: date) -> bool:
        return (self.since == "always" or day >= self.since) and (self.until is None or day <= self.until)


class Duty(_Strict):
    """What somebody has to do when the rule applies."""

    name: Text
    due: Text
    citation: Text | None = None
    """Where the duty stands, if not in the rule's own citation."""


class Index(_Strict):
    """When a rule cannot apply, told from a few facts: a shortcut that never changes a decision."""

    supply: Literal["remote_access", "hardware_transfer"] | None = None
    training: bool | None = None
    lists: tuple[str, ...] = ()
    territory: str | None = None


class Clause(_Strict):
    """One rule as it stands in the file."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: Text
    citation: Text
    periods: Annotated[tuple[Period, ...], Field(min_length=1)]
    checked: date
    confirmed: Literal["seen", "recall"]
    doubtful: bool = False
    outcome: Literal["permit", "permit_with_conditions", "refer", "licence_required", "deny"]
    when: Text
    text: Text
    reads: tuple[str, ...]
    missing: tuple[str, ...] = ()
    """Facts that the rule names as missing when it applies."""
    disclose: Literal["full", "category", "none"]
    tenant_text: Text
    condition: Text | None = None
    duty: Duty | None = None
    index: Index = Index()

    @model_validator(mode="after")
    def _known_names(self) -> Clause:
        for name in self.reads:
            if name not in TERMS and name not in FACTS:
                raise ValueError(f"reads {name!r}, which is neither a term nor a fact")
        for name in self.missing:
            if name not in FACTS:
                raise ValueError(f"names {name!r} as missing, which is no fact")
        for name in self.index.lists:
            if name not in LISTS:
                raise ValueError(f"indexes the unknown list {name!r}")
        if self.outcome == "permit_with_conditions" and self.condition is None and self.duty is None:
            raise ValueError("permits with conditions, but has neither condition nor duty")
        return self


class Document(_Strict):
    """A pack as it stands in the file."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
    version: Text
    title: Text
    parameters: Mapping[str, float] = {}
    rules: Annotated[tuple[Clause, ...], Field(min_length=1)]


_CEL_TYPES = {
    "bool": cel.Type.BOOL,
    "double": cel.Type.DOUBLE,
    "string": cel.Type.STRING,
    "list": cel.Type.List(cel.Type.STRING),
    "map": cel.Type.Map(cel.Type.STRING, cel.Type.DOUBLE),
}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"")


@cache
def environment() -> Any:
    """The CEL environment in which every condition is compiled."""
    return cel.NewEnv(variables={name: _CEL_TYPES[kind] for name, kind in TERMS.items()})


@dataclass(frozen=True)
class Rule:
    """A compiled rule. Its condition has passed the type checker."""

    pack: str
    clause: Clause
    condition: Any
    terms: tuple[str, ...]
    """The terms that the condition reads."""
    switched_on: bool = False
    """A suspended or proposed rule that the operator lets refer."""

    @property
    def id(self) -> str:
        return self.clause.id

    @cached_property
    def text(self) -> str:
        """The template of its sentence, with the mark of an unconfirmed rule."""
        return self.clause.text if self.clause.confirmed == "seen" else f"{self.clause.text} {UNCONFIRMED}"

    def status(self, day: date) -> Status | None:
        """Its status on that day; None while it is not in the books."""
        for period in self.clause.periods:
            if period.covers(day):
                return period.status
        return None

    def outcome(self, status: Status) -> Outcome:
        """What it gives. A suspended or proposed rule gives a notice, or refers where switched on."""
        own = Outcome.of(self.clause.outcome)
        if status in ("suspended", "proposed"):
            return min(own, Outcome.REFER) if self.switched_on else Outcome.PERMIT
        return own


@dataclass(frozen=True)
class Pack:
    """A set of rules under one name, with the digest of exactly what it says."""

    name: str
    version: str
    title: str
    rules: tuple[Rule, ...]
    parameters: Mapping[str, float]
    digest: str

    def switching_on(self, *rule_ids: str) -> Pack:
        """The pack with these suspended or proposed rules referring; the digest says so."""
        unknown = set(rule_ids) - {rule.id for rule in self.rules}
        if unknown:
            raise InvalidInput("rule", f"pack {self.name} has no rule {sorted(unknown)[0]}")
        on = {rule.id for rule in self.rules if rule.switched_on} | set(rule_ids)
        rules = tuple(replace(rule, switched_on=rule.id in on) for rule in self.rules)
        extra = json.dumps({"pack": self.digest.partition("+")[0], "on": sorted(on)}, sort_keys=True)
        return replace(self, rules=rules, digest="sha256:" + hashlib.sha256(extra.encode()).hexdigest())


def parse_pack(text: str, *, origin: str = "pack") -> Pack:
    """A pack from YAML. Raises InvalidInput naming the rule and the fault."""
    try:
        raw = yaml.load(text, Loader=yaml.CSafeLoader)
        document = Document.model_validate(raw)
    except yaml.YAMLError as error:
        raise InvalidInput(origin, f"not YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(origin, f"{_where(first['loc'], raw)}: {first['msg']}") from error
    substituted = [_with_parameters(clause, document) for clause in document.rules]
    rules = tuple(_compile(clause, document, origin) for clause in substituted)
    twice = {rule.id for rule in rules if [r.id for r in rules].count(rule.id) > 1}
    if twice:
        raise InvalidInput(origin, f"rule {sorted(twice)[0]} stands twice")
    return Pack(
        name=document.name,
        version=document.version,
        title=document.title,
        rules=rules,
        parameters=dict(document.parameters),
        digest=_digest(document),
    )


def _where(location: Sequence[Any], raw: Any) -> str:
    """`rules.bis-training.citation` for a place in the document: rules by their id where they have one."""
    parts = [str(part) for part in location]
    if len(parts) > 1 and parts[0] == "rules" and isinstance(location[1], int):
        rule = raw["rules"][location[1]]
        if isinstance(rule, Mapping) and isinstance(rule.get("id"), str):
            parts[1] = rule["id"]
    return ".".join(parts)


def _with_parameters(clause: Clause, document: Document) -> Clause:
    """The condition with `$name` replaced by the pack's parameter, as a CEL double."""

    def number(match: re.Match[str]) -> str:
        try:
            return repr(float(document.parameters[match.group(1)]))
        except KeyError as error:
            raise InvalidInput(clause.id, f"unknown parameter ${match.group(1)}") from error

    return clause.model_copy(update={"when": re.sub(r"\$([a-z0-9_]+)", number, clause.when)})


def _compile(clause: Clause, document: Document, origin: str) -> Rule:
    try:
        condition = environment().compile(clause.when)
    except RuntimeError as error:
        raise InvalidInput(origin, f"rule {clause.id}: {error}") from error
    if condition.return_type() != cel.Type.BOOL:
        raise InvalidInput(origin, f"rule {clause.id}: its condition is not a truth value")
    names = _NAME.findall(_LITERAL.sub("", clause.when))
    terms = tuple(dict.fromkeys(name for name in names if name in TERMS))
    return Rule(pack=document.name, clause=clause, condition=condition, terms=terms)


def _digest(document: Document) -> str:
    content = document.model_dump(mode="json", by_alias=True)
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


@cache
def load_pack(name: str) -> Pack:
    """A pack that ships with Lockgate, by name. Raises InvalidInput for an unknown one."""
    if name not in SHIPPED_PACKS:
        raise InvalidInput("pack", f"{name!r} is unknown; there are {', '.join(SHIPPED_PACKS)}")
    file = resources.files("access.policy").joinpath("packs", f"{name}.yaml")
    pack = parse_pack(file.read_text(encoding="utf-8"), origin=name)
    if pack.name != name:
        raise InvalidInput("pack", f"{name}.yaml calls itself {pack.name}")
    return pack


def load_packs(names: Sequence[str] = DEFAULT_PACKS) -> tuple[Pack, ...]:
    """Several shipped packs, each once, in the order named."""
    return tuple(load_pack(name) for name in dict.fromkeys(names))


def read_pack(path: Path) -> Pack:
    """A pack from a file of the operator. Raises InvalidInput."""
    return parse_pack(path.read_text(encoding="utf-8"), origin=str(path))
