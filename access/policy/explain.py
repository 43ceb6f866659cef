"""A decision in words, what another request would get, and the smallest changes that matter. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from access.policy.engine import Decision, Reason, decide
from access.policy.facts import FactSet
from access.policy.outcome import Outcome
from access.policy.pack import Pack
from access.policy.working import TRAINING

#: What a tenant reads where a rule discloses nothing.
UNDISCLOSED = "Your request is being reviewed."

_BLOCKED_PARENT = {"list": "us_ofac_sdn", "percent": 50.0, "control": False}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_ASK_TENANT: Mapping[str, str] = {
    "tenant.country": "In which country is the customer established?",
    "tenant.region": "In which region of the country is the customer?",
    "tenant.covered_locality": "In which locality is the customer?",
    "tenant.headquarters_country": "In which country is the customer's headquarters?",
    "tenant.ultimate_parent_country": "Where is the ultimate parent headquartered?",
    "tenant.owners": "Who owns the customer, and in which countries?",
    "tenant.owners[].country": "In which country is this owner?",
    "tenant.owners[].percent": "How large is this owner's share?",
    "tenant.unknown_owner_percent": "Who holds the remaining shares?",
    "request.accelerator": "Which accelerator is asked for, by maker and model?",
    "request.count": "How many accelerators are asked for?",
    "request.purpose": "What will the accelerators be used for?",
    "request.end_use": "What is the end use, and is any of it military?",
    "request.end_user_country": "For whom is the work done, and where is that party headquartered?",
    "request.remote_access_countries": "Where do the remote users sit?",
    "request.hours": "For how many hours are the accelerators needed?",
    "request.supply": "Is the hardware rented, or handed over?",
}
_ASK_STAFF: Mapping[str, str] = {
    "tenant.listed_self": "Is the customer on a list? It has not been screened.",
    "tenant.listed_owners": "Is an owner on a list? The owners have not been screened.",
    "tenant.listed_owners[].list": "Which list is this owner on?",
    "tenant.listed_owners[].percent": "How large is the listed owner's share?",
    "tenant.listed_owners[].control": "Does the listed owner have control?",
    "tenant.red_flags": "Which red flags of the checklist were found?",
    "tenant.identification_missing": "Which identification records are missing?",
    "tenant.confirmed_signals": "Is there a confirmed signal of misuse?",
    "request.site_country": "In which country is the site?",
    "request.site_region": "In which region of the country is the site?",
    "request.site_covered_locality": "In which locality is the site?",
    "request.site_authorisation": "Which authorisation does the site have?",
    "aggregate.group_tpp": "How much performance does the control group hold already?",
    "aggregate.group_flop": "How many operations has the control group spent or reserved?",
    "aggregate.group_limit_tpp": "Which limit is set for the control group?",
    "provider_countries": "In which countries is the provider established?",
}
_WHAT_NEXT = {
    Outcome.PERMIT: "Nothing stands against it",
    Outcome.PERMIT_WITH_CONDITIONS: "It may go ahead once the tenant accepts each condition",
    Outcome.REFER: "A person must decide",
    Outcome.LICENCE_REQUIRED: "It may go ahead only against a recorded licence",
    Outcome.DENY: "It is refused",
}
_VERBS = {
    Outcome.PERMIT_WITH_CONDITIONS: ("sets conditions", "set conditions"),
    Outcome.REFER: ("refers it", "refer it"),
    Outcome.LICENCE_REQUIRED: ("asks for a licence", "ask for a licence"),
    Outcome.DENY: ("denies it", "deny it"),
}


def headline(decision: Decision) -> str:
    """The answer in one sentence: `A person must decide: two rules refer it, one fact is missing.`"""
    parts = []
    if decision.outcome is not Outcome.PERMIT:
        rules = len(strongest(decision))
        verb = _VERBS[decision.outcome][rules != 1]
        parts.append(f"{_number(rules)} rule{'' if rules == 1 else 's'} {verb}")
    if decision.missing:
        facts = len(decision.missing)
        parts.append(f"{_number(facts)} fact{' is' if facts == 1 else 's are'} missing")
    answer = _WHAT_NEXT[decision.outcome]
    return f"{answer}: {', '.join(parts)}." if parts else f"{answer}."


def sentences(decision: Decision) -> tuple[str, ...]:
    """Each reason as a sentence with its citation, strongest first."""
    return tuple(f"{reason.text} ({_cited(reason)})" for reason in decision.reasons)


def strongest(decision: Decision) -> tuple[Reason, ...]:
    """The reasons that give the outcome."""
    return tuple(reason for reason in decision.reasons if reason.outcome is decision.outcome)


def for_tenant(decision: Decision) -> tuple[str, ...]:
    """What the tenant may read: by each rule's disclosure, and nothing that tips it off.

    `full` adds the citation, `category` gives the rule's sentence for tenants, `none` only says that the
    request is being reviewed. A rule left open by an unknown fact gives the question, where it is one for
    the tenant. Notices are left out.
    """
    texts: dict[str, None] = {}
    for reason in decision.reasons:
        if reason.outcome is Outcome.PERMIT:
            continue
        if reason.missing:  # open: its own sentence would say more than is known
            asked = [question.text for question in map(question_of, reason.missing) if question.of_tenant]
            texts.update(dict.fromkeys(asked or [UNDISCLOSED]))
        elif reason.disclose == "full":
            texts[f"{reason.tenant_text} ({reason.citation})"] = None
        else:
            texts[reason.tenant_text if reason.disclose == "category" else UNDISCLOSED] = None
    return tuple(texts)


@dataclass(frozen=True)
class Question:
    """What is asked about a missing fact, and of whom."""

    fact: str
    text: str
    of_tenant: bool
    """False: staff find out (screening, site, group); the tenant is not asked and not told."""


def questions(decision: Decision) -> tuple[Question, ...]:
    """The missing facts as questions, those of the tenant first."""
    return tuple(sorted(map(question_of, decision.missing), key=lambda question: not question.of_tenant))


def question_of(fact: str) -> Question:
    """The question that a fact answers."""
    container, bracket, part = fact.partition("[")
    path = f"{container}[].{part.partition('].')[2]}" if bracket else fact
    if path in _ASK_TENANT:
        return Question(fact, _ASK_TENANT[path], True)
    return Question(fact, _ASK_STAFF.get(path, f"What is {path}?"), False)


@dataclass(frozen=True)
class Difference:
    """One rule before and after a change; None where it does not apply."""

    rule: str
    pack: str
    title: str
    before: Reason | None
    after: Reason | None

    @property
    def words(self) -> str:
        if self.after is None:
            return "falls away"
        if self.before is None:
            return "comes up"
        return "same" if self.before.outcome is self.after.outcome else "changes"


@dataclass(frozen=True)
class WhatIf:
    """Two decisions side by side. Nothing is stored."""

    before: Decision
    after: Decision
    differences: tuple[Difference, ...]


def what_if(
    facts: FactSet,
    changes: Mapping[str, Any],
    packs: Sequence[Pack],
    as_of: date,
    *,
    other_packs: Sequence[Pack] | None = None,
    other_day: date | None = None,
) -> WhatIf:
    """The decision as it is and as it would be with some facts, packs or the day changed.

    `changes` maps dotted paths to values as in a decision case (`{"request.count": 309}`); None makes a fact
    unknown. Raises InvalidInput.
    """
    before = decide(facts, packs, as_of)
    after = decide(facts.changed(changes), other_packs or packs, other_day or as_of)
    return WhatIf(before, after, _differences(before, after))


def _differences(before: Decision, after: Decision) -> tuple[Difference, ...]:
    old = {(reason.pack, reason.rule): reason for reason in before.reasons}
    new = {(reason.pack, reason.rule): reason for reason in after.reasons}
    found = []
    for key in dict.fromkeys((*old, *new)):
        reason = old.get(key) or new[key]
        if max(one.outcome for one in (old.get(key), new.get(key)) if one is not None) is Outcome.PERMIT:
            continue  # notices decide nothing
        found.append(Difference(reason.rule, reason.pack, reason.title, old.get(key), new.get(key)))
    return tuple(found)


@dataclass(frozen=True)
class Change:
    """A small change and what it would give: `At most 309 instead of 512` → refer, one reason."""

    label: str
    changes: Mapping[str, Any]
    decision: Decision

    @property
    def deciding(self) -> int:
        """How many rules would still give the outcome."""
        return 0 if self.decision.outcome is Outcome.PERMIT else len(strongest(self.decision))


def smallest_changes(facts: FactSet, packs: Sequence[Pack], as_of: date) -> tuple[Change, ...]:
    """Changes of one or two facts that give less to decide, then two that would make it worse."""
    start = decide(facts, packs, as_of)
    found: list[Change] = []

    def attempt(label: str, changes: Mapping[str, Any], wanted: Callable[[Decision], bool]) -> Change | None:
        decision = decide(facts.changed(changes), packs, as_of)
        if not wanted(decision):
            return None
        change = Change(label, dict(changes), decision)
        found.append(change)
        return change

    def less(decision: Decision) -> bool:
        return _weight(decision) < _weight(start)

    if start.outcome is not Outcome.PERMIT:
        fewer = None
        if (count := _largest_count(facts, packs, as_of, less)) is not None:
            label = f"At most {count:,} instead of {facts.get('request.count'):,}"
            fewer = attempt(label, {"request.count": count}, less)
        other = None
        if facts.get("request.purpose") in TRAINING:
            other = attempt("Inference instead of training", {"request.purpose": "inference"}, less)
        if fewer and other:
            both = {**fewer.changes, **other.changes}
            best = min(_weight(fewer.decision), _weight(other.decision))
            attempt("Both", both, lambda decision: _weight(decision) < best)
    if facts.get("request.supply") == "remote_access":
        attempt(
            "Hardware moved to the tenant",
            {"request.supply": "hardware_transfer"},
            lambda decision: decision.outcome > start.outcome,
        )
    if "tenant.listed_owners" in facts.values:
        owners = [*facts.shown("tenant.listed_owners"), _BLOCKED_PARENT]
        attempt(
            "Parent added to a blocking list",
            {"tenant.listed_owners": owners},
            lambda decision: decision.outcome > start.outcome,
        )
    return tuple(found)


def _weight(decision: Decision) -> tuple[int, int]:
    """How much stands against it: the outcome, then how many rules decide anything."""
    return decision.outcome, sum(reason.outcome > Outcome.PERMIT for reason in decision.reasons)


def _largest_count(
    facts: FactSet, packs: Sequence[Pack], as_of: date, less: Callable[[Decision], bool]
) -> int | None:
    """The largest smaller count for which less stands against the request, by bisection; None if none."""
    count = facts.get("request.count")

    def enough(number: int) -> bool:
        return less(decide(facts.changed({"request.count": number}), packs, as_of))

    if count is None or count == 1 or not enough(1):
        return None
    low, high = 1, count
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if enough(middle) else (low, middle)
    return low


def _number(number: int) -> str:
    return _NUMBERS[number] if number < len(_NUMBERS) else f"{number:,}"


def _cited(reason: Reason) -> str:
    suffix = "" if reason.status in ("in_force", "provider") else f", {reason.status}"
    return f"{reason.citation}{suffix}"
