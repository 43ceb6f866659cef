from django.db import migrations

from core import rls
from core.numbers import sequence


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("core", "0003_extensions")]

    operations = [
        migrations.RunSQL(
            """
            ALTER TABLE audit_event ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
            CREATE INDEX audit_event_xid ON audit_event (xid, id);
            """,
            "ALTER TABLE audit_event DROP COLUMN xid",
        ),
        rls.log_rows("audit_event"),
        rls.outbox_rows("audit_delivery"),
        rls.outbox_rows("audit_eventvalue"),
        rls.log_leaf_rows("audit_leaf"),
        rls.log_scope_rows("audit_scopeleaf"),
        rls.staff_rows("audit_node"),
        rls.log_scope_rows("audit_scopehead"),
        rls.staff_rows("audit_scopenode"),
        rls.shared_rows("audit_checkpoint"),
        rls.staff_rows("audit_export"),
        rls.append_only("audit_event"),
        rls.append_only("audit_leaf"),
        rls.append_only("audit_scopeleaf"),
        rls.append_only("audit_node"),
        rls.append_only("audit_checkpoint"),
        sequence("export", start=101),
    ]
