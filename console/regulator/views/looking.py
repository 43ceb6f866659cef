"""Overview, search, tenants, checkpoints, what was opened."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import actors, disclosure
from accounts.roles import Act, Kind
from console.audience import audience, person
from console.operator.queries.log import checkpoints_page
from console.operator.views.log import below
from console.regulator.pages.overview import SearchPage
from console.regulator.queries import opened as noting
from console.regulator.queries.overview import kept_words, overview_page
from console.regulator.queries.reach import reach_of
from console.regulator.queries.search import search as found
from console.regulator.queries.tenants import tenant_page, tenants_page
from console.say import shown

examiner = audience(Kind.REGULATOR, act=Act.EXAMINE)


@examiner
def home(request: HttpRequest) -> HttpResponse:
    user = person(request)
    return render(request, "regulator/home.html", {"page": overview_page(user, reach_of(user))})


@examiner
def search(request: HttpRequest) -> HttpResponse:
    reach = reach_of(person(request))
    result = found(reach, request.GET.get("q", ""), before=request.GET.get("before", ""))
    meta = _("within your scope: %(scope)s, disclosed since %(day)s") % {
        "scope": reach.words(),
        "day": shown(reach.since, "date"),
    }
    page = SearchPage(timezone.now(), _("Search"), meta, result)
    return render(request, "regulator/search.html", {"page": page})


@examiner
def tenants(request: HttpRequest) -> HttpResponse:
    page = tenants_page(reach_of(person(request)), request.GET.dict())
    return render(request, "regulator/tenants.html", {"page": page})


@examiner
def tenant(request: HttpRequest, key: str) -> HttpResponse:
    """One tenant in scope. That it was looked at is recorded when the page is made, or the page fails."""
    user = person(request)
    reach = reach_of(user)
    one = reach.find(key)
    page = tenant_page(reach, one)
    transaction.on_commit(partial(noting.note_tenant, one, user=user, by=actors.of(request)))
    return render(request, "regulator/tenant.html", {"page": page})


@examiner
def checkpoints(request: HttpRequest) -> HttpResponse:
    user = person(request)
    url = reverse("regulator:checkpoints")
    page = checkpoints_page(url, below=below(request), note=kept_words(disclosure.exports_of(user, limit=20)))
    return render(request, "regulator/checkpoints.html", {"page": page})


@examiner
def opened(request: HttpRequest) -> HttpResponse:
    page = noting.opened_page(person(request), request.GET.get("before", ""))
    return render(request, "regulator/opened.html", {"page": page})
