"""Give the first approval of a held version of a list."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts import actors
from accounts.command_line import person
from core.cli import refuse
from core.errors import Conflict, InvalidInput, NotAllowed
from core.scope import STAFF, acting_in
from kyc.lists import service
from kyc.models import ListVersion


class Command(BaseCommand):
    help = (
        "Ask, as an approver, that the held version VERSION (the number that import_list printed) comes into "
        "force. A second approver confirms in the console: the command line proves nobody's identity, so it "
        "never gives both approvals."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("version", metavar="VERSION", type=int)
        parser.add_argument("--reason", required=True, help="why the version is right")
        parser.add_argument(
            "--as", dest="username", required=True, metavar="USERNAME", help="the approver who asks"
        )

    def handle(self, *, version: int, reason: str, username: str, **_: Any) -> None:
        try:
            with acting_in(STAFF):
                user = person(username)
                found = ListVersion.objects.filter(number=version).first()
                if found is None:
                    raise InvalidInput("version", f"there is no version {version}")
                service.ask_for_version(found, reason=reason, user=user, by=actors.person(user))
        except InvalidInput as error:
            refuse("approve_list", error)
        except (NotAllowed, Conflict) as error:
            self.stderr.write(str(error))
            raise SystemExit(1) from None
        line = {"source": found.source, "version": version, "state": "held", "asked_by": user.username}
        self.stdout.write(json.dumps(line))
        self.stderr.write("Another approver confirms it in the console.")
