"""Download the lists that changed, and import them."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console

from audit.record import SYSTEM
from core.cli import refuse
from core.errors import InvalidInput
from kyc.lists import fetch, looking
from kyc.lists.sources import SOURCES


class Command(BaseCommand):
    help = (
        "Download each SOURCE that changed since the last import (conditional requests), verify and import "
        "it, and queue the re-screening of what changed. One JSON line a source: the answer of import_list, "
        'or {"source","state":"unchanged"} or {"source","state":"failed","error"}. Without SOURCE: all that '
        "have an address. LOCKGATE_LIST_MIRROR: a folder (FOLDER/SOURCE/ or FOLDER/SOURCE.ext) or a base URL "
        "(URL/SOURCE/FILE) that is read instead. Exits 1 where a source failed; what was in force stays so."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("sources", nargs="*", metavar="SOURCE")

    def handle(self, *, sources: list[str], **_: Any) -> None:
        mirror = settings.LOCKGATE_LIST_MIRROR
        failed = False
        console = Console(stderr=True)
        for name in sources:
            if name not in SOURCES:
                refuse("SOURCE", InvalidInput("source", f"{name} is none of {', '.join(SOURCES)}"))
        for name in sources or fetch.sources_of(mirror):
            with console.status(name) as status:
                try:
                    done = looking.look(
                        name,
                        by=SYSTEM,
                        progress=lambda stage, n, name=name: status.update(f"{name}: {stage}: {n:,}"),
                    )
                except InvalidInput as error:
                    refuse(name, error)
            failed = failed or done.state == "failed"
            self.stdout.write(json.dumps(done.as_json(), ensure_ascii=False))
        if failed:
            raise SystemExit(1)
