import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.uuids
from core import rls


class Migration(migrations.Migration):
    dependencies = [
        ("kyc", "0004_imported_tenants_and_downloads"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="rescreenitem",
            name="cause",
            field=models.CharField(
                choices=[("list", "List"), ("party", "Party"), ("full", "Full"), ("threshold", "Threshold")],
                max_length=16,
            ),
        ),
        migrations.CreateModel(
            name="Threshold",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.uuids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("dataset", models.CharField(max_length=40)),
                (
                    "kind",
                    models.CharField(
                        choices=[("person", "Person"), ("organisation", "Organisation")], max_length=16
                    ),
                ),
                ("threshold", models.FloatField()),
                ("hold_at", models.FloatField()),
                ("was_threshold", models.FloatField()),
                ("was_hold_at", models.FloatField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("in_force", "In Force"),
                            ("history", "History"),
                            ("refused", "Refused"),
                        ],
                        default="proposed",
                        max_length=16,
                    ),
                ),
                ("reason", models.TextField()),
                ("proposed_at", models.DateTimeField()),
                ("in_force_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "in_force")),
                        fields=("dataset", "kind"),
                        name="one_threshold_in_force",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "proposed")),
                        fields=("dataset", "kind"),
                        name="one_threshold_proposed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("hold_at__lte", 1.0),
                            ("threshold__gte", 0.5),
                            ("threshold__lte", models.F("hold_at")),
                        ),
                        name="threshold_within_bounds",
                    ),
                ],
            },
        ),
        rls.staff_rows("kyc_threshold"),
    ]
