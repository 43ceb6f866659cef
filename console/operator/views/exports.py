"""Exports: asked for, built by a worker, downloaded."""

from __future__ import annotations

import uuid

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from accounts import actors, disclosure
from accounts.access import reading
from accounts.models import User
from accounts.roles import Act
from console.answers import refused, see_other
from console.audience import operator, person
from console.operator.queries import exports as queries
from core.errors import InvalidInput, LockgateError


@operator(act=Act.SEE_LOG)
def exports(request: HttpRequest) -> HttpResponse:
    page = queries.exports_page(person(request), "operator")
    return render(request, "operator/exports.html", {"page": page})


@operator(act=Act.EXPORT_LOG)
def new(request: HttpRequest) -> HttpResponse:
    """Ask for a bundle."""
    if request.method != "POST":
        return render(request, "operator/export_new.html", {"page": queries.new_page(request.GET.dict())})
    values = request.POST.dict()
    try:
        made = queries.ask(values, user=person(request), by=actors.of(request))
        return see_other("operator:export", made.pk)
    except InvalidInput as error:
        errors = {error.field: f"{error.reason[:1].upper()}{error.reason[1:]}."}
    with reading():
        page = queries.new_page(values, errors)
        return render(request, "operator/export_new.html", {"page": page}, status=422)


@operator(act=Act.SEE_LOG)
def export(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """One export, with its progress."""
    user = person(request)
    found = disclosure.find_export(user, key)
    page = queries.export_page(found, "operator", may_stop=user.may(Act.EXPORT_LOG))
    return render(request, "operator/export.html", {"page": page})


@require_POST
@operator(act=Act.EXPORT_LOG)
def stop(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    try:
        disclosure.stop_export(person(request), key, by=actors.of(request))
    except LockgateError as error:
        refused(request, error)
    return see_other("operator:export", key)


@operator(act=Act.EXPORT_LOG)
def download(request: HttpRequest, key: uuid.UUID) -> FileResponse:
    return bundle(person(request), key)


def bundle(user: User, key: uuid.UUID) -> FileResponse:
    """The bundle's file as a download under its own name."""
    path = disclosure.bundle_of(user, key)
    return FileResponse(
        path.open("rb"), as_attachment=True, filename=path.name, content_type="application/zip"
    )
