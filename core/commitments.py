"""Salted commitments for the personal fields of an event.

The log's leaf carries a hash in place of the value; the salt is derived from the subject's data key,
the event and the field's name (HKDF), so that nothing has to be stored and destroying the data key
destroys every salt. The hash itself is the log's matter and comes in as `commit(salt, name, value)`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from core.models import DataKey

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Commitment(Generic[T]):
    """One committed field: `digest` is what `commit` returned; salt and value open it."""

    name: str
    salt: bytes = field(repr=False)
    value: str = field(repr=False)
    digest: T


def commit_fields(
    data_key: DataKey,
    event_id: uuid.UUID,
    values: Mapping[str, str],
    *,
    commit: Callable[[bytes, str, str], T],
) -> list[Commitment[T]]:
    """Commit to each of `values` (name → text) of one event. Raises Conflict for an erased subject."""
    commitments = []
    for name, value in values.items():
        salt = data_key.salt(event_id, name)
        commitments.append(Commitment(name, salt, value, commit(salt, name, value)))
    return commitments
