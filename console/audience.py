"""Who a page is for: signed in, of its audience, with its right, in its reader's zone, in one snapshot."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from datetime import UTC, tzinfo
from functools import lru_cache, wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts import access
from accounts.models import User
from accounts.roles import Act, Kind
from core.errors import NotAllowed

View = Callable[..., HttpResponse]

#: The first page of each audience.
HOMES = {Kind.PROVIDER: "operator:home", Kind.TENANT: "portal:home", Kind.REGULATOR: "regulator:home"}
ZONE_COOKIE = "zone"


def audience(kind: Kind, *, act: Act | None = None) -> Callable[[View], View]:
    """A page for people of `kind`, who hold `act` where one is named.

    A GET runs in one read-only transaction, templates and frame included; a POST runs in none, because
    services open their own and a refusal that they recorded must stay. Raises NotAllowed.
    """

    def decorate(view: View) -> View:
        @login_required
        @wraps(view)
        def inner(request: HttpRequest, **parts: Any) -> HttpResponse:
            user = person(request)
            if user.organisation.kind != kind:
                raise NotAllowed("This page is for somebody else.")
            if act is not None:
                access.require(user, act)
            with timezone.override(zone_of(request)):
                if request.method in ("GET", "HEAD"):
                    with access.reading():
                        return view(request, **parts)
                return view(request, **parts)

        return inner

    return decorate


def operator(*, act: Act | None = None) -> Callable[[View], View]:
    """A page of the provider's staff."""
    return audience(Kind.PROVIDER, act=act)


def person(request: HttpRequest) -> User:
    """The signed-in person, with the organisation and the roles read once."""
    user: User = request.user  # type: ignore[assignment]
    return user


def zone_of(request: HttpRequest) -> tzinfo:
    """The zone that the reader's browser told (a cookie of times.js), else UTC."""
    return _zone(request.COOKIES.get(ZONE_COOKIE, ""))


@lru_cache(maxsize=256)
def _zone(name: str) -> tzinfo:
    try:
        return zoneinfo.ZoneInfo(name) if name in zoneinfo.available_timezones() else UTC
    except (ValueError, OSError):
        return UTC


def zone_words() -> str:
    """CET (UTC+1) of the zone in force; UTC as it is."""
    now = timezone.localtime()
    offset = now.utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset else 0
    name = now.tzname() or "UTC"
    if not minutes:
        return name
    hours, rest = divmod(abs(minutes), 60)
    utc = f"UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02d}" if rest else "")
    return utc if name.startswith(("+", "-")) else f"{name} ({utc})"


def where(name: str, *args: Any, query: str = "") -> str:
    """The address of a page, or nothing where this installation has no such page."""
    try:
        return reverse(name, args=[str(one) for one in args]) + (f"?{query}" if query else "")
    except NoReverseMatch:
        return ""


def writing() -> Any:
    """One transaction of a POST: look-ups and the service's change are of one moment."""
    return transaction.atomic()
