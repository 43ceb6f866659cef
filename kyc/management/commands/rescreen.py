"""Queue parties for screening again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Q

from accounts import access
from core.errors import Absent
from core.scope import staff_transaction
from kyc.models import Party, Tenant
from kyc.screening import rescreening
from kyc.screening.thresholds import SCORER


class Command(BaseCommand):
    help = (
        "Queue the parties that were never screened or were screened by an earlier scorer; with --full, all "
        "of them. What a new version of a list changes is queued by its import. Prints what was queued."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="ID", help="only this tenant's parties: its id or T-0101")
        parser.add_argument("--full", action="store_true", help="every party, however fresh")
        parser.add_argument("--failed", action="store_true", help="only try at once what failed before")

    def handle(self, *, tenant: str | None, full: bool, failed: bool, **_: Any) -> None:
        try:
            with staff_transaction():
                if failed:
                    tried = rescreening.retry()
                    self.stdout.write(json.dumps({"tried": tried, "open": rescreening.open_items()}))
                    return
                parties = Party.objects.filter(removed_at__isnull=True)
                if tenant is not None:
                    parties = parties.filter(tenant=access.by_number(Tenant.objects.all(), tenant, "T"))
                if not full:
                    parties = parties.filter(Q(screening__isnull=True) | ~Q(screening__scorer=SCORER))
                tenants = parties.values("tenant").distinct().count()
                change = f"asked {datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
                queued = rescreening.queue_parties(parties.only("pk"), change=change)
                line = {
                    "parties": queued,
                    "tenants": tenants,
                    "full": full,
                    "open": rescreening.open_items(),
                }
        except Absent as error:
            self.stderr.write(str(error))
            raise SystemExit(2) from None
        self.stdout.write(json.dumps(line))
