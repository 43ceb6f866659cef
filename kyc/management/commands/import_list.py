"""Import one version of one list."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console
from rich.status import Status

from audit.record import SYSTEM
from core.cli import refuse
from core.errors import Conflict, InvalidInput
from kyc.lists import service


class Command(BaseCommand):
    help = "Import FILE as one version of SOURCE and queue the re-screening of what changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", metavar="SOURCE")
        parser.add_argument(
            "file", metavar="FILE", help="a file, a folder, an archive, or - for standard input"
        )
        parser.add_argument("--as-of", type=date.fromisoformat, help="date of the version (YYYY-MM-DD)")
        parser.add_argument("--dry-run", action="store_true", help="compare only, store nothing")

    def handle(self, *, source: str, file: str, as_of: date | None, dry_run: bool, **_: Any) -> None:
        console = Console(stderr=True)
        with console.status("reading") as status:
            try:
                result = service.import_version(
                    source=source,
                    path=file,
                    as_of=as_of,
                    by=SYSTEM,
                    dry_run=dry_run,
                    progress=lambda stage, done: _show(status, stage, done),
                )
            except InvalidInput as error:
                refuse(file, error)
            except Conflict as error:
                console.print(str(error))
                raise SystemExit(1) from None
        self.stdout.write(json.dumps(result.as_json(), ensure_ascii=False))


def _show(status: Status, stage: str, done: int) -> None:
    status.update(f"{stage}: {done:,} entries")
