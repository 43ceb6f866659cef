"""Reasons of a decision as a page shows them: strongest first, each with citation and the facts it read.

Rules that the same missing facts leave open are one row that names each of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.inventory.tpp import catalogue
from access.policy.engine import Decision, Reason
from access.policy.outcome import Outcome
from console.operator.pages.request import ReadFact
from console.operator.pages.request import Reason as Row
from console.parts import OUTCOME_TONES, State, Tone
from console.say import country_name, dataset_name, grouped, joined, shown

WORDS = {
    "permit": "Permit",
    "permit_with_conditions": "With conditions",
    "refer": "Refer",
    "licence_required": "Licence required",
    "deny": "Deny",
}
_OF_REQUEST = {"purpose", "count", "accelerator", "supply", "hours", "end_use", "end_user_country",
               "remote_access_countries", "expected_flop", "flop"}  # fmt: skip
_OF_OWNERSHIP = {"owners", "owned", "controlled", "owners_d5_percent", "ultimate_parent_country",
                 "headquarters_country", "unknown_owner_percent", "owners_country"}  # fmt: skip
_OF_SCREENING = {"listed_self", "listed_owners"}
_OF_CATALOGUE = {"eccn", "tpp_each", "density"}
#: Facts that say nothing where they are empty.
_OPTIONAL = {"region", "site_region"}
MOST_FACTS = 9


def outcome_state(outcome: Outcome | str) -> State:
    label = outcome if isinstance(outcome, str) else outcome.label
    return State(OUTCOME_TONES[label], _(WORDS[label]))


def rows(made: Decision, at: datetime, now: datetime) -> tuple[Row, ...]:
    """`at`: when the facts were read."""
    found: list[Row] = []
    seen: set[tuple[str, ...]] = set()
    for reason in made.reasons:
        alike = _left_open(made, reason)
        if len(alike) > 1:
            if reason.missing not in seen:
                seen.add(reason.missing)
                found.append(_together(alike, at, now))
            continue
        found.append(_row(reason, made, at, now))
    return tuple(found)


def _left_open(made: Decision, reason: Reason) -> list[Reason]:
    """Every rule that the same missing facts leave open, to the same outcome."""
    if not reason.missing:
        return []
    return [r for r in made.reasons if r.missing == reason.missing and r.outcome is reason.outcome]


def _row(reason: Reason, made: Decision, at: datetime, now: datetime) -> Row:
    notice = reason.outcome is Outcome.PERMIT and not reason.rule.startswith("nobody")
    state = State(Tone.IDLE, _("Notice")) if notice else outcome_state(reason.outcome)
    status = {"suspended": _("suspended"), "proposed": _("proposed")}.get(reason.status, "")
    if not reason.confirmed:
        status = f"{status}, {_('not confirmed')}" if status else _("not confirmed")
    facts = [
        fact_of(name, value, reason, made, at, now)
        for name, value in reason.facts.items()
        if value is not None or _is_missing(name, reason)
    ]
    return Row(state, reason.text, reason.citation, tuple(facts[:MOST_FACTS]), notice, status)


def _together(alike: Sequence[Reason], at: datetime, now: datetime) -> Row:
    first = alike[0]
    names = [fact_words(path) for path in first.missing]
    verb = ngettext("%(facts)s is not known", "%(facts)s are not known", len(names))
    known = f"{verb % {'facts': joined(names)}}"
    text = _("%(unknown)s, and would decide %(n)d rules: %(titles)s.") % {
        "unknown": f"{known[:1].upper()}{known[1:]}",
        "n": len(alike),
        "titles": "; ".join(reason.title for reason in alike),
    }
    citations = list(dict.fromkeys(reason.citation for reason in alike))
    facts = tuple(ReadFact(path.rpartition(".")[2], _("unknown"), _("request")) for path in first.missing)
    return Row(outcome_state(first.outcome), text, " · ".join(citations), facts, status="")


def fact_words(path: str) -> str:
    """A fact inside a sentence."""
    words = {
        "request.end_user_country": _("the country of the end user"),
        "request.remote_access_countries": _("where the remote users sit"),
        "request.end_use": _("the end use"),
        "request.expected_flop": _("the operations of the run"),
        "tenant.ultimate_parent_country": _("the country of the ultimate parent"),
        "tenant.headquarters_country": _("the country of the headquarters"),
        "tenant.unknown_owner_percent": _("the unknown share"),
        "aggregate.group_tpp": _("what the control group holds"),
    }
    return words.get(path, path)


def fact_of(name: str, value: Any, reason: Reason, made: Decision, at: datetime, now: datetime) -> ReadFact:
    if name in _OPTIONAL and value is None:
        return ReadFact(name, _("none"))
    if value is None:
        return ReadFact(name, _("unknown"), source_of(name, at, now))
    source = source_of(name, at, now)
    if name == "tpp" and "tpp_each" not in reason.facts:
        source = _each(made) or source
    return ReadFact(name, fact_text(name, value), source)


def _each(made: Decision) -> str:
    """512 × 15,832"""
    for reason in made.reasons:
        each = reason.facts.get("tpp_each")
        if each and made.tpp:
            return f"{grouped(round(made.tpp / each))} × {grouped(round(each))}"
    return ""


def source_of(name: str, at: datetime, now: datetime) -> str:
    """Where the fact comes from, and the day it was read where it changes by itself."""
    day = shown(at, "day time", now)
    if name in _OF_REQUEST:
        return _("request")
    if name in _OF_OWNERSHIP:
        return _("ownership, %(day)s") % {"day": day}
    if name in _OF_SCREENING:
        return _("screening, %(day)s") % {"day": day}
    if name in _OF_CATALOGUE:
        return _("catalogue")
    if name.startswith("site_"):
        return _("site")
    if name == "group_limit_tpp":
        return _("provider's limit")
    if name.startswith("group_"):
        return _("control group, %(day)s") % {"day": day}
    return ""


def fact_text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        unit = " %" if "percent" in name else ""
        return f"{grouped(int(value)) if float(value).is_integer() else f'{value:g}'}{unit}"
    if isinstance(value, str):
        if name.endswith("country") or name == "country":
            return country_name(value)
        return value.replace("_", " ")
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {fact_text('percent', v)}" for k, v in value.items()) or _("none")
    if isinstance(value, Sequence):
        return ", ".join(_entry(name, one) for one in value) or _("none")
    return str(value)


def _entry(name: str, one: Any) -> str:
    if isinstance(one, Mapping):
        share = one.get("percent")
        text = _("unknown share") if share is None else f"{share:g} %"
        if "list" in one:
            return f"{dataset_name(str(one['list']))}, {text}"
        return f"{country_name(str(one.get('country') or '')) or _('unknown country')} {text}"
    if name.endswith("countries"):
        return country_name(str(one))
    return dataset_name(str(one)) if name.startswith("listed") else str(one).replace("_", " ")


def _is_missing(name: str, reason: Reason) -> bool:
    return any(path.rpartition(".")[2] == name for path in reason.missing)


def tpp_of(accelerator: str) -> float | None:
    """TPP of one accelerator, None for unknown hardware."""
    match = catalogue().find(accelerator)
    return match.accelerator.tpp if match else None
