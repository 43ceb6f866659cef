from django.db import migrations, models

import core.uuids
from core import rls


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_row_level_security"),
        ("kyc", "0003_party_by_match_digest"),
    ]

    operations = [
        migrations.CreateModel(
            name="ListDownload",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.uuids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("source", models.CharField(max_length=40)),
                ("address", models.TextField()),
                ("etag", models.TextField(blank=True)),
                ("last_modified", models.CharField(blank=True, max_length=100)),
                ("digest", models.CharField(max_length=64)),
                ("fetched_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="tenant",
            name="reference",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddConstraint(
            model_name="tenant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reference", ""), _negated=True),
                fields=("reference",),
                name="customer_number_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="listdownload",
            constraint=models.UniqueConstraint(
                fields=("source", "address"), name="one_download_per_source_and_address"
            ),
        ),
        rls.staff_rows("kyc_listdownload"),
    ]
