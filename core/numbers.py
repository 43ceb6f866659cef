"""Short numbers that people say aloud (T-0188, A-10482): from Postgres sequences, gaps allowed."""

from __future__ import annotations

from django.db import connection, migrations

SEQUENCES = {"tenant", "alert", "list_version", "request", "grant", "export"}


def next_number(kind: str) -> int:
    """The next number of a kind. Never given twice, also where its transaction fails."""
    if kind not in SEQUENCES:
        raise ValueError(f"no sequence for {kind}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s::regclass)", [f"lockgate_{kind}_number"])
        return int(cursor.fetchone()[0])


def sequence(kind: str, *, start: int) -> migrations.RunSQL:
    """The migration operation that makes a kind's sequence."""
    return migrations.RunSQL(
        f"CREATE SEQUENCE lockgate_{kind}_number START {start}", f"DROP SEQUENCE lockgate_{kind}_number"
    )
