"""`manage.py read_mrz FILE`: machine-readable zones in, one JSON line each out."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandParser

from core.cli import BAD_INPUT, open_input, refuse
from core.errors import InvalidInput
from kyc.identity.mrz import parse, zones


class Command(BaseCommand):
    help = "Read machine-readable zones (ICAO 9303): lines of text, parted by blank lines or by their number."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="text, or a JSON array of zones; - for standard input")
        parser.add_argument("--strict", action="store_true", help="stop at the first bad zone")

    def handle(self, *, file: str, strict: bool, **options: Any) -> None:
        today = datetime.now(UTC).date()
        code = 0
        try:
            for number, lines in _zones(file):
                try:
                    answer = parse(lines, today).as_json()
                except InvalidInput as error:
                    code = BAD_INPUT
                    answer = {"line": number, "error": {"field": error.field, "reason": error.reason}}
                sys.stdout.write(json.dumps(answer, ensure_ascii=False, separators=(",", ":")) + "\n")
                if code and strict:
                    break
        except InvalidInput as error:
            refuse(file, error)
        if code:
            sys.exit(code)


def _zones(file: str) -> Iterator[tuple[int, list[str]]]:
    """Zones of a text file; of an array, whose items are texts or arrays of lines."""
    stream = open_input(file)
    try:
        if stream.peek(1)[:1] == b"[":  # type: ignore[attr-defined]
            yield from _array(stream)
        else:
            yield from zones(enumerate(io.TextIOWrapper(stream, encoding="utf-8-sig"), start=1))
    except UnicodeDecodeError as error:
        raise InvalidInput("file", "not UTF-8 text") from error
    finally:
        if file != "-":
            stream.close()


def _array(stream: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    try:
        items = json.loads(stream.read())
    except ValueError as error:
        raise InvalidInput("file", f"not a JSON array: {error}") from error
    for number, item in enumerate(items, start=1):
        lines = item.splitlines() if isinstance(item, str) else item
        whole = isinstance(lines, list) and all(isinstance(line, str) for line in lines)
        yield number, lines if whole else []
