"""Requests: the queues, one request, its approvals, what-if and replay, its open points."""

from __future__ import annotations

import uuid
from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from access.models import AllocationRequest
from access.policy.replay import replay as decide_again
from access.requests import service
from accounts import actors
from accounts.access import reading
from accounts.roles import Act
from console.answers import refused, see_other
from console.audience import operator, person, writing
from console.operator.queries import inquiry as inquiries
from console.operator.queries import request as one
from console.operator.queries.request_what_if import change_rows
from console.operator.queries.requests import requests_page
from console.parts import State, Tone
from console.say import grouped
from core.errors import Conflict, InvalidInput, LockgateError, NotAllowed


@operator(act=Act.SEE_REQUESTS)
def requests(request: HttpRequest) -> HttpResponse:
    return render(request, "operator/requests.html", {"page": requests_page(request.GET.dict())})


@require_GET
@operator(act=Act.SEE_REQUESTS)
def request(request: HttpRequest, key: str) -> HttpResponse:
    """One request. With the what-if's fields in the address it answers those too, and saves nothing."""
    page = one.request_page(one.find(key), person(request), request.GET.dict())
    return render(request, "operator/request.html", {"page": page})


@require_GET
@operator(act=Act.SEE_REQUESTS)
def changes(request: HttpRequest, key: str) -> HttpResponse:
    """The smallest changes, as a part of the request's page."""
    found = one.find(key)
    return _part(request, found, "changes", change_rows(found))


@require_GET
@operator(act=Act.SEE_REQUESTS)
def group(request: HttpRequest, key: str) -> HttpResponse:
    """What the control group holds over time, as a part of the request's page."""
    found = one.find(key)
    return _part(request, found, "group", one.group_of(found))


def _part(request: HttpRequest, found: AllocationRequest, name: str, value: object) -> HttpResponse:
    """A part of the request's page; the whole page with it for a browser that runs no script."""
    if request.headers.get("HX-Request"):
        return render(request, f"operator/request_{name}.html", {name: value})
    whole = one.request_page(found, person(request), {})
    page = replace(whole, **{name: value, f"{name}_url": ""})
    return render(request, "operator/request.html", {"page": page})


@require_POST
@operator(act=Act.SEE_REQUESTS)
def approve(request: HttpRequest, key: str) -> HttpResponse:
    """Give the first or the second approval; a refusal is recorded and said."""
    try:
        with writing():
            found = one.find(key)
            outcome = service.approve(
                found,
                user=person(request),
                by=actors.of(request),
                reason=request.POST.get("reason", "").strip(),
            )
    except (NotAllowed, Conflict) as error:
        refused(request, error)
        return see_other("operator:request", key)
    match outcome.step:
        case "first":
            messages.success(request, _("The first approval is given; another person gives the second."))
        case "approved":
            messages.success(request, _("It is approved; the grant is issued as its last check allows."))
        case _other:
            messages.error(
                request,
                _("Not approved: %(why)s. That is recorded.")
                % {"why": "; ".join(outcome.reasons).rstrip(".")},
            )
    return see_other("operator:request", key)


@require_POST
@operator(act=Act.APPROVE_REQUESTS)
def refuse(request: HttpRequest, key: str) -> HttpResponse:
    try:
        with writing():
            service.refuse(
                one.find(key),
                reason=request.POST.get("reason", ""),
                user=person(request),
                by=actors.of(request),
            )
    except (InvalidInput, Conflict, NotAllowed) as error:
        refused(request, error)
    return see_other("operator:request", key)


@require_POST
@operator(act=Act.SEE_REQUESTS)
def replay(request: HttpRequest, key: str) -> HttpResponse:
    """Decide again from the stored facts and packs, and compare byte by byte. Nothing is saved."""
    with reading():
        found = one.find(key)
        assert found.decision is not None
        try:
            again = decide_again(found.decision)
            state = State(
                Tone.OK,
                _("Replayed from the stored facts and packs: the same %(n)s bytes.")
                % {"n": grouped(len(again.stored.encode()))},
            )
            if again.differs_at is not None:
                state = State(
                    Tone.BAD,
                    _("Replayed: the decision of now differs from byte %(n)s on.")
                    % {"n": grouped(again.differs_at)},
                )
        except (Conflict, InvalidInput) as error:
            state = State(Tone.BAD, _("It cannot be replayed: %(why)s") % {"why": error})
        page = one.request_page(found, person(request), {}, replayed=state)
        return render(request, "operator/request.html", {"page": page})


@operator(act=Act.SEE_REQUESTS)
def resolve(request: HttpRequest, key: str, question: uuid.UUID) -> HttpResponse:
    """An open point: answer it with evidence, or settle what another person answered."""
    user = person(request)
    if request.method != "POST":
        page = inquiries.inquiry_page(inquiries.find(one.find(key), question), user)
        return render(request, "operator/inquiry.html", {"page": page})
    by = actors.of(request)
    try:
        with writing():
            found = inquiries.find(one.find(key), question)
            if request.POST.get("act") == "settle":
                why = service.resolve(found, reason=request.POST.get("reason", ""), user=user, by=by)
                if why:
                    messages.error(request, _("Not settled: %(why)s. That is recorded.") % {"why": why})
            else:
                service.answer(found, answer=request.POST.get("answer", "").strip(), user=user, by=by)
    except LockgateError as error:
        refused(request, error)
        return see_other("operator:request_resolve", key, question)
    return see_other("operator:request", key)
