"""A person or token as the actor of an event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit.record import Actor
from core.keyring import keyring

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import User


def person(user: User) -> Actor:
    """The actor for what `user` does outside a web request."""
    return Actor("person", str(user.pk))


def of(request: HttpRequest) -> Actor:
    """The actor of a web request: person or token, a digest of session and address, never themselves."""
    user: User = request.user  # type: ignore[assignment]
    token = getattr(request, "api_token", None)
    address = request.META.get("REMOTE_ADDR", "")
    session = str(token.pk) if token else (getattr(request.session, "session_key", "") or "")
    return Actor(
        "token" if token else "person",
        str(user.pk),
        session=_short("session", session),
        address=_short("address", address),
    )


def _short(domain: str, value: str) -> str:
    return keyring().blind_index(f"actor.{domain}", value).hex()[:16] if value else ""
