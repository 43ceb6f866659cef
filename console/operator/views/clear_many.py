"""Clearing look-alikes together: the page before, the act, and ten seconds to take it back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts import access, actors
from accounts.roles import Act
from console.answers import refused, see_other
from console.audience import operator, person, writing
from console.operator.pages.alert import Undo
from console.operator.queries import clear_many as queries
from core.errors import InvalidInput, LockgateError
from kyc.screening import alerts as service

LOT = "lot_undo"


@operator(act=Act.DECIDE_ALERTS)
def clear(request: HttpRequest) -> HttpResponse:
    """GET shows what would happen to the chosen alerts; POST does it."""
    if request.method != "POST":
        page = queries.page(queries.named(request.GET.getlist("alert")), person(request))
        return render(request, "operator/alerts_clear.html", {"page": page})
    refs, reason = request.POST.getlist("alert"), request.POST.get("reason", "").strip()
    try:
        with writing():
            chosen = [alert.pk for alert in queries.named(refs)]
            outcome = service.clear_many(chosen, reason=reason, user=person(request), by=actors.of(request))
    except InvalidInput as error:
        with access.reading():
            page = queries.page(queries.named(refs), person(request), reason=reason, error=error.reason)
            return render(request, "operator/alerts_clear.html", {"page": page}, status=422)
    except LockgateError as error:
        refused(request, error)
        return see_other("operator:alerts")
    _say(request, outcome)
    return see_other("operator:alerts")


@require_POST
@operator(act=Act.DECIDE_ALERTS)
def undo(request: HttpRequest) -> HttpResponse:
    kept = request.session.pop(LOT, None) or {"alerts": []}
    try:
        with writing():
            back = service.undo_many(
                [UUID(key) for key in kept["alerts"]], user=person(request), by=actors.of(request)
            )
    except LockgateError as error:
        refused(request, error)
        return see_other("operator:alerts")
    text = ngettext("%(n)d alert waits again.", "%(n)d alerts wait again.", len(back))
    messages.success(request, text % {"n": len(back)})
    return see_other("operator:alerts")


def undo_of(request: HttpRequest) -> Undo | None:
    """The lot that this browser cleared in the last seconds."""
    kept = request.session.get(LOT)
    if not kept:
        return None
    until = datetime.fromisoformat(kept["until"])
    if until < timezone.now():
        return None
    return Undo(reverse("operator:alerts_clear_undo"), kept["text"], until)


def _say(request: HttpRequest, outcome: service.LotOutcome) -> None:
    done = (*outcome.cleared, *outcome.drawn)
    if not done:
        messages.error(request, _("Nothing was changed: none of these can be cleared together."))
        return
    text = ngettext("%(n)d alert is cleared", "%(n)d alerts are cleared", len(outcome.cleared)) % {
        "n": len(outcome.cleared)
    }
    if outcome.drawn:
        waits = ngettext(
            "%(n)d waits for a second person", "%(n)d wait for a second person", len(outcome.drawn)
        )
        text += ", " + waits % {"n": len(outcome.drawn)}
    if outcome.left_out:
        text += ", " + _("%(n)d left out") % {"n": len(outcome.left_out)}
    until = timezone.now() + service.undo_within()
    request.session[LOT] = {
        "alerts": [str(alert.pk) for alert in done],
        "until": until.isoformat(),
        "text": f"{text}.",
    }
