"""Who may read or export which scope of the log."""

from __future__ import annotations

import uuid
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from django.db import transaction
from django.db.models import QuerySet

from accounts.access import get
from accounts.models import Disclosure, Organisation, User
from accounts.roles import Act, Kind, lacks
from audit import export as exports
from audit.models import Export
from audit.record import Actor, record
from audit.registry import ALL
from audit.verbs import Verb
from core.errors import Absent, Conflict, InvalidInput, NotAllowed
from core.scope import STAFF, acting_in


def grant(*, recipient: Organisation, scope: str, legal_basis: str, user: User, by: Actor) -> Disclosure:
    """Let a regulator read one scope. Raises InvalidInput, NotAllowed, Conflict."""
    if not user.may(Act.EXPORT_LOG):
        raise NotAllowed(lacks(Act.EXPORT_LOG))
    if recipient.kind != Kind.REGULATOR:
        raise InvalidInput("recipient", "only a regulator receives a scope of the log")
    if not legal_basis.strip():
        raise InvalidInput("legal_basis", "name the legal basis")
    with transaction.atomic():
        if recipient.disclosures.filter(scope=scope, ended_at__isnull=True).exists():
            raise Conflict("This scope is disclosed to them already.")
        disclosure = Disclosure.objects.create(
            recipient=recipient, scope=scope, legal_basis=legal_basis, granted_by=user
        )
        record(
            Verb.DISCLOSURE_GRANTED,
            [recipient],
            by=by,
            reason=legal_basis,
            payload={"scope": scope},
        )
    return disclosure


def scopes_of(user: User) -> list[str]:
    """The scopes that a person may read: an examiner's by disclosure, of the staff's the whole log."""
    if user.may(Act.SEE_LOG):
        return [ALL]
    if user.may(Act.EXAMINE):
        live = user.organisation.disclosures.filter(ended_at__isnull=True)
        return sorted(live.values_list("scope", flat=True))
    return []


def require_scope(user: User, scope: str) -> str:
    """The scope, where the person may read it. Raises Absent: another's scope looks like none."""
    allowed = scopes_of(user)
    if scope not in allowed and ALL not in allowed:
        raise Absent("No such scope.")
    return scope


def export(
    *,
    user: User,
    scope: str,
    recipient: Organisation | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    legal_basis: str = "",
    with_personal: bool | None = None,
    by: Actor,
) -> Export:
    """Ask for a bundle of a scope, built by a worker; the one door to the log's exports.

    An examiner exports scopes that are disclosed to its organisation, on the legal basis of the disclosure.
    The provider's staff exports any scope for `recipient` (an organisation; else for the provider itself).
    Personal values are disclosed to regulators with a legal basis unless `with_personal` says otherwise, and
    to nobody else. Raises NotAllowed, InvalidInput, and Absent for a scope that is not theirs: that refusal
    is recorded first, in a transaction of its own.
    """
    if user.may(Act.EXAMINE_EXPORT):
        live = user.organisation.disclosures.filter(scope=scope, ended_at__isnull=True).first()
        if live is None:
            _refuse(user, scope, by)
        recipient, legal_basis = user.organisation, live.legal_basis
    elif user.may(Act.EXPORT_LOG):
        recipient = recipient or user.organisation
    else:
        raise NotAllowed(lacks(Act.EXPORT_LOG))
    may_be_personal = recipient.kind == Kind.REGULATOR and bool(legal_basis.strip())
    if with_personal and not may_be_personal:
        raise InvalidInput("with_personal", "personal values go to regulators only, on a legal basis")
    with acting_in(STAFF):
        return exports.ask(
            recipient=recipient.name,
            recipient_id=recipient.pk,
            scope=scope,
            since=since,
            until=until,
            legal_basis=legal_basis,
            with_personal=may_be_personal if with_personal is None else with_personal,
            by=by,
        )


def exports_of(user: User, *, limit: int = 50) -> list[Export]:
    """Exports that a person may see, newest first: an examiner's organisation's own, of the staff all."""
    with acting_in(STAFF), transaction.atomic():
        return list(_visible(user).order_by("-number")[:limit])


def find_export(user: User, key: uuid.UUID | str) -> Export:
    """One of those. Raises Absent."""
    with acting_in(STAFF):
        return get(_visible(user), key)


def bundle_of(user: User, key: uuid.UUID | str) -> Path:
    """The file of a bundle that is ready. Raises Absent."""
    return exports.file_of(find_export(user, key))


def stop_export(user: User, key: uuid.UUID | str, *, by: Actor) -> None:
    """Stop an export that is not ready. Raises Absent, Conflict."""
    with acting_in(STAFF):
        exports.stop(find_export(user, key), by=by)


def _visible(user: User) -> QuerySet[Export]:
    if user.may(Act.EXPORT_LOG) or user.may(Act.SEE_LOG):
        return Export.objects.all()
    if user.may(Act.EXAMINE_EXPORT):
        return Export.objects.filter(recipient_id=user.organisation_id)
    return Export.objects.none()


def _refuse(user: User, scope: str, by: Actor) -> NoReturn:
    with acting_in(STAFF), transaction.atomic():
        record(
            Verb.EXPORT_REFUSED,
            [user.organisation],
            by=by,
            reason="the scope is not disclosed to them",
            payload={"scope": scope[:100]},
        )
    raise Absent("No such scope.")
