"""Who acts where a command of the command line enters things that belong to a person."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from accounts.models import Organisation, RoleGrant, User
from accounts.roles import Kind, Role
from audit.record import SYSTEM, record
from audit.verbs import Verb
from core.errors import InvalidInput

#: The service account of imports: it has a role and no way to sign in.
IMPORTS = "imports"


def person(username: str) -> User:
    """The person of this name who has not left. Raises InvalidInput."""
    found = User.objects.select_related("organisation").filter(username=username, is_active=True).first()
    if found is None:
        raise InvalidInput("as", f"there is nobody called {username!r}")
    return found


def importer(username: str | None = None) -> User:
    """Who an import acts as: the person named, else the installation's own service account."""
    if username:
        return person(username)
    with transaction.atomic():
        user, is_new = User.objects.get_or_create(
            username=IMPORTS, defaults={"display_name": "Imports", "organisation": _provider()}
        )
        if is_new:
            user.set_unusable_password()
            user.save(update_fields=["password"])
            RoleGrant.objects.create(user=user, role=Role.REVIEWER)
            record(
                Verb.PERSON_JOINED,
                [user.organisation],
                by=SYSTEM,
                reason="service account of the command line's imports; nobody can sign in as it",
                payload={"person": str(user.pk), "roles": [Role.REVIEWER.value]},
            )
    return user


def _provider() -> Organisation:
    found = Organisation.objects.filter(kind=Kind.PROVIDER).first()
    return found or Organisation.objects.create(
        kind=Kind.PROVIDER,
        name=settings.LOCKGATE_PROVIDER_NAME,
        country=settings.LOCKGATE_PROVIDER_COUNTRIES[0],
    )
