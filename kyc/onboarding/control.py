"""The control group of a tenant: who else stands under the same owner or controller.

One search from the tenant outwards: its holders' identities are looked up by their blind indexes, the
tenants found there are searched in turn. The cost grows with the group, not with the number of tenants.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from django.db.models import OuterRef, Q, Subquery

from kyc.models import Assessment, Party, PartyIdentifier, Tenant
from kyc.onboarding.groups import Group, group_of

HALF = 50
#: Numbers that are unique only within the country that gave them.
NATIONAL = frozenset({"idNumber", "registrationNumber", "taxNumber"})
#: Found where nobody controls (FATF recommendation 24, last resort): no control to join tenants by.
LAST_RESORT = "seniorManagingOfficial"


def control_group(tenant: Tenant) -> Group:
    """The tenants under common control with `tenant`, by their keys, and why; alone where there are none.

    Reads the latest assessment of each tenant. Needs the staff scope: it looks at other tenants.
    """
    holders: dict[Hashable, list[tuple[Hashable, str]]] = {}
    known: set[Hashable] = set()
    frontier = {tenant.pk}
    while frontier:
        found = _holders(frontier)
        marks = _marks(found)
        new: set[Hashable] = set()
        for key in frontier:
            holders[key] = [
                (mark, reason) for party, reason in found.get(key, {}).items() for mark in marks[party]
            ]
            own = {mark for mark, _ in holders[key]}
            # A tenant that has the person among its parties, but not as a holder, leads no further.
            if key == tenant.pk or own & known:
                new |= own - known
        known |= new
        frontier = _tenants_with(new) - holders.keys()
    return group_of(tenant.pk, holders)


def _holders(tenants: Iterable[uuid.UUID]) -> dict[uuid.UUID, dict[uuid.UUID, str]]:
    """For each tenant, the parties that may hold half of it or control it, and itself: party → reason."""
    latest = Assessment.objects.filter(tenant=OuterRef("pk")).order_by("-at").values("result")[:1]
    rows = Tenant.objects.filter(pk__in=list(tenants)).annotate(result=Subquery(latest))
    found: dict[uuid.UUID, dict[uuid.UUID, str]] = {}
    for key, subject, result in rows.values_list("pk", "subject_id", "result"):
        found[key] = dict(_of_result(result or {}))
        if subject is not None:
            found[key][subject] = "is itself the owner"
    return found


def _of_result(result: Mapping[str, Any]) -> Iterable[tuple[uuid.UUID, str]]:
    for party, share in result.get("effective", {}).items():
        if share["percent_max"] >= HALF:
            yield uuid.UUID(party), "same owner of half or more"
    # 55 % of a company that holds 90 % is 49.5 % by multiplication, and control all the same.
    for parent in result.get("ultimate_parents", ()):
        yield uuid.UUID(parent["id"]), "same ultimate parent"
    for owner in result.get("beneficial_owners", ()):
        if any(kind != LAST_RESORT for kind in owner["control"]):
            yield uuid.UUID(owner["id"]), "same controller"


def _marks(found: Mapping[uuid.UUID, Mapping[uuid.UUID, str]]) -> Mapping[uuid.UUID, set[Hashable]]:
    """By what each party is recognised under another tenant. Nothing here is readable."""
    parties = {party for holders in found.values() for party in holders}
    marks: dict[uuid.UUID, set[Hashable]] = defaultdict(set)
    for key, digest in Party.objects.filter(pk__in=parties).values_list("pk", "match_digest"):
        marks[key].add(("digest", bytes(digest)))
    rows = PartyIdentifier.objects.filter(party__in=parties, value_index__isnull=False)
    for key, kind, country, index in rows.values_list("party_id", "kind", "party__country", "value_index"):
        marks[key].add(_mark(kind, country, index))
    return marks


def _mark(kind: str, country: str, index: Any) -> tuple[str, str, bytes]:
    return (kind, country if kind in NATIONAL else "", bytes(index))


def _tenants_with(marks: set[Hashable]) -> set[uuid.UUID]:
    """Tenants that hold one of these identities among their parties."""
    digests = [mark[1] for mark in marks if isinstance(mark, tuple) and mark[0] == "digest"]
    wanted = {mark for mark in marks if isinstance(mark, tuple) and mark[0] != "digest"}
    found = set(
        Party.objects.filter(match_digest__in=digests, removed_at__isnull=True).values_list(
            "tenant_id", flat=True
        )
    )
    rows = PartyIdentifier.objects.filter(
        Q(value_index__in=[mark[2] for mark in wanted]), party__removed_at__isnull=True
    )
    for tenant, kind, country, index in rows.values_list(
        "tenant_id", "kind", "party__country", "value_index"
    ):
        if _mark(kind, country, index) in wanted:
            found.add(tenant)
    return found
