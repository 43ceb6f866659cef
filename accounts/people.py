"""People come by invitation and leave at once: sessions and tokens end in the same transaction."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import ApiToken, Invitation, Organisation, RoleGrant, User
from accounts.roles import EXCLUSIVE, OF_KIND, Act, Kind, Role
from audit.record import Actor, record
from audit.verbs import Verb
from core.errors import Absent, Conflict, InvalidInput, NotAllowed

INVITATION_LIFETIME = timedelta(days=7)


def check_roles(organisation: Organisation, roles: set[Role]) -> None:
    """Raises InvalidInput for a role of another audience, or two that one person may not hold."""
    if not roles:
        raise InvalidInput("roles", "at least one role is needed")
    for role in roles - OF_KIND[Kind(organisation.kind)]:
        raise InvalidInput("roles", f"{role.value} is no role of a {organisation.kind}")
    for pair in EXCLUSIVE:
        if pair <= roles:
            raise InvalidInput("roles", f"one person cannot be {' and '.join(sorted(pair))}")


def invite(
    *,
    organisation: Organisation,
    username: str,
    display_name: str,
    roles: set[Role],
    user: User | None,
    by: Actor,
) -> tuple[Invitation, str]:
    """An invitation and the secret of its link, which is shown once.

    `user` is who invites: an administrator of the provider, a reviewer for a tenant, or none for the
    first person of an installation. Raises NotAllowed, InvalidInput.
    """
    needs = Act.ENTER_TENANTS if organisation.kind == Kind.TENANT else Act.MANAGE_PEOPLE
    if user is not None and not (user.may(needs) or user.may(Act.MANAGE_PEOPLE)):
        raise NotAllowed("Only an administrator invites people; a reviewer invites a tenant's.")
    check_roles(organisation, roles)
    if User.objects.filter(username__iexact=username).exists():
        raise InvalidInput("username", "somebody has this name already")
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        invitation = Invitation.objects.create(
            organisation=organisation,
            username=username,
            display_name=display_name,
            roles=sorted(roles),
            digest=_digest(secret),
            invited_by=user,
            expires_at=timezone.now() + INVITATION_LIFETIME,
        )
        record(Verb.PERSON_INVITED, [organisation], by=by, payload={"roles": sorted(roles)})
    return invitation, secret


def find_invitation(secret: str) -> Invitation:
    """The open invitation of a link. Raises Absent for one that was used, has ended or never was."""
    found = (
        Invitation.objects.select_related("organisation")
        .filter(digest=_digest(secret), accepted_at__isnull=True, expires_at__gt=timezone.now())
        .first()
    )
    if found is None:
        raise Absent("This invitation was used or has ended. Ask for another one.")
    return found


def accept(secret: str, *, password: str) -> User:
    """Make the person's account. Raises Absent, InvalidInput (a weak password)."""
    with transaction.atomic():
        invitation = find_invitation(secret)
        taken = Invitation.objects.filter(pk=invitation.pk, accepted_at__isnull=True).update(
            accepted_at=timezone.now()
        )
        if not taken:
            raise Absent("This invitation was used.")
        user = User(
            username=invitation.username,
            display_name=invitation.display_name,
            organisation=invitation.organisation,
            invited_by=invitation.invited_by,
        )
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise InvalidInput("password", " ".join(error.messages)) from error
        user.set_password(password)
        user.save(force_insert=True)
        for role in invitation.roles:
            RoleGrant.objects.create(user=user, role=role, granted_by=invitation.invited_by)
        record(
            Verb.PERSON_JOINED,
            [invitation.organisation],
            by=Actor("person", str(user.pk)),
            payload={"person": str(user.pk), "roles": list(invitation.roles)},
        )
    return user


def leave(person: User, *, user: User, by: Actor, reason: str) -> None:
    """End a person's account: sessions and tokens stop working with this commit."""
    if not user.may(Act.MANAGE_PEOPLE):
        raise NotAllowed("Only an administrator ends an account.")
    with transaction.atomic():
        person = User.objects.select_for_update(of=("self",)).get(pk=person.pk)
        if person.left_at is not None:
            raise Conflict("This person has left already.")
        now = timezone.now()
        person.left_at = now
        person.is_active = False
        person.set_unusable_password()
        person.save(update_fields=["left_at", "is_active", "password"])
        for session in UserSession.objects.filter(user=person):
            session.end()
        ApiToken.objects.filter(user=person, revoked_at__isnull=True).update(revoked_at=now)
        record(
            Verb.PERSON_LEFT, [person.organisation], by=by, reason=reason, payload={"person": str(person.pk)}
        )


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
