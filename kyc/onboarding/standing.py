"""Where a tenant stands: its state, its rating, and what a change in the chain does to both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Act
from audit.record import Actor, record
from audit.verbs import Verb
from core.errors import InvalidInput, NotAllowed
from kyc.lists.sources import blocks
from kyc.models import Application, PartyFlag, Rating, Tenant
from kyc.onboarding import risk, transitions
from kyc.ownership import service as ownership
from kyc.ownership.report import Assessment
from kyc.screening import party_flags
from kyc.screening import service as screening
from kyc.screening.service import Flag

FIFTY_PERCENT_RULE = "OFAC 50 Percent Rule"
NEXT_REVIEW = {"low": timedelta(days=365), "medium": timedelta(days=180), "high": timedelta(days=30)}


@dataclass(frozen=True)
class Standing:
    """What the flags of a chain make of a tenant: may run, held (under review) or suspended (listed)."""

    state: str
    reason: str
    citation: str


def reassess(tenant: Tenant, *, by: Actor, now: datetime | None = None) -> Tenant:
    """Assess the chain with everyone who is listed or counts as listed, rate the tenant, and hold,
    suspend or release it. Does nothing to a tenant whose first application is still a draft.
    """
    now = now or timezone.now()
    with transaction.atomic():
        tenant = (
            Tenant.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=tenant.pk)
        )
        if is_draft(tenant):
            return tenant
        flags = screening.flagged(tenant)
        assessed = ownership.assess(tenant, flagged=_by_list(flags), by=by, now=now)
        _rate(tenant, assessed.value, by=by, now=now)
        if tenant.state in (Tenant.State.APPROVED, Tenant.State.HELD, Tenant.State.SUSPENDED):
            _follow(tenant, standing_of(tenant, flags), by=by, now=now)
    return tenant


def standing_of(tenant: Tenant, flags: Sequence[Flag]) -> Standing:
    """Decide from blocking lists: listed parties suspend, matches under review hold."""
    confirmed = [flag for flag in flags if flag.status == "listed" and blocks([flag.dataset])]
    counted = [flag for flag in flags if blocks([flag.dataset])]
    found = _blocked_by(tenant, confirmed)
    if found:
        return Standing(Tenant.State.SUSPENDED, *found)
    found = _blocked_by(tenant, counted)
    if found:
        return Standing(
            Tenant.State.HELD, "Match under review: counts as listed until it is decided.", found[1]
        )
    return Standing(Tenant.State.APPROVED, "", "")


def move(tenant: Tenant, state: str, *, reason: str, citation: str = "", now: datetime) -> None:
    """Change the state by the table. The caller records it. Raises Conflict."""
    transitions.check(transitions.TENANT, tenant.state, state)
    tenant.state = state
    tenant.state_reason = reason
    tenant.state_citation = citation
    tenant.state_since = now
    tenant.save(update_fields=["state", "state_reason", "state_citation", "state_since"])


def suspend(tenant: Tenant, *, reason: str, user: User, by: Actor, now: datetime | None = None) -> None:
    """Stop a tenant by hand; its grants are revoked by the event."""
    if not user.may(Act.APPROVE_TENANTS):
        raise NotAllowed("Only an approver suspends a tenant.")
    if not reason.strip():
        raise InvalidInput("reason", "say why")
    with transaction.atomic():
        tenant = Tenant.objects.select_for_update().get(pk=tenant.pk)
        move(tenant, Tenant.State.SUSPENDED, reason=reason, now=now or timezone.now())
        record(Verb.TENANT_SUSPENDED, [tenant], by=by, reason=reason)


def _follow(tenant: Tenant, wanted: Standing, *, by: Actor, now: datetime) -> None:
    if wanted.state == tenant.state:
        return
    by_hand = tenant.state == Tenant.State.SUSPENDED and not tenant.state_citation
    if by_hand and wanted.state != Tenant.State.SUSPENDED:
        return  # who was suspended by a person is reinstated by a person
    released = wanted.state == Tenant.State.APPROVED
    verb = {
        Tenant.State.HELD: Verb.TENANT_HELD,
        Tenant.State.SUSPENDED: Verb.TENANT_SUSPENDED,
        Tenant.State.APPROVED: Verb.TENANT_RELEASED,
    }[Tenant.State(wanted.state)]
    reason = "Nobody in the chain is listed or under review." if released else wanted.reason
    move(tenant, wanted.state, reason="" if released else reason, citation=wanted.citation, now=now)
    record(verb, [tenant], by=by, reason=reason, payload={"citation": wanted.citation})


def _blocked_by(tenant: Tenant, flags: Sequence[Flag]) -> tuple[str, str] | None:
    """Why the tenant is blocked if all `flags` are listed parties, or None: (reason, citation)."""
    if not flags:
        return None
    assessment = ownership.compute(tenant, _by_list(flags))
    for name, answer in assessment.blocked.items():
        if answer.listed_self:
            return (f"The tenant itself is on {name}.", "31 CFR ch. V")
        if answer.status == "certain":
            percent = f"{float(answer.share.minimum):g}"
            return (
                f"{percent} % of the shares are held through companies that listed owners hold by half "
                f"or more ({name}).",
                FIFTY_PERCENT_RULE,
            )
    return None


def _by_list(flags: Sequence[Flag]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for flag in flags:
        found[flag.dataset].add(str(flag.party_id))
    return dict(found)


def is_draft(tenant: Tenant) -> bool:
    return (
        tenant.state == Tenant.State.APPLICANT
        and not tenant.applications.exclude(state=Application.State.DRAFT).exists()
    )


def _rate(tenant: Tenant, assessment: Assessment, *, by: Actor, now: datetime) -> None:
    rated = risk.rate(risk_facts(tenant, assessment))
    items = [{"reason": item.reason, "points": item.points} for item in rated.items]
    latest = tenant.ratings.order_by("-at").first()
    if latest is not None and (latest.points, latest.level, latest.items) == (
        rated.points,
        rated.level,
        items,
    ):
        return
    Rating.objects.create(
        tenant=tenant,
        at=now,
        points=rated.points,
        level=rated.level,
        items=items,
        next_review=(now + NEXT_REVIEW[rated.level]).date(),
    )
    record(
        Verb.TENANT_RATED,
        [tenant],
        by=by,
        payload={"points": rated.points, "level": rated.level, "before": latest.level if latest else None},
    )


def risk_facts(tenant: Tenant, assessment: Assessment) -> risk.RiskFacts:
    """What the rating reads, from the application's facts and the chain."""
    application = tenant.applications.order_by("-opened_at").first()
    facts = application.facts if application else {}
    formed = facts.get("formed_on")
    entities = [
        party
        for pk in assessment.chain.members - {assessment.subject}
        if (party := assessment.chain.parties[pk]) and not party.is_person
    ]
    countries = {party.country for party in entities if party.country}
    blocking = {n: a for n, a in assessment.blocked.items() if blocks([n])}
    status = "no"
    for answer in blocking.values():
        if answer.listed_self or answer.status == "certain":
            status = "certain"
        elif answer.status == "possible" and status == "no":
            status = "possible"
    found = party_flags.parties_by_kind(tenant)
    return risk.RiskFacts(
        blocked=status,
        unknown_percent=float(assessment.effective.unknown_total.maximum),
        formed_on=date.fromisoformat(formed) if formed else None,
        holding_countries=0 if countries <= {tenant.country} else len(countries),
        staff=facts.get("staff"),
        accelerators=facts.get("accelerators_expected", 0),
        exposed=found[PartyFlag.Kind.PEP],
        adverse_media=found[PartyFlag.Kind.ADVERSE_MEDIA],
    )
