"""The decision: facts, packs and a day in; an outcome that explains itself out. Pure and repeatable.

The strongest rule that applies wins and all that apply are listed. An unknown fact refers, and is named,
where some value of it would give a stricter outcome in this case. Where every value of the unknown facts
gives licence_required or deny, the weakest of these stands; where the strictest value gives
permit_with_conditions, that stands. A denial lists nothing as missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from access.inventory.tpp import suppose
from access.policy.facts import FactSet
from access.policy.outcome import Outcome
from access.policy.pack import UNCONFIRMED, Pack, environment
from access.policy.selection import Live, table
from access.policy.terms import Terms
from access.policy.unknowns import Open, Suppositions, holds
from access.policy.working import work_out

#: Joint trials of several unknown facts before the weakest outcome found so far is taken.
JOINT_TRIALS = 5_000


@dataclass(frozen=True)
class Reason:
    """One rule that applies, or that an unknown fact leaves open."""

    rule: str
    pack: str
    status: str
    citation: str
    outcome: Outcome
    text: str
    facts: Mapping[str, Any]
    title: str
    tenant_text: str
    disclose: str
    confirmed: bool
    doubtful: bool
    missing: tuple[str, ...] = ()
    """The unknown facts that leave it open."""

    def as_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "pack": self.pack,
            "status": self.status,
            "citation": self.citation,
            "outcome": self.outcome.label,
            "text": self.text,
            "facts": dict(self.facts),
        }


@dataclass(frozen=True)
class Duty:
    """What somebody has to do because of a rule."""

    rule: str
    duty: str
    due: str
    citation: str

    def as_json(self) -> dict[str, Any]:
        return {"rule": self.rule, "duty": self.duty, "due": self.due, "citation": self.citation}


@dataclass(frozen=True)
class PackUsed:
    name: str
    version: str
    digest: str


@dataclass(frozen=True)
class Decision:
    """What the rules say about one set of facts on one day."""

    id: str | None
    outcome: Outcome
    tpp: int | None
    """count x TPP of one accelerator; None for unknown hardware or count."""
    reasons: tuple[Reason, ...]
    conditions: tuple[str, ...]
    duties: tuple[Duty, ...]
    missing: tuple[str, ...]
    packs: tuple[PackUsed, ...]
    facts_digest: str
    as_of: date

    def as_json(self) -> dict[str, Any]:
        """The form that leaves the program."""
        return {
            "id": self.id,
            "outcome": self.outcome.label,
            "tpp": self.tpp,
            "reasons": [reason.as_json() for reason in self.reasons],
            "conditions": list(self.conditions),
            "duties": [duty.as_json() for duty in self.duties],
            "missing": list(self.missing),
            "packs": [{"name": pack.name, "digest": pack.digest} for pack in self.packs],
            "facts_digest": self.facts_digest,
        }

    @property
    def canonical(self) -> str:
        """One decision, one text: what a replay is compared with, byte by byte."""
        return json.dumps(self.as_json(), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True)
class _Verdict:
    """Everything the rules gave before it is put into words."""

    terms: Terms
    outcome: Outcome
    applying: tuple[Live, ...]
    open: tuple[tuple[Live, Open], ...]
    missing: tuple[str, ...]


def decide(
    facts: FactSet,
    packs: Sequence[Pack],
    as_of: date,
    *,
    id: str | None = None,
    evaluate_all: bool = False,
) -> Decision:
    """Decide a fact set under packs on a day. `evaluate_all` leaves the pre-selection out (for tests)."""
    verdict = _judge(facts, packs, as_of, evaluate_all)
    reasons = [_reason(live, verdict.terms, facts) for live in verdict.applying]
    reasons += [_open_reason(live, opened, verdict, facts) for live, opened in verdict.open]
    outcome = verdict.outcome
    across = _across_a_threshold(facts, packs, as_of, evaluate_all, verdict)
    if across:
        reasons += across
        outcome = max(outcome, Outcome.REFER)
    order = table(packs, as_of).order
    reasons.sort(key=lambda reason: (-reason.outcome, order[reason.pack, reason.rule]))
    consequences = sorted(
        (
            *verdict.applying,
            *(live for live, _ in verdict.open if live.outcome is Outcome.PERMIT_WITH_CONDITIONS),
        ),
        key=lambda live: live.order,
    )
    return Decision(
        id=id,
        outcome=outcome,
        tpp=verdict.terms.tpp,
        reasons=tuple(reasons),
        conditions=tuple(_conditions(consequences)),
        duties=tuple(_duties(consequences)),
        missing=verdict.missing,
        packs=tuple(PackUsed(pack.name, pack.version, pack.digest) for pack in packs),
        facts_digest=facts.digest,
        as_of=as_of,
    )


def outcome_of(facts: FactSet, packs: Sequence[Pack], as_of: date) -> Outcome:
    """The outcome alone, for searches over many variants."""
    verdict = _judge(facts, packs, as_of, False)
    if verdict.outcome < Outcome.REFER and _across_a_threshold(facts, packs, as_of, False, verdict):
        return Outcome.REFER
    return verdict.outcome


def _judge(facts: FactSet, packs: Sequence[Pack], as_of: date, evaluate_all: bool) -> _Verdict:
    terms = work_out(facts, as_of)
    rules = table(packs, as_of)
    activate = environment().Activation
    activation = activate(terms.values)
    applying: list[Live] = []
    unsettled: list[Live] = []
    for live in rules.all if evaluate_all else rules.candidates(terms):
        found = holds(live.rule, terms, activation)
        if found:
            applying.append(live)
        elif found is None and live.outcome > Outcome.PERMIT:
            unsettled.append(live)
    known = max((live.outcome for live in applying), default=Outcome.PERMIT)
    if known is Outcome.DENY or not unsettled:
        missing = () if known is Outcome.DENY else _named(applying, facts)
        return _Verdict(terms, known, tuple(applying), (), missing)
    trials = Suppositions(facts, terms, activation, as_of, activate)
    opened: list[tuple[Live, Open]] = []
    for live in sorted(unsettled, key=lambda live: live.order):
        settled = trials.settle(live.rule)
        if settled.can_hold and not settled.can_fail:
            applying.append(live)
        elif settled.can_hold:
            opened.append((live, settled))
    known = max((live.outcome for live in applying), default=Outcome.PERMIT)
    return _weigh(_Verdict(terms, known, tuple(applying), (), ()), opened, trials, facts)


def _weigh(
    verdict: _Verdict, opened: list[tuple[Live, Open]], trials: Suppositions, facts: FactSet
) -> _Verdict:
    """The outcome where rules are left open by unknown facts."""
    known = verdict.outcome
    named = _named(verdict.applying, facts)
    stricter = [(live, settled) for live, settled in opened if live.outcome > known]
    if known is Outcome.DENY:
        return _Verdict(verdict.terms, known, verdict.applying, (), ())
    if not stricter:
        return _Verdict(verdict.terms, known, verdict.applying, (), named)
    weakest = _weakest(known, stricter, trials)
    strictest = max(live.outcome for live, _ in stricter)
    turning = [(live, settled) for live, settled in stricter if live.outcome > weakest]
    missing = {path for _, settled in turning for path in settled.facts}
    if weakest >= Outcome.LICENCE_REQUIRED:
        outcome = weakest
    elif strictest is Outcome.PERMIT_WITH_CONDITIONS:
        outcome = strictest
    else:
        outcome = Outcome.REFER if turning else weakest
    if outcome is Outcome.DENY:
        return _Verdict(verdict.terms, outcome, verdict.applying, tuple(stricter), ())
    # Every rule that an unknown fact leaves open, and that would decide more than a notice, is shown with it.
    shown = tuple(
        (live, settled)
        for live, settled in opened
        if live.outcome > known or missing.intersection(settled.facts)
    )
    return _Verdict(verdict.terms, outcome, verdict.applying, shown, tuple(sorted(missing | set(named))))


def _weakest(known: Outcome, opened: Sequence[tuple[Live, Open]], trials: Suppositions) -> Outcome:
    """The weakest outcome over all values of the unknown facts, tried jointly.

    Starts with every unknown fact harmless. Only facts that a rule deciding there reads could make it
    weaker, so only these are varied, until no further fact comes in. A choice of some facts that is no
    weaker than the best one, whatever the rest, is not followed.
    """
    rules = [live.rule for live, _ in opened]
    wanting = [trials.wanting(rule) for rule in rules]
    unknown = tuple(dict.fromkeys(path for paths in wanting for path in paths))
    harmless = {path: trials.values(path)[0] for path in unknown}
    concerned: dict[str, None] = {}
    weakest = Outcome.DENY
    left = JOINT_TRIALS

    def descend(chosen: dict[str, Any], rest: Sequence[str]) -> None:
        nonlocal weakest, left
        left -= 1
        certain = [
            live.outcome
            for (live, _), held in zip(opened, trials.held(rules, chosen), strict=True)
            if held is True
        ]
        if left < 0 or max(certain, default=known) >= weakest:
            return  # out of trials: the strict side, as no weaker outcome was found
        if rest:
            for value in trials.values(rest[0]):
                if weakest > known:
                    descend({**chosen, rest[0]: value}, rest[1:])
            return
        held_here = trials.held(rules, {**harmless, **chosen})
        firing = [
            (live.outcome, paths)
            for (live, _), held, paths in zip(opened, held_here, wanting, strict=True)
            if held is not False
        ]
        outcome = max((one for one, _ in firing), default=known)
        weakest = min(weakest, max(outcome, known))
        for one, paths in firing:
            if one is outcome:
                concerned.update(dict.fromkeys(paths))

    while weakest > known and left > 0:
        varied = list(concerned)
        descend({}, varied)
        if len(concerned) == len(varied):
            break
    return weakest


def _named(applying: Iterable[Live], facts: FactSet) -> tuple[str, ...]:
    """Facts that the applying rules themselves name as missing."""
    return tuple(
        sorted(
            {
                path
                for live in applying
                for path in live.rule.clause.missing
                if path not in facts.values or path == "request.accelerator"
            }
        )
    )


def _across_a_threshold(
    facts: FactSet, packs: Sequence[Pack], as_of: date, evaluate_all: bool, verdict: _Verdict
) -> list[Reason]:
    """Reasons to refer where an unverified figure near a threshold of 3A090 would decide otherwise."""
    one = verdict.terms.accelerator
    if one is None or verdict.outcome >= Outcome.LICENCE_REQUIRED:
        return []
    found: dict[tuple[str, str], Reason] = {}
    own = {
        (live.rule.pack, live.rule.id) for live in (*verdict.applying, *(live for live, _ in verdict.open))
    }
    for paragraph in one.other_paragraphs:
        supposed = facts.supposing({"request.accelerator": suppose(one, paragraph)})
        other = _judge(supposed, packs, as_of, evaluate_all)
        if other.outcome <= verdict.outcome:
            continue
        lead = (
            f"The figures of the {one.name} are not verified and lie within 5 % of a threshold; "
            f"as {_paragraph_words(paragraph)} this would apply:"
        )
        for live in (*other.applying, *(live for live, _ in other.open)):
            name = (live.rule.pack, live.rule.id)
            if live.outcome > verdict.outcome and name not in own:
                found[name] = _reason(live, other.terms, facts, outcome=Outcome.REFER, lead=lead)
    return list(found.values())


def _paragraph_words(paragraph: str) -> str:
    return "hardware outside 3A090" if paragraph == "none" else paragraph


class _Unknown:
    """Stands in a sentence for a value that is not known."""

    def __format__(self, spec: str) -> str:
        return "unknown"


class _Shown(dict[str, Any]):
    def __missing__(self, name: str) -> Any:
        return _Unknown()


def _reason(
    live: Live,
    terms: Terms,
    facts: FactSet,
    *,
    outcome: Outcome | None = None,
    lead: str = "",
    missing: tuple[str, ...] = (),
) -> Reason:
    clause = live.rule.clause
    text = live.rule.text.format_map(_Shown(terms.values))
    return Reason(
        rule=clause.id,
        pack=live.rule.pack,
        status=live.status,
        citation=clause.citation,
        outcome=live.outcome if outcome is None else outcome,
        text=f"{lead} {text}" if lead else text,
        facts={_short(name): _shown(name, terms, facts) for name in clause.reads},
        title=clause.title,
        tenant_text=clause.tenant_text,
        disclose=clause.disclose,
        confirmed=clause.confirmed == "seen",
        doubtful=clause.doubtful,
        missing=missing,
    )


def _open_reason(live: Live, opened: Open, verdict: _Verdict, facts: FactSet) -> Reason:
    """A rule that unknown facts leave open refers; one that adds a duty keeps its outcome."""
    outcome = live.outcome
    if outcome is not Outcome.PERMIT_WITH_CONDITIONS:
        # Where every value would be a licence or a denial, the weakest of these stands.
        outcome = min(outcome, max(verdict.outcome, Outcome.REFER))
    reason = _reason(live, verdict.terms, facts, outcome=outcome, missing=opened.facts)
    verb = "is" if len(opened.facts) == 1 else "are"
    mark = "" if reason.confirmed else f" {UNCONFIRMED}"
    text = f"{', '.join(opened.facts)} {verb} not known, and would decide this rule: {reason.title}.{mark}"
    return replace(reason, text=text)


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _shown(name: str, terms: Terms, facts: FactSet) -> Any:
    """A fact or term for display: plain JSON, None where unknown."""
    if name in terms.values:
        value = terms.values[name]
        return None if value == float("inf") else value
    return facts.shown(name)


def _conditions(rules: Iterable[Live]) -> Iterable[str]:
    return dict.fromkeys(
        live.rule.clause.condition
        for live in rules
        if live.rule.clause.condition is not None and _counts(live)
    )


def _duties(rules: Iterable[Live]) -> Iterable[Duty]:
    for live in rules:
        clause = live.rule.clause
        if clause.duty is not None and _counts(live):
            yield Duty(clause.id, clause.duty.name, clause.duty.due, clause.duty.citation or clause.citation)


def _counts(live: Live) -> bool:
    """A suspended or proposed rule that only gives a notice binds nobody."""
    return live.outcome > Outcome.PERMIT or live.status in ("in_force", "provider")
