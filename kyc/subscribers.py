"""Which events the rooms of kyc act on: a name each, because deliveries are kept by it.

Services are imported when an event comes: the matcher is heavy, and most processes never need it.
"""

from __future__ import annotations

from uuid import UUID

from audit import registry
from audit.models import Event
from audit.record import WORKER
from audit.verbs import Verb
from kyc.models import IdentityCheck, Tenant


def register() -> None:
    registry.subscribe(
        "kyc.screen_chain",
        [Verb.APPLICATION_SUBMITTED, Verb.PARTY_ENTERED, Verb.PARTY_CHANGED],
        _screen,
        queue="screening",
    )
    registry.subscribe("kyc.rescreen_list", [Verb.LIST_IMPORTED], _rescreen, queue="rescreening")
    registry.subscribe(
        "kyc.rescreen_threshold", [Verb.THRESHOLD_CHANGED], _follow_threshold, queue="rescreening"
    )
    registry.subscribe(
        "kyc.reassess",
        [
            Verb.PARTY_SCREENED,
            Verb.ALERT_RAISED,
            Verb.ALERT_DECIDED,
            Verb.ALERT_REOPENED,
            Verb.ALERT_ANNOTATED,
            Verb.OWNERSHIP_CHANGED,
            Verb.PARTY_FLAGGED,
            Verb.PARTY_UNFLAGGED,
        ],
        _reassess,
        queue="screening",
        merge_by="tenant",
    )
    registry.subscribe("kyc.ask_again", [Verb.IDENTITY_CHECKED], _ask_again, queue="default")


def tenant_of(event: Event) -> Tenant:
    """The tenant that an event is about: each event of a tenant's things names it."""
    key = next(subject["id"] for subject in event.subjects if subject["kind"] == "tenant")
    return Tenant.objects.get(pk=key)


def _screen(event: Event) -> None:
    """Everyone in the chain once it is handed in; later whoever was entered or changed."""
    from kyc.onboarding import standing
    from kyc.screening import service as screening

    tenant = tenant_of(event)
    if not standing.is_draft(tenant):
        party = next((UUID(s["id"]) for s in event.subjects if s["kind"] == "party"), None)
        if not screening.screen_chain(tenant, party=party, since=event.at, by=WORKER):
            # A pass over everybody came first, and records nothing of whom it finds clear: nobody else asks.
            standing.reassess(tenant, by=WORKER)


def _rescreen(event: Event) -> None:
    from kyc.screening import rescreening

    rescreening.run(event)


def _follow_threshold(event: Event) -> None:
    from kyc.screening import threshold_changes

    threshold_changes.follow(event)


def _reassess(event: Event) -> None:
    from kyc.onboarding import standing

    standing.reassess(tenant_of(event), by=WORKER)


def _ask_again(event: Event) -> None:
    from kyc.onboarding import service as onboarding

    for subject in event.subjects:
        if subject["kind"] == "identitycheck":
            check = IdentityCheck.objects.select_related("tenant", "document").get(pk=subject["id"])
            onboarding.ask_for_valid_document(check, by=WORKER)
