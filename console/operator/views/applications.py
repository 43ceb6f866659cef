"""Applications: the queue, opening one for a customer, and deciding one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import access, actors, people
from accounts.roles import Act, Role
from console.answers import refused, see_other
from console.audience import operator, person, writing
from console.operator.pages.application import ApplicationNewPage
from console.operator.queries import application as one
from console.operator.queries import applications as queries
from console.parts import Failure, Field
from console.places import country_options
from core.errors import InvalidInput, LockgateError
from kyc.models import Application
from kyc.onboarding import service


@require_safe
@operator(act=Act.SEE_TENANTS)
def applications(request: HttpRequest) -> HttpResponse:
    page = queries.page(person(request), request.GET.dict())
    return render(request, "operator/applications.html", {"page": page})


@require_safe
@operator(act=Act.SEE_TENANTS)
def application(request: HttpRequest, key: object) -> HttpResponse:
    page = one.page(one.find(key), person(request))
    return render(request, "operator/application.html", {"page": page})


@operator(act=Act.ENTER_TENANTS)
def new(request: HttpRequest) -> HttpResponse:
    """Open an application, and invite the person who goes on with it where one is named."""
    typed = {name: request.POST.get(name, "").strip() for name in ("name", "country", "username", "person")}
    if request.method != "POST":
        return render(request, "operator/application_new.html", {"page": _form(typed)})
    try:
        with writing():
            found, secret = _open(request, typed)
    except InvalidInput as error:
        with access.reading():
            page = _form(typed, error)
            return render(request, "operator/application_new.html", {"page": page}, status=422)
    if secret:
        link = request.build_absolute_uri(reverse("invitation", args=[secret]))
        messages.success(
            request, _("Shown once, for %(who)s: %(link)s") % {"who": typed["person"], "link": link}
        )
    return see_other("operator:application", found.pk)


def _open(request: HttpRequest, typed: dict[str, str]) -> tuple[Application, str]:
    user, by = person(request), actors.of(request)
    if bool(typed["username"]) != bool(typed["person"]):
        raise InvalidInput("username", _("the person's name and sign-in name belong together"))
    found = service.open_application(name=typed["name"], country=typed["country"], user=user, by=by)
    if not typed["username"]:
        return found, ""
    _invitation, secret = people.invite(
        organisation=found.tenant.organisation,
        username=typed["username"],
        display_name=typed["person"],
        roles={Role.APPLICANT},
        user=user,
        by=by,
    )
    return found, secret


def _form(typed: dict[str, str], error: InvalidInput | None = None) -> ApplicationNewPage:
    def errors(name: str) -> tuple[str, ...]:
        return (error.reason.capitalize() + ".",) if error and error.field == name else ()

    fields = (
        Field("name", _("Name of the organisation"), typed["name"], required=True, errors=errors("name")),
        Field(
            "country",
            _("Country"),
            typed["country"],
            kind="select",
            options=country_options(),
            errors=errors("country"),
        ),
        Field(
            "person",
            _("Name of the person who goes on with it"),
            typed["person"],
            hint=_("Leave both empty to enter everything yourself."),
            autocomplete="off",
        ),
        Field(
            "username",
            _("Their name for signing in"),
            typed["username"],
            autocomplete="off",
            errors=errors("username"),
        ),
    )
    known = {field.name for field in fields}
    failure = (
        Failure(_("The application was not opened"), str(error))
        if error and error.field not in known
        else None
    )
    return ApplicationNewPage(fields, failure)


@require_POST
@operator(act=Act.APPROVE_TENANTS)
def decide(request: HttpRequest, key: object) -> HttpResponse:
    """Approve or deny. What stands against an approval is recorded and shown."""
    user, by, reason = person(request), actors.of(request), request.POST.get("reason", "")
    try:
        with writing():
            found = one.find(key)
            if request.POST.get("decision") == "approve":
                verdict = service.approve(found, user=user, by=by, reason=reason)
                given, reasons = verdict.given, verdict.reasons
            else:
                service.deny(found, user=user, by=by, reason=reason)
                given, reasons = True, ()
    except LockgateError as error:
        refused(request, error)
        return see_other("operator:application", key)
    if given:
        messages.success(request, _("%(name)s is decided.") % {"name": found.tenant})
    else:
        messages.error(request, _("Refused and recorded: %(why)s.") % {"why": "; ".join(reasons)})
    return see_other("operator:application", key)


@require_POST
@operator(act=Act.SEE_TENANTS)
def ask(request: HttpRequest, key: object) -> HttpResponse:
    try:
        with writing():
            found = one.find(key)
            service.ask(
                found.tenant,
                text=request.POST.get("text", ""),
                why=request.POST.get("why", ""),
                blocks=request.POST.get("blocks") != "no",
                user=person(request),
                by=actors.of(request),
            )
        messages.success(request, _("The question stands in their portal."))
    except LockgateError as error:
        refused(request, error)
    return see_other("operator:application", key)
