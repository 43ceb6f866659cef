"""Three lines round the services of kyc. A task says "look"; the rows are the work."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path

from celery import Task, shared_task

log = logging.getLogger(__name__)

#: Seconds until a file whose list is being imported is tried again, and how often: half an hour.
AGAIN, MOST_TRIES = 20, 90


@shared_task(name="kyc.tasks.rescreen")
def rescreen() -> int:
    from kyc.screening import rescreening

    return rescreening.work()


@shared_task(name="kyc.tasks.sample")
def sample() -> int:
    from kyc.screening import nightly

    return nightly.queue()


@shared_task(name="kyc.tasks.index_lists")
def index_lists() -> bool:
    from kyc.screening import built

    return built.settle()


@shared_task(name="kyc.tasks.import_list", bind=True)
def import_list(
    self: Task, *, source: str, path: str, by: dict[str, str], as_of: str | None = None, remove: bool = False
) -> str:
    """Import a file that a person handed in; with `remove` the file goes when it was read.

    What is refused stands in the list's versions and in the log, so nothing is raised for it here.
    """
    from audit.record import Actor
    from core.errors import Conflict, InvalidInput
    from core.scope import staff_transaction
    from kyc.lists import service
    from kyc.models import ListVersion

    def progress(stage: str, done: int) -> None:
        with staff_transaction():
            ListVersion.objects.filter(source=source, state=ListVersion.State.STAGED).update(stage=stage)

    file = Path(path)
    if remove and not file.exists():
        return "gone"  # delivered twice: the first time took it
    try:
        day = date.fromisoformat(as_of) if as_of else None
        result = service.import_version(
            source=source, path=file, as_of=day, by=Actor(**by), progress=progress
        )
        state = result.state
    except Conflict as error:
        # Another file of the list is read, or this one, delivered twice: later it is free, or gone.
        raise self.retry(exc=error, countdown=AGAIN, max_retries=MOST_TRIES) from error
    except InvalidInput:
        log.warning("a file of %s was refused", source)
        state = "refused"
    if remove:
        file.unlink(missing_ok=True)
    return state


@shared_task(name="kyc.tasks.look_at_lists")
def look_at_lists() -> list[str]:
    from kyc.lists import looking

    return looking.look_at_due()
