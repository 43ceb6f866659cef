"""`manage.py ownership FILE --subject ID`: who owns and controls a subject, from BODS statements."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from datetime import UTC, date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.cli import read_objects, refuse
from core.errors import InvalidInput
from kyc.ownership.bods import read_bods
from kyc.ownership.report import as_json, assess


class Command(BaseCommand):
    help = (
        "Beneficial owners, ultimate parents and the 50 Percent Rule for one subject of BODS 0.4 statements."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="BODS 0.4: an array or JSON lines; - for standard input")
        parser.add_argument("--subject", required=True, help="recordId of the entity asked about")
        parser.add_argument("--flagged", help='listed parties, JSON lines {"id", "list"}')
        parser.add_argument("--threshold", default="25", help="percent, inclusive (default 25)")
        parser.add_argument("--exclusive", action="store_true", help='"more than" the threshold')
        parser.add_argument("--as-of", help="YYYY-MM-DD (default today)")

    def handle(
        self,
        *,
        file: str,
        subject: str,
        flagged: str | None,
        threshold: str,
        exclusive: bool,
        as_of: str | None,
        **options: Any,
    ) -> None:
        blamed = file
        try:
            day = _day(as_of)
            blamed = flagged or file
            lists = _lists(flagged) if flagged else {}
            blamed = file
            reading = read_bods(read_objects(file), as_of=day)
            for error in reading.errors:
                raise InvalidInput(error.field, error.error, line=error.line)
            answer = assess(
                reading.parties,
                reading.statements,
                subject,
                flagged=lists,
                threshold=threshold,
                exclusive=exclusive,
                as_of=day,
            )
        except InvalidInput as error:
            refuse(blamed, error)
        sys.stdout.write(json.dumps(as_json(answer), ensure_ascii=False, separators=(",", ":")) + "\n")


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput("as-of", f"not a date: {text}") from error


def _lists(file: str) -> dict[str, set[str]]:
    lists: dict[str, set[str]] = defaultdict(set)
    for line, item in read_objects(file):
        if isinstance(item, InvalidInput):
            raise item
        for field in ("id", "list"):
            if not isinstance(item, dict) or not isinstance(item.get(field), str) or not item[field]:
                raise InvalidInput(field, "missing or not a text", line=line)
        lists[item["list"]].add(item["id"])
    return dict(lists)
