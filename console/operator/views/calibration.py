"""Calibration: what the thresholds do here, and changing one by two people."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import access, actors
from accounts.roles import Act
from console.answers import refused, see_other
from console.audience import operator, person, writing
from console.operator.queries import calibration as queries
from core.errors import InvalidInput, LockgateError
from kyc.models import Threshold
from kyc.screening import threshold_changes as service


@require_safe
@operator(act=Act.SEE_LISTS)
def calibration(request: HttpRequest) -> HttpResponse:
    page = queries.page(person(request), request.GET.dict())
    return render(request, "operator/calibration.html", {"page": page})


@require_POST
@operator(act=Act.SEE_LISTS)
def propose(request: HttpRequest) -> HttpResponse:
    try:
        with writing():
            service.propose(
                dataset=request.POST.get("dataset", ""),
                kind=request.POST.get("kind", ""),
                threshold=_number(request, "threshold"),
                hold_at=_number(request, "hold_at") if request.POST.get("hold_at") else None,
                reason=request.POST.get("reason", ""),
                user=person(request),
                by=actors.of(request),
            )
    except LockgateError as error:
        refused(request, error)
    else:
        messages.success(request, _("Proposed: a second person puts it in force."))
    return see_other("operator:calibration")


@require_POST
@operator(act=Act.SEE_LISTS)
def approve(request: HttpRequest, key: object) -> HttpResponse:
    try:
        with writing():
            change = access.get(Threshold.objects.all(), key)
            outcome = service.approve(
                change, reason=request.POST.get("reason", ""), user=person(request), by=actors.of(request)
            )
    except LockgateError as error:
        refused(request, error)
        return see_other("operator:calibration")
    if outcome.given:
        messages.success(request, _("The threshold is in force; what it concerns is looked at again."))
    else:
        messages.error(request, _("Refused and recorded: %(why)s.") % {"why": outcome.why})
    return see_other("operator:calibration")


@require_POST
@operator(act=Act.SEE_LISTS)
def refuse(request: HttpRequest, key: object) -> HttpResponse:
    try:
        with writing():
            change = access.get(Threshold.objects.all(), key)
            service.refuse(
                change, reason=request.POST.get("reason", ""), user=person(request), by=actors.of(request)
            )
    except LockgateError as error:
        refused(request, error)
    else:
        messages.success(request, _("The threshold stays as it is."))
    return see_other("operator:calibration")


def _number(request: HttpRequest, name: str) -> float:
    try:
        return float(request.POST.get(name, ""))
    except ValueError:
        raise InvalidInput(name, _("a number between 0 and 1 is expected")) from None
