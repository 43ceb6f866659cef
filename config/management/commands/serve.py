"""Run an installation: web, worker and beat, beside the servers that `manage.py` started for it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from config.installation import installation, prepare, until_signalled
from config.ports import port_is_free
from config.services import local_dir
from config.supervisor import StartFailed
from core.cli import BAD_INPUT
from core.errors import Misconfigured


class Command(BaseCommand):
    help = "Web, Celery worker and beat (and PostgreSQL and Valkey, when no URLs are set) until Ctrl-C."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="on 127.0.0.1 (default 8000)")
        parser.add_argument("--workers", type=int, default=2, help="web processes (default 2)")

    def handle(self, *, port: int, workers: int, **options: Any) -> None:
        if not port_is_free(port):
            self.stderr.write(f"port {port} is in use: choose another one with --port")
            raise SystemExit(BAD_INPUT)
        prepare()
        with until_signalled() as stopped:
            try:
                with installation(port=port, workers=workers, tell=self.stderr.write):
                    self.stdout.write(f"Lockgate answers on http://127.0.0.1:{port}")
                    self.stdout.write(f"Logs are in {local_dir() / 'log'}. Ctrl-C stops everything.")
                    self.stdout.flush()
                    stopped.wait()
                    self.stdout.write("Stopping.")
            except StartFailed as error:
                raise Misconfigured(str(error)) from error
