"""What another request would get, and the smallest changes that matter. Nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.models import AllocationRequest, Site
from access.policy.engine import Decision
from access.policy.explain import Change, Difference, strongest
from access.policy.explain import WhatIf as Compared
from access.policy.fact_types import FACTS
from access.policy.outcome import Outcome
from access.policy.pack import DEFAULT_PACKS
from access.requests import service
from console.operator.pages.request import Change as ChangeRow
from console.operator.pages.request import FallsAway, WhatIf, WhatIfResult
from console.operator.queries.reasons import WORDS, outcome_state
from console.parts import Failure, Field, Option, State, Tone
from console.portal.steps.use import purposes
from console.say import country_name, grouped
from core.errors import InvalidInput

ASKED = ("count", "purpose", "site", "supply", "on", "packs")
#: Unchanged reasons that are named; more are one line.
MOST_SAME = 3
PACKS = {
    "": DEFAULT_PACKS,
    "iaas": (*DEFAULT_PACKS, "us-iaas-cip"),
    "remote": (*DEFAULT_PACKS, "remote-access-as-export"),
}


def what_if(request: AllocationRequest, query: Mapping[str, str], sites: list[Site]) -> WhatIf:
    """The form, and under it the other decision where something was changed."""
    stored = _stored(request)
    values = {name: query.get(name, stored[name]).strip() for name in ASKED}
    changed = {name for name in ASKED if name in query and values[name] != stored[name]}
    fields = _fields(request, values, stored, sites)
    if not changed:
        return WhatIf(fields)
    try:
        compared = service.what_if(request, **_changes(values, changed, sites))
    except (InvalidInput, ValueError) as error:
        text = error.reason if isinstance(error, InvalidInput) else str(error)
        return WhatIf(fields, failure=Failure(_("Nothing was tried"), f"{text[:1].upper()}{text[1:]}."))
    return WhatIf(fields, _result(compared))


def change_rows(request: AllocationRequest) -> tuple[ChangeRow, ...]:
    return tuple(ChangeRow(_label(change), _then(change)) for change in service.smallest_changes(request))


def _label(change: Change) -> str:
    words = {
        "Both": _("Both"),
        "Inference instead of training": _("Inference instead of training"),
        "Hardware moved to the tenant": _("Hardware moved to the tenant"),
        "Parent added to a blocking list": _("Parent added to a blocking list"),
    }
    return words.get(change.label, change.label)


def _then(change: Change) -> State:
    state = outcome_state(change.decision.outcome)
    if change.decision.outcome is not Outcome.REFER:
        return state
    reasons = ngettext("%(n)d reason", "%(n)d reasons", change.deciding) % {"n": change.deciding}
    return State(state.tone, f"{state.word}, {reasons}")


def _stored(request: AllocationRequest) -> dict[str, str]:
    assert request.decision is not None
    return {
        "count": str(request.count),
        "purpose": request.purpose,
        "site": str(request.site_id),
        "supply": request.supply,
        "on": request.decision.as_of.isoformat(),
        "packs": "",
    }


def _fields(
    request: AllocationRequest, values: Mapping[str, str], stored: Mapping[str, str], sites: list[Site]
) -> tuple[Field, ...]:
    def was(name: str, text: str) -> str:
        return text if values[name] != stored[name] else ""

    where = tuple(Option(str(s.pk), f"{s.name}, {country_name(s.country)}") for s in sites)
    supplies = (
        Option("remote_access", _("Remote access")),
        Option("hardware_transfer", _("Hardware handed over")),
    )
    packs = (
        Option("", _("in force now")),
        Option("iaas", _("and the proposed customer identification")),
        Option("remote", _("and remote access as export")),
    )
    uses = tuple(Option(name, text) for name, text in purposes().items())
    count = grouped(request.count)
    return (
        Field(
            "count", _("Count"), values["count"], kind="number", was=was("count", count), autocomplete="off"
        ),
        Field("purpose", _("Purpose"), values["purpose"], kind="select", options=uses),
        Field("site", _("Site"), values["site"], kind="select", options=where),
        Field("supply", _("Supply"), values["supply"], kind="select", options=supplies),
        Field("on", _("On"), values["on"], kind="date"),
        Field("packs", _("Packs"), values["packs"], kind="select", options=packs),
    )


def _changes(values: Mapping[str, str], changed: set[str], sites: list[Site]) -> dict[str, Any]:
    """What the service takes. Raises ValueError with a sentence, InvalidInput."""
    found: dict[str, Any] = {}
    if "count" in changed:
        digits = values["count"].replace(",", "")
        if not digits.isdecimal() or not 1 <= int(digits) <= 10**7:
            raise ValueError(_("a count is a whole number of at least 1"))
        found["count"] = int(digits)
    for name in ("purpose", "supply"):
        if name in changed:
            found[name] = FACTS[f"request.{name}"](name, values[name])
    if "site" in changed:
        found["site"] = next((s for s in sites if str(s.pk) == values["site"]), None)
        if found["site"] is None:
            raise ValueError(_("there is no such site"))
    if "on" in changed:
        try:
            found["on"] = date.fromisoformat(values["on"])
        except ValueError:
            raise ValueError(_("a day is written as 2026-12-01")) from None
    if "packs" in changed:
        if values["packs"] not in PACKS:
            raise ValueError(_("there is no such pack"))
        found["packs"] = PACKS[values["packs"]]
    return found


def _result(compared: Compared) -> WhatIfResult:
    before, after = compared.before, compared.after
    state = outcome_state(after.outcome)
    if after.outcome is before.outcome:
        word = _(WORDS[after.outcome.label])
        state = State(state.tone, _("Still %(outcome)s") % {"outcome": f"{word[:1].lower()}{word[1:]}"})
    gone = sum(
        d.after is None or d.after.outcome < d.before.outcome for d in compared.differences if d.before
    )
    more = sum(d.before is None for d in compared.differences)
    changed = [_line(d) for d in compared.differences if d.words != "same"]
    same = [d for d in compared.differences if d.words == "same" and d.after is not None]
    if len(same) > MOST_SAME:
        count = ngettext("%(n)d other reason", "%(n)d other reasons", len(same)) % {"n": len(same)}
        strongest_ = max(d.after.outcome for d in same if d.after is not None)
        changed.append(FallsAway(count, _("same"), outcome_state(strongest_)))
    else:
        changed += [_line(d) for d in same]
    return WhatIfResult(state, _compared_words(gone, more, after), tuple(changed))


def _compared_words(gone: int, more: int, after: Decision) -> str:
    parts = []
    if gone:
        parts.append(ngettext("%(n)d reason less", "%(n)d reasons less", gone) % {"n": gone})
    if more:
        parts.append(ngettext("%(n)d reason more", "%(n)d reasons more", more) % {"n": more})
    if not parts:
        count = len(strongest(after))
        parts.append(ngettext("the same reason", "the same %(n)d reasons", count) % {"n": count})
    return ", ".join(parts)


def _line(difference: Difference) -> FallsAway:
    if difference.after is None:
        return FallsAway(difference.title, _before_figure(difference), State(Tone.OK, _("Falls away")))
    figure = "" if difference.before is None else _("same")
    if difference.before is not None and difference.words != "same":
        figure = _("was %(outcome)s") % {"outcome": _(WORDS[difference.before.outcome.label]).lower()}
    if difference.before is None:
        figure = _("new")
    return FallsAway(difference.title, figure, outcome_state(difference.after.outcome))


def _before_figure(difference: Difference) -> str:
    """What the sum was, where the rule has one."""
    facts = difference.before.facts if difference.before else {}
    if "group_tpp" in facts and facts["group_tpp"] is not None and facts.get("tpp"):
        return _("was %(sum)s") % {"sum": grouped(round(facts["group_tpp"] + facts["tpp"]))}
    return ""
