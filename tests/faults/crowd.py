"""Many invented people of one tenant, and a list that names them: work enough to be cut off in its middle."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from pathlib import Path

from django.db import connection
from django.db.models import Count

from audit import delivery
from audit.models import Delivery, Event
from audit.record import SYSTEM
from core.scope import staff_transaction
from kyc.lists import service as lists
from kyc.lists.service import ImportResult
from kyc.models import Alert, RescreenItem, Tenant
from kyc.onboarding import parties, service
from tests import builders

_SYLLABLES = (
    "an bel cor dag es fjo gis hak im jor kes lud mar nep ost pri quil ras sven tul ulf vik wen yst zor "
    "brim cal dros eld farn grom hast iv jel krag lom mund nor"
).split()


def name(n: int) -> str:
    """The n-th person: three words of four made-up syllables, so that no two people are alike."""
    chance = random.Random(n)
    return " ".join("".join(chance.sample(_SYLLABLES, 4)).title() for _ in range(3))


def passport(n: int) -> str:
    return f"X{n:07d}"


def enter(count: int) -> Tenant:
    """A tenant whose application is a draft, with so many people; nothing of it is left to deliver."""
    with staff_transaction():
        user = builders.aldous()
        by = builders.actor(user)
        tenant = service.open_application(name="Crowded Ltd", country="SG", user=user, by=by).tenant
        for n in range(count):
            parties.enter_party(
                tenant,
                reference=f"p{n}",
                schema="Person",
                country="NO",
                properties={"name": [name(n)], "passportNumber": [passport(n)]},
                user=user,
                by=by,
            )
    while delivery.deliver_open():
        pass
    return tenant


def write_list(path: Path, people: Iterable[int], *, born: str = "1970-01-02") -> Path:
    """A list of these people, with the same passports."""
    with path.open("w") as file:
        for n in people:
            properties = {"name": [name(n)], "passportNumber": [passport(n)], "birthDate": [born]}
            entity = {"id": f"demo-{n}", "caption": name(n), "schema": "Person", "datasets": ["demo_list"]}
            file.write(json.dumps({**entity, "properties": properties}) + "\n")
    return path


def import_list(path: Path) -> ImportResult:
    result = lists.import_version(source="ftm", path=path, by=SYSTEM)
    assert result.state == "in_force"
    return result


def open_work() -> int:
    """Items and deliveries that wait, in one statement: between two a delivery turns into items."""
    with staff_transaction(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM kyc_rescreenitem WHERE done_at IS NULL)"
            " + (SELECT count(*) FROM audit_delivery WHERE done_at IS NULL)"
        )
        return int(cursor.fetchone()[0])


def count(verb: str) -> int:
    with staff_transaction():
        return Event.objects.filter(verb=verb).count()


def assert_done_once(items: int, listed: int) -> None:
    """Every item worked off, one alert and one event for each listed person, each delivered once."""
    with staff_transaction():
        work = RescreenItem.objects.all()
        assert work.count() == items
        assert not work.exclude(done_at__isnull=False, attempts=1).exists()
        pairs = Alert.objects.values("party", "entry_key").annotate(n=Count("pk"))
        assert [pairs.count(), Alert.objects.count()] == [listed, listed]
        raised = Event.objects.filter(verb="alert.raised")
        about = [s["id"] for event in raised for s in event.subjects if s["kind"] == "alert"]
        assert sorted(about) == sorted(str(pk) for pk in Alert.objects.values_list("pk", flat=True))
        told = Event.objects.filter(verb="party.rescreened")
        whom = [s["id"] for event in told for s in event.subjects if s["kind"] == "party"]
        assert sorted(whom) == sorted(str(pk) for pk in Alert.objects.values_list("party_id", flat=True))
        assert not Delivery.objects.exclude(done_at__isnull=False, attempts=1, last_error="").exists()
