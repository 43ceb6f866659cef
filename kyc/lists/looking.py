"""Looking for new versions at the publishers: when, one at a time, and what came of it.

Nothing is looked at unless the installation says so (`LOCKGATE_LISTS`). One row a source (`ListLook`) says
when it was looked at, what came of it and whether a person asked for it now; beat only says "look".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Act, lacks
from audit.record import WORKER, Actor, record
from audit.verbs import Verb
from core.errors import Conflict, InvalidInput, NotAllowed
from core.scope import STAFF, staff_transaction
from kyc.lists import fetch
from kyc.lists.service import Progress
from kyc.lists.sources import SOURCES, switched_on
from kyc.models import ListLook, ListVersion

TASK = "kyc.tasks.look_at_lists"
#: After a failure; doubled with each further one, up to the source's own interval.
RETRY = timedelta(minutes=5)
#: Seconds between two notes of how far a download is.
NOTE_EVERY = 0.5
Clock = Callable[[], datetime]
States, Stages = ListVersion.State, ListLook.Stage


def sources_on() -> tuple[str, ...]:
    """The sources that this installation looks at by itself; empty where it makes no call of its own."""
    return switched_on(settings.LOCKGATE_LISTS)


def is_due(look: ListLook | None, *, every: timedelta, now: datetime) -> bool:
    """Whether a source is to be looked at: somebody asked, or it is time.

    A look that lies ahead of the clock (which was set back) says nothing, so the source is due.
    """
    if look is None or look.began_at is None:
        return True
    if look.asked_at is not None and look.asked_at > look.began_at:
        return True
    wait = min(every, RETRY * 2 ** min(look.failures - 1, 10)) if look.failures else every
    return not timedelta() <= now - look.began_at < wait


def ask(source: str, *, user: User, by: Actor) -> ListLook:
    """Have a source looked at now. Raises NotAllowed, InvalidInput, Conflict where it is not switched on."""
    if not user.may(Act.IMPORT_LISTS):
        raise NotAllowed(lacks(Act.IMPORT_LISTS))
    if source not in SOURCES:
        raise InvalidInput("source", f"{source} is none of {', '.join(SOURCES)}")
    if source not in sources_on():
        raise Conflict(f"{SOURCES[source].caption} is not switched on (LOCKGATE_LISTS).")
    with transaction.atomic():
        row, _ = ListLook.objects.get_or_create(source=source)
        row.asked_at = timezone.now()
        row.save(update_fields=["asked_at"])
        record(Verb.LIST_LOOK_ASKED, [row], by=by, payload={"source": source})
        transaction.on_commit(_wake, robust=True)
    return row


def look_at_due(*, clock: Clock = timezone.now, wait: Callable[[float], None] = time.sleep) -> list[str]:
    """Look at every source that is due, one after the other; the states. Nothing while another looks.

    Nobody else looks meanwhile, so a slow publisher keeps one process only. A source that failed is due
    again later.
    """
    on, done = sources_on(), []
    if not on:
        return []
    with _alone() as mine:
        for source in on if mine else ():
            with staff_transaction():
                row = ListLook.objects.filter(source=source).first()
            if is_due(row, every=SOURCES[source].every, now=clock()):
                done.append(look(source, by=WORKER, clock=clock, wait=wait).state)
    return done


def look(
    source: str,
    *,
    by: Actor,
    clock: Clock = timezone.now,
    wait: Callable[[float], None] = time.sleep,
    progress: Progress = lambda stage, done: None,
) -> fetch.Refreshed:
    """Look at one source now, import what is new, and keep what came of it.

    Raises InvalidInput for a source that cannot be looked at; any other failure is in the answer.
    """
    if source not in SOURCES:
        raise InvalidInput("source", f"{source} is none of {', '.join(SOURCES)}")
    _begin(source, clock())
    note = _Notes(source, progress)
    try:
        found = fetch.refresh(
            source,
            by=by,
            mirror=settings.LOCKGATE_LIST_MIRROR,
            hosts=settings.LOCKGATE_LIST_HOSTS,
            now=clock(),
            wait=wait,
            progress=note,
        )
    except Exception as error:
        why = error.reason if isinstance(error, InvalidInput) else type(error).__name__
        _end(source, fetch.Refreshed(source, "failed", error=why), clock(), by=by)
        raise
    _end(source, found, clock(), by=by)
    return found


class _Notes:
    """Writes how far a look is into its row, not at every block of a file."""

    def __init__(self, source: str, onward: Progress) -> None:
        self.source, self.onward, self.stage, self.at = source, onward, "", 0.0

    def __call__(self, stage: str, done: int) -> None:
        self.onward(stage, done)
        now = time.monotonic()
        stage = Stages.DOWNLOADING if stage == "downloading" else Stages.IMPORTING
        if stage == self.stage and now - self.at < NOTE_EVERY:
            return
        self.stage, self.at = stage, now
        with staff_transaction():
            ListLook.objects.filter(source=self.source).update(stage=stage, done=done)


def _begin(source: str, now: datetime) -> None:
    with staff_transaction():
        row, _ = ListLook.objects.select_for_update().get_or_create(source=source)
        row.stage, row.done, row.began_at = Stages.ASKING, 0, now
        row.failures += 1  # until it ended well: a look that kills its process is not begun again at once
        row.save()


def _end(source: str, found: fetch.Refreshed, now: datetime, *, by: Actor) -> None:
    with staff_transaction():
        row = ListLook.objects.select_for_update(of=("self",)).select_related("version").get(source=source)
        row.stage, row.ended_at = Stages.NOTHING, now
        if found.busy:
            row.failures, row.began_at = row.failures - 1, None  # due again at the next look
        elif found.state == "failed":
            if row.failing_since is None or row.error != found.error:
                record(Verb.LIST_LOOK_FAILED, [row], by=by, reason=found.error, payload={"source": source})
            row.failing_since, row.error = row.failing_since or now, found.error
        else:
            row.failures, row.failing_since, row.error = 0, None, ""
            if found.result is not None:
                row.version = ListVersion.objects.filter(number=found.result.version).first()
            # What is held, or was rejected, is newer than what is in force: nothing is confirmed by it.
            if row.version is None or row.version.state in (States.IN_FORCE, States.HISTORY):
                row.confirmed_at = now
        row.save()


def _wake() -> None:
    """Tell a worker to look; a lost message costs seconds, beat says it too."""
    current_app.send_task(TASK, queue="default", headers={"lockgate_scope": STAFF.to_header()}, retry=False)


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else looks. The lock is the session's: it goes with a process that is killed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('look at lists'))")
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('look at lists'))")
