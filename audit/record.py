"""`record()`: the one way an event is written.

The row is written in the business transaction, with a delivery row for each subscriber of its verb:
log and outbox are one thing, so nothing is lost between a commit and a message. After the commit a
worker is told to look; if that fails, the sweeper finds what nobody took.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from audit import registry
from audit.leaves import as_stored, check_can_be_leaf
from audit.models import Delivery, Event, EventValue
from audit.proof.redaction import commit
from audit.verbs import Verb
from audit.waking import wake
from core.commitments import commit_fields
from core.models import DataKey
from core.uuids import uuid7

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Actor:
    """Who acts. `kind`: person, token, cluster, worker, system. `address` is a keyed digest."""

    kind: str
    id: str
    session: str = ""
    address: str = ""


WORKER = Actor("worker", "lockgate")
SYSTEM = Actor("system", "lockgate")


@dataclass(frozen=True)
class Subject:
    """What an event is about: a registered kind and its id."""

    kind: str
    id: str


def subject_of(thing: models.Model | Subject) -> Subject:
    """The subject of a model instance: its model's name in lower case and its key."""
    if isinstance(thing, Subject):
        return thing
    return Subject(thing._meta.model_name or "", str(thing.pk))


def record(
    verb: Verb,
    subjects: Iterable[models.Model | Subject],
    *,
    by: Actor,
    reason: str = "",
    payload: Mapping[str, Any] | None = None,
    versions: Mapping[str, Any] | None = None,
    personal: Iterable[tuple[DataKey, Mapping[str, str]]] = (),
) -> Event:
    """Write one event. Must run inside the transaction of what it tells.

    `personal` are values about people, by data key: the leaf holds salted commitments only, value and
    salt lie under the person's key. `payload` and `versions` hold no personal value and no float that
    JSON cannot say. Raises RuntimeError outside a transaction, KeyError for a kind of subject that nobody
    registered, InvalidLeaf for what could not become a leaf.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{verb}: an event is recorded in the transaction of what it tells")
    about = [subject_of(thing) for thing in subjects]
    event = Event(
        id=uuid7(),
        at=timezone.now(),
        verb=verb.value,
        actor_kind=by.kind,
        actor_id=by.id,
        actor_session=by.session,
        actor_address=by.address,
        subjects=[{"kind": s.kind, "id": s.id} for s in about],
        reason=reason,
        payload=as_stored(dict(payload or {})),
        versions=as_stored(dict(versions or {})),
        scopes=registry.scopes_of((s.kind, s.id) for s in about),
    )
    values = _commit(event, personal)
    check_can_be_leaf(event)  # later it would stop the sequencer
    event.save(force_insert=True)
    for value in values:
        value.save(force_insert=True)
    wanted = registry.subscribers_of(verb)
    for subscriber in wanted:
        Delivery(event=event, subscriber=subscriber.name, created_at=event.at, next_attempt_at=event.at).save(
            force_insert=True
        )
    for queue in {s.queue for s in wanted}:
        transaction.on_commit(lambda queue=queue: wake(queue, queue), robust=True)  # type: ignore[misc]
    return event


def _commit(event: Event, personal: Iterable[tuple[DataKey, Mapping[str, str]]]) -> list[EventValue]:
    values: list[EventValue] = []
    commitments: dict[str, str] = {}
    for key, fields in personal:
        for made in commit_fields(key, event.id, fields, commit=commit):
            if made.name in commitments:
                raise ValueError(f"{event.verb}: two personal values are called {made.name}")
            commitments[made.name] = made.digest
            sealed = key.encrypt(made.value.encode(), bound_to=event.id.bytes + made.name.encode())
            values.append(EventValue(event=event, name=made.name, data_key=key, sealed=sealed))
    event.commitments = commitments
    return values
