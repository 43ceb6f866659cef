"""People: inviting them and ending their accounts."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import access, actors
from accounts import people as service
from accounts.models import Organisation, User
from accounts.roles import Act, Role
from console.answers import refused, see_other
from console.audience import operator, person, writing
from console.operator.queries import people as queries
from core.errors import InvalidInput, LockgateError


@require_safe
@operator(act=Act.MANAGE_PEOPLE)
def people(request: HttpRequest) -> HttpResponse:
    return render(request, "operator/people.html", {"page": queries.page(person(request))})


@require_POST
@operator(act=Act.MANAGE_PEOPLE)
def invite(request: HttpRequest) -> HttpResponse:
    """The link is shown once: only its digest is kept."""
    typed = {n: request.POST.get(n, "").strip() for n in ("person", "username", "organisation", "role")}
    try:
        with writing():
            organisation = access.get(
                Organisation.objects.filter(kind__in=queries.KINDS), typed["organisation"]
            )
            if not typed["username"] or not typed["person"]:
                raise InvalidInput("username", _("both names are needed"))
            if typed["role"] not in set(Role):
                raise InvalidInput("roles", _("choose a role"))
            _invitation, secret = service.invite(
                organisation=organisation,
                username=typed["username"],
                display_name=typed["person"],
                roles={Role(typed["role"])},
                user=person(request),
                by=actors.of(request),
            )
    except LockgateError as error:
        refused(request, error)
        return see_other("operator:people")
    link = request.build_absolute_uri(reverse("invitation", args=[secret]))
    messages.success(request, _("Shown once, for %(who)s: %(link)s") % {"who": typed["person"], "link": link})
    return see_other("operator:people")


@require_POST
@operator(act=Act.MANAGE_PEOPLE)
def leave(request: HttpRequest, key: object) -> HttpResponse:
    reason = request.POST.get("reason", "").strip()
    try:
        with writing():
            gone = access.get(User.objects.filter(organisation__kind__in=queries.KINDS), key)
            if not reason:
                raise InvalidInput("reason", _("say why"))
            service.leave(gone, user=person(request), by=actors.of(request), reason=reason)
        messages.success(request, _("The account of %(name)s has ended.") % {"name": gone})
    except LockgateError as error:
        refused(request, error)
    return see_other("operator:people")
