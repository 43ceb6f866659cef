"""Which rules can apply at all: a table built once for packs and a day, so that few are evaluated.

A shortcut only: a rule is left out where its index says that it cannot hold, or where it is not in the
books that day. A property test compares every decision with the one that evaluates all rules.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from access.policy.outcome import Outcome
from access.policy.pack import Pack, Rule, Status
from access.policy.terms import Terms

#: Tables kept; a backtest of years walks through many days.
KEPT_TABLES = 512

_TERRITORIES = (
    "tenant_territory",
    "headquarters_territory",
    "parent_territory",
    "end_user_territory",
    "site_territory",
)


@dataclass(frozen=True)
class Live:
    """A rule that is in the books on a day: its place in order, status and what it gives."""

    order: int
    rule: Rule
    status: Status
    outcome: Outcome


class Table:
    """The rules of some packs on one day, by what they need."""

    def __init__(self, packs: Sequence[Pack], as_of: date) -> None:
        self.all: list[Live] = []
        self.order: dict[tuple[str, str], int] = {}
        """Place of a rule, by pack and id."""
        self._plain: list[Live] = []
        self._by_list: dict[str, list[Live]] = {}
        self._by_territory: dict[str, list[Live]] = {}
        self._plain_for: dict[tuple[Any, Any], list[Live]] = {}
        rules = (rule for pack in packs for rule in pack.rules)
        for order, rule in enumerate(rules):
            status = rule.status(as_of)
            if status is None:
                continue
            live = Live(order, rule, status, rule.outcome(status))
            self.all.append(live)
            self.order[rule.pack, rule.id] = order
            index = rule.clause.index
            for name in index.lists:
                self._by_list.setdefault(name, []).append(live)
            if index.territory is not None:
                self._by_territory.setdefault(index.territory, []).append(live)
            if not index.lists and index.territory is None:
                self._plain.append(live)

    def candidates(self, terms: Terms) -> list[Live]:
        """The rules that could hold under these terms."""
        values = terms.values
        key = (values.get("supply"), values.get("training"))
        plain = self._plain_for.get(key)
        if plain is None:
            plain = self._plain_for[key] = [live for live in self._plain if _fits(live, *key)]
        found = list(plain)
        found.extend(self._touched(self._by_list, _lists(terms), key))
        found.extend(self._touched(self._by_territory, _territories(terms), key))
        return found

    @staticmethod
    def _touched(
        table: dict[str, list[Live]], names: Iterable[str] | None, key: tuple[Any, Any]
    ) -> Iterator[Live]:
        seen: set[int] = set()
        for name in table if names is None else names:
            for live in table.get(name, ()):
                if live.order not in seen and _fits(live, *key):
                    seen.add(live.order)
                    yield live


def _fits(live: Live, supply: str | None, training: bool | None) -> bool:
    index = live.rule.clause.index
    if index.supply is not None and supply is not None and index.supply != supply:
        return False
    return index.training is None or training is None or index.training == training


def _lists(terms: Terms) -> set[str] | None:
    """Lists that the tenant or an owner stands on; None where that is not known."""
    values = terms.values
    if "owned" not in values or "listed_self" not in values:
        return None
    return {*values["owned"], *values["listed_self"]}


def _territories(terms: Terms) -> set[str] | None:
    """Programmes touched in any role; None where a role is not known."""
    values = terms.values
    if "remote_territories" not in values or "owner_territories" not in values:
        return None
    if any(role not in values for role in _TERRITORIES):
        return None
    return {
        *(values[role] for role in _TERRITORIES),
        *values["remote_territories"],
        *values["owner_territories"],
    }


_tables: OrderedDict[tuple[Any, ...], Table] = OrderedDict()


def table(packs: Sequence[Pack], as_of: date) -> Table:
    """The table of these packs on that day, built once."""
    key = (*(pack.digest for pack in packs), as_of)
    found = _tables.get(key)
    if found is None:
        found = _tables[key] = Table(packs, as_of)
        while len(_tables) > KEPT_TABLES:
            _tables.popitem(last=False)
    return found
