"""Lists: in force, coming in, held; and importing a file."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import access, actors
from accounts.roles import Act
from console.answers import refused, see_other
from console.audience import operator, person, writing
from console.operator import uploads
from console.operator.pages.lists import ImportPage
from console.operator.queries import lists as queries
from console.parts import Failure, Field, Option
from console.say import list_name
from core.errors import InvalidInput, LockgateError
from kyc.lists import looking, service
from kyc.lists.sources import SOURCES
from kyc.models import ListVersion


@require_safe
@operator(act=Act.SEE_LISTS)
def lists(request: HttpRequest) -> HttpResponse:
    return render(request, "operator/lists.html", {"page": queries.page(person(request))})


@operator(act=Act.IMPORT_LISTS)
def new(request: HttpRequest) -> HttpResponse:
    """Hand a file to a worker; the page of the lists shows how far it got."""
    if request.method != "POST":
        typed = {"source": request.GET.get("source", "")}
        return render(request, "operator/list_import.html", {"page": _form(typed)})
    typed = {name: request.POST.get(name, "").strip() for name in ("source", "path", "as_of")}
    try:
        _start(request, typed)
    except InvalidInput as error:
        with access.reading():
            page = _form(typed, error)
            return render(request, "operator/list_import.html", {"page": page}, status=422)
    messages.success(request, _("%(list)s is being imported.") % {"list": list_name(typed["source"])})
    return see_other("operator:lists")


def _start(request: HttpRequest, typed: dict[str, str]) -> None:
    try:
        as_of = date.fromisoformat(typed["as_of"]) if typed["as_of"] else None
    except ValueError:
        raise InvalidInput("as_of", _("a date is expected")) from None
    upload = request.FILES.get("file")
    if upload is not None:
        path, own = uploads.kept(upload), True
    elif typed["path"]:
        path, own = uploads.in_mirror(typed["path"]), False
    else:
        raise InvalidInput("file", _("choose a file"))
    uploads.start(source=typed["source"], path=path, as_of=as_of, by=actors.of(request), own=own)


def _form(typed: dict[str, str], error: InvalidInput | None = None) -> ImportPage:
    def errors(name: str) -> tuple[str, ...]:
        return (f"{error.reason[:1].upper()}{error.reason[1:]}.",) if error and error.field == name else ()

    options = sorted((list_name(name), name) for name in SOURCES)
    fields = [
        Field(
            "source",
            _("List"),
            typed.get("source", ""),
            kind="select",
            options=(Option("", ""), *(Option(name, text) for text, name in options)),
            errors=errors("source"),
        ),
        Field(
            "file",
            _("File"),
            kind="file",
            hint=_("As published: CSV, XML, JSON, a folder as an archive; packed or not."),
            errors=errors("file"),
        ),
        Field(
            "as_of",
            _("Date of the version"),
            typed.get("as_of", ""),
            kind="date",
            hint=_("Empty: the date that the file states."),
            errors=errors("as_of"),
        ),
    ]
    if uploads.mirror() is not None:
        fields.insert(
            2,
            Field(
                "path",
                _("Or a file of the folder to import from"),
                typed.get("path", ""),
                hint=_("Below the folder that the installation names."),
                errors=errors("path"),
            ),
        )
    known = {field.name for field in fields}
    failure = None
    if error and (error.field not in known or error.line):
        failure = Failure(_("The file was refused"), f"{error}. {_('Nothing was changed.')}")
    return ImportPage(tuple(fields), failure)


@require_POST
@operator(act=Act.APPROVE_LISTS)
def approve(request: HttpRequest, key: object) -> HttpResponse:
    """The first person proposes a held version, a second one puts it in force."""
    try:
        with writing():
            version = access.get(ListVersion.objects.all(), key)
            outcome = service.approve_version(
                version, reason=request.POST.get("reason", ""), user=person(request), by=actors.of(request)
            )
    except LockgateError as error:
        refused(request, error)
        return see_other("operator:lists")
    if outcome is None:
        messages.success(request, _("Proposed: a second person puts it in force."))
    elif outcome.given:
        messages.success(request, _("The version is in force; re-screening begins."))
    else:
        messages.error(request, _("Refused and recorded: %(why)s.") % {"why": outcome.why})
    return see_other("operator:lists")


@require_POST
@operator(act=Act.APPROVE_LISTS)
def reject(request: HttpRequest, key: object) -> HttpResponse:
    """A held version stays out of force for good."""
    try:
        with writing():
            version = access.get(ListVersion.objects.all(), key)
            service.reject_version(
                version, reason=request.POST.get("reason", ""), user=person(request), by=actors.of(request)
            )
    except LockgateError as error:
        refused(request, error)
        return see_other("operator:lists")
    messages.success(request, _("Rejected: the version before stays in force."))
    return see_other("operator:lists")


@require_POST
@operator(act=Act.IMPORT_LISTS)
def look(request: HttpRequest, source: str) -> HttpResponse:
    """Ask a worker to look for a new version now."""
    try:
        with writing():
            looking.ask(source, user=person(request), by=actors.of(request))
    except LockgateError as error:
        refused(request, error)
        return see_other("operator:lists")
    messages.success(request, _("Looking for a new version of %(list)s.") % {"list": list_name(source)})
    return see_other("operator:lists")
