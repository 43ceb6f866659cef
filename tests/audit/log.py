"""Small helpers of the log's tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from audit.models import Event, Leaf
from audit.record import SYSTEM, record
from audit.verbs import Verb
from core.scope import staff_transaction
from kyc.models import Tenant
from tests import builders


def tenant(name: str = "Veldmarin Robotics Pte. Ltd.", country: str = "SG") -> Tenant:
    with staff_transaction():
        return builders.a_tenant(name, country)


def happen(about: Tenant, times: int = 1, **more: Any) -> list[Event]:
    """So many events about a tenant, in one transaction."""
    with staff_transaction():
        return [record(Verb.TENANT_HELD, [about], by=SYSTEM, **more) for _ in range(times)]


def order() -> list[Any]:
    """The ids of the sequenced events in the order of the log."""
    with staff_transaction():
        return list(Leaf.objects.values_list("event_id", flat=True))


@contextmanager
def tampering(superuser: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection that no trigger and no foreign key stops."""
    with psycopg.connect(superuser, autocommit=True) as link:
        link.execute("SET session_replication_role = replica")
        yield link
