"""The main path with a Celery worker in a process of its own: what it does is seen, never done for it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psutil
from celery.result import EagerResult
from django.conf import settings

from access.models import Grant
from audit.models import Delivery, Event
from config.celery import app
from config.services import BASE_DIR
from config.supervisor import Supervisor
from console.demo.story import Person
from core.scope import STAFF, acting_in, staff_transaction
from kyc.models import Alert, RescreenItem, Tenant
from kyc.screening import freshness
from kyc.tasks import rescreen
from tests.audit.proof.builders import flipped
from tests.journeys import acts, proofs
from tests.waiting import until

KONRAD = Person("top", "Konrad Eszterlund", "AT", date(1968, 2, 29), "M", "P4417720", date(2031, 6, 30))
NADIA = Person("p", "Nadia Ferreyra-Lund", "UY", date(1979, 9, 14), "F", "D8830142", date(2030, 1, 19))
IMRE = Person("top", "Imre Halasvari", "HU", date(1974, 4, 3), "M", "BE7716038", date(2029, 11, 2))
BANU = Person("p", "Banu Kalyanavel", "MY", date(1981, 3, 30), "F", "A21100934", date(2031, 2, 11))

SOMEBODY = ("1", "Ostap Verkhovyna-Lund", {"birthDate": ["1961"]})
#: The same passport as the owner's, the name with its parts changed about.
LISTED = ("2", "ESZTERLUND, Konrad", {"birthDate": ["1968-02-29"], "passportNumber": ["P4417720"]})


def a_list(path: Path, *people: tuple[str, str, dict[str, list[str]]]) -> Path:
    lines = [
        json.dumps(
            {
                "id": f"demo-{key}",
                "caption": name,
                "schema": "Person",
                "datasets": ["demo_list"],
                "properties": {"name": [name], **properties},
            }
        )
        for key, name, properties in people
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def processes_of(worker: Supervisor) -> set[int]:
    """The worker and the processes that it made."""
    parent = psutil.Process(worker.pid("worker"))
    return {parent.pid, *(child.pid for child in parent.children(recursive=True))}


def test_from_the_application_to_the_revoked_grant_and_the_verified_export(
    worker: Supervisor, tmp_path: Path
) -> None:
    cast = acts.cast()
    acts.import_list("ftm", a_list(tmp_path / "1.json", SOMEBODY))
    # Before there is a party, so that the first version leads to no item.
    acts.seen(lambda: all(freshness.lists_now().followed.values()))
    tenant = acts.apply(cast, "Veldmarin Robotics Pte. Ltd.", top=KONRAD, partner=NADIA)
    other = acts.apply(cast, "Untouched Compute Pte. Ltd.", top=IMRE, partner=BANU)
    for one in (tenant, other):
        acts.approved(cast, one)
    grant, others_grant = acts.granted(cast, tenant), acts.granted(cast, other, count=128)
    code, answer = proofs.offline(grant, tmp_path)
    assert (code, answer["revocation"], answer["claims"]["count"]) == (0, "not_revoked", 384)
    before = acts.events_of(other)

    acts.import_list("ftm", a_list(tmp_path / "2.json", SOMEBODY, LISTED))
    acts.seen(lambda: Grant.objects.filter(pk=grant.pk, revoked_at__isnull=False).exists())
    with staff_transaction():
        tenant.refresh_from_db()
        alert = Alert.objects.get()
        assert (alert.party.reference, alert.tenant_id, alert.holds) == ("top", tenant.pk, True)
        item = RescreenItem.objects.get()
        assert (item.cause, item.entity, item.touched) == ("list", "demo-2", 1)
        assert Tenant.objects.get(pk=other.pk).state == "approved"
        assert Grant.objects.get(pk=others_grant.pk).revoked_at is None
    assert (tenant.state, tenant.state_citation) == ("held", "OFAC 50 Percent Rule")
    assert acts.events_of(other) == before
    # The row says who did it: a process of the worker, which is not this one.
    doer = int(re.fullmatch(r".+:(\d+)", item.claimed_by)[1])
    assert doer in processes_of(worker) and doer != os.getpid()
    code, answer = proofs.offline(grant, tmp_path)
    assert (code, answer["reason"]) == (1, "revoked")
    assert proofs.offline(others_grant, tmp_path)[0] == 0

    bundle = acts.exported(cast)
    said = proofs.verified(bundle, tmp_path)
    assert re.match(r"valid: (\d+) of \1 events stand in the signed tree", said)
    assert "none missing" in said
    (tmp_path / "flipped.zip").write_bytes(flipped(bundle, 1 / 3))
    refused = proofs.python_m(
        "audit.verify", str(tmp_path / "flipped.zip"), "--public-key", str(tmp_path / "log.pub")
    )
    assert refused.returncode == 1


def test_everything_that_was_recorded_is_delivered_by_the_worker(worker: Supervisor, tmp_path: Path) -> None:
    """No beat runs here: the messages alone must reach a worker."""
    acts.import_list("ftm", a_list(tmp_path / "1.json", SOMEBODY))
    acts.apply(acts.cast(), "Veldmarin Robotics Pte. Ltd.", top=KONRAD, partner=NADIA)
    acts.seen(lambda: Event.objects.filter(verb="tenant.rated").exists())
    acts.seen(lambda: not Delivery.objects.filter(done_at__isnull=True).exists())


def eager(conf: dict[str, Any]) -> dict[str, Any]:
    """What in a Celery configuration makes tasks run where they are sent."""
    return {name: value for name, value in conf.items() if "always_eager" in name.lower() and value}


def own_files() -> Iterator[Path]:
    """Our Python files; what another test's process removes meanwhile is passed over."""
    for folder, inside, names in os.walk(BASE_DIR):
        if Path(folder) == BASE_DIR:
            inside[:] = [name for name in inside if name not in NOT_OURS]
        yield from (Path(folder, name) for name in names if name.endswith(".py"))


def test_no_setting_makes_tasks_eager(worker: Supervisor) -> None:
    """Not here, not in the worker, not in any file: else every test above would prove nothing."""
    assert eager(dict(app.conf)) == {}
    assert eager({name: getattr(settings, name) for name in dir(settings) if name.isupper()}) == {}
    assert eager(dict(os.environ)) == {}
    (theirs,) = app.control.inspect(timeout=60, limit=1).conf(with_defaults=True).values()
    assert "task_always_eager" in theirs
    assert eager(theirs) == {}
    own = list(own_files())
    assert len(own) > 200
    assert [p for p in own if "always_eager" in p.read_text().lower() and p != Path(__file__)] == KNOWN


NOT_OURS = {".venv", ".local", "node_modules"}
#: Says the same of this process, in one line.
KNOWN = [BASE_DIR / "tests/config/test_test_database.py"]


def test_a_task_that_is_sent_is_not_run_by_who_sends_it(worker: Supervisor) -> None:
    ran: list[int] = []
    local = rescreen.run
    rescreen.run = lambda: ran.append(os.getpid())
    try:
        with acting_in(STAFF):
            sent = rescreen.apply_async(queue="rescreening")
    finally:
        rescreen.run = local
    assert not isinstance(sent, EagerResult)
    log = Path(next(iter(worker._runs)).child.log)
    until(lambda: f"kyc.tasks.rescreen[{sent.id}] succeeded" in log.read_text())
    assert ran == []
