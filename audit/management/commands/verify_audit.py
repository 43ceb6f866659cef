"""manage.py verify_audit: checks the live log: tree, checkpoints, database against leaves."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from audit import selfcheck
from core.cli import progress_bar


class Command(BaseCommand):
    help = (
        "Check the live log: every leaf against its event row; tree, scopes and checkpoints computed anew. "
        "Prints counts as JSON and exits 0; 1 with the first thing that is wrong."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        with progress_bar("checking leaves") as advance:
            health = selfcheck.verify_live(advance)
        if health.fault is not None:
            self.stderr.write(f"wrong: {health.fault}")
            sys.exit(1)
        told = asdict(health)
        del told["fault"]
        self.stdout.write(json.dumps(told))
