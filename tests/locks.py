"""Somebody else who holds a lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def held_elsewhere(name: str) -> Iterator[None]:
    """The session lock of this name is held by another connection within the block, and free after it."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
            yield
            # Not left to the end of the connection, which the server notices later.
            cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])
    finally:
        other.close()
