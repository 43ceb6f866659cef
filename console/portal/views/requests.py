"""A tenant's requests, and the questions put to it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from access.requests import service as requests
from accounts import access, actors
from accounts.access import reading
from accounts.models import User
from accounts.roles import Act, Kind
from console.answers import see_other
from console.audience import audience, person, writing
from console.parts import Failure
from console.portal.queries import ask
from console.portal.queries.question import question_page
from console.portal.queries.request import own_request, request_page
from core.errors import Conflict, InvalidInput
from kyc.models import Question
from kyc.onboarding import service as onboarding

LONGEST = 4000


@audience(Kind.TENANT, act=Act.ASK_FOR_GPUS)
def new(request: HttpRequest) -> HttpResponse:
    """Ask for accelerators."""
    if request.method != "POST":
        return render(request, "portal/request_new.html", {"page": ask.ask_page(request.GET.dict())})
    values = {name: value[:LONGEST] for name, value in request.POST.items()}
    errors: dict[str, str] = {}
    failure = None
    try:
        with writing():
            made = ask.submit(values, user=person(request), by=actors.of(request))
        return see_other("portal:request", made.label)
    except InvalidInput as error:
        errors = {error.field: f"{error.reason[:1].upper()}{error.reason[1:]}."}
    except Conflict:
        failure = Failure(_("It was not asked"), _("Only an approved organisation asks for accelerators."))
    with reading():
        page = ask.ask_page(values, errors, failure)
        return render(request, "portal/request_new.html", {"page": page}, status=422)


@audience(Kind.TENANT, act=Act.SEE_OWN)
def request(request: HttpRequest, key: str) -> HttpResponse:
    """One request with what may be told of it."""
    page = request_page(own_request(person(request), key))
    return render(request, "portal/request.html", {"page": page})


@require_POST
@audience(Kind.TENANT, act=Act.ASK_FOR_GPUS)
def accept(request: HttpRequest, key: str) -> HttpResponse:
    """Accept each condition."""
    with writing():
        found = own_request(person(request), key)
        requests.accept_conditions(found, user=person(request), by=actors.of(request))
    return see_other("portal:request", key)


@audience(Kind.TENANT, act=Act.SEE_OWN)
def question(request: HttpRequest, key: str) -> HttpResponse:
    """One question, whatever it is about."""
    page = question_page(_question(person(request), key))
    return render(request, "portal/question.html", {"page": page})


@require_POST
@audience(Kind.TENANT, act=Act.SEE_OWN)
def answer(request: HttpRequest, key: str) -> HttpResponse:
    """Answer a question, once."""
    user, text = person(request), request.POST.get("answer", "").strip()[:LONGEST]
    try:
        with writing():
            found = _question(user, key)
            onboarding.answer(found, answer=text, user=user, by=actors.of(request))
    except InvalidInput as error:
        wrong = (key, text, f"{error.reason[:1].upper()}{error.reason[1:]}.")
        with reading():
            page = question_page(_question(user, key), wrong=wrong)
            return render(request, "portal/question.html", {"page": page}, status=422)
    if found.subject_kind == "allocationrequest":
        with reading():
            about = own_request(user, found.subject_id)
        return see_other("portal:request", about.label)
    return see_other("portal:home")


def _question(user: User, key: str) -> Question:
    found = Question.objects.filter(tenant=user.organisation_id).select_related(
        "tenant__organisation", "data_key"
    )
    return access.get(found, key)
