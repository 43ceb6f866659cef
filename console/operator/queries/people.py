"""Who works at the provider and at its regulators, who is invited, and who has left."""

from __future__ import annotations

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Invitation, Organisation, User
from accounts.roles import OF_KIND, Kind, Role
from console.audience import where
from console.operator.pages.people import InvitedLine, PeoplePage, PersonLine
from console.parts import Dialog, Failure, Field, Option, State, Tone

KINDS = (Kind.PROVIDER, Kind.REGULATOR)


def page(
    user: User,
    *,
    typed: dict[str, str] | None = None,
    failure: Failure | None = None,
    now: datetime | None = None,
) -> PeoplePage:
    now = now or timezone.now()
    people = list(
        User.objects.filter(organisation__kind__in=KINDS)
        .select_related("organisation", "invited_by")
        .prefetch_related("role_grants")
        .annotate(has_factor=Exists(Authenticator.objects.filter(user=OuterRef("pk"), type="totp")))
        .order_by("left_at", "display_name")
    )
    invited = Invitation.objects.filter(
        accepted_at__isnull=True, expires_at__gt=now, organisation__kind__in=KINDS
    ).select_related("organisation", "invited_by")
    organisations = Organisation.objects.filter(kind__in=KINDS).order_by("kind", "name")
    working = sum(person.left_at is None and not _is_service(person) for person in people)
    open_ = [_invited(invitation) for invitation in invited.order_by("-created_at")]
    return PeoplePage(
        now=now,
        title=ngettext("%(n)d person has an account", "%(n)d people have accounts", working) % {"n": working}
        + (", " + _("%(n)d invited") % {"n": len(open_)} if open_ else ""),
        meta=_("who manages people approves nothing; nobody approves with whom they invited"),
        lines=tuple(_line(person, user) for person in people),
        invited=tuple(open_),
        invite=_invite(list(organisations), typed or {}),
        failure=failure,
    )


def _roles(person: User) -> str:
    return ", ".join(sorted(grant.role for grant in person.role_grants.all()))


def _is_service(person: User) -> bool:
    """An account of programs: it has tokens and never signs in."""
    return {grant.role for grant in person.role_grants.all()} == {Role.SERVICE}


def _line(person: User, user: User) -> PersonLine:
    left = person.left_at is not None
    has_factor = bool(vars(person)["has_factor"])
    if left:
        state = State(Tone.IDLE, _("Left"))
    elif not has_factor and not _is_service(person):
        state = State(Tone.WARN, _("No second factor"))
    else:
        state = State(Tone.OK, _("Active"))
    return PersonLine(
        str(person),
        person.username,
        person.organisation.name,
        _roles(person),
        str(person.invited_by or _("the installation")),
        person.date_joined,
        person.last_login,
        state,
        None if left or person.pk == user.pk else _leave(person),
    )


def _leave(person: User) -> Dialog:
    return Dialog(
        f"leave-{person.pk}",
        _("End…"),
        _("End the account of %(name)s?") % {"name": person},
        _("Every session and token of theirs stops at once. What they decided stays."),
        where("operator:person_leave", person.pk),
        _("Keep it"),
        _("End the account"),
        (Field("reason", _("Reason"), required=True),),
    )


def _invited(invitation: Invitation) -> InvitedLine:
    return InvitedLine(
        invitation.display_name,
        invitation.username,
        invitation.organisation.name,
        ", ".join(invitation.roles),
        str(invitation.invited_by or _("the installation")),
        invitation.expires_at,
    )


def _invite(organisations: list[Organisation], typed: dict[str, str]) -> Dialog:
    roles = [
        Option(role.value, role.value)
        for kind in KINDS
        for role in sorted(OF_KIND[kind])
        if role is not Role.SERVICE
    ]
    return Dialog(
        "invite",
        _("Invite a person"),
        _("Invite a person"),
        _("They choose a password and set up a second factor behind a link that works once, for seven days."),
        where("operator:person_invite"),
        _("Leave it"),
        _("Make the link"),
        (
            Field("person", _("Name"), typed.get("person", ""), required=True, autocomplete="off"),
            Field(
                "username",
                _("Name for signing in"),
                typed.get("username", ""),
                required=True,
                autocomplete="off",
            ),
            Field(
                "organisation",
                _("At"),
                typed.get("organisation", ""),
                kind="select",
                options=tuple(Option(str(one.pk), one.name) for one in organisations),
            ),
            Field("role", _("Role"), typed.get("role", ""), kind="select", options=tuple(roles)),
        ),
        ink=True,
    )
