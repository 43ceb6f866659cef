"""One tenant: who is it, may it run, since when do we know?"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.conf import settings
from django.db.models import JSONField, OuterRef, Subquery
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.models import AllocationRequest, Grant
from accounts import access
from accounts.models import User
from accounts.roles import Act
from audit import reading
from audit.models import Checkpoint
from console import told
from console.audience import where, zone_words
from console.operator.pages.tenant import (
    AlertRow,
    GrantRow,
    Ownership,
    PartyRow,
    Printed,
    Rating,
    RatingLine,
    RequestRow,
    TenantPage,
)
from console.operator.queries import flags, ownership, screened, standing, timeline
from console.parts import Dialog, Fact, Failure, Field, Link, Option, State, Tone
from console.say import country_name, covered, grouped, many_of, shown
from core.errors import InvalidInput
from kyc.models import (
    Alert,
    Application,
    IdentityCheck,
    OwnershipStatement,
    Party,
    PartyFlag,
    Screening,
    Tenant,
)
from kyc.models import Rating as RatingRow
from kyc.ownership.report import Assessment
from kyc.screening import freshness, party_flags
from kyc.screening.service import Flag

States = Tenant.State
EVENTS = 120
MOST_PARTIES = 40


def find(key: str) -> Tenant:
    """The tenant of a number or a key. Raises Absent."""
    newest = Application.objects.filter(tenant=OuterRef("pk")).order_by("-opened_at")
    rows = Tenant.objects.select_related("organisation", "subject__data_key")
    lists = RawSQL(freshness.LISTS_NOW, [], output_field=JSONField())  # noqa: S611 - our own constant
    rows = rows.annotate(facts_=Subquery(newest.values("facts")[:1]), lists_=lists)
    return access.by_number(rows, key, "T")


class Chain:
    """The rows behind a tenant's chain, each read once."""

    def __init__(self, tenant: Tenant, now: datetime) -> None:
        self.tenant = tenant
        self.parties: list[Party] = list(
            Party.objects.filter(tenant=tenant, removed_at__isnull=True)
            .select_related("data_key", "screening")
            .order_by("pk")
        )
        self.statements: list[OwnershipStatement] = list(
            OwnershipStatement.objects.filter(tenant=tenant, removed_at__isnull=True).order_by("pk")
        )
        checks = list(
            IdentityCheck.objects.filter(tenant=tenant).select_related("document").order_by("checked_at")
        )
        #: The newest check of each party, and everyone whom one check proved.
        self.checks: dict[uuid.UUID, IdentityCheck] = {check.party_id: check for check in checks}
        self.proved = {check.party_id for check in checks if check.result == IdentityCheck.Result.GOOD}
        self.alerts: list[Alert] = list(
            Alert.objects.filter(tenant=tenant).select_related("taken_by").order_by("-raised_at")
        )
        self.flags = _flags(self.alerts, {party.pk for party in self.parties})
        #: Politically exposed, adverse media: no bearing on who is listed.
        self.marked: list[PartyFlag] = list(party_flags.live(tenant))
        self.captions = {party.pk: str(party.caption) for party in self.parties}
        self.assessment: Assessment | None = None
        self.failure: Failure | None = None
        try:
            if tenant.subject_id:
                self.assessment = ownership.computed(
                    tenant, self.parties, self.statements, self.flags, now.date()
                )
        except InvalidInput as error:
            self.failure = ownership.failed(error)

    def shown(self, now: datetime, *, links: tuple[Link, ...] = (), fold: bool = True) -> Ownership:
        return ownership.shown_ownership(
            self.tenant,
            self.assessment,
            self.parties,
            self.statements,
            self.checks,
            self.flags,
            now=now,
            links=links,
            fold=fold,
            failure=self.failure,
        )


def _flags(alerts: Sequence[Alert], parties: set[uuid.UUID]) -> list[Flag]:
    """As `kyc.screening.service.flagged`, out of the alerts that the page shows anyway."""
    flags = []
    for alert in alerts:
        if alert.party_id not in parties:
            continue
        if alert.state == Alert.State.TRUE_MATCH:
            flags += [Flag(alert.party_id, name, "listed", alert.pk) for name in alert.datasets]
        elif alert.state in Alert.UNDECIDED and alert.holds:
            flags += [Flag(alert.party_id, name, "under_review", alert.pk) for name in alert.datasets]
    return flags


def page(tenant: Tenant, user: User, *, now: datetime | None = None) -> TenantPage:
    now = now or timezone.now()
    chain = Chain(tenant, now)
    events = reading.events([f"tenant:{tenant.pk}"], limit=EVENTS)
    names = told.names_of([entry.event for entry in events.entries], known=chain.captions)
    checkpoint = events.checkpoint
    requests = list(
        AllocationRequest.objects.filter(tenant=tenant).select_related("decision").order_by("-asked_at")[:6]
    )
    grants = list(Grant.objects.filter(tenant=tenant).select_related("cluster").order_by("-issued_at")[:8])
    ratings = list(RatingRow.objects.filter(tenant=tenant).order_by("-at")[:2])
    live = sum(grant.is_live_at(now) and not grant.superseded_at for grant in grants)
    facts: Mapping[str, object] = vars(tenant).get("facts_") or {}
    signed = checkpoint.size if checkpoint else 0
    proved = all(entry.is_signed for entry in events.entries)
    screened_against = screened.rows(chain.parties, vars(tenant)["lists_"], now)
    links = (
        Link(_("as table"), "#owners"),
        Link(_("full page"), where("operator:tenant_ownership", tenant.label)),
    )
    return TenantPage(
        now=now,
        key=tenant.label,
        name=str(tenant),
        meta=_meta(tenant, now),
        answer=standing.answer_of(tenant, chain.assessment, chain.flags, now),
        ownership=chain.shown(now, links=links),
        timeline=timeline.groups(events.entries, names, now, tenant=str(tenant)),
        timeline_meta=_("from the log · every line proved under checkpoint %(n)s") % {"n": grouped(signed)}
        if proved and signed
        else _("from the log · checkpoint %(n)s, the newest lines wait for the next")
        % {"n": grouped(signed)},
        rating=_rating(ratings, now),
        alerts=tuple(_alert(alert, chain.captions) for alert in chain.alerts[:8]),
        alerts_meta=_alerts_meta(chain.alerts),
        requests=tuple(_request(request, tenant) for request in requests),
        requests_meta=grouped(len(requests)) if requests else "",
        grants=tuple(_grant(grant, now) for grant in grants),
        grants_meta=_("%(n)s live") % {"n": live} if grants else "",
        parties=_parties(chain),
        screened=screened_against,
        screened_meta=screened.meta(screened_against),
        parties_meta=_parties_meta(chain.parties, now),
        facts=facts_of(tenant, chain, facts),
        dialogs=_dialogs(tenant, user, live),
        flags=flags.lines(chain.marked, chain.captions, user, now),
        flag=flags.setting(tenant, chain.parties, user),
        export_url=where("operator:export_new", query=f"tenant={tenant.label}")
        if user.may(Act.EXPORT_LOG)
        else "",
        printed=printed(user, checkpoint, now),
    )


def printed(user: User, checkpoint: Checkpoint | None, now: datetime) -> Printed:
    """What stands on every sheet."""
    head = _("Lockgate %(provider)s · confidential, holds personal data · printed %(at)s %(zone)s by %(who)s")
    foot = _("Checkpoint %(n)s of %(at)s · check: python -m audit.verify")
    return Printed(
        head
        % {
            "provider": settings.LOCKGATE_PROVIDER_NAME,
            "at": shown(now, "full"),
            "zone": zone_words(),
            "who": user,
        },
        foot % {"n": grouped(checkpoint.size), "at": shown(checkpoint.at, "full")} if checkpoint else "",
    )


def _meta(tenant: Tenant, now: datetime) -> str:
    parts = [country_name(tenant.country)]
    number = number_of(tenant)
    if number:
        parts.append(number)
    parts.append(tenant.label)
    parts.append(
        _("tenant since %(day)s") % {"day": shown(tenant.approved_at, "date", now)}
        if tenant.approved_at
        else _("applied %(day)s") % {"day": shown(tenant.created_at, "date", now)}
    )
    return " · ".join(parts)


def number_of(tenant: Tenant) -> str:
    """The register number with its middle covered."""
    if tenant.subject is None:
        return ""
    numbers = (tenant.subject.properties or {}).get("registrationNumber", ())
    return f"{_('register')} {covered(numbers[0])}" if numbers else ""


LEVELS = {
    RatingRow.Level.LOW: (Tone.OK, "Low"),
    RatingRow.Level.MEDIUM: (Tone.WARN, "Medium"),
    RatingRow.Level.HIGH: (Tone.BAD, "High"),
}


def _rating(ratings: Sequence[RatingRow], now: datetime) -> Rating | None:
    if not ratings:
        return None
    newest = ratings[0]
    tone, word = LEVELS[RatingRow.Level(newest.level)]
    words = _(word)
    if len(ratings) > 1:
        words = _("%(level)s, was %(before)s (%(points)s)") % {
            "level": words,
            "before": ratings[1].level,
            "points": ratings[1].points,
        }
    return Rating(
        tuple(RatingLine(item["reason"], item["points"]) for item in newest.items),
        State(tone, words),
        _("rated %(at)s, next review %(day)s")
        % {"at": shown(newest.at, now=now), "day": shown(newest.next_review, now=now)},
    )


ALERTS: Mapping[str, tuple[Tone, str]] = {
    Alert.State.OPEN: (Tone.WARN, "Open"),
    Alert.State.ESCALATED: (Tone.WARN, "Escalated"),
    Alert.State.PROPOSED: (Tone.WARN, "Second review"),
    Alert.State.INCONCLUSIVE: (Tone.WARN, "Inconclusive"),
    Alert.State.TRUE_MATCH: (Tone.BAD, "True match"),
    Alert.State.FALSE_POSITIVE: (Tone.IDLE, "Cleared"),
    Alert.State.WITHDRAWN: (Tone.IDLE, "Withdrawn"),
}


def alert_state(alert: Alert) -> State:
    tone, word = ALERTS[alert.state]
    return State(tone, _(word))


def _alert(alert: Alert, captions: Mapping[uuid.UUID, str]) -> AlertRow:
    closed = alert.state in (Alert.State.FALSE_POSITIVE, Alert.State.WITHDRAWN)
    return AlertRow(
        alert.label, alert.label, captions.get(alert.party_id, ""), alert.score, alert_state(alert), closed
    )


def _alerts_meta(alerts: Sequence[Alert]) -> str:
    if not alerts:
        return ""
    waiting = sum(alert.state in Alert.UNDECIDED for alert in alerts)
    return _("%(open)s open, %(decided)s decided") % {"open": waiting, "decided": len(alerts) - waiting}


def _request(request: AllocationRequest, tenant: Tenant) -> RequestRow:
    return RequestRow(
        request.label,
        request.label,
        many_of(request.count, request.accelerator),
        request.asked_at,
        request_state(request, tenant),
    )


REQUESTS: Mapping[str, tuple[Tone, str]] = {
    AllocationRequest.State.SUBMITTED: (Tone.INFO, "Sent"),
    AllocationRequest.State.DECIDED: (Tone.WARN, "To decide"),
    AllocationRequest.State.APPROVED: (Tone.OK, "Approved"),
    AllocationRequest.State.GRANTED: (Tone.OK, "Granted"),
    AllocationRequest.State.REFUSED: (Tone.BAD, "Refused"),
    AllocationRequest.State.WITHDRAWN: (Tone.IDLE, "Withdrawn"),
    AllocationRequest.State.ENDED: (Tone.IDLE, "Ended"),
}


def request_state(request: AllocationRequest, tenant: Tenant) -> State:
    if request.is_live and tenant.state in (States.SUSPENDED, States.HELD):
        return standing.state_of(tenant)
    tone, word = REQUESTS[request.state]
    return State(tone, _(word))


def _grant(grant: Grant, now: datetime) -> GrantRow:
    if grant.revoked_at:
        state = State(Tone.BAD, _("Revoked"))
    elif grant.superseded_at:
        state = State(Tone.IDLE, _("Renewed"))
    elif grant.is_live_at(now):
        state = State(Tone.OK, _("Live"))
    elif grant.not_before > now:
        state = State(Tone.INFO, _("Not yet"))
    else:
        state = State(Tone.IDLE, _("Ended"))
    return GrantRow(
        grant.label, grant.label, many_of(grant.count, grant.accelerator), str(grant.cluster), state
    )


def _parties(chain: Chain) -> tuple[PartyRow, ...]:
    """Everyone, those first that need a look."""
    listed = {flag.party_id: flag for flag in chain.flags}
    undecided = {a.party_id: a for a in chain.alerts if a.state in Alert.UNDECIDED}
    blocked = {
        key
        for answer in (chain.assessment.blocked.values() if chain.assessment else ())
        for key, (status, _share) in answer.entities.items()
        if status == "certain"
    }
    marked: dict[uuid.UUID, list[str]] = defaultdict(list)
    for mark in chain.marked:
        marked[mark.party_id].append(flags.kind_of(mark))
    rows = []
    for party in chain.parties:
        flag = listed.get(party.pk)
        if flag is not None and flag.status == "listed":
            order, state = 0, State(Tone.BAD, _("Listed"))
        elif flag is not None:
            order, state = 1, State(Tone.HOLD, _("Under review"))
        elif party.pk in undecided:
            order, state = 2, State(Tone.WARN, _("Alert open"))
        elif str(party.pk) in blocked:
            order, state = 3, State(Tone.BAD, _("Blocked"))
        elif _screening(party) is None:
            order, state = 4, State(Tone.IDLE, _("Not screened"))
        else:
            order, state = 5, State(Tone.OK, _("Clear"))
        if order == 5 and party.pk in marked:
            order = 4
        note = ", ".join(dict.fromkeys(marked[party.pk])) if party.pk in marked else ""
        rows.append((order, PartyRow(str(party.caption), role_of(party), state, note)))
    return tuple(row for _order, row in sorted(rows, key=lambda one: one[0])[:MOST_PARTIES])


def role_of(party: Party) -> str:
    roles = [role for role in party.roles if role]
    if party.schema != Party.Schema.PERSON and "tenant" not in roles:
        return ", ".join(["company", *(r for r in roles if r != "owner")])
    return ", ".join(roles) or _("person")


def _screening(party: Party) -> Screening | None:
    found: Screening | None = getattr(party, "screening", None)
    return found


def _parties_meta(parties: Sequence[Party], now: datetime) -> str:
    at = [found.at for party in parties if (found := _screening(party))]
    if not at:
        return _("not screened yet")
    return _("%(n)s of %(all)s screened %(at)s") % {
        "n": len(at),
        "all": len(parties),
        "at": shown(min(at), now=now),
    }


def facts_of(tenant: Tenant, chain: Chain, facts: Mapping[str, object]) -> tuple[Fact, ...]:
    found = []
    if facts.get("legal_form"):
        found.append(Fact(_("Legal form"), str(facts["legal_form"])))
    if facts.get("formed_on"):
        found.append(Fact(_("Formed"), shown(date.fromisoformat(str(facts["formed_on"])), "date")))
    found.append(Fact(_("Country"), country_name(tenant.country), tenant.region))
    assessment = chain.assessment
    if assessment and assessment.headquarters_country:
        found.append(Fact(_("Head office"), country_name(assessment.headquarters_country)))
    if assessment and assessment.ultimate_parents:
        parent = assessment.ultimate_parents[0].party
        found.append(Fact(_("Ultimate parent"), parent.name or parent.id, country_name(parent.country or "")))
    if facts.get("business"):
        found.append(Fact(_("Business"), str(facts["business"])))
    if facts.get("staff") is not None:
        found.append(Fact(_("Staff"), grouped(int(str(facts["staff"]))), _("declared")))
    if facts.get("purpose"):
        found.append(Fact(_("Purpose"), str(facts["purpose"]).replace("_", " ")))
    return tuple(found)


def ask_dialog(tenant: Tenant, url: str) -> Dialog:
    name = str(tenant)
    return Dialog(
        "ask",
        _("Ask the tenant"),
        _("Ask %(name)s") % {"name": name},
        _("The question stands in their portal at once; an answer is due within a week."),
        url,
        _("Leave it"),
        _("Send the question"),
        (
            Field("text", _("Question"), kind="textarea", required=True),
            Field("why", _("Why we ask"), placeholder=_("Shown beside the question")),
            Field(
                "blocks",
                _("Until it is answered"),
                "yes",
                kind="select",
                options=(
                    Option("yes", _("nothing is approved")),
                    Option("no", _("the rest goes on")),
                ),
            ),
        ),
    )


def _dialogs(tenant: Tenant, user: User, live: int) -> tuple[Dialog, ...]:
    found = []
    if user.may(Act.ENTER_TENANTS) or user.may(Act.APPROVE_TENANTS):
        found.append(ask_dialog(tenant, where("operator:tenant_ask", tenant.label)))
    if user.may(Act.APPROVE_TENANTS) and tenant.state in (States.APPROVED, States.HELD):
        grants = ngettext("%(n)d live grant is revoked", "%(n)d live grants are revoked", live) % {"n": live}
        found.append(
            Dialog(
                "suspend",
                _("Suspend…"),
                _("Suspend %(name)s?") % {"name": tenant},
                _("%(grants)s within a minute and nothing new may start. They are told, with your reason.")
                % {"grants": grants},
                where("operator:tenant_suspend", tenant.label),
                _("Keep it running"),
                ngettext("Suspend, revoke %(n)d grant", "Suspend, revoke %(n)d grants", live) % {"n": live},
                (Field("reason", _("Reason"), required=True, placeholder=_("Kept with the event")),),
            )
        )
    return tuple(found)
