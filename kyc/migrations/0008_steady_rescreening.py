from django.db import migrations, models

import core.uuids
from core import rls


class Migration(migrations.Migration):
    dependencies = [("kyc", "0007_party_flags")]

    operations = [
        migrations.CreateModel(
            name="Weighing",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.uuids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField(unique=True)),
                ("names", models.PositiveIntegerField()),
                ("table", models.BinaryField()),
                ("made_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="rescreenitem",
            name="next_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="rescreenitem",
            name="cause",
            field=models.CharField(
                choices=[
                    ("list", "List"),
                    ("party", "Party"),
                    ("full", "Full"),
                    ("threshold", "Threshold"),
                    ("sample", "Sample"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddIndex(
            model_name="party",
            index=models.Index(fields=["changed_at"], name="party_by_change"),
        ),
        rls.shared_rows("kyc_weighing"),
        rls.append_only("kyc_weighing"),
    ]
