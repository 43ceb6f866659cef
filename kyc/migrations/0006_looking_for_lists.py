import django.db.models.deletion
from django.db import migrations, models

import core.uuids
from core import rls


class Migration(migrations.Migration):
    dependencies = [("kyc", "0005_thresholds")]

    operations = [
        migrations.AddField(
            model_name="listversion",
            name="published_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="ListLook",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.uuids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("source", models.CharField(max_length=40, unique=True)),
                (
                    "stage",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Nothing"),
                            ("asking", "Asking"),
                            ("downloading", "Downloading"),
                            ("importing", "Importing"),
                        ],
                        max_length=16,
                    ),
                ),
                ("done", models.BigIntegerField(default=0)),
                ("began_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("failing_since", models.DateTimeField(null=True)),
                ("error", models.TextField(blank=True)),
                ("asked_at", models.DateTimeField(null=True)),
                (
                    "version",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="kyc.listversion",
                    ),
                ),
            ],
        ),
        rls.staff_rows("kyc_listlook"),
    ]
