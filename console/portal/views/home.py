"""The portal's first page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.roles import Act, Kind
from console.audience import audience, person
from console.portal.queries.home import home_page


@audience(Kind.TENANT, act=Act.SEE_OWN)
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/home.html", {"page": home_page(person(request))})
