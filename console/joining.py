"""The page behind an invitation's link: choose a password, then a second factor."""

from __future__ import annotations

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts import people
from accounts.models import Invitation
from console.invitation import InvitationPage
from console.parts import Failure, Field
from core.errors import Absent, InvalidInput
from core.scope import staff_transaction


@never_cache
@sensitive_post_parameters()
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows who invited whom; POST makes the account and signs it in, towards its second factor."""
    try:
        # Nobody is signed in yet; the link itself is the right.
        with staff_transaction():
            found = people.find_invitation(token)
            if request.method != "POST":
                return render(request, "account/invitation.html", {"page": _page(found)})
        return _accept(request, token, found)
    except Absent as error:
        page = InvitationPage(failure=Failure(_("Nothing was changed"), str(error)))
        return render(request, "account/invitation.html", {"page": page}, status=404)


def _accept(request: HttpRequest, token: str, found: Invitation) -> HttpResponse:
    password = request.POST.get("password1", "")
    try:
        if password != request.POST.get("password2", ""):
            raise InvalidInput("password2", _("The two are not the same."))
        with staff_transaction():
            user = people.accept(token, password=password)
    except InvalidInput as error:
        return render(request, "account/invitation.html", {"page": _page(found, error)}, status=422)
    # The password was given just now: second factor and recovery codes do not ask for it again.
    record_authentication(request, user, method="password", username=user.username, reauthenticated=True)
    return perform_login(request, Login(user=user, redirect_url=reverse("mfa_activate_totp")))


def _page(found: Invitation, error: InvalidInput | None = None) -> InvitationPage:
    def errors(*names: str) -> tuple[str, ...]:
        return (error.reason,) if error and error.field in names else ()

    return InvitationPage(
        organisation=found.organisation.name,
        roles=", ".join(found.roles),
        invited_by=str(found.invited_by or _("the installation")),
        until=found.expires_at,
        fields=(
            Field(
                "username", _("Name for signing in"), found.username, kind="hidden", autocomplete="username"
            ),
            Field(
                "password1",
                _("Password"),
                kind="password",
                hint=_("At least 12 characters."),
                required=True,
                autocomplete="new-password",
                errors=errors("password", "password1"),
            ),
            Field(
                "password2",
                _("The same again"),
                kind="password",
                required=True,
                autocomplete="new-password",
                errors=errors("password2"),
            ),
        ),
    )
