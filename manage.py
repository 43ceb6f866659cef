#!/usr/bin/env python3
"""Run a command of Lockgate, with servers where it needs them (`config/services.py`)."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

#: Commands that read files or settings only.
NO_SERVER = frozenset(
    (
        *("compare", "ownership", "read_mrz", "decide"),
        *("check", "collectstatic", "compilemessages", "diffsettings", "help", "makemessages"),
        *("makemigrations", "spectacular", "version"),
    )
)
#: Commands that own the servers, so that these end with them.
OWNS_SERVERS = frozenset(("serve", "demo"))
#: Commands that look after the schema themselves.
NO_SCHEMA = frozenset(("migrate", "showmigrations", "sqlmigrate", "squashmigrations", "dbshell", "shell"))


def main(argv: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    command = argv[1] if len(argv) > 1 else "help"
    if command in NO_SERVER or command.startswith("-") or {"-h", "--help", "--version"} & set(argv[2:]):
        _execute(argv)
        return
    if command == "migrate" and not any(argument.startswith("--database") for argument in argv):
        argv = [*argv, "--database=owner"]

    from django.core.management import CommandError

    from config.services import AlreadyRuns
    from core.errors import Misconfigured

    try:
        with _servers(command) as ours:
            if ours and command not in NO_SCHEMA:
                import django

                from config.schema import bring_up_to_date

                django.setup()
                bring_up_to_date()
            _execute(argv)
    except AlreadyRuns as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None
    except (Misconfigured, CommandError) as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


@contextlib.contextmanager
def _servers(command: str) -> Iterator[bool]:
    """Yield whether the servers are our own, so that their schema is ours to keep current."""
    from config import services
    from config.supervisor import StartFailed
    from core.errors import Misconfigured

    with contextlib.ExitStack() as stack:
        if command == "demo":  # its invented tenants never mix with those of `serve`
            os.environ.setdefault("LOCKGATE_LOCAL_DIR", str(services.local_dir() / "demo"))
        owns = command in OWNS_SERVERS
        if owns:
            stack.enter_context(services.only_one(command))
        if command == "demo":
            services.wipe(services.local_dir())
        try:
            found = stack.enter_context(
                services.ensure(
                    started_by=command, exclusive=owns, tell=lambda line: print(line, file=sys.stderr)
                )
            )
        except StartFailed as error:
            raise Misconfigured(str(error)) from error
        yield found.kind != "environment"


def _execute(argv: list[str]) -> None:
    from django.core.management import execute_from_command_line

    execute_from_command_line(argv)


if __name__ == "__main__":
    main(sys.argv)
