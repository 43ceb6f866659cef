"""Row-level security and append-only tables as migration operations, and the grants of the roles.

Three guards keep a log table as it is: the roles lack UPDATE, DELETE and TRUNCATE; a trigger
written by hand refuses them (no session setting walks past it); the self-check recomputes.
"""

from __future__ import annotations

from django.conf import settings
from django.db import migrations

_TENANT = "nullif(current_setting('lockgate.tenant', true), '')::uuid"
_LOG_SCOPES = "string_to_array(nullif(current_setting('lockgate.log_scopes', true), ''), ',')"


def _roles() -> dict[str, str]:
    return {"app": settings.LOCKGATE_APP_ROLE, "staff": settings.LOCKGATE_STAFF_ROLE}


def tenant_rows(table: str, column: str = "tenant_id") -> migrations.RunSQL:
    """Rows of `table` are seen and written by their tenant and by staff, by nobody else."""
    return _policies(table, using=f"{column} = {_TENANT}", check=f"{column} = {_TENANT}")


def staff_rows(table: str) -> migrations.RunSQL:
    """Rows of `table` are the provider's own: no tenant sees one."""
    return _policies(table, using="false", check="false")


def shared_rows(table: str, *, insert: bool = False) -> migrations.RunSQL:
    """Everybody may read (published lists, catalogues); staff alone writes, unless `insert`."""
    return _policies(table, using="true", check="true" if insert else "false")


def outbox_rows(table: str) -> migrations.RunSQL:
    """Anyone may add a row inside its own transaction; only staff reads them."""
    return _policies(table, using="false", check="true")


def log_rows(table: str) -> migrations.RunSQL:
    """Anyone records; a reader sees the events of the log scopes that were named for it."""
    return _policies(table, using=f"scopes && {_LOG_SCOPES}", check="true")


def log_scope_rows(table: str) -> migrations.RunSQL:
    """Rows that say how far one scope has come; a reader sees those of the scopes named for it."""
    return _policies(table, using=f"scope = ANY ({_LOG_SCOPES})", check="false")


def log_leaf_rows(table: str) -> migrations.RunSQL:
    """A leaf is read by who may read its event."""
    readable = f"EXISTS (SELECT FROM audit_event e WHERE e.id = event_id AND e.scopes && {_LOG_SCOPES})"
    return _policies(table, using=readable, check="false")


def _policies(table: str, *, using: str, check: str) -> migrations.RunSQL:
    roles = _roles()
    forward = f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY {table}_read ON {table} FOR SELECT TO {roles["app"]} USING ({using});
        CREATE POLICY {table}_add ON {table} FOR INSERT TO {roles["app"]} WITH CHECK ({check});
        CREATE POLICY {table}_change ON {table} FOR UPDATE TO {roles["app"]}
            USING ({using}) WITH CHECK ({check});
        CREATE POLICY {table}_drop ON {table} FOR DELETE TO {roles["app"]} USING ({using});
        CREATE POLICY {table}_staff ON {table} TO {roles["staff"]} USING (true) WITH CHECK (true);
    """
    backward = "".join(
        f"DROP POLICY {table}_{name} ON {table};" for name in ("read", "add", "change", "drop", "staff")
    )
    return migrations.RunSQL(forward, f"{backward} ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;")


def append_only(table: str) -> migrations.RunSQL:
    """Rows of `table` are written once: UPDATE, DELETE and TRUNCATE are refused by a trigger."""
    return migrations.RunSQL(
        f"""
        CREATE OR REPLACE FUNCTION lockgate_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% of % is refused: rows are written once', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END $$;
        CREATE TRIGGER lockgate_append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION lockgate_refuse_change();
        CREATE TRIGGER lockgate_append_only_all BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION lockgate_refuse_change();
        """,
        f"""
        DROP TRIGGER lockgate_append_only ON {table};
        DROP TRIGGER lockgate_append_only_all ON {table};
        """,
    )


def grant(cursor: object) -> None:
    """Give the roles what they need on every table, then take the log's tables back to INSERT.

    Runs after every migration, as the owner; which tables are append-only is read from their
    triggers, so that a table cannot be forgotten here.
    """
    execute = cursor.execute  # type: ignore[attr-defined]
    for role in _roles().values():
        execute(f"GRANT USAGE ON SCHEMA public TO {role}")
        execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
        execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")
        execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'lockgate_append_only' "
            "AND NOT tgisinternal"
        )
        for (table,) in cursor.fetchall():  # type: ignore[attr-defined]
            execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}")
