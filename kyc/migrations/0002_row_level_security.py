from django.db import migrations

from core import rls
from core.numbers import sequence

OF_TENANT = [
    "application",
    "question",
    "rating",
    "party",
    "partyidentifier",
    "ownershipstatement",
    "assessment",
    "document",
    "identitycheck",
]
#: Matches under review and suspicions are never disclosed to a tenant (tipping off).
OF_STAFF = ["screening", "alert", "resolution", "dismissal", "rescreenitem"]
PUBLISHED = ["listversion", "entrycontent", "entry", "entrychange", "entryname"]


class Migration(migrations.Migration):
    dependencies = [("kyc", "0001_initial")]

    operations = [
        rls.tenant_rows("kyc_tenant", "organisation_id"),
        *(rls.tenant_rows(f"kyc_{name}") for name in OF_TENANT),
        *(rls.staff_rows(f"kyc_{name}") for name in OF_STAFF),
        *(rls.shared_rows(f"kyc_{name}") for name in PUBLISHED),
        rls.append_only("kyc_resolution"),
        sequence("tenant", start=101),
        sequence("alert", start=10401),
        sequence("list_version", start=1),
    ]
