"""`manage.py replay DECISION`: decide again from what was stored; exit 1 where a byte differs."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from access.models import Decision
from access.policy.replay import replay
from core.errors import LockgateError
from core.scope import staff_transaction

#: Characters shown on either side of the first difference.
AROUND = 40


class Command(BaseCommand):
    help = "Decide DECISION again from its stored facts and packs, and compare the bytes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "decision", metavar="DECISION", help="its id, or R-2318 for the latest one of a request"
        )

    def handle(self, *, decision: str, **_: Any) -> None:
        with staff_transaction():
            row = _find(decision)
            if row is None:
                raise CommandError(f"There is no decision {decision}.", returncode=2)
            try:
                replayed = replay(row)
            except LockgateError as error:
                raise CommandError(str(error)) from error
        at = replayed.differs_at
        answer: dict[str, Any] = {"decision": str(row.pk), "outcome": row.outcome, "same": at is None}
        if at is not None:
            answer |= {
                "differs_at": at,
                "stored": _part(replayed.stored, at),
                "again": _part(replayed.again, at),
            }
        self.stdout.write(json.dumps(answer, ensure_ascii=False))
        if at is not None:
            raise SystemExit(1)


def _find(text: str) -> Decision | None:
    if text.upper().startswith("R-") and text[2:].isdecimal():
        return Decision.objects.filter(request__number=int(text[2:])).order_by("-at").first()
    try:
        return Decision.objects.filter(pk=uuid.UUID(text)).first()
    except ValueError:
        return None


def _part(text: str, at: int) -> str:
    return text.encode()[max(0, at - AROUND) : at + AROUND].decode(errors="replace")
