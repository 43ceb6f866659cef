from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kyc", "0008_steady_rescreening")]

    operations = [
        migrations.AddField(
            model_name="rescreenitem",
            name="begun",
            field=models.PositiveSmallIntegerField(default=0),
        ),
    ]
