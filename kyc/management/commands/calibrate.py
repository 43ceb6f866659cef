"""`manage.py calibrate`: the installation's own decisions against every threshold."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.cli import refuse
from core.errors import InvalidInput
from core.scope import STAFF, acting_in
from kyc.screening import calibrate
from kyc.screening.decided import Decided, decisions
from kyc.screening.service import known_datasets


class Command(BaseCommand):
    help = (
        "Precision and recall by threshold over the alerts that people here decided, with 95 % intervals: "
        "JSON lines, first over all lists together, then for each list. Exit 1 where nothing was decided yet."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dataset",
            action="extend",
            nargs="+",
            metavar="D",
            help="only these lists; may be repeated",
        )

    def handle(self, *, dataset: list[str] | None, **_: Any) -> None:
        with acting_in(STAFF):
            try:
                known = known_datasets()
                for name in dataset or ():
                    if name not in known:
                        raise InvalidInput("dataset", f"{name} is none of {', '.join(known)}")
            except InvalidInput as error:
                refuse("calibrate", error)
            decided = decisions(dataset)
        if not decided:
            self.stderr.write("No alert was decided yet: there is nothing to measure by.")
            raise SystemExit(1)
        lists = dataset or sorted({name for one in decided for name in one.datasets})
        self._write("all" if dataset is None else "together", decided)
        for name in lists:
            self._write(name, [one for one in decided if name in one.datasets])

    def _write(self, name: str, decided: list[Decided]) -> None:
        """One line a threshold; a figure without cases is null."""
        for point in calibrate.table([one.case for one in decided]):
            line = {"dataset": name, "decided": len(decided), **point.as_json()}
            self.stdout.write(json.dumps(line, separators=(",", ":")))
