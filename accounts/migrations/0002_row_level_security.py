from django.db import migrations

from core import rls


class Migration(migrations.Migration):
    """Approvals are the provider's own. People and organisations are read before a scope is known."""

    dependencies = [("accounts", "0001_initial")]

    operations = [rls.staff_rows("accounts_approval")]
