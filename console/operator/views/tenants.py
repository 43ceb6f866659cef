"""Tenants, one tenant, its ownership, and what may be asked of it or done to it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import access, actors
from accounts.roles import Act
from audit import reading
from console.answers import refused, see_other
from console.audience import operator, person, writing
from console.operator.pages.tenant import OwnershipPage
from console.operator.queries import standing as words
from console.operator.queries import statements
from console.operator.queries import tenant as queries
from console.operator.queries import tenants as many
from core.errors import LockgateError
from kyc.models import PartyFlag
from kyc.onboarding import service, standing
from kyc.screening import party_flags


@require_safe
@operator(act=Act.SEE_TENANTS)
def tenants(request: HttpRequest) -> HttpResponse:
    return render(request, "operator/tenants.html", {"page": many.page(request.GET.dict())})


@require_safe
@operator(act=Act.SEE_TENANTS)
def tenant(request: HttpRequest, key: str) -> HttpResponse:
    page = queries.page(queries.find(key), person(request))
    return render(request, "operator/tenant.html", {"page": page})


@require_safe
@operator(act=Act.SEE_TENANTS)
def ownership(request: HttpRequest, key: str) -> HttpResponse:
    found, now = queries.find(key), timezone.now()
    chain = queries.Chain(found, now)
    page = OwnershipPage(
        now=now,
        key=found.label,
        name=str(found),
        answer=words.answer_of(found, chain.assessment, chain.flags, now),
        ownership=chain.shown(now, fold=False),
        statements=statements.lines(chain.statements, chain.captions),
        printed=queries.printed(person(request), reading.newest_checkpoint(), now),
    )
    return render(request, "operator/ownership.html", {"page": page})


@require_POST
@operator(act=Act.SEE_TENANTS)
def ask(request: HttpRequest, key: str) -> HttpResponse:
    try:
        with writing():
            found = queries.find(key)
            service.ask(
                found,
                text=request.POST.get("text", ""),
                why=request.POST.get("why", ""),
                blocks=request.POST.get("blocks") != "no",
                user=person(request),
                by=actors.of(request),
            )
        messages.success(request, _("The question stands in their portal."))
    except LockgateError as error:
        refused(request, error)
    return see_other("operator:tenant", key)


@require_POST
@operator(act=Act.APPROVE_TENANTS)
def suspend(request: HttpRequest, key: str) -> HttpResponse:
    try:
        with writing():
            found = queries.find(key)
            standing.suspend(
                found, reason=request.POST.get("reason", ""), user=person(request), by=actors.of(request)
            )
        messages.success(request, _("%(name)s is suspended; its grants are being revoked.") % {"name": found})
    except LockgateError as error:
        refused(request, error)
    return see_other("operator:tenant", key)


@require_POST
@operator(act=Act.DECIDE_ALERTS)
def flag(request: HttpRequest, key: str) -> HttpResponse:
    """Politically exposed or adverse media, from what a reviewer read."""
    try:
        with writing():
            found = queries.find(key)
            party_flags.set_by_hand(
                access.get(found.parties.all(), request.POST.get("party", "")),
                kind=request.POST.get("kind", ""),
                source=request.POST.get("source", ""),
                note=request.POST.get("note", ""),
                user=person(request),
                by=actors.of(request),
            )
        messages.success(request, _("The flag is set; the rating follows."))
    except LockgateError as error:
        refused(request, error)
    return see_other("operator:tenant", key)


@require_POST
@operator(act=Act.DECIDE_ALERTS)
def end_flag(request: HttpRequest, key: UUID) -> HttpResponse:
    with writing():
        found = access.get(PartyFlag.objects.select_related("tenant"), key)
    try:
        reason = request.POST.get("reason", "")
        party_flags.end(found, reason=reason, user=person(request), by=actors.of(request))
        messages.success(request, _("The flag is removed; the rating follows."))
    except LockgateError as error:
        refused(request, error)
    return see_other("operator:tenant", found.tenant.label)
