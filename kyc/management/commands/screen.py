"""`manage.py screen FILE`: entities against the lists in force."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.cli import answer_batches, refuse
from core.errors import InvalidInput
from core.scope import STAFF, acting_in
from kyc.lists import store
from kyc.screening import live
from kyc.screening.names import Analysed, analyse
from kyc.screening.score import THRESHOLD
from kyc.screening.screen import CUTOFF, line
from kyc.screening.service import known_datasets


class Command(BaseCommand):
    help = (
        "Screen FollowTheMoney entities (JSON lines or an array) against the lists in force: one line each, "
        "in the same order."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="- for standard input")
        parser.add_argument(
            "--dataset", action="append", metavar="D", help="only these lists; may be repeated"
        )
        parser.add_argument(
            "--threshold", type=float, default=THRESHOLD, metavar="T", help="a match from this score, 0..1"
        )
        parser.add_argument("--limit", type=int, default=20, metavar="K", help="most results of one entity")
        parser.add_argument("--strict", action="store_true", help="stop at the first bad line")

    def handle(
        self,
        *,
        file: str,
        dataset: list[str] | None,
        threshold: float,
        limit: int,
        strict: bool,
        **_: Any,
    ) -> None:
        with acting_in(STAFF):
            if not store.in_force_numbers():
                self.stderr.write("No list is in force: import one first (import_list, refresh_lists).")
                raise SystemExit(1)
            try:
                _check(dataset, threshold, limit)
                snapshot = live.lists()

                def answers(entities: list[Analysed]) -> Iterator[dict[str, Any]]:
                    found = snapshot.search_many(
                        entities, limit, datasets=dataset, floor=min(CUTOFF, threshold)
                    )
                    for entity, matches in zip(entities, found, strict=True):
                        yield line(entity, matches, threshold)

                code = answer_batches(file, analyse, answers, out=self.stdout, strict=strict)
            except InvalidInput as error:
                refuse(file, error)
        if code:
            sys.exit(code)


def _check(datasets: Iterable[str] | None, threshold: float, limit: int) -> None:
    known = known_datasets()
    for name in datasets or ():
        if name not in known:
            raise InvalidInput("dataset", f"{name} is none of {', '.join(known)}")
    if not 0.0 <= threshold <= 1.0:
        raise InvalidInput("threshold", "not between 0 and 1")
    if limit < 1:
        raise InvalidInput("limit", "not at least 1")
