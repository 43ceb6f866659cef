"""What a tenant reads of its own standing: never a match, never a list, never why a person looks."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from access.grants.reasons import FOR_TENANT, Because
from access.models import AllocationRequest, Grant
from accounts.models import User
from console.parts import Answer, State, Tone
from kyc.models import Application, Tenant

State_ = AllocationRequest.State


def standing(tenant: Tenant, application: Application | None) -> Answer:
    """The tenant's standing in its own words."""
    provider = {"provider": settings.LOCKGATE_PROVIDER_NAME}
    match tenant.state:
        case Tenant.State.APPROVED:
            return Answer(State(Tone.OK, _("Approved")), _("You can ask for accelerators."))
        case Tenant.State.HELD:
            return Answer(State(Tone.HOLD, _("On hold")), on_hold())
        case Tenant.State.SUSPENDED:
            return Answer(
                State(Tone.BAD, _("Suspended")),
                _(
                    "Your account is suspended for legal reasons. What ran was stopped, and nothing new "
                    "starts. Your contact at %(provider)s tells you what you can do."
                )
                % provider,
            )
        case Tenant.State.DENIED:
            return Answer(
                State(Tone.BAD, _("Not accepted")),
                _("%(provider)s cannot accept your application.") % provider,
            )
        case Tenant.State.CLOSED:
            return Answer(State(Tone.IDLE, _("Closed")), _("Your account is closed."))
    if application is None or application.state == Application.State.DRAFT:
        return Answer(State(Tone.INFO, _("Draft")), _("Nothing is sent yet."))
    return Answer(
        State(Tone.INFO, _("In review")),
        _("It is our turn: we check what you have sent. Answer what is asked."),
    )


def on_hold() -> str:
    """The neutral sentence of a held account."""
    return _(
        "Your account is being reviewed. Until that ends nothing new starts, and what ran was stopped. "
        "You need to do nothing unless a question stands below."
    )


def request_state(request: AllocationRequest, open_questions: int) -> State:
    match request.state:
        case State_.APPROVED:
            return State(Tone.OK, _("Approved"))
        case State_.GRANTED:
            return State(Tone.OK, _("Granted"))
        case State_.REFUSED:
            return State(Tone.BAD, _("Refused"))
        case State_.WITHDRAWN:
            return State(Tone.IDLE, _("Withdrawn"))
        case State_.ENDED:
            return State(Tone.IDLE, _("Ended"))
    if open_questions:
        return State(Tone.WARN, _("Questions to you"))
    if request.conditions and request.accepted_conditions_at is None:
        return State(Tone.INFO, _("With conditions"))
    return State(Tone.INFO, _("In review"))


def grant_state(grant: Grant, now: object) -> tuple[State, str]:
    """A grant's state, and what its tenant may know of its end."""
    if grant.revoked_at is not None:
        because = FOR_TENANT.get(Because(grant.revoked_because), "") if grant.revoked_because else ""
        return State(Tone.BAD, _("Revoked")), because
    if not grant.is_live_at(now):  # type: ignore[arg-type]
        return State(Tone.IDLE, _("Ended")), ""
    return State(Tone.OK, _("Live")), ""


def who_of(user: User, tenant: UUID) -> str:
    """A person's name; with the provider's, where one of its reviewers did it for the tenant."""
    if user.organisation_id == tenant:
        return str(user)
    return _("%(who)s of %(provider)s") % {"who": user, "provider": settings.LOCKGATE_PROVIDER_NAME}


def did(user: User, tenant: UUID, own: str, theirs: str) -> str:
    """`own` ("You asked.") where the tenant's people did it, else `theirs`, which names the reviewer."""
    return own if user.organisation_id == tenant else theirs % {"who": who_of(user, tenant)}
