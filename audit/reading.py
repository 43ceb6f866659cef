"""What pages and the API ask the log: events with their place, checkpoints, proofs, how far behind it is.

Events, leaves and numbers are read in the scope of the caller's transaction. Checkpoints and hashes of the
tree tell nothing about anybody; they are read as staff.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.db import connection

from audit.models import Checkpoint, Event, Leaf, ScopeHead
from audit.proof.merkle import InvalidProof, consistency_proof, inclusion_proof, verify_consistency
from audit.record import Subject
from audit.registry import ALL
from audit.trees import LogNodes
from audit.verbs import Verb
from core.errors import Absent
from core.scope import NOBODY, acting_in, staff_transaction


@dataclass(frozen=True)
class Entry:
    """An event and where it stands. `index` is None while the sequencer has not taken it."""

    event: Event
    index: int | None
    is_signed: bool  # whether a checkpoint covers its leaf


@dataclass(frozen=True)
class Page:
    """Events, newest first. `next` is what `before` takes for the page after; None at the end.

    `checkpoint` is the newest, which says what of them is signed.
    """

    entries: list[Entry]
    next: uuid.UUID | None
    checkpoint: Checkpoint | None = None


@dataclass(frozen=True)
class CheckpointLine:
    """A checkpoint beside the one before it."""

    checkpoint: Checkpoint
    added: int
    grows: bool  # whether the stored tree proves that it only grew since the one before


@dataclass(frozen=True)
class Proof:
    """An event's inclusion in the newest checkpoint: what a verifier needs besides the leaf."""

    leaf: bytes
    index: int
    path: list[bytes]
    checkpoint: Checkpoint


@dataclass(frozen=True)
class Waiting:
    """Committed events that have no leaf yet."""

    count: int
    oldest_at: datetime | None


def events(
    scopes: Sequence[str],
    *,
    verbs: Iterable[Verb] = (),
    subject: Subject | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: uuid.UUID | None = None,
    limit: int = 50,
) -> Page:
    """Events of any of `scopes`, newest first: since ≤ time < until, after the cursor `before`.

    A tenant's time line is the scope `tenant:ID`; a subject's are the events that name it.
    """
    found = Event.objects.select_related("leaf").defer("leaf__data").order_by("-id")
    if ALL not in scopes:
        found = found.filter(scopes__overlap=list(scopes))
    if wanted := [verb.value for verb in verbs]:
        found = found.filter(verb__in=wanted)
    if subject is not None:
        found = found.filter(subjects__contains=[{"kind": subject.kind, "id": subject.id}])
    if since is not None:
        found = found.filter(at__gte=since)
    if until is not None:
        found = found.filter(at__lt=until)
    if before is not None:
        found = found.filter(id__lt=before)
    rows = list(found[: limit + 1])
    newest = newest_checkpoint()
    entries = [_entry(event, newest.size if newest else 0) for event in rows[:limit]]
    return Page(entries, rows[limit - 1].id if len(rows) > limit else None, newest)


def entry(event: Event) -> Entry:
    """Where one event stands."""
    return _entry(event, signed_size())


def newest_checkpoint() -> Checkpoint | None:
    """None while nothing is signed."""
    return Checkpoint.objects.order_by("-size").first()


def signed_size() -> int:
    """How many leaves the newest checkpoint covers."""
    return Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0


def proof_state(event: Event) -> tuple[int | None, Checkpoint | None]:
    """The event's leaf index, and the first checkpoint that covered it; None for what is still to come."""
    index = Leaf.objects.filter(event=event).values_list("index", flat=True).first()
    if index is None:
        return None, None
    return index, Checkpoint.objects.filter(size__gt=index).order_by("size").first()


def proof(event: Event) -> Proof:
    """The event's proof under the newest checkpoint. Raises Absent while none covers it."""
    leaf = Leaf.objects.filter(event=event).first()
    newest = newest_checkpoint()
    if leaf is None or newest is None or newest.size <= leaf.index:
        raise Absent("No checkpoint covers this event yet.")
    with staff_transaction():
        path = LogNodes().gather(lambda read: inclusion_proof(leaf.index, newest.size, read))
    return Proof(bytes(leaf.data), leaf.index, path, newest)


def checkpoints(*, below: int | None = None, limit: int = 20) -> list[CheckpointLine]:
    """Checkpoints, newest first (of sizes under `below`), each proved to contain the one before it."""
    found = Checkpoint.objects.order_by("-size")
    if below is not None:
        found = found.filter(size__lt=below)
    rows = list(found[: limit + 1])
    nodes = LogNodes()
    with staff_transaction():
        lines = [
            CheckpointLine(now, now.size - before.size, _grows(before, now, nodes))
            for now, before in pairwise(rows)
        ]
    if rows and len(rows) <= limit:
        lines.append(CheckpointLine(rows[-1], rows[-1].size, True))  # the first one: nothing to grow from
    return lines


def contains(now: Checkpoint, before: Checkpoint) -> bool:
    """Whether the stored tree proves that the log at `now` begins with the whole log at `before`."""
    with staff_transaction():
        return _grows(before, now, LogNodes())


def scope_size(scope: str) -> int:
    """How many events of a scope have their place."""
    return ScopeHead.objects.filter(scope=scope).values_list("number", flat=True).first() or 0


def waiting() -> Waiting:
    """Committed events that the sequencer has not taken; needs the staff scope."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*), min(e.at) FROM audit_event e
            WHERE (e.xid, e.id) > (
                SELECT l.xid, l.id FROM (
                    SELECT e.xid, e.id FROM audit_event e JOIN audit_leaf l ON l.event_id = e.id
                    ORDER BY l.index DESC LIMIT 1
                ) l UNION ALL SELECT '0'::xid8, '00000000-0000-0000-0000-000000000000'::uuid LIMIT 1
            )
            """
        )
        count, oldest = cursor.fetchone()
    return Waiting(count, oldest)


def horizon_age() -> timedelta:
    """How long the oldest writing transaction has been open: behind it the sequencer stands still."""
    with acting_in(NOBODY), connection.cursor() as cursor:  # the application sees its own sessions' times
        cursor.execute(
            "SELECT coalesce(max(clock_timestamp() - xact_start), interval '0') FROM pg_stat_activity "
            "WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()"
        )
        age: timedelta = cursor.fetchone()[0]
    return age


def _entry(event: Event, signed: int) -> Entry:
    leaf: Leaf | None = getattr(event, "leaf", None)
    index = None if leaf is None else leaf.index
    return Entry(event, index, index is not None and index < signed)


def _grows(before: Checkpoint, now: Checkpoint, nodes: LogNodes) -> bool:
    try:
        path = nodes.gather(lambda read: consistency_proof(before.size, now.size, read))
        verify_consistency(before.size, bytes(before.root), now.size, bytes(now.root), path)
    except (InvalidProof, LookupError):
        return False
    return True
