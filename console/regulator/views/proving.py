"""Exports of the examiner, and bundles that are sent in to be verified."""

from __future__ import annotations

import uuid
from functools import partial

from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import actors, disclosure
from accounts.access import reading
from accounts.roles import Act, Kind
from console.answers import refused, see_other
from console.audience import audience, person
from console.operator.queries.exports import export_page, exports_page
from console.operator.views.exports import bundle
from console.regulator.pages.overview import VerifyPage
from console.regulator.queries import exports as queries
from console.regulator.queries import opened as noting
from console.regulator.queries.reach import reach_of
from console.regulator.queries.verify import verify_form, verify_upload
from core.errors import InvalidInput, LockgateError

examiner = audience(Kind.REGULATOR, act=Act.EXAMINE)
exporter = audience(Kind.REGULATOR, act=Act.EXAMINE_EXPORT)


@exporter
def exports(request: HttpRequest) -> HttpResponse:
    page = exports_page(person(request), "regulator")
    return render(request, "regulator/exports.html", {"page": page})


@exporter
def new(request: HttpRequest) -> HttpResponse:
    """Ask for a bundle of a scope."""
    user = person(request)
    values, errors = (request.GET if request.method != "POST" else request.POST).dict(), {}
    if request.method == "POST":
        try:
            made = queries.ask(values, user=user, by=actors.of(request))
            return see_other("regulator:export", made.pk)
        except InvalidInput as error:
            errors = {error.field: f"{error.reason[:1].upper()}{error.reason[1:]}."}
    with reading():
        page = queries.new_page(reach_of(user), values, errors)
        return render(request, "regulator/export_new.html", {"page": page}, status=422 if errors else 200)


@exporter
def export(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    page = export_page(disclosure.find_export(person(request), key), "regulator", may_stop=True)
    return render(request, "regulator/export.html", {"page": page})


@require_POST
@exporter
def stop(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    try:
        disclosure.stop_export(person(request), key, by=actors.of(request))
    except LockgateError as error:
        refused(request, error)
    return see_other("regulator:export", key)


@exporter
def download(request: HttpRequest, key: uuid.UUID) -> FileResponse:
    """The bundle; that it was taken is recorded, or it is not given."""
    user = person(request)
    answer, found = bundle(user, key), disclosure.find_export(user, key)
    transaction.on_commit(partial(noting.note_bundle, found, user=user, by=actors.of(request)))
    return answer


@examiner
def verify(request: HttpRequest) -> HttpResponse:
    """Verify a bundle that is sent in, or show where to send one."""
    if request.method == "POST":
        result = verify_upload(request.FILES.get("bundle"), user=person(request), by=actors.of(request))
    else:
        result = verify_form()
    meta = _("the same verifier as on your own machine, with the key of this installation")
    page = VerifyPage(timezone.now(), _("Verify a bundle"), meta, result)
    status = 422 if result.failure else 200
    with reading():
        return render(request, "regulator/verify.html", {"page": page}, status=status)
