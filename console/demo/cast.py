"""The people of the demonstration and how they sign in: password and second factor, fresh at each run."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from allauth.mfa import app_settings as mfa
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.db import transaction

from accounts import people
from accounts.models import Organisation, User
from accounts.roles import Kind, Role
from audit.record import SYSTEM
from core.scope import staff_transaction

_WORDS_1 = "quiet plain early clear amber still north cedar slow pale warm grey".split()
_WORDS_2 = "fern oak rain lake field stone brook moss dune harbour meadow sparrow".split()


@dataclass(frozen=True)
class Player:
    """One person of the demonstration with what they need to sign in."""

    user: User
    role: str
    password: str
    totp_secret: str
    sees: str


def password() -> str:
    """Three parts that are easy to type and long enough."""
    return f"{secrets.choice(_WORDS_1)}-{secrets.choice(_WORDS_2)}-{secrets.randbelow(9000) + 1000}"


def admit(
    organisation: Organisation,
    username: str,
    display_name: str,
    roles: set[Role],
    *,
    role: str,
    sees: str,
    inviter: User | None,
) -> Player:
    """Invite a person, accept for them, and set up their second factor."""
    with staff_transaction():
        _, secret = people.invite(
            organisation=organisation,
            username=username,
            display_name=display_name,
            roles=roles,
            user=inviter,
            by=SYSTEM,
        )
        word = password()
        user = people.accept(secret, password=word)
        totp = generate_totp_secret()
        TOTP.activate(user, totp)
    return Player(user, role, word, totp, sees)


def provider(name: str) -> Organisation:
    with transaction.atomic():
        return Organisation.objects.create(kind=Kind.PROVIDER, name=name, country="US")


def code(secret: str) -> str:
    """The six digits of this moment (RFC 6238)."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // mfa.TOTP_PERIOD))


class Codes:
    """Keeps a file with everybody's second-factor codes current while the demonstration serves."""

    def __init__(self, path: Path, players: list[Player]) -> None:
        self._path, self._players = path, players
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            self.write()
            time.sleep(5)

    def write(self) -> None:
        lines = [f"{player.user.username:<12}{code(player.totp_secret)}" for player in self._players]
        fresh = self._path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text("\n".join(lines) + "\n")
        fresh.replace(self._path)
