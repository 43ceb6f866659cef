"""The queues of requests: what waits for whom."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.models import AllocationRequest, Inquiry
from access.requests.service import ACT
from accounts.models import Approval
from console.operator.pages.request import RequestLine, RequestsPage
from console.operator.queries.reasons import outcome_state
from console.parts import Field, Pager, State, Tab, Tone
from console.portal.queries.home import short_accelerator
from console.say import age, country_name, grouped

State_ = AllocationRequest.State
WAITING = (State_.SUBMITTED, State_.DECIDED)
TARGET = timedelta(days=2)
SHOWN = 50
QUEUES = ("", "second", "answers", "withheld", "live", "closed")


def requests_page(query: Mapping[str, str]) -> RequestsPage:
    """`query`: queue, q (a request, tenant or site), before (a number)."""
    now = timezone.now()
    queue = query.get("queue", "") if query.get("queue", "") in QUEUES else ""
    text, before = query.get("q", "").strip()[:100], query.get("before", "")
    counts = _counts(now)
    found = _searched(_queued(_annotated(), queue, now), text)
    oldest_first = queue in ("", "second", "answers")
    if before.isdecimal() and len(before) < 18:
        edge = Q(number__gt=int(before)) if oldest_first else Q(number__lt=int(before))
        found = found.filter(edge)
    rows = list(found.order_by("number" if oldest_first else "-number")[: SHOWN + 1])
    kept = {"queue": queue, "q": text}
    url = reverse("operator:requests")
    older = _with(url, {**kept, "before": str(rows[SHOWN - 1].number)}) if len(rows) > SHOWN else ""
    return RequestsPage(
        now=now,
        title=_title(counts),
        meta=_meta(counts, now),
        tabs=_tabs(url, queue, counts),
        filters=(
            Field("q", _("Tenant or request"), text, kind="search", key="f",
                  placeholder=_("Tenant, request, site")),
        ),
        lines=tuple(_line(row, now) for row in rows[:SHOWN]),
        pager=Pager(newer=_with(url, kept) if before else "", older=older),
        empty=_empty(queue, text),
    )  # fmt: skip


def _annotated() -> QuerySet[AllocationRequest]:
    first = Approval.objects.filter(
        subject_kind="allocationrequest", subject_id=OuterRef("key_"), act=ACT, state=Approval.State.ASKED
    )
    return (
        AllocationRequest.objects.select_related("tenant__organisation", "site", "decision")
        .annotate(key_=Cast("pk", CharField()))
        .annotate(
            first_=Exists(first),
            unanswered_=Count(
                "inquiries", filter=Q(inquiries__answered_at=None, inquiries__resolved_at=None)
            ),
            unresolved_=Count("inquiries", filter=Q(inquiries__resolved_at=None)),
            asked_tenant_=Exists(
                Inquiry.objects.filter(
                    request=OuterRef("pk"),
                    question__isnull=False,
                    question__answered_at=None,
                    resolved_at=None,
                )
            ),
        )
    )


def _queued(found: Any, queue: str, now: datetime) -> Any:
    match queue:
        case "second":
            return found.filter(state__in=WAITING, first_=True)
        case "answers":
            return found.filter(state__in=WAITING, asked_tenant_=True)
        case "withheld":
            return found.filter(state__in=AllocationRequest.LIVE).exclude(withheld=[])
        case "live":
            return found.filter(state__in=AllocationRequest.LIVE)
        case "closed":
            return found.filter(state__in=(State_.REFUSED, State_.WITHDRAWN, State_.ENDED))
    return found.filter(state__in=WAITING)


def _searched(found: Any, text: str) -> Any:
    if not text:
        return found
    digits = text.upper().removeprefix("R-")
    if digits.isdecimal() and len(digits) < 18:
        return found.filter(number=int(digits))
    called = Q(tenant__organisation__name__icontains=text) | Q(site__name__icontains=text)
    return found.filter(called | Q(accelerator__icontains=text))


def _counts(now: datetime) -> dict[str, Any]:
    """What waits in each queue, in one query."""
    waiting = Q(state__in=WAITING)
    closed = Q(state__in=(State_.REFUSED, State_.WITHDRAWN, State_.ENDED))
    rows = _annotated().values("state", "asked_at", "first_", "asked_tenant_", "closed_at", "withheld")
    recent = closed & Q(closed_at__gte=now - timedelta(days=7))
    counts = dict.fromkeys((*QUEUES, "late"), 0)
    oldest: datetime | None = None
    for row in rows.filter(waiting | Q(state__in=AllocationRequest.LIVE) | recent):
        if row["state"] in WAITING:
            counts[""] += 1
            counts["second"] += row["first_"]
            counts["answers"] += row["asked_tenant_"]
            counts["late"] += now - row["asked_at"] > TARGET
            oldest = min(oldest or row["asked_at"], row["asked_at"])
        elif row["state"] in AllocationRequest.LIVE:
            counts["live"] += 1
            counts["withheld"] += bool(row["withheld"])
        else:
            counts["closed"] += 1
    return {**counts, "oldest": oldest}


def _title(counts: Mapping[str, Any]) -> str:
    if not counts[""]:
        return _("No request waits")
    waits = ngettext("%(n)s request waits", "%(n)s requests wait", counts[""]) % {"n": grouped(counts[""])}
    late = _("none is late")
    if counts["late"]:
        late = ngettext("%(n)s is late", "%(n)s are late", counts["late"]) % {"n": grouped(counts["late"])}
    return f"{waits}, {late}"


def _meta(counts: Mapping[str, Any], now: datetime) -> str:
    parts = []
    if counts["oldest"]:
        parts.append(_("oldest %(age)s of %(target)s") % {
            "age": age(now - counts["oldest"]), "target": age(TARGET)
        })  # fmt: skip
    parts.append(_("%(n)d for a second person") % {"n": counts["second"]})
    parts.append(_("%(n)d for the tenant") % {"n": counts["answers"]})
    if counts["withheld"]:
        parts.append(_("%(n)d withheld") % {"n": counts["withheld"]})
    text = " · ".join(parts)
    return f"{text[:1].upper()}{text[1:]}"


def _tabs(url: str, queue: str, counts: Mapping[str, Any]) -> tuple[Tab, ...]:
    names = {
        "": _("To decide"),
        "second": _("Second person"),
        "answers": _("Answers awaited"),
        "withheld": _("Withheld"),
        "live": _("Approved"),
        "closed": _("Closed"),
    }
    return tuple(
        Tab(
            name,
            _with(url, {"queue": key}),
            _("%(n)s in 7 d") % {"n": grouped(counts[key])} if key == "closed" else grouped(counts[key]),
            key == queue,
        )
        for key, name in names.items()
        if key != "withheld" or counts[key] or queue == key
    )


def _line(row: Any, now: datetime) -> RequestLine:
    what = _("%(count)s × %(what)s, %(days)d d") % {
        "count": grouped(row.count), "what": short_accelerator(row.accelerator), "days": row.days
    }  # fmt: skip
    state, waits = _state(row)
    return RequestLine(
        row.label,
        row.label,
        str(row.tenant),
        what,
        f"{row.site.name}, {country_name(row.site.country)}",
        json.loads(row.decision.result)["tpp"] if row.decision else None,
        outcome_state(row.decision.outcome) if row.decision else State(Tone.IDLE, _("Not yet")),
        state,
        now - row.asked_at,
        waits,
    )


def _state(row: Any) -> tuple[State, str]:
    match row.state:
        case State_.GRANTED:
            if row.withheld:
                return State(Tone.HOLD, _("Not renewed")), " ".join(row.withheld)[:60]
            return State(Tone.OK, _("Granted")), ""
        case State_.APPROVED:
            return State(Tone.HOLD if row.withheld else Tone.OK, _("Approved")), " ".join(row.withheld)[:60]
        case State_.REFUSED:
            return State(Tone.BAD, _("Refused")), ""
        case State_.WITHDRAWN | State_.ENDED:
            return State(Tone.IDLE, row.get_state_display().capitalize()), ""
    if row.unanswered_:
        waits = ngettext("%(n)d answer", "%(n)d answers", row.unanswered_) % {"n": row.unanswered_}
    elif row.unresolved_:
        waits = ngettext("%(n)d answer to settle", "%(n)d answers to settle", row.unresolved_)
        waits %= {"n": row.unresolved_}
    else:
        waits = _("second person") if row.first_ else _("two approvals")
    return (State(Tone.INFO, _("1 of 2")) if row.first_ else State(Tone.IDLE, _("Open"))), waits


def _empty(queue: str, text: str) -> str:
    if text:
        return _("Nothing here is called so.")
    return {
        "": _("Tenants ask in their portal; the rules decide at once."),
        "second": _("No first approval waits for another person."),
        "answers": _("No question to a tenant is open."),
        "live": _("Nothing is approved at present."),
    }.get(queue, _("Nothing was closed yet."))


def _with(url: str, kept: Mapping[str, str]) -> str:
    asked = urlencode({name: value for name, value in kept.items() if value})
    return f"{url}?{asked}" if asked else url
