"""Exports: a bundle of one scope of the log for one recipient, that proves itself.

`ask` records who asked for what; `build` collects events and proofs at one checkpoint, writes the reports,
signs, verifies the result as the recipient will, and only then hands it out. A build that was cut off is done
again: the row says what is open, an advisory lock who works on it.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Max, Min
from django.utils import timezone

from audit import registry, report, sequencer
from audit.models import Checkpoint, Export, ScopeHead, ScopeLeaf
from audit.proof.bundle import BundledEvent, BundledScope, Previous, Purpose, Reports, write_bundle
from audit.proof.leaf import InvalidLeaf, check_scope_name, format_time
from audit.proof.merkle import consistency_proof, inclusion_proof
from audit.proof.scopes import Head, prove_head
from audit.proof.verifier import verify_bundle
from audit.record import Actor, record
from audit.signer import sign, verifier_key
from audit.trees import LogNodes, ScopeMap
from audit.values import opened
from audit.verbs import Verb
from core.errors import Absent, Conflict, InvalidInput
from core.files import write_whole
from core.numbers import next_number
from core.scope import STAFF, acting_in, staff_transaction

log = logging.getLogger(__name__)

#: How long a bundle's file is kept. The row stays, and with it the checkpoint that the recipient had.
KEPT = timedelta(days=7)
BUILD = "audit.tasks.build_exports"
#: Any constant number: the first half of the advisory lock of one export, its number is the second.
_LOCK = 7_209_115
_CHUNK = 1000
_OPEN = (Export.State.ASKED, Export.State.BUILDING)


class Stopped(Exception):
    """Somebody stopped the export while it was built."""


def label(export: Export) -> str:
    """How people say it: E-0101."""
    return f"E-{export.number:04d}"


def file_of(export: Export) -> Path:
    """The bundle's file. Raises Absent where it is not ready, or was deleted since."""
    path = _folder() / export.file
    if export.state != Export.State.READY or not path.is_file():
        raise Absent("This bundle is not kept any more." if export.ready_at else "This bundle is not ready.")
    return path


def ask(
    *,
    recipient: str,
    recipient_id: uuid.UUID | None = None,
    scope: str = registry.ALL,
    since: datetime | None = None,
    until: datetime | None = None,
    legal_basis: str = "",
    with_personal: bool = False,
    by: Actor,
    queued: bool = True,
    now: datetime | None = None,
) -> Export:
    """Ask for a bundle of `scope` (events from `since` to before `until`, by their time) for a recipient.

    `with_personal` discloses personal values where their key lives, and needs a legal basis. With `queued` a
    worker builds it; else the caller does. Needs the staff scope: `accounts.disclosure.export` is the door
    that checks who may. Raises InvalidInput.
    """
    recipient, legal_basis = recipient.strip(), legal_basis.strip()
    if not recipient:
        raise InvalidInput("recipient", "name the recipient")
    if with_personal and not legal_basis:
        raise InvalidInput("legal_basis", "personal values are disclosed on a legal basis only: name it")
    if since and until and since >= until:
        raise InvalidInput("until", "is not after since")
    try:
        check_scope_name(scope)
    except InvalidLeaf as error:
        raise InvalidInput("scope", str(error)) from error
    with transaction.atomic():
        export = Export.objects.create(
            number=next_number("export"),
            recipient=recipient,
            recipient_id=recipient_id,
            scope=scope,
            since=since,
            until=until,
            legal_basis=legal_basis,
            with_personal=with_personal,
            asked_by=by.id,
            asked_at=now or timezone.now(),
        )
        record(Verb.EXPORT_ASKED, [export], by=by, reason=legal_basis, payload=_told(export))
        if queued:
            transaction.on_commit(_wake, robust=True)
    return export


def stop(export: Export, *, by: Actor, reason: str = "") -> None:
    """Stop an export that is not ready. Raises Conflict where it has ended already."""
    with transaction.atomic():
        stopped = Export.objects.filter(pk=export.pk, state__in=_OPEN).update(state=Export.State.STOPPED)
        if not stopped:
            raise Conflict("This export has ended already.")
        record(Verb.EXPORT_STOPPED, [export], by=by, reason=reason, payload={"number": export.number})


def build_open() -> int:
    """Build what was asked for and what a killed worker left, oldest first; return how many got ready."""
    with staff_transaction():
        wanted = list(Export.objects.filter(state__in=_OPEN).order_by("number").values_list("pk", flat=True))
    ready = 0
    for key in wanted:
        try:
            ready += build(key).state == Export.State.READY
        except Exception:
            log.exception("export %s failed", key)  # its row says so; the others do not wait for it
    return ready


def build(key: uuid.UUID, *, progress: Callable[[str, int, int], None] | None = None) -> Export:
    """Build one export; its row follows the progress, as does `progress(stage, done, total)`.

    Returns the row as it is then: untouched where it has ended or another process builds it. What fails
    leaves the row `failed` with the reason, and is raised.
    """
    with staff_transaction():
        export = Export.objects.get(pk=key)
    with _only_builder(export) as alone:
        if alone:
            with staff_transaction():
                Export.objects.filter(pk=key, state__in=_OPEN).update(state=Export.State.BUILDING)
                export.refresh_from_db()
            if export.state == Export.State.BUILDING:
                _build_or_fail(export, progress or (lambda *_: None))
    with staff_transaction():
        export.refresh_from_db()
    return export


def expire(*, now: datetime | None = None) -> int:
    """Delete the files of bundles older than KEPT; return how many."""
    with staff_transaction():
        old = list(
            Export.objects.filter(state=Export.State.READY, ready_at__lt=(now or timezone.now()) - KEPT)
        )
        for export in old:
            (_folder() / export.file).unlink(missing_ok=True)
            export.state = Export.State.EXPIRED
            export.save(update_fields=["state"])
    return len(old)


@dataclass(frozen=True)
class _Anchor:
    """Everything that must be read at one size of the log; the rest never changes."""

    checkpoint: Checkpoint
    scope: BundledScope


def _build_or_fail(export: Export, progress: Callable[[str, int, int], None]) -> None:
    try:
        _build(export, _Progress(export, progress))
    except Stopped:
        return
    except Exception as error:
        with staff_transaction():
            # The class alone where it is not ours: its words may hold a value of a person.
            Export.objects.filter(pk=export.pk, state=Export.State.BUILDING).update(
                state=Export.State.FAILED, error=type(error).__name__
            )
        raise


def _build(export: Export, progress: _Progress) -> None:
    sequencer.sequence()
    with staff_transaction():
        anchor = _anchor(export)
        previous_checkpoint = _previous(export, anchor.checkpoint.size)
    nodes = LogNodes()
    events = _collect(export, anchor, nodes, progress)
    previous = None
    if previous_checkpoint is not None:
        old, new = previous_checkpoint.size, anchor.checkpoint.size
        with staff_transaction():
            path = nodes.gather(lambda read: consistency_proof(old, new, read))
        previous = Previous(previous_checkpoint.note, path)
    progress("writing reports", 0, 1)
    created_at = format_time(timezone.now())
    with staff_transaction():
        content = report.content(
            export=export,
            label=label(export),
            created_at=created_at,
            checkpoint=anchor.checkpoint,
            scope=anchor.scope,
            events=events,
            previous_size=previous_checkpoint.size if previous_checkpoint else None,
            key=verifier_key(),
        )
    reports = Reports(html=report.html(content), pdf=report.pdf(content))
    progress("signing", 0, 1)
    bundle = write_bundle(
        purpose=Purpose(export.recipient, export.legal_basis, created_at, _filters(export)),
        checkpoint=anchor.checkpoint.note,
        events=events,
        scopes=[anchor.scope],
        reports=reports,
        key=verifier_key(),
        sign=sign,
        previous=previous,
    )
    progress("verifying", 0, 1)
    verdict = verify_bundle(
        bundle, [verifier_key()], previous=previous.checkpoint.encode() if previous else None
    )
    if verdict.exit_code != 0:
        raise RuntimeError(f"the bundle does not verify: {verdict.refusal}")
    name = f"{export.pk}.zip"
    write_private(_folder() / name, bundle)
    with staff_transaction():
        ready = Export.objects.filter(pk=export.pk, state=Export.State.BUILDING).update(
            state=Export.State.READY,
            stage="",
            done=len(events),
            total=len(events),
            size=len(bundle),
            tree_size=anchor.checkpoint.size,
            digest=hashlib.sha256(bundle).hexdigest(),
            file=name,
            ready_at=timezone.now(),
        )
        if not ready:
            (_folder() / name).unlink()
            raise Stopped
        export.refresh_from_db()
        told = {
            **_told(export),
            "events": verdict.events,
            "disclosed": verdict.disclosed,
            "tree_size": export.tree_size,
            "digest": f"sha256:{export.digest}",
        }
        by = Actor("worker", "lockgate")
        record(Verb.EXPORT_BUILT, [export], by=by, reason=export.legal_basis, payload=told)


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, data)


def _anchor(export: Export) -> _Anchor:
    """Checkpoint and scope at one size: nothing is sequenced until this transaction ends."""
    checkpoint = sequencer.checkpoint_here()
    if checkpoint is None:
        raise RuntimeError("the log is empty: the event of this export is not committed")
    row = ScopeHead.objects.filter(scope=export.scope).first()
    head = Head(export.scope, row.number, bytes(row.digest).hex()) if row else Head(export.scope, 0, "")
    proof = prove_head(export.scope, ScopeMap([export.scope]).read)
    # Numbers follow the order of commits, times nearly so: the window runs from the first event in the
    # time asked for to the last, without a gap, and may hold one beside it.
    first, last = 1, head.number
    numbers = ScopeLeaf.objects.filter(scope=export.scope)
    if export.since:
        found = numbers.filter(leaf__event__at__gte=export.since).aggregate(n=Min("number"))["n"]
        first = found or head.number + 1
    if export.until:
        found = numbers.filter(leaf__event__at__lt=export.until).aggregate(n=Max("number"))["n"]
        last = max(found or 0, first - 1)
    return _Anchor(checkpoint, BundledScope(head, proof, first, last))


def _collect(export: Export, anchor: _Anchor, nodes: LogNodes, progress: _Progress) -> list[BundledEvent]:
    scope, size = anchor.scope, anchor.checkpoint.size
    events: list[BundledEvent] = []
    total = scope.last - scope.first + 1
    progress("collecting proofs", 0, total)
    for start in range(scope.first, scope.last + 1, _CHUNK):
        with staff_transaction():
            rows = list(
                ScopeLeaf.objects.filter(
                    scope=export.scope, number__range=(start, min(start + _CHUNK - 1, scope.last))
                )
                .order_by("number")
                .values_list("leaf_id", "leaf__data", "leaf__event_id")
            )
            disclosed = opened(event for _, _, event in rows) if export.with_personal else {}
            paths = nodes.gather(lambda read, rows=rows: [inclusion_proof(i, size, read) for i, _, _ in rows])
        nodes.keep_only(200_000)
        events += (
            BundledEvent(bytes(data), index, path, disclosed.get(event, {}))
            for (index, data, event), path in zip(rows, paths, strict=True)
        )
        progress("collecting proofs", len(events), total)
    return events


def _previous(export: Export, size: int) -> Checkpoint | None:
    """The checkpoint of the recipient's last bundle, of whatever scope."""
    mine = Export.objects.filter(tree_size__isnull=False, tree_size__lte=size).exclude(pk=export.pk)
    if export.recipient_id:
        mine = mine.filter(recipient_id=export.recipient_id)
    else:
        mine = mine.filter(recipient__iexact=export.recipient)
    last = mine.order_by(F("ready_at").desc()).values_list("tree_size", flat=True).first()
    return None if last is None else Checkpoint.objects.get(size=last)


@dataclass(frozen=True)
class _Progress:
    """Writes the progress into the row, and finds out there whether somebody stopped the export."""

    export: Export
    tell: Callable[[str, int, int], None]

    def __call__(self, stage: str, done: int, total: int) -> None:
        with staff_transaction():
            going_on = Export.objects.filter(pk=self.export.pk, state=Export.State.BUILDING).update(
                stage=stage, done=done, total=total
            )
        if not going_on:
            raise Stopped
        self.tell(stage, done, total)


@contextmanager
def _only_builder(export: Export) -> Iterator[bool]:
    """Whether this process alone builds the export; the lock ends with its connection."""
    numbers = [_LOCK, export.number]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", numbers)
        alone = bool(cursor.fetchone()[0])
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", numbers)


def _wake() -> None:
    """Tell a worker to look; beat does so too, so a lost message costs half a minute."""
    with acting_in(STAFF):
        headers = {"lockgate_scope": STAFF.to_header()}
        current_app.send_task(BUILD, queue="exports", headers=headers, retry=False)


def _folder() -> Path:
    return Path(settings.LOCAL_DIR) / "exports"


def _filters(export: Export) -> dict[str, Any]:
    return {
        "scope": export.scope,
        "since": format_time(export.since) if export.since else None,
        "until": format_time(export.until) if export.until else None,
        "with_personal": export.with_personal,
    }


def _told(export: Export) -> dict[str, Any]:
    return {"number": export.number, "recipient": export.recipient, **_filters(export)}
