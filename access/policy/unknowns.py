"""What a rule would say if an unknown fact were known: representative values tried out, exactly.

Each fact has a small finite set of values that stand for all that the rules can tell apart, the most
harmless first. A condition that cannot be settled without an unknown fact is tried with them: does some
choice make it true, does some make it false, and which facts turn it?
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from access.inventory.tpp import catalogue, suppose
from access.policy.countries import atlas
from access.policy.fact_types import AUTHORISATIONS, END_USES, LISTS, PURPOSES, SUPPLIES, Holding, Owner
from access.policy.facts import FactSet
from access.policy.pack import Rule
from access.policy.terms import ROLES, Terms, tells_apart
from access.policy.working import work_out

#: Trials spent on one rule before it is taken as open both ways (the strict side: it may apply).
TRIALS = 4000

Assignment = Mapping[str, Any]


def values_of(path: str, facts: FactSet, as_of: date) -> Sequence[Any]:
    """Representative values of an unknown fact, the most harmless first."""
    name = path.rpartition(".")[2]
    if path.endswith("region") and name in ("region", "site_region"):
        known = sorted(atlas().regions)
        return ["UA-30", *known]
    countries = atlas().samples(as_of)
    match name:
        case "request" | "accelerator":
            own = facts.get("request.accelerator")
            found = catalogue().find(own) if isinstance(own, str) else None
            one = found.accelerator if found else None
            return [suppose(one, paragraph) for paragraph in ("none", "3A090.b", "3A090.a")]
        case "remote_access_countries":
            return [(), *((code,) for code in countries)]
        case "provider_countries":
            return [("US",), ("DE",), ("GB",), ("DE", "GB")]
        case "listed_self":
            return [(), *((one,) for one in LISTS)]
        case "listed_owners":
            whole = [(Holding(one, 100.0, control=True),) for one in LISTS]
            part = [(Holding(one, 25.0, control=False),) for one in LISTS]
            return [(), *whole, *part]
        case "owners":
            return [(), *((Owner(code, 100.0),) for code in countries)]
        case "list":
            return ["jp_meti", *LISTS]
        case "percent":
            return [0.0, 30.0, 50.0, 100.0]
        case "unknown_owner_percent":
            return [0.0, 10.0, 100.0]
        case "control" | "covered_locality" | "site_covered_locality":
            return [False, True]
        case "purpose":
            return ["other", *(one for one in PURPOSES if one != "other")]
        case "supply":
            return list(SUPPLIES)
        case "site_authorisation":
            return ["licence", *AUTHORISATIONS]
        case "end_use":
            return [(), *((one,) for one in END_USES)]
        case "red_flags":
            return [(), ("will_not_say",)]
        case "identification_missing":
            return [(), ("name",)]
        case "confirmed_signals":
            return [0, 1]
        case "count":
            return [1, 10**9]
        case "hours":
            return [0.0, 8760.0]
        case "group_tpp":
            return [0.0, 1e15]
        case "group_flop":
            return [0.0, 1e28]
        case "group_limit_tpp":
            return [0.0, 1e13, 1.0]
        case _:
            return _countries_for(path, as_of)


@lru_cache(maxsize=4096)
def _countries_for(path: str, as_of: date) -> tuple[str, ...]:
    """The sample countries that differ in this role, or all of them for a country of an entry."""
    countries = atlas().samples(as_of)
    if path not in ROLES:
        return countries
    seen: dict[tuple[object, ...], str] = {}
    for code in countries:
        seen.setdefault(tells_apart(path, atlas().place(code, as_of)), code)
    return tuple(seen.values())


def holds(rule: Rule, terms: Terms, activation: Any) -> bool | None:
    """Does the condition hold? None where absent terms leave it open; any other fault is a bug."""
    value = rule.condition.eval(activation).value()
    if value is True or value is False:
        return bool(value)
    if any(term in terms.unknown_behind for term in rule.terms):
        return None
    raise RuntimeError(f"rule {rule.pack}/{rule.id}: {value}")


@dataclass(frozen=True)
class Open:
    """A condition that the unknown facts leave open: how it can turn out, and the facts that turn it."""

    rule: Rule
    can_hold: bool
    can_fail: bool
    facts: tuple[str, ...]


class Suppositions:
    """Trials with unknown facts of one case; results are remembered for the length of one decision."""

    def __init__(
        self,
        facts: FactSet,
        terms: Terms,
        activation: Any,
        as_of: date,
        activate: Callable[[Mapping[str, Any]], Any],
    ) -> None:
        self._facts, self._base, self._as_of, self._activate = facts, terms, as_of, activate
        self._tried: dict[tuple[tuple[str, Any], ...], tuple[Terms, Any]] = {
            (): (terms, activate(terms.values))
        }
        self._values: dict[str, Sequence[Any]] = {}
        self._told_apart: dict[tuple[str, str, str], Sequence[Any]] = {}

    def values(self, path: str) -> Sequence[Any]:
        if path not in self._values:
            self._values[path] = values_of(path, self._facts, self._as_of)
        return self._values[path]

    def holds(self, rule: Rule, assignment: Assignment) -> bool | None:
        """The condition under supposed values of some unknown facts."""
        terms, activation = self._trial(assignment)
        return holds(rule, terms, activation)

    def _trial(self, assignment: Assignment) -> tuple[Terms, Any]:
        key = tuple(sorted(assignment.items(), key=lambda item: item[0]))
        if key not in self._tried:
            terms = work_out(self._facts.supposing(assignment), self._as_of)
            self._tried[key] = (terms, self._activate(terms.values))
        return self._tried[key]

    def held(self, rules: Sequence[Rule], assignment: Assignment) -> list[bool | None]:
        """What each condition says under the values; not remembered."""
        terms = work_out(self._facts.supposing(assignment), self._as_of)
        activation = self._activate(terms.values)
        return [holds(rule, terms, activation) for rule in rules]

    def wanting(self, rule: Rule) -> tuple[str, ...]:
        """Unknown facts behind the terms that the rule reads."""
        found: dict[str, None] = {}
        for term in rule.terms:
            found.update(dict.fromkeys(self._base.unknown_behind.get(term, ())))
        return tuple(found)

    def settle(self, rule: Rule) -> Open:
        """How an open condition can turn out."""
        unknown = self.wanting(rule)
        true = self._find(rule, unknown, wanted=True)
        false = self._find(rule, unknown, wanted=False)
        if true is None and false is None:  # no supposition settles it: open, with every fact it wants
            return Open(rule, True, True, unknown)
        if true is None or false is None:
            return Open(rule, true is not None, false is not None, ())
        harmless = {path: self.values(path)[0] for path in unknown}
        turning = {path for path in unknown if self._turns(rule, path, {**harmless, **true}, harmless)}
        return Open(rule, True, True, tuple(path for path in unknown if _named(path, turning, unknown)))

    def _find(self, rule: Rule, unknown: Sequence[str], *, wanted: bool) -> Assignment | None:
        """Values under which the condition is `wanted`, or None where there are none."""
        left = [TRIALS]

        def search(assignment: dict[str, Any], depth: int) -> Assignment | None:
            left[0] -= 1
            found = self.holds(rule, assignment)
            if found is wanted:
                return dict(assignment)
            if found is not None or depth == len(unknown):
                return None
            if left[0] <= 0:
                return dict(assignment)
            for value in self._distinct(rule, unknown[depth]):
                result = search({**assignment, unknown[depth]: value}, depth + 1)
                if result is not None:
                    return result
            return None

        return search({}, 0)

    def _turns(self, rule: Rule, path: str, true: Assignment, harmless: Assignment) -> bool:
        """Is there a value of this fact without which the condition would fail?

        From values under which it holds, everything else is made harmless as far as it goes on holding;
        what is left needs this fact.
        """
        values = self._distinct(rule, path)
        for value in dict.fromkeys((true[path], *values)):
            trial = {**true, path: value}
            if self.holds(rule, trial) is not True:
                continue
            for other in trial:
                if other != path and trial[other] != harmless[other]:
                    shrunk = {**trial, other: harmless[other]}
                    if self.holds(rule, shrunk) is True:
                        trial = shrunk
            if any(self.holds(rule, {**trial, path: other}) is False for other in values):
                return True
        return False

    def _distinct(self, rule: Rule, path: str) -> Sequence[Any]:
        """The values of a fact that this rule can tell apart."""
        key = (rule.pack, rule.id, path)
        if key not in self._told_apart:
            behind = (self._base.unknown_behind.get(term, ()) for term in rule.terms)
            if any(path in paths and len(paths) > 1 for paths in behind):
                self._told_apart[key] = self.values(path)  # what it does depends on another unknown fact
            else:
                seen: dict[str, Any] = {}
                for value in self.values(path):
                    terms = self._trial({path: value})[0]
                    seen.setdefault(repr([terms.values.get(term) for term in rule.terms]), value)
                self._told_apart[key] = tuple(seen.values())
        return self._told_apart[key]


def _named(path: str, turning: set[str], unknown: Sequence[str]) -> bool:
    """A fact that turns the condition; and of entries whose list, country or share is unknown, all the same.

    One such entry stands for the others: whichever is tried first turns the condition.
    """
    if path in turning or "[" not in path:
        return path in turning
    container = path.partition("[")[0] + "["
    entry = path.partition("]")[0]
    vague = any(one.startswith(entry) and not one.endswith(".control") for one in unknown)
    return vague and any(one.startswith(container) for one in turning)
