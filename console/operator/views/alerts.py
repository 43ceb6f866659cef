"""The queue of alerts, one alert, and what people do with it."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts import actors
from accounts.roles import Act
from console.answers import refused, see_other
from console.audience import operator, person, writing
from console.operator.pages.alert import Undo
from console.operator.queries import alert as one
from console.operator.queries import alerts as queries
from console.operator.views import clear_many
from core.errors import LockgateError
from kyc.models import Alert
from kyc.screening import alerts as service

UNDO = "alert_undo"


@require_safe
@operator(act=Act.SEE_TENANTS)
def queue(request: HttpRequest) -> HttpResponse:
    page = queries.page(person(request), request.GET.dict(), undo=clear_many.undo_of(request))
    return render(request, "operator/alerts.html", {"page": page})


@require_safe
@operator(act=Act.SEE_TENANTS)
def alert(request: HttpRequest, key: str) -> HttpResponse:
    page = one.page(one.find(key), person(request), undo=_undo_of(request))
    return render(request, "operator/alert.html", {"page": page})


@require_POST
@operator(act=Act.SEE_TENANTS)
def take(request: HttpRequest, key: str) -> HttpResponse:
    try:
        with writing():
            service.take(one.find(key), user=person(request), by=actors.of(request))
    except LockgateError as error:
        refused(request, error)
    return see_other("operator:alert", key)


@require_POST
@operator(act=Act.DECIDE_ALERTS)
def mine(request: HttpRequest) -> HttpResponse:
    """A row of the queue becomes one's own (`take`) or anyone's again (`give_back`)."""
    user, by = person(request), actors.of(request)
    # Its own encoding again: an address that somebody else wrote leads nowhere else.
    query = QueryDict(request.POST.get("query", "")).urlencode()
    try:
        with writing():
            if key := request.POST.get("give_back", ""):
                service.give_back(one.find(key), user=user, by=by)
            else:
                service.take(one.find(request.POST.get("take", "")), user=user, by=by)
    except LockgateError as error:
        refused(request, error)
        if getattr(request, "htmx", False):  # a part of the page would not show why
            return HttpResponseClientRedirect(f"{reverse('operator:alerts')}?{query}")
    return see_other("operator:alerts", query=query)


@require_POST
@operator(act=Act.SEE_TENANTS)
def decide(request: HttpRequest, key: str) -> HttpResponse:
    """One of the three decisions; then the next alert, with a way to undo a clearing."""
    kind, reason = request.POST.get("resolution", ""), request.POST.get("reason", "").strip()
    user, by = person(request), actors.of(request)
    try:
        with writing():
            found = one.find(key)
            if kind == "escalate":
                service.escalate(found, note=reason, user=user, by=by)
                became, why = "escalated", ""
            else:
                outcome = service.decide(found, kind=kind, reason=reason, user=user, by=by)
                became, why = outcome.became, outcome.why
            after = one.next_after(found)
    except LockgateError as error:
        refused(request, error)
        return see_other("operator:alert", key)
    if became == "refused":
        messages.error(request, _("Refused and recorded: %(why)s.") % {"why": why})
        return see_other("operator:alert", found.label)
    _say(request, found, kind, became, why)
    return see_other("operator:alert", after or found.label)


@require_POST
@operator(act=Act.SEE_TENANTS)
def undo(request: HttpRequest, key: str) -> HttpResponse:
    request.session.pop(UNDO, None)
    try:
        with writing():
            found = service.undo(one.find(key), user=person(request), by=actors.of(request))
    except LockgateError as error:
        refused(request, error)
        return see_other("operator:alert", key)
    messages.success(request, _("%(ref)s waits again.") % {"ref": found.label})
    return see_other("operator:alert", found.label)


def _say(request: HttpRequest, alert: Alert, kind: str, became: str, why: str) -> None:
    ref = {"ref": alert.label}
    if became == "final" and kind == service.FALSE_POSITIVE:
        until = timezone.now() + service.undo_within()
        request.session[UNDO] = {"ref": alert.label, "until": until.isoformat()}
    elif became == "final" and kind == service.TRUE_MATCH:
        messages.success(request, _("%(ref)s is a true match; what follows from it is under way.") % ref)
    elif became == "final":
        messages.success(request, _("%(ref)s stays open as inconclusive.") % ref)
    elif became == "proposed":
        messages.success(request, _("%(ref)s goes to a second person.") % ref)
    else:
        messages.warning(request, f"{_('%(ref)s was escalated') % ref}{': ' + why if why else ''}.")


def _undo_of(request: HttpRequest) -> Undo | None:
    kept = request.session.get(UNDO)
    if not kept:
        return None
    until = datetime.fromisoformat(kept["until"])
    if until < timezone.now():
        return None
    return Undo(
        reverse("operator:alert_undo", args=[kept["ref"]]),
        _("%(ref)s is cleared.") % {"ref": kept["ref"]},
        until,
    )
