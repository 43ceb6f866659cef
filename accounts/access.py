"""The only way to an object: what is absent and what is forbidden look the same.

Row-level security in Postgres says it again: the look-up runs in the scope of the transaction.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import connection, models, transaction

from accounts.models import User
from accounts.roles import Act, Kind, lacks
from core.errors import Absent, NotAllowed
from core.scope import NOBODY, STAFF, Scope, examiner_scope, tenant_scope

M = TypeVar("M", bound=models.Model)


def scope_of(user: User) -> Scope:
    """What a person's transactions see. Who has left, or holds no role, sees nothing."""
    if not user.is_authenticated or not user.is_active or not user.acts:
        return NOBODY
    match user.organisation.kind:
        case Kind.PROVIDER:
            return STAFF
        case Kind.TENANT:
            return tenant_scope(user.organisation_id)
        case Kind.REGULATOR:
            live = user.organisation.disclosures.filter(ended_at__isnull=True)
            return examiner_scope(tuple(sorted(live.values_list("scope", flat=True))))
    return NOBODY


def require(user: User, act: Act) -> None:
    """Raises NotAllowed unless the person holds a role with this act."""
    if not user.is_authenticated or not user.may(act):
        raise NotAllowed(lacks(act))


def get(queryset: models.QuerySet[M], key: Any, *, field: str = "pk") -> M:
    """One object in the scope that is in force. Raises Absent, also where it belongs to another tenant."""
    try:
        with transaction.atomic():
            return queryset.get(**{field: key})
    except (queryset.model.DoesNotExist, ValidationError, ValueError, TypeError) as error:
        raise Absent(f"No such {queryset.model._meta.verbose_name}.") from error


def by_number(queryset: models.QuerySet[M], label: str, prefix: str) -> M:
    """One object by the number people say (`A-10482`) or by its key."""
    text = label.strip()
    if text.upper().startswith(f"{prefix}-") and text[len(prefix) + 1 :].isdecimal():
        return get(queryset, int(text[len(prefix) + 1 :]), field="number")
    try:
        return get(queryset, uuid.UUID(text))
    except ValueError as error:
        raise Absent(f"No such {queryset.model._meta.verbose_name}.") from error


@contextmanager
def reading() -> Iterator[None]:
    """One read-only transaction: a page cannot write by accident, and the scope is in force throughout."""
    if connection.in_atomic_block:
        with transaction.atomic():
            yield
        return
    connection.ensure_connection()
    link = connection.connection
    link.read_only = True  # said at BEGIN: a statement of its own would be a way to the server and back
    try:
        with transaction.atomic():
            # What waits for the end of the transaction (an examiner's download is recorded) may write.
            transaction.on_commit(_writable)
            yield
    finally:
        _writable()


def _writable() -> None:
    link = connection.connection
    if link is not None and not link.closed:
        link.read_only = None
