"""The log, one event, checkpoints."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.roles import Act
from console.audience import operator
from console.operator.queries import log as queries


@operator(act=Act.SEE_LOG)
def log(request: HttpRequest) -> HttpResponse:
    return render(request, "operator/log.html", {"page": queries.log_page(request.GET.dict())})


@operator(act=Act.SEE_LOG)
def event(request: HttpRequest, leaf: int) -> HttpResponse:
    return render(request, "operator/event.html", {"page": queries.event_page(leaf)})


@operator(act=Act.SEE_LOG)
def checkpoints(request: HttpRequest) -> HttpResponse:
    page = queries.checkpoints_page(reverse("operator:checkpoints"), below=below(request))
    return render(request, "operator/checkpoints.html", {"page": page})


def below(request: HttpRequest) -> int | None:
    """The size under which the page shows checkpoints; None for the newest."""
    text = request.GET.get("below", "")
    return int(text) if text.isdecimal() and len(text) < 19 else None
