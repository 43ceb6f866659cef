"""What an examiner opened: recorded as it happens, in the regulator's own scope, and shown to it."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from audit import reading
from audit.export import label
from audit.models import Event, Export
from audit.record import Actor, record
from audit.verbs import Verb
from console.operator.queries.log import proof_of
from console.parts import Pager
from console.regulator.pages.overview import OpenedLine, OpenedPage
from console.regulator.queries.reach import as_provider
from core.scope import acting_in, examiner_scope
from kyc.models import Tenant

SHOWN = 50


def note_tenant(tenant: Tenant, *, user: User, by: Actor) -> None:
    """Record that a tenant was looked at; its own scope does not hold it, so it is not told."""
    _note(user, by, {"tenant": str(tenant.pk), "number": tenant.label})


def note_bundle(export: Export, *, user: User, by: Actor) -> None:
    _note(user, by, {"export": str(export.pk), "number": label(export)})


def _note(user: User, by: Actor, what: dict[str, str]) -> None:
    with transaction.atomic():
        record(Verb.RECORD_OPENED, [user.organisation], by=by, payload=what)


def opened_page(user: User, before: str) -> OpenedPage:
    scope = f"recipient:{user.organisation_id}"
    with acting_in(examiner_scope((scope,))):
        page = reading.events([scope], before=_cursor(before), limit=SHOWN)
    keys = {e.event.payload["tenant"] for e in page.entries if "tenant" in e.event.payload}
    with as_provider():
        names = {str(t.pk): str(t) for t in Tenant.objects.filter(pk__in=keys).select_related("organisation")}
    url = reverse("regulator:opened")
    return OpenedPage(
        now=timezone.now(),
        title=_("What you opened"),
        meta=_("logged, and shown to the provider"),
        lines=tuple(
            OpenedLine(e.event.at, _words(e.event, names), e.event.reason, proof_of(e)) for e in page.entries
        ),
        pager=Pager(url if before else "", f"{url}?before={page.next}" if page.next else ""),
    )


def _words(event: Event, names: dict[str, str]) -> str:
    payload = event.payload
    match event.verb:
        case Verb.RECORD_OPENED if "tenant" in payload:
            name = names.get(payload["tenant"], "")
            return _("Looked at %(name)s, %(number)s") % {"name": name, "number": payload["number"]}
        case Verb.RECORD_OPENED:
            return _("Took the bundle %(number)s") % {"number": payload.get("number", "")}
        case Verb.BUNDLE_VERIFIED:
            verdict = _("valid") if payload.get("valid") else _("not valid")
            return _("Verified a bundle: %(verdict)s") % {"verdict": verdict}
        case Verb.EXPORT_ASKED:
            return _("Asked for an export")
        case Verb.EXPORT_BUILT:
            return _("An export was built, %(n)s events") % {"n": payload.get("events", "")}
        case Verb.EXPORT_REFUSED:
            return _("Was refused an export of another scope")
        case Verb.DISCLOSURE_GRANTED:
            return _("Was given the scope %(scope)s") % {"scope": payload.get("scope", "")}
    return event.verb.replace(".", " ").replace("_", " ").capitalize()


def _cursor(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None
