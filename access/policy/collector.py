"""The facts of a live request, from the models of access and kyc. There are no defaults: absent is unknown.

Reads other tenants of the control group and matches under review, so it needs the staff scope. No fact
is a personal value: countries, percentages, names of lists, booleans, opaque ids.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from access.inventory.tpp import catalogue
from access.models import AllocationRequest, Site
from access.policy.countries import atlas
from access.policy.fact_types import LISTS
from access.policy.facts import FactSet
from access.policy.pack import load_pack
from access.policy.working import LEAST_UTILISATION, TRAINING, YEAR_HOURS
from kyc.models import IdentityCheck, Tenant
from kyc.onboarding.control import control_group
from kyc.onboarding.groups import Group
from kyc.ownership import service as ownership
from kyc.ownership.blocked import blocked
from kyc.ownership.chain import CONTROLLING, Chain
from kyc.ownership.control import headquarters_country
from kyc.ownership.effective import components, weights
from kyc.ownership.report import Assessment
from kyc.screening import service as screening
from kyc.screening.service import Flag

HALF = 50.0
#: Training runs of the group are added up over this time.
PAST = timedelta(days=365)


def collect(request: AllocationRequest, *, now: datetime) -> FactSet:
    """Everything the rules read about `request`, at `now`."""
    tenant = request.tenant
    flags = screening.flagged(tenant)
    assessment = ownership.compute(tenant, by_list(flags), as_of=now.date())
    return FactSet.from_live(
        tenant=_tenant(tenant, assessment, flags, request, now.date()),
        request=_request(request, now.date()),
        aggregate=aggregate(request, now=now),
        provider_countries=list(settings.LOCKGATE_PROVIDER_COUNTRIES),
    )


def by_list(flags: Sequence[Flag]) -> dict[str, set[str]]:
    """List → ids of the parties that are listed or count as listed."""
    found: dict[str, set[str]] = defaultdict(set)
    for flag in flags:
        found[flag.dataset].add(str(flag.party_id))
    return dict(found)


def _tenant(
    tenant: Tenant,
    assessment: Assessment,
    flags: Sequence[Flag],
    request: AllocationRequest,
    as_of: date,
) -> dict[str, Any]:
    subject = str(tenant.subject_id)
    known = {name for name, _ in _known_lists(flags)}
    return {
        "country": tenant.country,
        "region": tenant.region or None,
        # Covered localities lie in Ukraine; there, an address must tell.
        "covered_locality": False if tenant.country != "UA" else None,
        "headquarters_country": assessment.headquarters_country,
        "ultimate_parent_country": _ultimate_parent(assessment, as_of),
        "listed_self": sorted(
            {flag.dataset for flag in flags if str(flag.party_id) == subject and flag.dataset in known}
        ),
        "listed_owners": _listed_owners(assessment, flags, subject),
        "owners": _owners(assessment, as_of),
        "unknown_owner_percent": float(assessment.effective.unknown_total.maximum),
        # Findings and signals are our own records: none recorded is known.
        "red_flags": list(request.answers.get("red_flags", ())),
        "confirmed_signals": 0,
        "identification_missing": _identification_missing(tenant, assessment),
    }


def _request(request: AllocationRequest, as_of: date) -> dict[str, Any]:
    answers: Mapping[str, Any] = request.answers
    return {
        "accelerator": request.accelerator,
        "count": request.count,
        "site_country": request.site.country,
        "site_region": request.site.region or None,
        "site_covered_locality": False if request.site.country != "UA" else None,
        "site_authorisation": _authorisation(request.site, as_of),
        "purpose": request.purpose,
        "end_use": answers.get("end_use"),
        "end_user_country": answers.get("end_user_country"),
        "supply": request.supply,
        "remote_access_countries": answers.get("remote_access_countries"),
        "hours": request.hours,
        "expected_flop": answers.get("expected_flop"),
    }


def _authorisation(site: Site, as_of: date) -> str:
    held = site.authorisation or {}
    until = held.get("until")
    if not held or (until is not None and date.fromisoformat(until) < as_of):
        return "none"
    return str(held["kind"])


def _known_lists(flags: Sequence[Flag]) -> list[tuple[str, str]]:
    """(list, party) of the flags on lists that the rules know; an operator's own list is none of them."""
    return [(flag.dataset, str(flag.party_id)) for flag in flags if flag.dataset in LISTS]


def _listed_owners(assessment: Assessment, flags: Sequence[Flag], subject: str) -> list[dict[str, Any]]:
    """One entry an owner and list where their cascades add up, else one for all of a list's owners."""
    listed: dict[str, set[str]] = defaultdict(set)
    for name, party in _known_lists(flags):
        if party != subject:
            listed[name].add(party)
    entries: list[dict[str, Any]] = []
    for name, parties in sorted(listed.items()):
        alone = [(frozenset({party}), _percent(assessment.chain, {party})) for party in sorted(parties)]
        together = _percent(assessment.chain, parties)
        known = [percent for _, percent in alone if percent is not None]
        adds_up = together is not None and len(known) == len(alone) and abs(sum(known) - together) < 1e-9
        # Two holders of a quarter each in one company block it together: no sum of single shares says so.
        held = alone if adds_up or len(parties) == 1 else [(frozenset(parties), together)]
        entries += [
            {
                "list": name,
                "percent": percent,
                "control": _control(assessment.chain, owners),
                "owner": hashlib.sha256(",".join(sorted(owners)).encode()).hexdigest()[:16],
            }
            for owners, percent in held
        ]
    return entries


def _percent(chain: Chain, parties: Iterable[str]) -> float | None:
    """The cascade of the 50 Percent Rule; a minority below it by the multiplied share.

    None (unknown) where a range reaches from below a half to above it.
    """
    answer = blocked(chain, {"": set(parties)}).get("")
    if answer is None:
        return 0.0  # in the tenant's file, not in its chain of ownership: a director, a signatory
    low, high = float(answer.share.minimum), float(answer.share.maximum)
    if low < HALF <= high and answer.status != "certain":
        return None
    if high >= HALF:
        return high
    return min(max(high, float(answer.effective.maximum)), HALF - 1e-6)


def _control(chain: Chain, parties: frozenset[str]) -> bool | None:
    if not parties <= chain.members:
        return None
    return any(link.owner in parties and link.kind in CONTROLLING for link in chain.control)


def _owners(assessment: Assessment, as_of: date) -> list[dict[str, Any]]:
    """Effective shares by the owners' countries, each percent once: the first owner above the tenant in a
    restricted country stands for what is behind it, all else is counted at the top of the chain.
    """
    chain = assessment.chain
    owned = {holding.entity for holding in chain.holdings if holding.share.maximum > 0}
    absorbing = {
        party
        for party in chain.members - {chain.subject}
        if party not in owned or _is_restricted(_home(chain, party), as_of)
    }
    order = components((h.owner, h.entity) for h in chain.holdings if h.share.maximum > 0)
    shares, _ = weights(chain, order, lambda h: h.share.maximum / 100, frozenset(absorbing))
    by_country: dict[str | None, Fraction] = defaultdict(Fraction)
    for party in absorbing:
        share = shares.get(party, Fraction(0))
        if share > 0 and not chain.parties[party].is_unidentified:
            by_country[_home(chain, party)] += share * 100
    return [
        {"country": country, "percent": min(float(percent), 100.0)}
        for country, percent in sorted(by_country.items(), key=lambda item: item[0] or "")
    ]


def _home(chain: Chain, party: str) -> str | None:
    return headquarters_country(chain.parties[party])


def _is_restricted(country: str | None, as_of: date) -> bool:
    if country is None:
        return False
    place = atlas().place(country, as_of)
    return bool(place.macau_or_d5 or place.territory != "none" or country == "RU")


def _ultimate_parent(assessment: Assessment, as_of: date) -> str | None:
    """The strictest country among those at the top; the tenant's own where no company is above it.

    Unknown where half or more of the tenant may belong to somebody who is not known.
    """
    if assessment.effective.unknown_total.may_reach(HALF):
        return None
    countries = [headquarters_country(parent.party) for parent in assessment.ultimate_parents]
    if not countries:
        return assessment.headquarters_country
    if None in countries:
        return None
    named = [country for country in countries if country is not None]
    return next((country for country in named if _is_restricted(country, as_of)), named[0])


def _identification_missing(tenant: Tenant, assessment: Assessment) -> list[str]:
    """Records of the proposed 15 CFR part 7 that are not on file."""
    subject = tenant.subject
    properties: Mapping[str, Any] = (subject.properties or {}) if subject is not None else {}
    held = {
        "name": bool(properties.get("name")),
        "address": bool(properties.get("address")),
        "email": bool(properties.get("email")),
        "telephone": bool(properties.get("phone")),
        "payment_source": False,
        "ip_addresses": False,
        "account_opener": tenant.applications.exists(),
        "verification": IdentityCheck.objects.filter(
            tenant=tenant, result=IdentityCheck.Result.GOOD
        ).exists(),
        "beneficial_owners": bool(assessment.beneficial_owners),
    }
    return sorted(name for name, there in held.items() if not there)


def aggregate(request: AllocationRequest, *, now: datetime) -> dict[str, float | None]:
    """What the rest of the control group holds or waits for, so that splitting a request changes nothing.

    A request that waits counts for those asked after it: of two that together pass a limit, the later
    one is referred. Unknown hardware makes the sums unknown.
    """
    tpp: float | None = 0.0
    accelerators = 0
    for other in overlapping(request):
        match = catalogue().find(other.accelerator)
        each = match.accelerator.tpp if match else None
        tpp = None if tpp is None or each is None else tpp + other.count * each
        accelerators += other.count
    limit = load_pack("provider").parameters.get("default_group_limit_tpp", 0.0)
    return {
        "group_tpp": tpp,
        "group_accelerators": accelerators,
        "group_flop": _training(request, now),
        "group_limit_tpp": limit,
    }


def of_group(request: AllocationRequest, group: Group | None = None) -> QuerySet[AllocationRequest]:
    """The other requests of the tenant's control group; `group` where it is known already."""
    members = (group or control_group(request.tenant)).members
    return AllocationRequest.objects.filter(tenant__in=members).exclude(pk=request.pk)


def holding_or_waiting(request: AllocationRequest, group: Group | None = None) -> QuerySet[AllocationRequest]:
    """Those of them that hold accelerators, and those that wait and were asked before this one."""
    waits = Q(state__in=[AllocationRequest.State.SUBMITTED, AllocationRequest.State.DECIDED])
    denied = Q(decision__outcome="deny")
    return of_group(request, group).filter(
        Q(state__in=AllocationRequest.LIVE) | waits & Q(number__lt=request.number) & ~denied
    )


def overlapping(request: AllocationRequest) -> list[AllocationRequest]:
    """Those whose time overlaps with the request's: what the group would hold at once, at most."""
    others = holding_or_waiting(request).select_related("site", "tenant__organisation")
    return [o for o in others if o.starts_at < request.ends_at and request.starts_at < o.ends_at]


def _training(request: AllocationRequest, now: datetime) -> float | None:
    """Operations of the group's training over twelve months: the larger of declared and lower bound."""
    ended = of_group(request).filter(
        state=AllocationRequest.State.ENDED, closed_at__gte=now - PAST, grants__isnull=False
    )
    total = 0.0
    for other in {o.pk: o for o in [*holding_or_waiting(request), *ended]}.values():
        if other.purpose not in TRAINING:
            continue
        match = catalogue().find(other.accelerator)
        if match is None or not match.accelerator.bf16_tflops:
            return None
        rate = match.accelerator.bf16_tflops * 1e12 * LEAST_UTILISATION
        bound = other.count * rate * min(other.hours, YEAR_HOURS) * 3600
        total += max(bound, float(other.answers.get("expected_flop") or 0.0))
    return total
