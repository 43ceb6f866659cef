"""What the tests of pages share: a listed owner, more tenants, and how a page is read and counted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from lxml import html

from accounts.models import User
from audit import delivery
from audit.record import SYSTEM
from core.scope import STAFF, acting_in
from kyc.lists import service as lists
from kyc.models import Alert, Tenant
from kyc.screening import rescreening
from tests.kyc.onboarding.test_path import KONRAD, SOMEBODY, a_list, veldmarin

#: What every page costs beside its own queries is counted too; transactions' own statements are not.
_FRAME = re.compile(r"^(SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|SET TRANSACTION)")


def work_off() -> None:
    with acting_in(STAFF):
        while delivery.deliver_open() + rescreening.work():
            pass


def list_konrad(tmp_path: Path) -> Alert:
    """Konrad Eszterlund comes on the list, with the passport number that the tenant declared."""
    with acting_in(STAFF):
        path = a_list(tmp_path, SOMEBODY, KONRAD, name="v2.json")
        lists.import_version(source="ftm", path=path, by=SYSTEM)
    work_off()
    with acting_in(STAFF):
        return Alert.objects.select_related("tenant").get()


def approved(tenant: Tenant) -> Tenant:
    with acting_in(STAFF):
        Tenant.objects.filter(pk=tenant.pk).update(state=Tenant.State.APPROVED)
        return Tenant.objects.get(pk=tenant.pk)


def more_tenants(user: User, count: int) -> None:
    """Tenants like Veldmarin, each with its chain of six parties and a submitted application."""
    from kyc.onboarding import service

    with acting_in(STAFF):
        for _ in range(count):
            application = veldmarin(user)
            service.submit(application, user=user, by=_actor(user))
    work_off()


def _actor(user: User) -> Any:
    from tests import builders

    return builders.actor(user)


#: What htmx says of itself when it asks for a part of a page.
PART = {"HX-Request": "true"}


def read(
    client: Client, path: str, status: int = 200, headers: dict[str, str] | None = None
) -> html.HtmlElement:
    answer = client.get(path, headers=headers)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return html.document_fromstring(answer.content)


def words(page: html.HtmlElement) -> str:
    return " ".join(page.text_content().split())


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements of the block, without those that only open and close transactions."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield found
    found += [q["sql"] for q in captured.captured_queries if not _FRAME.match(q["sql"])]
