"""`manage.py decide FILE`: decision cases in, decisions out. Needs no server and no database."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from access.policy.engine import decide
from access.policy.fact_types import parse_date
from access.policy.facts import FactSet
from access.policy.pack import DEFAULT_PACKS, Pack, load_packs
from core import cli
from core.errors import InvalidInput


class Command(BaseCommand):
    help = "Decide cases (JSON lines or an array) under the packs; answers JSON lines in the same order."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="decision cases; - for standard input")
        parser.add_argument(
            "--pack", action="append", metavar="NAME", help="replaces the default packs; repeatable"
        )
        parser.add_argument("--as-of", metavar="DATE", help="decide every case on this day (YYYY-MM-DD)")
        parser.add_argument("--strict", action="store_true", help="stop at the first bad line")

    def handle(self, *args: Any, **options: Any) -> None:
        file = options["file"]
        try:
            packs = load_packs(options["pack"] or DEFAULT_PACKS)
            as_of = parse_date("as_of", options["as_of"]) if options["as_of"] is not None else None
            code = cli.answer_lines(
                file, lambda item: _answer(item, packs, as_of), out=self.stdout, strict=options["strict"]
            )
        except InvalidInput as error:
            cli.refuse(file, error)
        if code:
            raise SystemExit(code)


def _answer(item: Any, packs: tuple[Pack, ...], as_of: date | None) -> dict[str, Any]:
    case = FactSet.from_case(item, as_of=as_of)
    return decide(case.facts, packs, case.as_of, id=case.id).as_json()
