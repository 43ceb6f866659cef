"""Working the terms out: from a fact set, the catalogue and the country tables, on a day."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from access.inventory.tpp import Accelerator, catalogue, is_ascend_910
from access.policy.countries import Atlas, Place, atlas
from access.policy.fact_types import Holding
from access.policy.facts import FactSet
from access.policy.terms import ROLE_FLAGS, ROLES, Terms, role_terms

#: Utilisation of the computed lower bound of training operations; the upper bound takes 0.6.
LEAST_UTILISATION: Final = 0.30
#: Hours of a year; a request for longer counts as this.
YEAR_HOURS: Final = 8760.0
TRAINING: Final = frozenset({"model_training", "fine_tuning"})
#: TPP per dense BF16 TFLOP/s: multiply and add count as two, 16 bits.
TPP_PER_BF16: Final = 16.0
#: A sum of shares below this, without control, is only a notice.
MINOR_PERCENT: Final = 10.0
#: Lists that the affiliates rule adds up (15 CFR 744.11(a)(1), 744.8(a)(1)).
AFFILIATES: Final = frozenset({"us_bis_entity_list", "us_bis_military_end_user", "us_ofac_sdn"})


class _Builder:
    def __init__(self, facts: FactSet, as_of: date) -> None:
        self.facts = facts.values
        self.as_of = as_of
        self.atlas: Atlas = atlas()
        self.values: dict[str, Any] = {}
        self.unknown: dict[str, tuple[str, ...]] = {}
        self.accelerator: Accelerator | None = None
        self.tpp: int | None = None

    def build(self) -> Terms:
        self._request()
        self._accelerator()
        self._places()
        self._owners()
        self._lists()
        self._sums()
        self.values["before_country_groups"] = self.atlas.predates_editions(self.as_of)
        return Terms(self.values, self.unknown, self.accelerator, self.tpp)

    def _copy(self, term: str, path: str, as_type: type | None = None) -> None:
        value = self.facts.get(path)
        if value is None:
            self.unknown[term] = (path,)
        else:
            self.values[term] = as_type(value) if as_type else value

    def _absent(self, terms: tuple[str, ...], wanting: tuple[str, ...]) -> None:
        for term in terms:
            self.unknown[term] = wanting

    def _request(self) -> None:
        self._copy("supply", "request.supply")
        self._copy("purpose", "request.purpose")
        if (purpose := self.facts.get("request.purpose")) is None:
            self.unknown["training"] = ("request.purpose",)
        else:
            self.values["training"] = purpose in TRAINING
        self._copy("end_use", "request.end_use", list)
        self._copy("count", "request.count", float)
        self.values["hours_known"] = "request.hours" in self.facts
        self._copy("site_authorisation", "request.site_authorisation")
        self._copy("red_flags", "tenant.red_flags", list)
        self._copy("identification_missing", "tenant.identification_missing", list)
        self._copy("confirmed_signals", "tenant.confirmed_signals", float)
        self._copy("unknown_owner_percent", "tenant.unknown_owner_percent")

    def _accelerator(self) -> None:
        name = self.facts.get("request.accelerator")
        wanting = ("request.accelerator",)
        values = self.values
        if isinstance(name, Accelerator):  # supposed for the sake of argument
            self.accelerator, ambiguous = name, False
            name = name.name
        else:
            match = catalogue().find(name) if name is not None else None
            self.accelerator = match.accelerator if match else None
            ambiguous = bool(match and match.ambiguous)
        one = self.accelerator
        values["accelerator_known"] = one is not None and one.tpp is not None and one.paragraph is not None
        values["accelerator_ambiguous"] = ambiguous
        values["accelerator_verified"] = one is not None and one.verified
        if name is None:
            self.unknown["ascend_910"] = wanting
        else:
            values["ascend_910"] = is_ascend_910(name)
        if one is None or one.paragraph is None:
            self.unknown["eccn"] = wanting
        else:
            values["eccn"] = one.paragraph
        if one is None or one.tpp is None:
            self._absent(("tpp_each", "tpp"), wanting)
            # Without a catalogue record the bandwidth counts as above every line.
            values["dram_gbs"] = float("inf")
            return
        values["tpp_each"] = float(one.tpp)
        values["dram_gbs"] = float(one.dram_gbs) if one.dram_gbs is not None else float("inf")
        count = self.facts.get("request.count")
        if count is None:
            self.unknown["tpp"] = ("request.count",)
        else:
            self.tpp = count * one.tpp
            values["tpp"] = float(self.tpp)

    def _place(self, path: str) -> Place | None:
        code = self.facts.get(path)
        return self.atlas.place(code, self.as_of) if code is not None else None

    def _territory(self, term: str, country_path: str, region_path: str | None) -> None:
        place = self._place(country_path)
        region = self.facts.get(region_path) if region_path is not None else None
        if region in self.atlas.regions:
            self.values[term] = self.atlas.regions[region]
        elif place is None:
            asked = () if region_path is None or region is not None else (region_path,)
            self.unknown[term] = (country_path, *asked)
        elif place.code == "UA" and region_path is not None and region is None:
            self.unknown[term] = (region_path,)
        else:
            self.values[term] = place.territory

    def _flags(self, role: str, path: str) -> None:
        place = self._place(path)
        if place is None:
            self._absent(tuple(f"{role}_{flag}" for flag in ROLE_FLAGS[role]), (path,))
        else:
            self.values.update(role_terms(role, place))

    def _places(self) -> None:
        for path, role in ROLES.items():
            self._flags(role, path)
        self._territory("site_territory", "request.site_country", "request.site_region")
        self._territory("tenant_territory", "tenant.country", "tenant.region")
        self._territory("headquarters_territory", "tenant.headquarters_country", None)
        self._territory("parent_territory", "tenant.ultimate_parent_country", None)
        self._territory("end_user_territory", "request.end_user_country", None)
        self._copy("covered_locality", "tenant.covered_locality")
        self._copy("site_covered_locality", "request.site_covered_locality")
        remote = self.facts.get("request.remote_access_countries")
        if remote is None:
            self._absent(
                ("remote_d5", "remote_restricted", "remote_territories"),
                ("request.remote_access_countries",),
            )
        else:
            places = [self.atlas.place(code, self.as_of) for code in remote]
            self.values["remote_d5"] = any(place.macau_or_d5 for place in places)
            self.values["remote_restricted"] = any(place.restricted for place in places)
            self.values["remote_territories"] = [place.territory for place in places]
        providers = self.facts.get("provider_countries")
        if providers is None:
            self._absent(("provider_eu", "provider_uk"), ("provider_countries",))
        else:
            places = [self.atlas.place(code, self.as_of) for code in providers]
            self.values["provider_eu"] = any(place.eu for place in places)
            self.values["provider_uk"] = any(place.uk for place in places)

    def _owners(self) -> None:
        terms = (
            "owners_d5_percent",
            "owners_ru_percent",
            "owners_foreign_percent",
            "owner_territories",
            "owner_in_ukraine",
        )
        owners = self.facts.get("tenant.owners")
        if owners is None:
            self._absent(terms, ("tenant.owners",))
            return
        wanting = tuple(
            f"tenant.owners[{index}].{name}"
            for index, owner in enumerate(owners)
            for name in ("country", "percent")
            if getattr(owner, name) is None
        )
        if wanting:
            self._absent(terms, wanting)
            return
        d5 = russia = foreign = 0.0
        by_territory: dict[str, float] = {}
        for owner in owners:
            place, percent = self.atlas.place(owner.country, self.as_of), owner.percent
            d5 += percent if place.macau_or_d5 else 0.0
            russia += percent if place.code == "RU" else 0.0
            foreign += percent if not place.us else 0.0
            by_territory[place.territory] = by_territory.get(place.territory, 0.0) + percent
        self.values.update(
            owners_d5_percent=_sum(d5),
            owners_ru_percent=_sum(russia),
            owners_foreign_percent=_sum(foreign),
            owner_territories=sorted(
                name for name, percent in by_territory.items() if name != "none" and _sum(percent) >= 50.0
            ),
            owner_in_ukraine="ukraine" in by_territory,
        )

    def _lists(self) -> None:
        self._copy("listed_self", "tenant.listed_self", list)
        terms = (
            "owned",
            "minor",
            "controlled",
            "affiliates_percent",
            "uk_largest_percent",
            "uk_joint_percent",
        )
        holdings = self.facts.get("tenant.listed_owners")
        if holdings is None:
            self._absent(terms, ("tenant.listed_owners",))
            return
        values = self.values
        if not holdings:
            values.update(
                owned={},
                minor=[],
                controlled=[],
                affiliates_percent=0.0,
                uk_largest_percent=0.0,
                uk_joint_percent=0.0,
            )
            return
        wanting = tuple(
            f"tenant.listed_owners[{index}].{name}"
            for index, holding in enumerate(holdings)
            for name in ("list", "percent")
            if getattr(holding, name) is None
        )
        controls = tuple(
            f"tenant.listed_owners[{index}].control"
            for index, holding in enumerate(holdings)
            if holding.control is None
        )
        if wanting:
            self._absent(terms, wanting + controls)
            return
        shares = _shares(holdings)
        owned = {name: _sum(sum(by_owner.values())) for name, by_owner in shares.items()}
        values["owned"] = owned
        affiliated: dict[str, float] = {}
        for name in AFFILIATES & owned.keys():
            for owner, percent in shares[name].items():
                # One owner on several lists is one owner: its largest share counts once.
                affiliated[owner] = max(affiliated.get(owner, 0.0), percent)
        values["affiliates_percent"] = _sum(sum(affiliated.values()))
        british = shares.get("uk_sanctions", {})
        values["uk_largest_percent"] = _sum(max(british.values(), default=0.0))
        values["uk_joint_percent"] = _sum(
            sum(h.percent or 0.0 for h in holdings if h.joint and h.list == "uk_sanctions")
        )
        self._control(holdings, owned, controls)

    def _control(
        self, holdings: tuple[Holding, ...], owned: dict[str, float], unknown: tuple[str, ...]
    ) -> None:
        """`minor`: lists below 10 % in sum without control on any entry; `controlled`: with control."""
        controlled = {h.list for h in holdings if h.control}
        undecided = {h.list for h in holdings if h.control is None} - controlled
        if undecided:
            self.unknown["controlled"] = unknown
        else:
            self.values["controlled"] = sorted(name for name in controlled if name)
        small = {name for name, percent in owned.items() if percent < MINOR_PERCENT} - controlled
        if small & undecided:
            self.unknown["minor"] = unknown
        else:
            self.values["minor"] = sorted(name for name in small if name)

    def _sums(self) -> None:
        facts, values, one = self.facts, self.values, self.accelerator
        hours, count = facts.get("request.hours"), facts.get("request.count")
        declared = facts.get("request.expected_flop")
        values["declared_flop"] = declared if declared is not None else 0.0
        rate = one.bf16_tflops * 1e12 * LEAST_UTILISATION if one is not None and one.bf16_tflops else None
        wanting: list[str] = []
        if rate is None:
            wanting.append("request.accelerator")
        if count is None:
            wanting.append("request.count")
        bound_wanting = (*wanting, *(() if hours is not None else ("request.hours",)))
        group_flop = facts.get("aggregate.group_flop")
        group_unknown = () if group_flop is not None else ("aggregate.group_flop",)
        if bound_wanting:
            self._absent(("flop_lower_bound", "declared_below_capacity"), bound_wanting)
            self.unknown["group_flop_with_this"] = bound_wanting + group_unknown
        else:
            assert rate is not None and count is not None and hours is not None
            bound = count * rate * min(hours, YEAR_HOURS) * 3600.0
            values["flop_lower_bound"] = bound
            values["declared_below_capacity"] = declared is not None and declared < bound
            if group_unknown:
                self.unknown["group_flop_with_this"] = group_unknown
            else:
                values["group_flop_with_this"] = group_flop + max(bound, declared or 0.0)
        group_tpp = facts.get("aggregate.group_tpp")
        tpp_unknown = () if group_tpp is not None else ("aggregate.group_tpp",)
        self._copy("group_tpp", "aggregate.group_tpp")
        self._copy("group_limit_tpp", "aggregate.group_limit_tpp")
        if wanting or tpp_unknown:
            self.unknown["group_year_flop"] = (*wanting, *tpp_unknown)
            self.unknown["group_year_flop_with_past"] = (*wanting, *tpp_unknown, *group_unknown)
        else:
            assert rate is not None and count is not None and group_tpp is not None
            others = group_tpp / TPP_PER_BF16 * 1e12 * LEAST_UTILISATION
            year = (count * rate + others) * YEAR_HOURS * 3600.0
            values["group_year_flop"] = year
            if group_unknown:
                self.unknown["group_year_flop_with_past"] = group_unknown
            else:
                values["group_year_flop_with_past"] = year + group_flop
        if self.tpp is None or group_tpp is None:
            self.unknown["group_tpp_with_this"] = (*self.unknown.get("tpp", ()), *tpp_unknown)
        else:
            values["group_tpp_with_this"] = group_tpp + self.tpp


def _shares(holdings: tuple[Holding, ...]) -> dict[str, dict[str, float]]:
    """Percent by list and owner: entries of one owner on one list are added up."""
    shares: dict[str, dict[str, float]] = {}
    for index, holding in enumerate(holdings):
        assert holding.list is not None and holding.percent is not None
        owner = f"owner {holding.owner}" if holding.owner is not None else f"entry {index}"
        by_owner = shares.setdefault(holding.list, {})
        by_owner[owner] = by_owner.get(owner, 0.0) + holding.percent
    return shares


def _sum(percent: float) -> float:
    """A sum of shares without the dust of binary fractions: 33.3 + 16.7 is 50, not 49.99999999999999."""
    return round(percent, 9)


def work_out(facts: FactSet, as_of: date) -> Terms:
    """The terms of a fact set on a day."""
    return _Builder(facts, as_of).build()
