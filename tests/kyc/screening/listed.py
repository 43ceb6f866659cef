"""A list in force, parties of ours, and the worker's part done in turn: for tests with the database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from audit import delivery
from audit.record import SYSTEM
from kyc.lists import service as lists
from kyc.models import ListVersion, Party, Tenant
from kyc.onboarding import parties, service
from kyc.screening import alerts, live, rescreening
from tests import builders
from tests.kyc.screening.people import person


def listed(identity: str, name: str, *, referents: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {**person(identity, name, **properties), "datasets": ["demo_list"], "referents": list(referents)}


#: Keeps a list from losing a suspicious share, and matches nobody.
OTHERS = [listed(f"other-{n}", name) for n, name in enumerate(("Ostap Verkhovyna", "Teodor Brannigan-Quell"))]


def start_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a process that holds no index yet."""
    monkeypatch.setattr(live, "_lists", live._Lists())
    monkeypatch.setattr(live, "_parties", live._Parties())


def aldous() -> User:
    return User.objects.filter(username="aldous").first() or builders.aldous()


def renwick() -> User:
    return User.objects.filter(username="renwick").first() or builders.renwick()


def put_in_force(folder: Path, *entities: dict[str, Any]) -> ListVersion:
    """Import a list of these and two more, deliver, and re-screen until nothing is open."""
    path = folder / "list.json"
    path.write_text("".join(json.dumps(entity) + "\n" for entity in (*entities, *OTHERS)))
    assert lists.import_version(source="ftm", path=path, by=SYSTEM).state == "in_force"
    work_off()
    return ListVersion.objects.get(state="in_force")


def work_off() -> None:
    while delivery.deliver_open() + rescreening.work():
        pass


def tenant_of(*names: str, **properties: str) -> Tenant:
    """A tenant whose application is handed in, with these people in its chain."""
    user = aldous()
    by = builders.actor(user)
    tenant = service.open_application(name="Veldmarin Robotics", country="SG", user=user, by=by).tenant
    Tenant.objects.filter(pk=tenant.pk).update(state=Tenant.State.APPROVED)
    for name in names:
        enter(tenant, name, **properties)
    work_off()
    return tenant


def enter(tenant: Tenant, name: str, **properties: str) -> Party:
    user = aldous()
    return parties.enter_party(
        tenant,
        reference=name,
        schema="Person",
        country="AT",
        properties={"name": [name], **{key: [value] for key, value in properties.items()}},
        user=user,
        by=builders.actor(user),
    )


def clear(alert: Any) -> None:
    """Two people dismiss an alert."""
    for user in (aldous(), renwick()):
        outcome = alerts.decide(
            alert, kind="false_positive", reason="a namesake", user=user, by=builders.actor(user)
        )
        if outcome.became == "final":
            return
