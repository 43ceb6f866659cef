"""Play the main job on invented tenants and an invented list, then serve the console."""

from __future__ import annotations

import contextlib
import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.installation import installation, prepare, until_signalled
from config.ports import port_is_free
from config.services import local_dir
from config.supervisor import StartFailed, Supervisor
from console.demo.board import Board, NotSeen
from console.demo.play import Play
from core.cli import BAD_INPUT


class Command(BaseCommand):
    help = "Play the main job on invented tenants and an invented list, then serve the console until Ctrl-C."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop after the scenario")
        parser.add_argument("--port", type=int, default=8000, help="on 127.0.0.1 (default 8000)")

    def handle(self, *, once: bool, port: int, **options: Any) -> None:
        if not port_is_free(port):
            self.stderr.write(f"port {port} is in use: choose another one with --port")
            raise SystemExit(BAD_INPUT)
        # An invented world asks no publisher, whatever this machine's own installation does.
        settings.LOCKGATE_LISTS = ""
        board = Board()
        prepare()
        with contextlib.ExitStack() as stack, until_signalled() as stopped:

            def start() -> Supervisor:
                env = {**os.environ, "LOCKGATE_LISTS": ""}
                return stack.enter_context(installation(port=port, env=env))

            folder = local_dir()
            play = Play(board, port=port, folder=folder, start=start)
            stack.callback(play.stop)
            try:
                play.run()
            except (NotSeen, StartFailed) as missed:
                if isinstance(missed, StartFailed):
                    board.say(str(missed))
                board.say(f"\n   {board.seen} of {board.total} steps seen.")
                raise SystemExit(1) from None
            play.summary()
            if not once:
                play.invite()
                stopped.wait()
