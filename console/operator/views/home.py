"""Home, and the door behind sign-in: everyone is led to the first page of their audience."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.roles import Kind
from console.audience import HOMES, operator, person
from console.operator.queries import home as queries


@login_required
def home(request: HttpRequest) -> HttpResponse:
    kind = Kind(person(request).organisation.kind)
    if kind != Kind.PROVIDER:
        return redirect(HOMES[kind])
    return _home(request)


@operator()
def _home(request: HttpRequest) -> HttpResponse:
    return render(request, "operator/home.html", {"page": queries.page(person(request))})
