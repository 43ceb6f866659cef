"""What the frame round every page shows: made when a template first asks for it, in one query."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.stagekit import unstash_login
from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts import access
from accounts.models import User
from accounts.roles import Act, Kind
from console.audience import zone_words
from console.frame import operator_frame, outside_frame, portal_frame, regulator_frame
from console.parts import Frame, Viewer

#: Pages about the account itself stand outside the places of an audience.
OUTSIDE = ("/account/", "/invitation/")


def frame(request: HttpRequest) -> dict[str, Any]:
    return {
        "frame": SimpleLazyObject(lambda: _frame(request)),
        "signing_in": SimpleLazyObject(lambda: _signing_in(request)),
    }


def viewer_of(user: User) -> Viewer:
    roles = ", ".join(sorted(role.value for role in user.roles)).capitalize()
    return Viewer(str(user), roles, zone_words(), organisation=user.organisation.name)


def _frame(request: HttpRequest) -> Frame:
    provider = settings.LOCKGATE_PROVIDER_NAME
    user = request.user
    if not isinstance(user, User) or request.path.startswith(OUTSIDE):
        return outside_frame(provider=provider, host=request.get_host())
    viewer = viewer_of(user)
    match user.organisation.kind:
        case Kind.PROVIDER:
            return operator_frame(
                provider=provider,
                viewer=viewer,
                path=request.path,
                counts=waiting_counts(),
                people=user.may(Act.MANAGE_PEOPLE),
            )
        case Kind.REGULATOR:
            return regulator_frame(provider=provider, viewer=viewer, path=request.path, counts={})
    return portal_frame(provider=provider, viewer=viewer)


def _signing_in(request: HttpRequest) -> Viewer | None:
    """Whose password was accepted, for the page that asks for the second factor."""
    login = unstash_login(request, peek=True)
    return viewer_of(login.user) if login and isinstance(login.user, User) else None


_COUNTS = """
SELECT
  (SELECT count(*) FROM kyc_alert WHERE state IN ('open', 'escalated', 'proposed', 'inconclusive')),
  (SELECT count(*) FROM kyc_application WHERE state IN ('submitted', 'in_review')),
  (SELECT count(*) FROM access_allocationrequest WHERE state IN ('submitted', 'decided')),
  (SELECT count(*) FROM kyc_tenant),
  (SELECT count(*) FROM kyc_listversion WHERE state = 'in_force'),
  (SELECT count(*) FROM access_grant
     WHERE revoked_at IS NULL AND superseded_at IS NULL AND not_before <= now() AND expires_at > now())
"""


def waiting_counts() -> dict[str, int]:
    """What stands beside the places of the side bar."""
    with access.reading(), connection.cursor() as cursor:
        cursor.execute(_COUNTS)
        row = cursor.fetchone()
    return dict(zip(("alerts", "applications", "requests", "tenants", "lists", "grants"), row, strict=True))
