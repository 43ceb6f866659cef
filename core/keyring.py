"""Where the keyring comes from: the one place that reads settings for it.

`LOCKGATE_KEYRING` is a path or the JSON document itself. When `LOCKGATE_ENV` is `local`, a missing
file is made on first start (`.local/keyring.json` where nothing is set); anywhere else it stops the start.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed

from core.errors import Misconfigured
from core.keys import Keyring


@cache
def keyring() -> Keyring:
    """The installation's keyring, read once a process. Raises Misconfigured."""
    base = Path(getattr(settings, "BASE_DIR", "."))
    return read_keyring(
        str(getattr(settings, "LOCKGATE_KEYRING", "") or ""),
        environment=str(getattr(settings, "LOCKGATE_ENV", "production")),
        local_default=base / ".local" / "keyring.json",
    )


def read_keyring(value: str, *, environment: str, local_default: Path) -> Keyring:
    """Read the keyring that `value` names, or make one in `local`. Raises Misconfigured."""
    if value.lstrip().startswith("{"):
        return Keyring.from_json(value)
    if not value and environment != "local":
        raise Misconfigured(
            "LOCKGATE_KEYRING is not set. Outside LOCKGATE_ENV=local it must name the keyring file (or hold "
            "the JSON document): personal data, the log and grants cannot be used without its keys."
        )
    path = Path(value) if value else local_default
    if not path.exists():
        if environment != "local":
            raise Misconfigured(
                f"LOCKGATE_KEYRING names {path}, which does not exist. A new one is made only with "
                "LOCKGATE_ENV=local; restore the keyring from its backup."
            )
        Keyring.generate().save(path, replace_existing=False)
    return Keyring.load(path)


def seal(text: str, purpose: str) -> str:
    """Encrypt a small secret, such as a TOTP seed, under the keyring; `purpose` must match in `unseal`."""
    return keyring().seal(text, purpose)


def unseal(sealed: str, purpose: str) -> str:
    """The inverse of `seal`. Raises core.keys.Undecryptable or Misconfigured."""
    return keyring().unseal(sealed, purpose)


def _forget(*, setting: str, **_: Any) -> None:
    if setting in {"LOCKGATE_KEYRING", "LOCKGATE_ENV", "BASE_DIR"}:
        keyring.cache_clear()


setting_changed.connect(_forget, dispatch_uid="core.keyring")
