import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.fields
import core.uuids
from core import rls


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_extensions"),
        ("kyc", "0006_looking_for_lists"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveField(
            model_name="party",
            name="flags",
        ),
        migrations.CreateModel(
            name="PartyFlag",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.uuids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("role.pep", "Politically exposed"), ("adverse_media", "Adverse media")],
                        max_length=16,
                    ),
                ),
                ("source", core.fields.EncryptedTextField()),
                ("note", core.fields.EncryptedTextField(default="")),
                ("set_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "alert",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="party_flags",
                        to="kyc.alert",
                    ),
                ),
                (
                    "data_key",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="core.datakey"),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="flags", to="kyc.party"
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="party_flags",
                        to="kyc.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["tenant"],
                        name="live_party_flags",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("alert", "kind"),
                        name="one_live_flag_per_alert",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("ended_by__isnull", True)),
                            models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="flag_ends_by_somebody",
                    ),
                ],
            },
        ),
        rls.staff_rows("kyc_partyflag"),
    ]
