"""manage.py export_audit OUT.zip: the bundle of one scope of the log, for whoever has to check it."""

from __future__ import annotations

import json
import sys
import uuid
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.dateparse import parse_date, parse_datetime

from audit import export, reading, registry
from audit.record import Actor
from core.cli import progress_bar, refuse
from core.errors import InvalidInput
from core.scope import staff_transaction


class Command(BaseCommand):
    help = (
        "Write an export bundle of the audit log: of one tenant or one jurisdiction, else of the whole log. "
        "Verify it with python -m audit.verify OUT.zip."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("out", metavar="OUT.zip")
        parser.add_argument("--since", metavar="TIME", help="first date or RFC 3339 time")
        parser.add_argument(
            "--until", metavar="TIME", help="last date (that day is in), or time before which"
        )
        scope = parser.add_mutually_exclusive_group()
        scope.add_argument("--tenant", metavar="ID", help="one tenant: its id, or its number (T-0188)")
        scope.add_argument("--jurisdiction", metavar="CC", help="tenants of one country, ISO 3166-1 alpha-2")
        parser.add_argument("--recipient", metavar="NAME", default="the operator", help="who receives it")
        parser.add_argument("--legal-basis", metavar="TEXT", default="", help="on which basis they do")
        parser.add_argument(
            "--personal",
            action="store_true",
            help="disclose personal values (needs --legal-basis); without, they are covered but provable",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            written = self._write(Path(options["out"]), options)
        except InvalidInput as error:
            refuse(options["out"], error)
        self.stdout.write(json.dumps(written))

    def _write(self, out: Path, options: dict[str, Any]) -> dict[str, Any]:
        if not out.parent.is_dir() or out.is_dir():
            raise InvalidInput("file", "the folder does not exist, or this is one")
        by = Actor("system", "command line")
        with staff_transaction():
            scope = _scope(options["tenant"], options["jurisdiction"])
            asked = export.ask(
                recipient=options["recipient"],
                scope=scope,
                since=_time("since", options["since"]),
                until=_time("until", options["until"], end_of_day=True),
                legal_basis=options["legal_basis"],
                with_personal=options["personal"],
                by=by,
                queued=False,
            )
        with progress_bar() as advance:
            built = export.build(asked.pk, progress=lambda stage, done, total: advance(done, total, stage))
        export.write_private(out, export.file_of(built).read_bytes())
        with staff_transaction():
            if not reading.scope_size(scope):
                sys.stderr.write(f"{scope} has no event: the bundle proves just that\n")
        return {
            "export": export.label(built),
            "scope": scope,
            "events": built.total,
            "tree_size": built.tree_size,
            "size": built.size,
            "digest": f"sha256:{built.digest}",
        }


def _scope(tenant: str | None, country: str | None) -> str:
    if country is not None:
        if len(country) != 2 or not country.isascii() or not country.isalpha():
            raise InvalidInput("jurisdiction", "two letters of ISO 3166-1 are expected")
        return f"jurisdiction:{country.upper()}"
    if tenant is None:
        return registry.ALL
    try:
        return f"tenant:{uuid.UUID(tenant)}"
    except ValueError:
        found = registry.find("tenant", tenant)
    if found is None:
        raise InvalidInput("tenant", f"no tenant {tenant}")
    return f"tenant:{found}"


def _time(field: str, text: str | None, *, end_of_day: bool = False) -> datetime | None:
    """A date or time in UTC where it names no zone."""
    if text is None:
        return None
    try:
        day = parse_date(text)
        moment = datetime.combine(day, time()) if day else parse_datetime(text)
    except ValueError as error:
        raise InvalidInput(field, str(error)) from error
    if moment is None:
        raise InvalidInput(field, f"{text!r} is no date or RFC 3339 time")
    if day and end_of_day:
        moment += timedelta(days=1)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
