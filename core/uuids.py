"""Row keys: UUIDv7 made in Python, because encryption binds a value to its row before the row is saved."""

from __future__ import annotations

import uuid

from uuid_utils import compat


def uuid7() -> uuid.UUID:
    """A time-ordered UUID (RFC 9562, version 7) as `uuid.UUID`; the default of primary keys."""
    return compat.uuid7()
