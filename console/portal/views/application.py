"""The application, step by step."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts import actors
from accounts.access import reading
from accounts.roles import Act, Kind
from console.answers import see_other
from console.audience import audience, person, writing
from console.parts import Failure
from console.portal.queries.send import send_page
from console.portal.queries.step import entry_shown, step_page
from console.portal.queries.told import told
from console.portal.steps import draft
from console.portal.steps.all import step_named
from console.portal.steps.base import NEW, Step
from kyc.onboarding import service

LONGEST = 4000


@audience(Kind.TENANT, act=Act.APPLY)
def step(request: HttpRequest, key: str, step: str) -> HttpResponse:
    """Show a step; keep what is typed as a draft; take an entry when its button is pressed."""
    shown = step_named(step)
    if request.method == "POST":
        return _posted(request, key, shown)
    found = told(person(request), key)
    page = step_page(found, shown, entry_shown(found, shown, request.GET.get("entry", "")))
    return render(request, "portal/step.html", {"page": page})


def _posted(request: HttpRequest, key: str, shown: Step) -> HttpResponse:
    user, by = person(request), actors.of(request)
    values = {
        name: value[:LONGEST]
        for name, value in request.POST.items()
        if name not in ("csrfmiddlewaretoken", "entry", "draft", "save", "add")
    }
    entry = request.POST.get("entry", NEW)[:200]
    with writing():
        found = told(user, key)
        before = {**shown.stored(found, entry), **found.open_of(shown.slug).get(entry, {}).get("values", {})}
        asked = [field.name for field in shown.fields(found, before)]
        if "draft" in request.POST:
            draft.keep(found, shown, entry, values, user=user, by=by)
        else:
            taken = draft.take(found, shown, entry, values, user=user, by=by)
    if "draft" not in request.POST and taken.is_taken:
        query = f"entry={NEW}" if "add" in request.POST else ""
        return see_other("portal:application", key, shown.slug, query=query)
    with reading():
        found = told(user, key)
        errors = None if "draft" in request.POST else taken.errors
        page = step_page(found, shown, entry, values=values, errors=errors)
        status = 200 if "draft" in request.POST else 422
        answer = render(request, "portal/step.html", {"page": page}, status=status)
    if [field.name for field in shown.fields(found, values)] != asked:
        # Another kind of owner is asked other things: the whole form comes anew.
        answer["HX-Retarget"] = answer["HX-Reselect"] = "#asked"
    return answer


@audience(Kind.TENANT, act=Act.APPLY)
def send(request: HttpRequest, key: str) -> HttpResponse:
    """Everything that was said, and handing it in."""
    if request.method != "POST":
        return render(request, "portal/send.html", {"page": send_page(told(person(request), key))})
    user = person(request)
    failure = None
    if request.POST.get("true") != "1":
        failure = Failure(_("It was not sent"), _("Confirm that all of it is true as far as you know."))
    else:
        with writing():
            found = told(user, key)
            sent = service.submit(found.application, user=user, by=actors.of(request))
        if sent.accepted:
            return see_other("portal:home")
        reasons = "; ".join(reason for _field, reason in sent.errors)
        failure = Failure(_("It was not sent"), f"{reasons[:1].upper()}{reasons[1:]}.")
    with reading():
        page = send_page(told(user, key), failure=failure)
        return render(request, "portal/send.html", {"page": page}, status=422)
