from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension, UnaccentExtension
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0002_row_level_security")]

    operations = [TrigramExtension(), BtreeGistExtension(), UnaccentExtension()]
