"""Import ownership statements of a register into the chains of the tenants that they concern."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from accounts import actors
from accounts.command_line import importer
from audit.record import SYSTEM
from core.cli import open_input, read_objects, refuse
from core.errors import InvalidInput
from core.scope import staff_transaction
from kyc.onboarding.registers import enter_reading
from kyc.ownership.bods import Reading, read_bods
from kyc.ownership.gleif import read_gleif, read_lei_csv
from kyc.ownership.psc import read_psc


def _whole(read: Callable[[BinaryIO], Reading]) -> Callable[[str], Reading]:
    def reader(file: str) -> Reading:
        with open_input(file) as stream:
            return read(stream)

    return reader


FORMATS: dict[str, Callable[[str], Reading]] = {
    "bods": lambda file: read_bods(read_objects(file)),
    "gleif": _whole(read_gleif),
    "psc": lambda file: read_psc(read_objects(file)),
    "lei-csv": _whole(read_lei_csv),
}


class Command(BaseCommand):
    help = (
        "Read ownership statements and enter what they say of owners of our tenants' parties, found by equal "
        "numbers (LEI, registration number). Prints errors as JSON lines, then the counts: parties and "
        "statements of the file, and what was entered into how many chains."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="- for standard input")
        parser.add_argument("--format", required=True, choices=sorted(FORMATS))
        parser.add_argument("--dry-run", action="store_true", help="do everything, then take it back")
        parser.add_argument(
            "--as",
            dest="username",
            metavar="USERNAME",
            help="the reviewer who imports (default: a service account nobody can sign in as)",
        )

    def handle(self, *, file: str, format: str, dry_run: bool, username: str | None, **_: Any) -> None:
        try:
            reading = FORMATS[format](file)
            with staff_transaction():
                user = importer(username)
                done = enter_reading(
                    reading,
                    source=format,
                    today=datetime.now(UTC).date(),
                    user=user,
                    by=actors.person(user) if username else SYSTEM,
                )
                if dry_run:
                    transaction.set_rollback(True)
        except InvalidInput as error:
            refuse(file, error)
        for problem in (*reading.errors, *done.errors):
            self._line(problem.as_json())
        self._line(
            {
                "format": format,
                "parties": len(reading.parties),
                "statements": len(reading.statements),
                "errors": len(reading.errors) + len(done.errors),
                "tenants": done.tenants,
                "matched": done.matched,
                "entered_parties": done.parties,
                "entered_statements": done.statements,
                "known_statements": done.known,
                "dry_run": dry_run,
            }
        )
        if reading.errors or done.errors:
            raise SystemExit(2)

    def _line(self, value: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(value, ensure_ascii=False))
