"""Scoped API tokens: `Authorization: Bearer lg_...`. Only digests are stored."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import timedelta
from typing import Any

from django.db import connection, models, transaction
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission

from accounts.models import ApiToken, Organisation, User
from accounts.roles import Act
from audit.record import Actor, record
from audit.verbs import Verb
from core.errors import InvalidInput

LIFETIME = timedelta(days=90)
PREFIX = "lg_"


def issue(
    *, user: User, name: str, scopes: list[str], by: Actor, days: int | None = None
) -> tuple[ApiToken, str]:
    """A new token and its text, which is shown once. Raises InvalidInput for an unknown or wider scope."""
    for scope in scopes:
        if scope not in set(Act):
            raise InvalidInput("scopes", f"{scope!r} is no scope")
        if Act(scope) not in user.acts:
            raise InvalidInput("scopes", f"{scope!r} is more than {user.username} may do")
    text = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=user,
            name=name,
            digest=digest(text),
            scopes=sorted(scopes),
            expires_at=timezone.now() + (timedelta(days=days) if days else LIFETIME),
        )
        record(
            Verb.TOKEN_ISSUED,
            [token, user.organisation],
            by=by,
            payload={"scopes": sorted(scopes), "expires": token.expires_at.isoformat()},
        )
    return token, text


def revoke(token: ApiToken, *, by: Actor, reason: str) -> None:
    """End a token now. A token that was revoked before stays as it is."""
    with transaction.atomic():
        if ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=timezone.now()):
            record(Verb.TOKEN_REVOKED, [token, token.user.organisation], by=by, reason=reason)


def find(text: str) -> ApiToken | None:
    """The live token of `text`, of a person who has not left; with the person, their roles and organisation.

    One statement, written out: every request of a program begins with it.
    """
    if not text.startswith(PREFIX):
        return None
    with connection.cursor() as cursor:
        cursor.execute(_LIVE, [digest(text), timezone.now()])
        row = cursor.fetchone()
    if row is None:
        return None
    token, user, organisation = (
        model.from_db(connection.alias, names, row[begin : begin + len(names)])
        for model, names, begin in _PARTS
    )
    token.scopes = json.loads(token.scopes)
    token.user, user.organisation = user, organisation
    user.hold(row[-1])
    return token


def _names(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def _columns(model: type[models.Model], alias: str) -> str:
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


_PARTS = (
    (ApiToken, _names(ApiToken), 0),
    (User, _names(User), len(_names(ApiToken))),
    (Organisation, _names(Organisation), len(_names(ApiToken)) + len(_names(User))),
)
_LIVE = f"""
    SELECT {_columns(ApiToken, "t")}, {_columns(User, "u")}, {_columns(Organisation, "o")},
           ARRAY(SELECT g.role FROM accounts_rolegrant g WHERE g.user_id = u.id)
    FROM accounts_apitoken t
    JOIN accounts_user u ON u.id = t.user_id
    JOIN accounts_organisation o ON o.id = u.organisation_id
    WHERE t.digest = %s AND t.revoked_at IS NULL AND t.expires_at > %s AND u.is_active
"""  # noqa: S608 - names of our own columns


def digest(text: str) -> bytes:
    # 256 random bits need no slow hash.
    return hashlib.sha256(text.encode()).digest()


#: `ApiKey` is what clients of the yente API send.
SCHEMES = ("bearer", "apikey")


def of_request(request: HttpRequest) -> ApiToken | None:
    """The token of the Authorization header, if it is live. Its user may do what the token may, no more."""
    scheme, _, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    token = find(text.strip()) if scheme.lower() in SCHEMES else None
    if token is not None:
        token.user.limited_to = frozenset(token.scopes)
    return token


class TokenAuthentication(BaseAuthentication):
    """Takes the token that `ScopeMiddleware` found: the scope must be in force before any query."""

    def authenticate(self, request: Any) -> tuple[User, ApiToken] | None:
        token = getattr(request._request, "api_token", None)
        return (token.user, token) if token else None

    def authenticate_header(self, request: Any) -> str:
        return 'Bearer realm="lockgate"'


class HasScope(BasePermission):
    """A view names the act of each method in `acts`, or several of which one is enough; what it does not
    name is refused."""

    def has_permission(self, request: Any, view: Any) -> bool:
        if getattr(view, "public", False):
            return True
        token: ApiToken | None = request.auth
        if token is None:
            return False
        named = getattr(view, "acts", {}).get("GET" if request.method == "HEAD" else request.method, ())
        acts = (named,) if isinstance(named, Act) else named
        return any(act in token.scopes and act in token.user.acts for act in acts)
