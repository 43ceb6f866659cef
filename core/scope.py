"""Who a transaction sees: set for every transaction, enforced by row-level security in Postgres.

Three views of the data, none of them the owner's:
- nobody: the role `lockgate_app` with nothing set sees no row of any tenant's table;
- tenant: `lockgate_app` with one organisation's id sees that tenant's rows;
- examiner: `lockgate_app` with named log scopes sees the events of those scopes;
- staff: `SET LOCAL ROLE lockgate_staff` sees every tenant's rows (policies stand by role, because
  an OR in a policy loses its indexes).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction


@dataclass(frozen=True, slots=True)
class Scope:
    """What a transaction may see. `kind`: nobody, tenant, examiner or staff."""

    kind: str = "nobody"
    tenant: uuid.UUID | None = None
    log_scopes: tuple[str, ...] = field(default=())

    def to_header(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "tenant": str(self.tenant) if self.tenant else None,
            "log_scopes": list(self.log_scopes),
        }

    @classmethod
    def from_header(cls, header: dict[str, Any]) -> Scope:
        tenant = header.get("tenant")
        return cls(
            kind=header["kind"],
            tenant=uuid.UUID(tenant) if tenant else None,
            log_scopes=tuple(header.get("log_scopes", ())),
        )

    def statements(self) -> list[tuple[str, tuple[str, ...]]]:
        """The SQL that puts this scope in force until the end of the transaction."""
        role = "lockgate_staff" if self.kind == "staff" else "none"
        tenant = str(self.tenant) if self.kind == "tenant" and self.tenant else ""
        scopes = ",".join(self.log_scopes) if self.kind == "examiner" else ""
        return [
            (
                "SELECT set_config('role', %s, true), set_config('lockgate.tenant', %s, true), "
                "set_config('lockgate.log_scopes', %s, true)",
                (role, tenant, scopes),
            )
        ]


NOBODY = Scope()
STAFF = Scope(kind="staff")

_current: ContextVar[Scope] = ContextVar("lockgate_scope", default=NOBODY)


def current() -> Scope:
    return _current.get()


def tenant_scope(tenant: uuid.UUID) -> Scope:
    return Scope(kind="tenant", tenant=tenant)


def examiner_scope(log_scopes: tuple[str, ...]) -> Scope:
    return Scope(kind="examiner", log_scopes=log_scopes)


@contextmanager
def acting_in(scope: Scope) -> Iterator[Scope]:
    """Put `scope` in force for the block: for a transaction that is open now and for any begun inside."""
    token = _current.set(scope)
    inside = connection.in_atomic_block
    if inside:
        _apply(scope)
    try:
        yield scope
    finally:
        _current.reset(token)
        # A failed transaction takes no more statements; its end resets the local settings anyway.
        if inside and connection.in_atomic_block and not _is_broken():
            _apply(_current.get())


@contextmanager
def staff_transaction() -> Iterator[None]:
    """One transaction that sees every tenant: for services of the provider's side."""
    with acting_in(STAFF), transaction.atomic():
        yield


def _apply(scope: Scope) -> None:
    with connection.cursor() as cursor:
        for sql, parameters in scope.statements():
            cursor.execute(sql, parameters)


def _is_broken() -> bool:
    if connection.needs_rollback or connection.connection is None:
        return True
    return bool(connection.connection.info.transaction_status.name == "INERROR")
