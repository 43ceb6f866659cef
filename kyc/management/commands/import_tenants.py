"""Import a provider's existing customers with their parties and owners."""

from __future__ import annotations

import json
import sys
from argparse import RawDescriptionHelpFormatter
from contextlib import ExitStack
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from accounts import actors
from accounts.command_line import importer
from accounts.models import User
from audit.record import SYSTEM, Actor
from core.cli import BAD_INPUT, progress_bar, refuse
from core.errors import InvalidInput
from core.scope import staff_transaction
from kyc.onboarding.bulk import BATCH, Counts, import_customers
from kyc.onboarding.customer_file import COLUMNS, NEEDED, read_customers


class Command(BaseCommand):
    help = f"""Import existing customers from CSV or JSON lines, screen everyone in bulk, print JSON lines:
one {{"line","error":{{"field","reason"}}}} for each customer that was refused, one
{{"tenant","reference","state","points"}} for each that needs something done (the remediation queue), and
the counts at the end. Customers come in as applicants; a customer is taken whole or not at all, and one
that an earlier import brought (by `tenant`, `reference`) is left alone.

CSV columns: {", ".join(COLUMNS)};
needed: {", ".join(NEEDED)}. A row with an empty `party` describes the tenant itself. Every other row
describes a party (`schema`: Person, Company, Organization, LegalEntity), states what it holds (`owns`: the
party that it holds, the tenant by default; `interest`: a BODS type, shareholding by default; `percent`, or
`percent_min` and `percent_max`), or both. `party` "?" is an owner who is not known. Several values in one
cell stand apart by "|". Dates are YYYY-MM-DD, countries ISO 3166-1 alpha-2.

JSON lines: {{"reference","name","country","region","properties":{{FollowTheMoney}},
"facts":{{"legal_form","formed_on","business","staff","purpose"}},
"parties":[{{"reference","schema","country","region","roles","properties"}}],
"statements":[{{"reference","subject","interested","interests":[BODS interest]}}]}}; the tenant itself is the
party "self", `interested` null an owner who is not declared."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="- for standard input")
        parser.add_argument("--dry-run", action="store_true", help="do everything, then take it back")
        parser.add_argument(
            "--as",
            dest="username",
            metavar="USERNAME",
            help="the reviewer who imports (default: a service account nobody can sign in as)",
        )

    def handle(self, *, file: str, dry_run: bool, username: str | None, **_: Any) -> None:
        counts = Counts()
        try:
            with ExitStack() as stack:
                if dry_run:  # one transaction round everything, taken back at the end
                    stack.enter_context(staff_transaction())
                with staff_transaction():
                    user = importer(username)
                by = actors.person(user) if username else SYSTEM
                self._import(file, user, by, counts)
                if dry_run:
                    transaction.set_rollback(True)
        except InvalidInput as error:
            refuse(file, error)
        self._line({**counts.as_json(), "dry_run": dry_run})
        if counts.refused:
            sys.exit(BAD_INPUT)

    def _import(self, file: str, user: User, by: Actor, counts: Counts) -> None:
        with progress_bar("importing") as advance:
            batches = import_customers(read_customers(file), user=user, by=by, counts=counts)
            for n, batch in enumerate(batches, start=1):
                for error in batch.errors:
                    self._line({"line": error.line, "error": {"field": error.field, "reason": error.reason}})
                for item in batch.queue:
                    self._line(item.as_json())
                advance(n * BATCH, None)

    def _line(self, value: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(value, ensure_ascii=False))
