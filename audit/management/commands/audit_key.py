"""manage.py audit_key: the log's public verifier key, one line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from audit.signer import verifier_key


class Command(BaseCommand):
    help = (
        "Print the log's public verifier key, one line in the form of Go's sumdb/note (name+hash+base64). "
        "Its fingerprint, to compare by telephone, goes to standard error."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        key = verifier_key()
        self.stdout.write(str(key))
        self.stderr.write(f"fingerprint SHA-256 {key.fingerprint}")
