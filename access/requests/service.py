"""A request from its submission to its approval: rules decide, answers are resolved, two people approve.

The path: `submit` → `decide` (the facts are frozen and stored) → `answer`, `resolve`, `accept_conditions`
→ `approve` by a first and a second person → the grant is issued by a subscriber (access.grants.issue).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from access.inventory.tpp import catalogue
from access.models import AllocationRequest, Cluster, Decision, Inquiry, Licence, Site
from access.policy import engine, explain, replay
from access.policy.collector import collect
from access.policy.fact_types import PURPOSES
from access.policy.facts import FactSet
from access.policy.outcome import Outcome
from access.policy.pack import DEFAULT_PACKS, Pack, load_pack, load_packs
from access.requests import inquiries, transitions
from access.requests.licences import covering
from accounts import approvals
from accounts.models import User
from accounts.roles import Act
from audit.record import SYSTEM, Actor, record
from audit.verbs import Verb
from core.errors import Conflict, InvalidInput, NotAllowed
from core.numbers import next_number
from core.scope import STAFF, acting_in
from core.uuids import uuid7
from kyc.lists import freshness as list_freshness
from kyc.models import Alert, Question, Tenant
from kyc.screening import service as screening

#: The act of an approval (accounts.approvals).
ACT = "request"
State = AllocationRequest.State


@dataclass(frozen=True)
class OpenPoint:
    """One thing between a request and its approval. `blocks` the second approval, or is only told."""

    kind: str
    text: str
    blocks: bool = True
    inquiry: Inquiry | None = None


@dataclass(frozen=True)
class Approved:
    """What became of an approval: `first` given, `approved` by a second, or `refused` with every reason."""

    step: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Redecided:
    """The decision that holds now, and whether it is stricter than the one before."""

    decision: Decision
    stricter: bool


def submit(
    *,
    tenant: Tenant,
    site: Site,
    cluster: Cluster | None = None,
    accelerator: str,
    count: int,
    starts_on: date,
    days: int,
    purpose: str,
    supply: str = AllocationRequest.Supply.REMOTE_ACCESS,
    project: str = "",
    answers: Mapping[str, Any] | None = None,
    user: User,
    by: Actor,
    now: datetime | None = None,
) -> AllocationRequest:
    """Ask for accelerators; the rules decide in the same transaction.

    `answers`: end_user_country, remote_access_countries, expected_flop, end_use; red_flags by staff. What
    is not answered is unknown to the rules. Without `cluster`, the site's only one with the accelerator.
    Raises NotAllowed, InvalidInput, Conflict where the tenant may not run.
    """
    now = now or timezone.now()
    own = user.organisation_id == tenant.pk and user.may(Act.ASK_FOR_GPUS)
    if not (own or user.may(Act.ENTER_TENANTS)):
        raise NotAllowed("Only the tenant asks for accelerators, or a reviewer for it.")
    given = dict(answers or {})
    if own and "red_flags" in given:
        raise InvalidInput("answers.red_flags", "is a finding of the provider's staff")
    checked = inquiries.clean(given.items())
    accelerator = canonical(accelerator)
    _check_figures(count=count, days=days, purpose=purpose, supply=supply, starts_on=starts_on, now=now)
    if supply == AllocationRequest.Supply.REMOTE_ACCESS:
        cluster = _cluster(site, cluster, accelerator)
    with transaction.atomic():
        tenant = Tenant.objects.select_for_update(of=("self",)).get(pk=tenant.pk)
        if not tenant.may_run:
            raise Conflict(f"The tenant is {tenant.state}: only an approved one asks for accelerators.")
        request = AllocationRequest(
            id=uuid7(),
            number=next_number("request"),
            tenant=tenant,
            site=site,
            cluster=cluster,
            accelerator=accelerator,
            count=count,
            starts_on=starts_on,
            days=days,
            purpose=purpose,
            supply=supply,
            project=project or f"t-{tenant.number:04d}",
            answers=checked,
            asked_by=user,
            asked_at=now,
        )
        request.save(force_insert=True)
        record(
            Verb.REQUEST_SUBMITTED,
            [request, tenant],
            by=by,
            payload={
                "accelerator": accelerator,
                "count": count,
                "site": str(site.pk),
                "starts_on": starts_on.isoformat(),
                "days": days,
                "purpose": purpose,
                "supply": supply,
            },
        )
        decide(request, by=SYSTEM, now=now)
    return AllocationRequest.objects.select_related("tenant__organisation", "site", "cluster").get(
        pk=request.pk
    )


def decide(request: AllocationRequest, *, by: Actor, now: datetime | None = None) -> Decision:
    """Let the rules decide on the facts of now, and store what they said with the facts it rests on."""
    return redecide(request, by=by, now=now, always=True).decision


def redecide(
    request: AllocationRequest, *, by: Actor, now: datetime | None = None, always: bool = False
) -> Redecided:
    """Decide again; stored and recorded where the answer or its facts changed (or `always`).

    Runs in the staff scope whoever asks: the rules read what a tenant must not (other tenants of its
    control group, matches under review).
    """
    now = now or timezone.now()
    with transaction.atomic(), acting_in(STAFF):
        request = _locked(request)
        before = request.decision
        facts = collect(request, now=now)
        packs = packs_in_force()
        made = engine.decide(facts, packs, now.date(), id=request.label)
        if not always and before is not None and before.result == made.canonical:
            return Redecided(before, stricter=False)
        row = _store(request, facts, made, packs, now)
        stricter = before is not None and made.outcome > Outcome.of(before.outcome)
        _follow(request, row, made, now)
        record(
            Verb.REQUEST_DECIDED,
            [request, request.tenant],
            by=by,
            payload={
                "decision": str(row.pk),
                "outcome": row.outcome,
                "before": before.outcome if before else None,
                "facts": row.facts_digest,
                "missing": list(made.missing),
                "rules": [f"{r.pack}/{r.rule}" for r in made.reasons if r.outcome is made.outcome],
            },
            versions={pack.name: pack.digest for pack in packs},
        )
        inquiries.ask(request, made, by=by, now=now)
        if request.state == State.DECIDED and _is_automatic(made) and not open_points(request, made=made):
            _approved(request, by=SYSTEM, reason="below the size that a person looks at", now=now)
    return Redecided(row, stricter)


def _store(
    request: AllocationRequest, facts: FactSet, made: engine.Decision, packs: tuple[Pack, ...], now: datetime
) -> Decision:
    replay.keep_texts(packs)
    return Decision.objects.create(
        request=request,
        tenant=request.tenant,
        at=now,
        as_of=made.as_of,
        outcome=made.outcome.label,
        facts=facts.canonical,
        facts_digest=facts.digest,
        packs=[{"name": p.name, "version": p.version, "digest": p.digest} for p in packs],
        result=made.canonical,
    )


def _follow(request: AllocationRequest, row: Decision, made: engine.Decision, now: datetime) -> None:
    """What the request says of its latest decision: the tenant reads here, never in the decision."""
    request.decision = row
    request.told = list(explain.for_tenant(made))
    request.conditions = list(made.conditions)
    if not set(request.conditions) <= set(request.accepted_conditions):
        request.accepted_conditions_at = None
    if request.state == State.SUBMITTED:
        request.state = State.DECIDED
    request.save(
        update_fields=["decision", "told", "conditions", "accepted_conditions_at", "state"],
    )


def packs_in_force() -> tuple[Pack, ...]:
    """The packs that decide requests."""
    return load_packs(DEFAULT_PACKS)


def decided(request: AllocationRequest) -> engine.Decision:
    """The latest decision as the engine gives it, from the stored facts and packs: for pages."""
    assert request.decision is not None
    row = request.decision
    return engine.decide(FactSet.from_canonical(row.facts), replay.packs_of(row), row.as_of, id=request.label)


def open_points(request: AllocationRequest, *, made: engine.Decision | None = None) -> list[OpenPoint]:
    """What stands between the request and its second approval, and why. Needs the staff scope."""
    tenant = request.tenant
    made = made or decided(request)
    points = [OpenPoint("tenant", text) for text in standing_points(tenant)]
    if made.outcome is Outcome.DENY:
        points.append(
            OpenPoint("denied", "The rules deny it: only new facts and a new decision change that.")
        )
    if made.outcome is Outcome.LICENCE_REQUIRED and covering(request) is None:
        points.append(
            OpenPoint(
                "licence", "No recorded licence covers item, quantity, site, end user and the whole time."
            )
        )
    if made.conditions and request.accepted_conditions_at is None:
        points.append(
            OpenPoint(
                "conditions", f"The tenant has not accepted {_count(len(made.conditions), 'condition')}."
            )
        )
    blocking = made.outcome >= Outcome.REFER
    for want, row in inquiries.unresolved(request, made):
        waits = "waits for an answer" if row is None or row.answered_at is None else "waits to be resolved"
        points.append(OpenPoint("inquiry", f"{want.text} ({waits})", blocks=blocking, inquiry=row))
    return points


def standing_points(tenant: Tenant, *, now: datetime | None = None) -> list[str]:
    """Why a tenant may get no grant now, whatever it asks for; empty where nothing stands against it."""
    now = now or timezone.now()
    points = []
    if not tenant.may_run:
        reason = f": {tenant.state_reason}" if tenant.state_reason else "."
        points.append(f"The tenant is {tenant.state}{reason}")
    if unscreened := screening.unscreened(tenant):
        verb = "is" if unscreened == 1 else "are"
        points.append(
            f"{_count(unscreened, 'party', 'parties')} {verb} not screened against the lists in force."
        )
    points += list_freshness.overdue(now)
    if undecided := tenant.alerts.filter(state__in=Alert.UNDECIDED, blocking=True).count():
        verb = "is" if undecided == 1 else "are"
        points.append(f"{_count(undecided, 'alert')} on blocking lists {verb} not decided.")
    return points


def approve(
    request: AllocationRequest, *, user: User, by: Actor, reason: str = "", now: datetime | None = None
) -> Approved:
    """Give the first approval or, by another person, the second. A refusal is recorded and returned.

    The facts are read again first; where the decision got stricter, the approval stops. The first person
    may approve while answers are awaited, the second only once nothing is open. Raises NotAllowed without
    the right, Conflict where the request does not wait for approval.
    """
    if not user.may(Act.APPROVE_REQUESTS):
        raise NotAllowed("Only an approver approves a request.")
    now = now or timezone.now()
    with transaction.atomic():
        request = _locked(request)
        if request.state != State.DECIDED:
            raise Conflict(f"The request is {request.state}: it does not wait for approval.")
        again = redecide(request, by=SYSTEM, now=now)
        request = _locked(request)
        if request.state != State.DECIDED:  # the new facts were below the size a person looks at
            return Approved("approved")
        if again.stricter:
            words = again.decision.outcome.replace("_", " ")
            return _refused(request, [f"the facts have changed, and the rules now say {words}"], user, by)
        if request.asked_by_id == user.pk:
            return _refused(request, ["who asked for the accelerators does not approve them"], None, by)
        points = open_points(request)
        first = approvals.open_for(request, ACT)
        final = ("denied", "tenant") if first is None else tuple({p.kind for p in points})
        stops = [point.text for point in points if point.blocks and point.kind in final]
        if first is None:
            if stops:
                return _refused(request, stops, None, by)
            approvals.ask(request, ACT, user=user, by=by, needs=Act.APPROVE_REQUESTS, reason=reason)
            return Approved("first")
        why = approvals.why_not(first, user, Act.APPROVE_REQUESTS)
        if stops and not why:
            return _refused(request, stops, None, by)
        given = approvals.approve(first, request, user=user, by=by, needs=Act.APPROVE_REQUESTS, reason=reason)
        if not given.given:
            return Approved("refused", (given.why,))
        _approved(request, by=by, reason=reason, now=now)
    return Approved("approved")


def _refused(request: AllocationRequest, reasons: list[str], user: User | None, by: Actor) -> Approved:
    """Record why an approval is not taken. With `user`, a first approval that waits falls with it."""
    record(Verb.APPROVAL_REFUSED, [request, request.tenant], by=by, reason="; ".join(reasons))
    first = approvals.open_for(request, ACT)
    if user is not None and first is not None:
        approvals.refuse(
            first, request, user=user, by=by, needs=Act.APPROVE_REQUESTS, reason="; ".join(reasons)
        )
    return Approved("refused", tuple(reasons))


def _approved(request: AllocationRequest, *, by: Actor, reason: str, now: datetime) -> None:
    assert request.decision is not None
    licence: Licence | None = None
    if request.decision.outcome == Outcome.LICENCE_REQUIRED.label:
        licence = covering(request)
    request.licence = licence
    request.withheld = []
    request.save(update_fields=["licence", "withheld"])
    move(request, State.APPROVED)
    record(
        Verb.REQUEST_APPROVED,
        [request, request.tenant],
        by=by,
        reason=reason,
        payload={
            "decision": str(request.decision.pk),
            "outcome": request.decision.outcome,
            "licence": licence.reference if licence else None,
        },
    )


def refuse(
    request: AllocationRequest, *, reason: str, user: User, by: Actor, now: datetime | None = None
) -> None:
    """Say no. Raises NotAllowed, InvalidInput without a reason, Conflict."""
    if not user.may(Act.APPROVE_REQUESTS):
        raise NotAllowed("Only an approver refuses a request.")
    if not reason.strip():
        raise InvalidInput("reason", "say why")
    with transaction.atomic():
        request = _locked(request)
        close(request, State.REFUSED, reason=reason, now=now or timezone.now())
        first = approvals.open_for(request, ACT)
        if first is not None:
            approvals.refuse(first, request, user=user, by=by, needs=Act.APPROVE_REQUESTS, reason=reason)
        record(Verb.REQUEST_REFUSED, [request, request.tenant], by=by, reason=reason)


def withdraw(
    request: AllocationRequest, *, user: User, by: Actor, reason: str = "", now: datetime | None = None
) -> None:
    """The tenant asks no longer; a live grant is revoked by the event. Raises NotAllowed, Conflict."""
    _require_own(request, user)
    with transaction.atomic():
        request = _locked(request)
        close(request, State.WITHDRAWN, reason=reason, now=now or timezone.now())
        record(Verb.REQUEST_WITHDRAWN, [request, request.tenant], by=by, reason=reason)


def accept_conditions(
    request: AllocationRequest, *, user: User, by: Actor, now: datetime | None = None
) -> None:
    """The tenant accepts each condition of the latest decision. Raises NotAllowed, InvalidInput."""
    _require_own(request, user)
    with transaction.atomic():
        request = _locked(request)
        if not request.conditions:
            raise InvalidInput("request", "there is no condition to accept")
        request.accepted_conditions = list(request.conditions)
        request.accepted_conditions_at = now or timezone.now()
        request.save(update_fields=["accepted_conditions", "accepted_conditions_at"])
        record(
            Verb.CONDITIONS_ACCEPTED,
            [request, request.tenant],
            by=by,
            payload={"conditions": list(request.conditions)},
        )


def answer(inquiry: Inquiry, *, answer: Any, user: User, by: Actor, now: datetime | None = None) -> None:
    """Answer what a decision left open, and let the rules decide on it. Raises as `take_answer` does."""
    with transaction.atomic():
        inquiries.take_answer(inquiry, answer=answer, user=user, by=by, now=now)
        _take_over(inquiry, answer, now=now)


def answered(question: Question, *, now: datetime | None = None) -> None:
    """A question was answered in the portal: take it over, once, and let the rules decide on it."""
    with transaction.atomic():
        inquiry = (
            Inquiry.objects.select_related("request", "question__data_key").filter(question=question).first()
        )
        if inquiry is not None and (given := inquiries.follow_question(inquiry)) is not None:
            _take_over(inquiry, given, now=now)


def resolve(inquiry: Inquiry, *, reason: str, user: User, by: Actor, now: datetime | None = None) -> str:
    """Accept an answer; the resolver is another person than who answered. Returns why not, else ''."""
    with transaction.atomic():
        locked = Inquiry.objects.select_for_update(of=("self",)).select_related("request", "tenant")
        return inquiries.resolve(locked.get(pk=inquiry.pk), reason=reason, user=user, by=by, now=now)


def _take_over(inquiry: Inquiry, answer: Any, *, now: datetime | None) -> None:
    request = _locked(inquiry.request)
    if request.state not in (State.SUBMITTED, State.DECIDED):
        return
    try:
        found = inquiries.declared(inquiry.fact, answer) if inquiry.fact else None
    except InvalidInput:
        return  # an answer in free words: a person reads it and resolves the inquiry
    if found is not None and request.answers.get(found[0]) != found[1]:
        request.answers = {**request.answers, found[0]: found[1]}
        request.save(update_fields=["answers"])
    redecide(request, by=SYSTEM, now=now)


def what_if(request: AllocationRequest, **change: Any) -> explain.WhatIf:
    """The latest decision beside the one under other terms; nothing is stored.

    `count`, `purpose`, `supply`, `accelerator`, `hours`, `site` (a Site), `on` (a day), `packs` (names).
    Raises InvalidInput.
    """
    assert request.decision is not None
    row = request.decision
    packs = [load_pack(name) for name in change.pop("packs", ())] or None
    day = change.pop("on", None)
    site: Site | None = change.pop("site", None)
    changes = {f"request.{name}": value for name, value in change.items()}
    if site is not None:
        changes["request.site_country"] = site.country
        changes["request.site_region"] = site.region or None
    return explain.what_if(
        FactSet.from_canonical(row.facts),
        changes,
        replay.packs_of(row),
        row.as_of,
        other_packs=packs,
        other_day=day,
    )


def smallest_changes(request: AllocationRequest) -> tuple[explain.Change, ...]:
    """The smallest changes of the request that would change its decision."""
    assert request.decision is not None
    row = request.decision
    return explain.smallest_changes(FactSet.from_canonical(row.facts), replay.packs_of(row), row.as_of)


def canonical(accelerator: str) -> str:
    """The catalogue's name where exactly one record is meant, else what was typed. Raises InvalidInput."""
    text = accelerator.strip()
    if not text:
        raise InvalidInput("accelerator", "is empty")
    match = catalogue().find(text)
    return match.accelerator.name if match is not None and not match.ambiguous else text


def move(request: AllocationRequest, state: str) -> None:
    """Change the state by the table. The caller records it. Raises Conflict."""
    transitions.check(request.state, state)
    request.state = state
    request.save(update_fields=["state"])


def close(request: AllocationRequest, state: str, *, reason: str, now: datetime) -> None:
    """Move the request to an end of its table, and say why. The caller records it."""
    move(request, state)
    request.closed_at, request.closed_reason = now, reason
    request.save(update_fields=["closed_at", "closed_reason"])


def _locked(request: AllocationRequest) -> AllocationRequest:
    found = AllocationRequest.objects.select_for_update(of=("self",)).select_related(
        "tenant__organisation", "tenant__subject__data_key", "site", "cluster", "decision"
    )
    return found.get(pk=request.pk)


def _is_automatic(made: engine.Decision) -> bool:
    """Nothing stands against it, and it is smaller than the provider's pack lets people look at."""
    limit = load_pack("provider").parameters.get("auto_below_tpp", 0.0)
    return made.outcome is Outcome.PERMIT and made.tpp is not None and made.tpp < limit


def _check_figures(
    *, count: int, days: int, purpose: str, supply: str, starts_on: date, now: datetime
) -> None:
    if count < 1:
        raise InvalidInput("count", "a whole number of at least 1 is expected")
    if not 1 <= days <= 366:
        raise InvalidInput("days", "a whole number from 1 to 366 is expected")
    if purpose not in PURPOSES:
        raise InvalidInput("purpose", f"{purpose!r} is none of {', '.join(PURPOSES)}")
    if supply not in AllocationRequest.Supply.values:
        raise InvalidInput("supply", f"{supply!r} is none of {', '.join(AllocationRequest.Supply.values)}")
    if starts_on < now.date():
        raise InvalidInput("starts_on", "lies in the past")


def _cluster(site: Site, cluster: Cluster | None, accelerator: str) -> Cluster:
    if cluster is None:
        fitting = [c for c in site.clusters.all() if canonical(c.accelerator) == accelerator]
        if len(fitting) != 1:
            names = ", ".join(c.name for c in fitting) or "none has this accelerator"
            raise InvalidInput("cluster", f"name a cluster of {site.name}: {names}")
        return fitting[0]
    if cluster.site_id != site.pk:
        raise InvalidInput("cluster", f"{cluster.name} is not in {site.name}")
    if canonical(cluster.accelerator) != accelerator:
        raise InvalidInput("cluster", f"{cluster.name} has {cluster.accelerator}")
    return cluster


def _require_own(request: AllocationRequest, user: User) -> None:
    if not (user.organisation_id == request.tenant_id and user.may(Act.ASK_FOR_GPUS)):
        raise NotAllowed("Only the tenant itself does this.")


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
