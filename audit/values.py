"""Personal values that events committed to: opened where their person's key still lives."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from audit.models import EventValue
from audit.proof.redaction import Disclosure
from core.models import DataKey


def opened(events: Iterable[uuid.UUID]) -> dict[uuid.UUID, dict[str, Disclosure]]:
    """Value and salt of each commitment of these events, by event and name.

    Values of erased people are not among them: with the key, value and salt are gone. Raises Undecryptable
    for a value that was not sealed in its place.
    """
    found: dict[uuid.UUID, dict[str, Disclosure]] = {}
    rows = list(EventValue.objects.filter(event_id__in=list(events), data_key__destroyed_at__isnull=True))
    keys = DataKey.objects.in_bulk({row.data_key_id for row in rows})
    for row in rows:
        key = keys[row.data_key_id]
        if key.is_destroyed:  # erased between the two queries
            continue
        place = row.event_id.bytes + row.name.encode()
        value = key.decrypt(bytes(row.sealed), bound_to=place).decode()
        found.setdefault(row.event_id, {})[row.name] = Disclosure(key.salt(row.event_id, row.name), value)
    return found
