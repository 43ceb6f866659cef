"""Grants: all of them, one of them, and taking one back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from access.grants.reasons import Because
from access.grants.revoke import revoke as take_back
from accounts import actors
from accounts.roles import Act
from console.answers import refused, see_other
from console.audience import operator, person, writing
from console.operator.queries.grant import find, grant_page
from console.operator.queries.grants import grants_page
from core.errors import InvalidInput, NotAllowed


@operator(act=Act.SEE_GRANTS)
def grants(request: HttpRequest) -> HttpResponse:
    return render(request, "operator/grants.html", {"page": grants_page(request.GET.dict())})


@operator(act=Act.SEE_GRANTS)
def grant(request: HttpRequest, key: str) -> HttpResponse:
    return render(request, "operator/grant.html", {"page": grant_page(find(key), person(request))})


@require_POST
@operator(act=Act.REVOKE_GRANTS)
def revoke(request: HttpRequest, key: str) -> HttpResponse:
    """Take a grant back, with a reason."""
    try:
        with writing():
            found = find(key)
            done = take_back(
                found,
                because=_because(request.POST.get("because", "")),
                reason=request.POST.get("reason", "").strip(),
                user=person(request),
                by=actors.of(request),
            )
    except (InvalidInput, NotAllowed) as error:
        refused(request, error)
        return see_other("operator:grant", key)
    if done.done:
        messages.success(
            request, _("%(ref)s is revoked; the next status list says so.") % {"ref": found.label}
        )
    else:
        messages.error(request, _("%(ref)s was not revoked: %(why)s") % {"ref": found.label, "why": done.why})
    return see_other("operator:grant", key)


def _because(text: str) -> Because:
    try:
        return Because(text)
    except ValueError:
        raise InvalidInput("because", "one of the reasons is expected") from None
