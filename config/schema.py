"""Bring the schema of our own servers up to date, as its owner, before anything reads it."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from config.postgres import check_trigrams

#: Any constant number: two commands that start at once must not both migrate.
_MIGRATING = 7_209_113


def check() -> None:
    """Raise Misconfigured where the database's locale breaks trigram search without any error."""
    owner = connections["owner"]
    owner.ensure_connection()
    check_trigrams(owner.connection)


def missing_migrations() -> int:
    """How many migrations of this code the database lacks."""
    executor = MigrationExecutor(connections["owner"])
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def bring_up_to_date() -> int:
    """Apply migrations that are missing and return how many there were.

    Raises Misconfigured for a database whose locale breaks trigram search.
    """
    owner = connections["owner"]
    try:
        with owner.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATING])
        missing = missing_migrations()
        if missing:
            call_command("migrate", database="owner", verbosity=0, interactive=False)
        check()
        return missing
    finally:
        owner.close()  # and with it the lock
