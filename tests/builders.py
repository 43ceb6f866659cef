"""A few named people and one stranger; small functions that make what a test needs, and no more."""

from __future__ import annotations

from django.utils import timezone

from accounts.models import Organisation, RoleGrant, User
from accounts.roles import Kind, Role
from audit.record import Actor
from core.numbers import next_number
from kyc.models import ListVersion, Tenant


def provider() -> Organisation:
    """The one provider of an installation."""
    found, _ = Organisation.objects.get_or_create(
        kind=Kind.PROVIDER, defaults={"name": "Northquay", "country": "US"}
    )
    return found


def person(
    username: str, *roles: Role, at: Organisation | None = None, invited_by: User | None = None
) -> User:
    """Somebody with roles; at the provider where no organisation is named."""
    user = User.objects.create(
        username=username,
        display_name=username.title(),
        organisation=at or provider(),
        invited_by=invited_by,
    )
    for role in roles:
        RoleGrant.objects.create(user=user, role=role)
    return user


def aldous() -> User:
    """The reviewer."""
    return person("aldous", Role.REVIEWER)


def renwick() -> User:
    """An approver."""
    return person("renwick", Role.APPROVER)


def halloway() -> User:
    """Another approver."""
    return person("halloway", Role.APPROVER)


def a_list_in_force() -> ListVersion:
    """An empty version of the invented list, which grows never too old. Needs the staff scope."""
    now = timezone.now()
    return ListVersion.objects.create(
        number=next_number("list_version"),
        source="demo",
        as_of=now.date(),
        state=ListVersion.State.IN_FORCE,
        digest="sha256:",
        imported_by="lockgate",
        imported_at=now,
        in_force_at=now,
    )


def actor(user: User) -> Actor:
    return Actor("person", str(user.pk))


def a_tenant(name: str = "Veldmarin Robotics Pte. Ltd.", country: str = "SG") -> Tenant:
    """A bare tenant: an organisation with its account. Needs the staff scope."""
    organisation = Organisation.objects.create(kind=Kind.TENANT, name=name, country=country)
    return Tenant.objects.create(
        organisation=organisation,
        number=next_number("tenant"),
        country=country,
        state_since=timezone.now(),
    )


def stranger() -> User:
    """Somebody of another tenant: may see nothing of anyone else's."""
    return person("charlie", Role.APPLICANT, at=a_tenant("Stranger Compute Ltd", "IE").organisation)
