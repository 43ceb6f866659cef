from django.db import migrations

from core import rls
from core.numbers import sequence

OF_TENANT = ["allocationrequest", "licence", "grant", "usagerecord"]
#: Decisions and inquiries name matches under review and suspicions: never a tenant's to read.
OF_STAFF = ["decision", "inquiry", "statuslist"]


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial")]

    operations = [
        *(rls.tenant_rows(f"access_{name}") for name in OF_TENANT),
        rls.shared_rows("access_site"),
        rls.shared_rows("access_cluster"),
        rls.shared_rows("access_packtext"),
        *(rls.staff_rows(f"access_{name}") for name in OF_STAFF),
        rls.append_only("access_packtext"),
        rls.append_only("access_decision"),
        sequence("request", start=2201),
        sequence("grant", start=7701),
    ]
