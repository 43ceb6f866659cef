"""Tenants in an examiner's scope, and one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pycountry
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.models import Grant
from audit import reading
from console import told
from console.operator.pages.tenant import Ownership, TimeGroup
from console.operator.queries import ownership
from console.operator.queries.standing import answer_of, state_of
from console.operator.queries.timeline import groups
from console.parts import Answer, Fact, Field, Pager
from console.portal.steps.typed import shown_date
from console.regulator.pages.overview import ScopedTenantLine, ScopedTenantPage, ScopedTenantsPage
from console.regulator.queries.reach import Reach, as_provider
from console.say import country_name, grouped, shown
from core.errors import InvalidInput
from kyc.models import IdentityCheck, Party, Tenant
from kyc.ownership.report import Assessment
from kyc.screening import service as screening

SHOWN = 50
EVENTS = 200


def tenants_page(reach: Reach, query: Mapping[str, str]) -> ScopedTenantsPage:
    now, text = timezone.now(), query.get("q", "").strip()[:100]
    after = query.get("after", "")
    with as_provider():
        found = reach.tenants()
        count = found.count()
        if text:
            codes = _codes_called(text)
            digits = text.upper().removeprefix("T-")
            numbered = Q(number=int(digits)) if digits.isdecimal() and len(digits) < 10 else Q()
            called = Q(organisation__name__icontains=text) | Q(country__in=codes)
            found = found.filter(called | numbered if numbered else called)
        if after.isdecimal() and len(after) < 10:
            found = found.filter(number__gt=int(after))
        rows = list(found.order_by("number")[: SHOWN + 1])
        live = _live_grants([row.pk for row in rows])
    url = reverse("regulator:tenants")
    more = f"{url}?q={text}&after={rows[SHOWN - 1].number}" if len(rows) > SHOWN else ""
    return ScopedTenantsPage(
        now=now,
        title=_in_scope(count),
        meta=_("%(scope)s, disclosed since %(day)s")
        % {"scope": reach.words(), "day": shown(reach.since, "date", now)},
        filters=(
            Field("q", _("Tenant"), text, kind="search", placeholder=_("Name, number or country"), key="f"),
        ),
        lines=tuple(
            ScopedTenantLine(
                row.label, str(row), country_name(row.country), reach.because(row), state_of(row),
                live.get(row.pk, 0), row.approved_at,
            )
            for row in rows[:SHOWN]
        ),
        pager=Pager(newer=url if after else "", older=more),
        empty=_("No tenant of this name is in your scope."),
    )  # fmt: skip


def tenant_page(reach: Reach, tenant: Tenant) -> ScopedTenantPage:
    """Events come under the examiner's own scope; the rest as far as the tenant itself is in scope."""
    now = timezone.now()
    page = reading.events([f"tenant:{tenant.pk}"], limit=EVENTS)
    whole = reach.holds_whole(tenant)
    with as_provider():
        names = told.names_of(entry.event for entry in page.entries)
        lines = _without_links(groups(page.entries, names, now, tenant=str(tenant)))
        drawn, answer, facts = _whole(tenant, now) if whole else _at_the_site(tenant, now)
    return ScopedTenantPage(
        now=now,
        key=tenant.label,
        name=str(tenant),
        meta=_("%(ref)s · %(country)s · in your scope: %(why)s")
        % {"ref": tenant.label, "country": country_name(tenant.country), "why": reach.because(tenant)},
        answer=answer,
        ownership=drawn,
        timeline=lines,
        timeline_meta=_("newest %(n)d events in your scope") % {"n": len(page.entries)},
        facts=(*facts, Fact(_("Covered"), _("birth dates and numbers of documents"))),
    )


def _in_scope(count: int) -> str:
    words = ngettext("%(n)s tenant in your scope", "%(n)s tenants in your scope", count)
    return words % {"n": grouped(count)}


def _whole(tenant: Tenant, now: datetime) -> tuple[Ownership, Answer, tuple[Fact, ...]]:
    parties = list(tenant.parties.filter(removed_at__isnull=True).select_related("data_key"))
    for party in parties:
        _cover(party)
    statements = list(tenant.statements.filter(removed_at__isnull=True).order_by("pk"))
    checks = {
        check.party_id: check
        for check in IdentityCheck.objects.filter(tenant=tenant)
        .select_related("document")
        .order_by("checked_at")
    }
    flags = screening.flagged(tenant)
    assessment: Assessment | None = None
    failure = None
    try:
        assessment = ownership.computed(tenant, parties, statements, flags, now.date())
    except InvalidInput as error:
        failure = ownership.failed(error)
    drawn = ownership.shown_ownership(
        tenant, assessment, parties, statements, checks, flags, now=now, failure=failure
    )
    application = tenant.applications.order_by("-opened_at").first()
    known = application.facts if application else {}
    facts = [
        Fact(_("Established in"), country_name(tenant.country)),
        Fact(_("Legal form"), str(known.get("legal_form", _("not told")))),
        Fact(_("Formed on"), shown_date(str(known.get("formed_on", ""))) or _("not told")),
        Fact(_("Business"), str(known.get("business", _("not told")))),
        Fact(_("Parties"), grouped(len(parties)), _("in its chain")),
        Fact(_("Approved"), shown(tenant.approved_at, "date", now) or _("not yet")),
    ]
    return drawn, answer_of(tenant, assessment, flags, now), (*facts, *_running(tenant))


def _at_the_site(tenant: Tenant, now: datetime) -> tuple[Ownership, Answer, tuple[Fact, ...]]:
    """A tenant from elsewhere that runs at a site in scope: its standing, not its owners."""
    nothing = Ownership("", "", "", ())
    text = _("Its owners are outside your scope: you see what it asks for and runs at the site.")
    facts = (Fact(_("Established in"), country_name(tenant.country), _("outside your scope")),)
    return nothing, Answer(state_of(tenant), text), (*facts, *_running(tenant))


def _running(tenant: Tenant) -> tuple[Fact, ...]:
    now = timezone.now()
    live = Grant.objects.live_at(now).filter(tenant=tenant, superseded_at__isnull=True)
    count = sum(live.values_list("count", flat=True))
    return (Fact(_("Runs under grants"), _("%(n)s accelerators") % {"n": grouped(count)}),)


def _cover(party: Party) -> None:
    """Leave the covered values out of what a page is made of; the row itself is not saved."""
    party.properties = {
        name: values
        for name, values in (party.properties or {}).items()
        if name not in ("birthDate", "passportNumber", "idNumber", "taxNumber", "email", "phone")
    }


def _without_links(timeline: Sequence[TimeGroup]) -> tuple[TimeGroup, ...]:
    """The operator's pages are not an examiner's."""
    return tuple(
        replace(group, lines=tuple(replace(line, url="") for line in group.lines)) for group in timeline
    )


def _live_grants(keys: Sequence[Any]) -> dict[Any, int]:
    live = Grant.objects.live_at(timezone.now()).filter(tenant__in=keys, superseded_at__isnull=True)
    counted = live.values_list("tenant").annotate(n=Count("pk"))
    return dict(counted)


def _codes_called(text: str) -> list[str]:
    return [c.alpha_2 for c in pycountry.countries if text.casefold() in country_name(c.alpha_2).casefold()]
