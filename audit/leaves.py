"""An event row as the event of a leaf (`audit.proof.leaf`)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from audit.models import Event
from audit.proof import leaf
from audit.proof.leaf import ScopePosition

#: The longest place that an event can have in a scope, to measure an event before it has one.
_LONGEST = {"number": 2**63 - 1, "previous": "f" * 64}


def leaf_event(event: Event, positions: Sequence[ScopePosition]) -> leaf.Event:
    """What the leaf of a row says, given the event's places in its scopes (sorted by name)."""
    return {
        "id": str(event.id),
        "at": leaf.format_time(event.at),
        "actor": {
            "kind": event.actor_kind,
            "id": event.actor_id,
            "session": event.actor_session,
            "address": event.actor_address,
        },
        "verb": event.verb,
        "subjects": event.subjects,
        "reason": event.reason,
        "versions": event.versions,
        "payload": event.payload,
        "commitments": event.commitments,
        "scopes": list(positions),
    }


def check_can_be_leaf(event: Event) -> None:
    """Raises InvalidLeaf for a row that could never become a leaf, whatever its places in the scopes."""
    longest: list[Any] = [{"name": name, **_LONGEST} for name in event.scopes]
    leaf.encode_leaf(leaf_event(event, longest))


def as_stored(value: Any) -> Any:
    """`value` as a jsonb column gives it back: numbers are decimal there, so 1e25 comes back as an integer
    and -0.0 as 0.0. What is checked before storing is then what the sequencer will read."""
    if isinstance(value, dict):
        return {key: as_stored(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_stored(inner) for inner in value]
    if isinstance(value, float):
        text = repr(value)
        if "e+" in text:
            return int(Decimal(text))
        return value or 0.0
    return value
