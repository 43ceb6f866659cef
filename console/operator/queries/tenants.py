"""The tenants, by state, with rating, live grants and freshness."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import pycountry
from django.db import connection
from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.models import Grant
from console.audience import where
from console.operator.pages.tenant import TenantLine, TenantsPage
from console.operator.queries.standing import state_of
from console.parts import Field, Option, Pager, Tab
from console.say import country_name, grouped, shown
from kyc.models import Rating, Screening, Tenant

PAGE = 50
States = Tenant.State
TABS = (
    ("", "All", ()),
    ("active", "Active", (States.APPROVED,)),
    ("held", "Held", (States.HELD,)),
    ("suspended", "Suspended", (States.SUSPENDED,)),
    ("applicant", "Applies", (States.APPLICANT,)),
    ("denied", "Denied", (States.DENIED, States.CLOSED)),
)


def page(asked: Mapping[str, str], *, now: datetime | None = None) -> TenantsPage:
    now = now or timezone.now()
    state = asked.get("state", "")
    states = next((states for name, _text, states in TABS if name == state), ())
    counts, parties = _counts()
    rows = _rows(asked, states, now)
    after = int(asked["at"]) if asked.get("at", "").isdecimal() else None
    if after is not None:
        rows = rows.filter(number__lt=after)
    found = list(rows.order_by("-number")[: PAGE + 1])
    everyone = sum(counts.values())
    stopped = counts.get(States.HELD, 0) + counts.get(States.SUSPENDED, 0)
    older = ""
    if len(found) > PAGE:
        kept = {name: value for name, value in asked.items() if name != "at" and value}
        older = where("operator:tenants", query=urlencode({**kept, "at": found[PAGE - 1].number}))
    return TenantsPage(
        now=now,
        title=", ".join(
            (
                ngettext("%(n)s tenant", "%(n)s tenants", everyone) % {"n": grouped(everyone)},
                _("%(n)s may not run") % {"n": grouped(stopped)}
                if stopped
                else _("none is held or suspended"),
            )
        ),
        meta=_("%(n)s parties behind them · %(held)s · %(at)s")
        % {
            "n": grouped(parties),
            "held": _("%(s)s suspended, %(h)s held")
            % {"s": counts.get(States.SUSPENDED, 0), "h": counts.get(States.HELD, 0)},
            "at": shown(now, "time"),
        },
        tabs=tuple(
            Tab(
                _(text),
                where("operator:tenants", query=f"state={name}" if name else ""),
                grouped(sum(counts.get(s, 0) for s in of) if of else everyone),
                name == state,
            )
            for name, text, of in TABS
        ),
        filters=_filters(asked, state),
        lines=tuple(_line(tenant) for tenant in found[:PAGE]),
        pager=Pager(older=older),
        empty=_("Nobody fits these filters.") if everyone else _("The first one comes with its application."),
    )


def _counts() -> tuple[dict[str, int], int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, count(*), (SELECT count(*) FROM kyc_party WHERE removed_at IS NULL) "
            "FROM kyc_tenant GROUP BY state"
        )
        rows = cursor.fetchall()
    return {state: count for state, count, _parties in rows}, rows[0][2] if rows else 0


def _rows(asked: Mapping[str, str], states: tuple[str, ...], now: datetime) -> QuerySet[Tenant]:
    rating = Rating.objects.filter(tenant=OuterRef("pk")).order_by("-at")
    live = (
        Grant.objects.live_at(now)
        .filter(superseded_at__isnull=True, tenant=OuterRef("pk"))
        .order_by()
        .values("tenant")
    )
    screened = Screening.objects.filter(tenant=OuterRef("pk")).order_by().values("tenant")
    rows = Tenant.objects.select_related("organisation").annotate(
        level_=Subquery(rating.values("level")[:1]),
        points_=Subquery(rating.values("points")[:1]),
        grants_=Coalesce(Subquery(live.annotate(n=Count("pk")).values("n")), 0),
        accelerators_=Coalesce(Subquery(live.annotate(n=Sum("count")).values("n")), 0),
        screened_=Subquery(screened.annotate(n=Min("at")).values("n")),
    )
    if states:
        rows = rows.filter(state__in=states)
    text = asked.get("q", "").strip()
    if text:
        number = text.upper().removeprefix("T-")
        match = Q(organisation__name__icontains=text) | Q(country__iexact=text)
        if number.isdecimal():
            match |= Q(number=int(number))
        codes = in_country(text)
        if codes:
            match |= Q(country__in=codes)
        rows = rows.filter(match)
    if asked.get("rating") in Rating.Level.values:
        rows = rows.filter(level_=asked["rating"])
    return rows


def in_country(text: str) -> list[str]:
    """Codes of the countries whose name holds `text`."""
    if len(text) < 4:
        return []
    return [c.alpha_2 for c in pycountry.countries if text.lower() in country_name(c.alpha_2).lower()]


def _filters(asked: Mapping[str, str], state: str) -> tuple[Field, ...]:
    kept = (Field("state", "", state, kind="hidden"),) if state else ()
    return (
        Field(
            "q", _("Tenant"), asked.get("q", ""), kind="search",
            placeholder=_("Name, number or country"), key="f",
        ),
        Field(
            "rating", _("Rating"), asked.get("rating", ""), kind="select",
            options=(
                Option("", _("Rating: any")),
                Option("high", _("High")),
                Option("medium", _("Medium")),
                Option("low", _("Low")),
            ),
        ),
        *kept,
    )  # fmt: skip


def _line(tenant: Tenant) -> TenantLine:
    row: dict[str, object] = vars(tenant)
    return TenantLine(
        key=tenant.label,
        ref=tenant.label,
        name=str(tenant),
        country=country_name(tenant.country),
        state=state_of(tenant),
        rating=str(row["level_"] or ""),
        points=row["points_"],  # type: ignore[arg-type]
        grants=row["grants_"],  # type: ignore[arg-type]
        accelerators=row["accelerators_"],  # type: ignore[arg-type]
        screened=row["screened_"],  # type: ignore[arg-type]
        since=tenant.approved_at,
    )
