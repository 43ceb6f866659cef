"""`manage.py compare FILE`: the scorer alone on pairs of entities, one JSON line each."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.cli import answer_lines, refuse
from core.errors import InvalidInput
from kyc.screening.score import THRESHOLD
from kyc.screening.screen import compare


class Command(BaseCommand):
    help = 'Compare two entities: {"a": ENTITY, "b": ENTITY} lines in, scores with explanations out.'
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="JSON lines or an array; - for standard input")
        parser.add_argument(
            "--threshold", type=float, default=THRESHOLD, help="a match from this score, 0..1"
        )
        parser.add_argument("--strict", action="store_true", help="stop at the first bad line")

    def handle(self, *, file: str, threshold: float, strict: bool, **options: Any) -> None:
        try:
            if not 0.0 <= threshold <= 1.0:
                raise InvalidInput("threshold", "not between 0 and 1")
            code = answer_lines(file, lambda pair: compare(pair, threshold), strict=strict)
        except InvalidInput as error:
            refuse(file, error)
        if code:
            sys.exit(code)
