"""A request for accelerators: may it, and why? Built in the staff scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.models import AllocationRequest, Inquiry, Site
from access.policy.collector import holding_or_waiting
from access.policy.engine import Decision
from access.policy.explain import headline
from access.policy.facts import FactSet
from access.policy.outcome import Outcome
from access.policy.pack import Pack, load_pack
from access.requests import inquiries, service
from accounts import approvals
from accounts.access import by_number
from accounts.models import Approval, User
from accounts.roles import Act
from audit import reading
from audit.record import subject_of
from audit.verbs import Verb
from console.operator.pages.request import Approval as ApprovalRow
from console.operator.pages.request import GroupChart, Question, RequestPage, Step
from console.operator.queries.grants import then_of
from console.operator.queries.log import proof_of
from console.operator.queries.reasons import outcome_state, rows, tpp_of
from console.operator.queries.request_group import group_chart
from console.operator.queries.request_what_if import what_if
from console.parts import Answer, Dialog, Fact, Field, Proof, State, Tone
from console.portal.queries.home import short_accelerator
from console.portal.steps.use import purposes
from console.say import country_name, day, grouped, joined, shown
from kyc.onboarding.control import control_group

State_ = AllocationRequest.State
WAITING = (State_.SUBMITTED, State_.DECIDED)


def find(key: str) -> AllocationRequest:
    """Raises Absent."""
    found = AllocationRequest.objects.select_related(
        "tenant__organisation", "tenant__subject", "site", "cluster", "decision", "asked_by", "licence"
    )
    return by_number(found, key, "R")


def request_page(
    request: AllocationRequest, user: User, query: Mapping[str, str], *, replayed: State | None = None
) -> RequestPage:
    now = timezone.now()
    made = service.decided(request)
    points = service.open_points(request, made=made) if request.state in WAITING else []
    asked = _inquiries(request)
    rows_of = _approvals(request)
    proofs = _proofs(request)
    first = next((row for row in rows_of if row.state == Approval.State.ASKED), None)
    row = request.decision
    assert row is not None
    waits = _waits_words(points)
    refuse = _refuse(request) if user.may(Act.APPROVE_REQUESTS) and request.state in WAITING else None
    return RequestPage(
        now=now,
        key=request.label,
        ref=request.label,
        title=title_of(request),
        meta=_meta(request, made, now),
        answer=_answer(request, made, points, first),
        steps=_steps(request, made, asked, rows_of, now),
        reasons=rows(made, row.at, now),
        reasons_meta=_("%(n)d of %(all)d rules apply, strongest first")
        % {"n": len(made.reasons), "all": sum(len(pack.rules) for pack in _packs(made))},
        packs=_pack_words(row.packs),
        questions=tuple(_questions(request, made, asked, now)),
        approvals=tuple(_approval_rows(request, rows_of, first, user, proofs, now)),
        approvals_meta=_("two people, by four eyes"),
        what_if=what_if(request, query, list(Site.objects.order_by("name"))),
        changes=(),
        granted=_granted(request, made, now),
        group=None,
        approve=_approve(request, user, first, points, waits),
        refuse=refuse,
        can_replay=True,
        replayed=replayed,
        changes_url=reverse("operator:request_changes", args=[request.label]),
        group_url=reverse("operator:request_group", args=[request.label]) if _has_chart(request) else "",
    )


def title_of(request: AllocationRequest) -> str:
    return _("%(count)s × %(what)s in %(site)s, %(days)d days from %(day)s") % {
        "count": grouped(request.count),
        "what": short_accelerator(request.accelerator),
        "site": request.site.name,
        "days": request.days,
        "day": dateformat.format(request.starts_on, "j F"),
    }


def _meta(request: AllocationRequest, made: Decision, now: datetime) -> str:
    tpp = _("%(n)s TPP") % {"n": grouped(made.tpp)} if made.tpp is not None else _("TPP unknown")
    return " · ".join(
        (
            str(request.tenant),
            country_name(request.tenant.country),
            _("%(ref)s, asked %(at)s by %(who)s")
            % {"ref": request.label, "at": shown(request.asked_at, "since", now), "who": request.asked_by},
            purposes().get(request.purpose, request.purpose),
            _("%(n)s accelerator hours") % {"n": grouped(request.count * request.hours)},
            tpp,
        )
    )


def _answer(
    request: AllocationRequest, made: Decision, points: Sequence[service.OpenPoint], first: Approval | None
) -> Answer:
    match request.state:
        case State_.REFUSED:
            return Answer(
                State(Tone.BAD, _("Refused")),
                _("A person refused it: %(why)s") % {"why": request.closed_reason},
            )
        case State_.WITHDRAWN:
            return Answer(State(Tone.IDLE, _("Withdrawn")), _("The tenant asks no longer."))
        case State_.ENDED:
            return Answer(State(Tone.IDLE, _("Ended")), request.closed_reason or _("It has ended."))
        case State_.GRANTED:
            return Answer(
                State(Tone.OK, _("Granted")), _("It runs under a grant; the rules said: ") + _lead(made)
            )
        case State_.APPROVED:
            why = " ".join(request.withheld) or _("The grant is issued on its first day.")
            return Answer(State(Tone.OK if not request.withheld else Tone.HOLD, _("Approved")), why)
    parts = [headline(made).rstrip(".")]
    open_ = sum(point.kind == "inquiry" and point.blocks for point in points)
    if open_:
        parts.append(ngettext("%(n)d point is open", "%(n)d points are open", open_) % {"n": open_})
    given = _("one approval of two is given") if first is not None else _("no approval is given")
    if made.outcome is not Outcome.DENY:
        parts.append(given)
    return Answer(outcome_state(made.outcome), f"{joined(parts)}.")


def _lead(made: Decision) -> str:
    return headline(made)


def _steps(
    request: AllocationRequest,
    made: Decision,
    asked: Sequence[Inquiry],
    given: Sequence[Approval],
    now: datetime,
) -> tuple[Step, ...]:
    row = request.decision
    assert row is not None
    wanted = {want.name for want in inquiries.wanted(made)}
    open_ = [i for i in asked if i.resolved_at is None and (i.rule, i.fact) in wanted]
    questions = State(Tone.OK, _("Nothing open"))
    detail = _("%(n)d settled") % {"n": sum(i.resolved_at is not None for i in asked)} if asked else ""
    if open_ and request.state in WAITING:
        questions = State(Tone.WARN, _("Questions, %(n)d open") % {"n": len(open_)})
        due = [i.question.due_at for i in open_ if i.question and i.question.answered_at is None]
        detail = _("due %(day)s") % {"day": day(min(due), now)} if due else _("with us")
    return (
        Step(State(Tone.OK, _("Asked")), shown(request.asked_at, "day time", now)),
        Step(
            State(Tone.OK, _("Rules decided")),
            _("%(at)s, %(n)d packs") % {"at": shown(row.at, "day time", now), "n": len(row.packs)},
        ),
        Step(questions, detail),
        _approval_step(request, given, now),
        _grant_step(request),
    )


def _approval_step(request: AllocationRequest, given: Sequence[Approval], now: datetime) -> Step:
    if request.state == State_.REFUSED:
        return Step(State(Tone.BAD, _("Refused")), shown(request.closed_at, "day time", now))
    if request.state not in WAITING:
        done = next((row for row in given if row.state == Approval.State.APPROVED), None)
        if done is None:
            return Step(State(Tone.OK, _("Approved")), _("below the size a person looks at"))
        return Step(
            State(Tone.OK, _("Approvals, 2 of 2")),
            _("second by %(who)s %(at)s")
            % {"who": done.approved_by, "at": shown(done.decided_at, "day time", now)},
        )
    first = next((row for row in given if row.state == Approval.State.ASKED), None)
    if first is not None:
        return Step(
            State(Tone.INFO, _("Approvals, 1 of 2")),
            _("first by %(who)s %(at)s")
            % {"who": first.asked_by, "at": shown(first.asked_at, "day time", now)},
        )
    return Step(State(Tone.IDLE, _("Approvals, 0 of 2")), _("two people"))


def _grant_step(request: AllocationRequest) -> Step:
    if request.state == State_.GRANTED:
        return Step(State(Tone.OK, _("Granted")), _("24 h at a time"))
    if request.state == State_.APPROVED and request.withheld:
        return Step(State(Tone.HOLD, _("Withheld")), _("a last check stands against it"))
    return Step(State(Tone.IDLE, _("Grant")), _("24 h at a time"))


def _inquiries(request: AllocationRequest) -> list[Inquiry]:
    found = request.inquiries.select_related("question__data_key", "answered_by", "resolved_by")
    return list(found.order_by("asked_at"))


def _questions(
    request: AllocationRequest, made: Decision, asked: Sequence[Inquiry], now: datetime
) -> list[Question]:
    """Open points first, those that block before those that do not; then what is settled."""
    wanted = {want.name for want in inquiries.wanted(made)}
    blocking = made.outcome >= Outcome.REFER
    found: list[tuple[int, Question]] = []
    for one in asked:
        if (one.rule, one.fact) not in wanted and one.resolved_at is None:
            continue
        answer, detail, url = _answer_of(one, now), "", ""
        if one.resolved_at is not None:
            state, order = State(Tone.OK, _("Settled")), 2
            detail = _("by %(who)s, %(at)s") % {
                "who": one.resolved_by,
                "at": shown(one.resolved_at, "day", now),
            }
        else:
            order = 0 if blocking else 1
            state = State(Tone.WARN, _("Blocks")) if blocking else State(Tone.IDLE, _("Open"))
            url = reverse("operator:request_resolve", args=[request.label, one.pk])
            if one.answered_at is not None:
                detail = _("answered %(at)s") % {"at": shown(one.answered_at, "day time", now)}
            elif one.question is not None:
                detail = _("asked %(at)s, due %(day)s") % {
                    "at": shown(one.asked_at, "day time", now),
                    "day": day(one.question.due_at, now),
                }
            else:
                detail = _("with us")
        found.append((order, Question(state, one.text, detail, answer, url)))
    return [question for _order, question in sorted(found, key=lambda pair: pair[0])]


def _answer_of(inquiry: Inquiry, now: datetime) -> str:
    if inquiry.answered_at is None:
        return ""
    given: Any = inquiry.question.answer if inquiry.question is not None else inquiry.evidence
    text = ", ".join(str(one) for one in given) if isinstance(given, list) else str(given or "")
    settled = f" · {inquiry.resolution}" if inquiry.resolution else ""
    return _("%(who)s: %(text)s") % {"who": inquiry.answered_by, "text": text or _("none")} + settled


def _approvals(request: AllocationRequest) -> list[Approval]:
    about = subject_of(request)
    found = Approval.objects.filter(subject_kind=about.kind, subject_id=about.id, act=service.ACT)
    return list(found.select_related("asked_by", "approved_by").order_by("-asked_at")[:5])


def _proofs(request: AllocationRequest) -> dict[str, Proof]:
    """Badges of the approvals' events, by who and what."""
    verbs = (Verb.APPROVAL_ASKED, Verb.APPROVAL_GIVEN)
    page = reading.events(["all"], verbs=verbs, subject=subject_of(request), limit=20)
    return {f"{e.event.verb} {e.event.actor_id}": proof_of(e) for e in reversed(page.entries)}


def _approval_rows(
    request: AllocationRequest,
    given: Sequence[Approval],
    first: Approval | None,
    user: User,
    proofs: Mapping[str, Proof],
    now: datetime,
) -> list[ApprovalRow]:
    latest = first or next(iter(given), None)
    if latest is None and request.state not in WAITING:
        return [
            ApprovalRow(State(Tone.OK, _("approved")), _("The rules"), _("below the size a person looks at"))
        ]
    found = []
    if latest is not None:
        fell = latest.state in (Approval.State.REFUSED, Approval.State.WITHDRAWN)
        state = State(Tone.IDLE, _("approved, then it fell")) if fell else State(Tone.OK, _("approved"))
        found.append(
            ApprovalRow(
                state, str(latest.asked_by), _quoted(latest.asked_at, latest.asked_reason, now),
                proofs.get(f"{Verb.APPROVAL_ASKED} {latest.asked_by_id}"),
            )
        )  # fmt: skip
        if latest.state == Approval.State.APPROVED:
            found.append(
                ApprovalRow(
                    State(Tone.OK, _("approved")), str(latest.approved_by),
                    _quoted(latest.decided_at, latest.decided_reason, now),
                    proofs.get(f"{Verb.APPROVAL_GIVEN} {latest.approved_by_id}"),
                )
            )  # fmt: skip
    if request.state in WAITING:
        who = _("Second person") if first is not None else _("First person")
        found.append(
            ApprovalRow(State(Tone.IDLE, _("open")), who, _may_words(request, first, user), open=True)
        )
    return found


def _quoted(at: datetime | None, reason: str, now: datetime) -> str:
    return ", ".join(part for part in (shown(at, "day time", now), f"“{reason}”" if reason else "") if part)


def why_not(request: AllocationRequest, first: Approval | None, user: User) -> str:
    """Why this person may not give the next approval; empty where they may."""
    if not user.may(Act.APPROVE_REQUESTS):
        return _("an approver does that")
    if request.asked_by_id == user.pk:
        return _("who asked for the accelerators does not approve them")
    return approvals.why_not(first, user, Act.APPROVE_REQUESTS) if first is not None else ""


def _may_words(request: AllocationRequest, first: Approval | None, user: User) -> str:
    why = why_not(request, first, user)
    if why:
        return _("You may not: %(why)s.") % {"why": why}
    if first is None:
        return _("You may: you did not ask for it.")
    return _("You may: you did not ask and are not the first.")


def _waits_words(points: Sequence[service.OpenPoint]) -> str:
    """waits for 2 answers: what the button says of what is open."""
    blocking = [point for point in points if point.blocks]
    if not blocking:
        return ""
    if any(point.kind == "denied" for point in blocking):
        return _("the rules deny it")
    if any(point.kind == "tenant" for point in blocking):
        return _("the tenant may not run now")
    if any(point.kind == "licence" for point in blocking):
        return _("waits for a licence")
    answers = sum(point.kind == "inquiry" for point in blocking)
    if answers:
        return ngettext("waits for %(n)d answer", "waits for %(n)d answers", answers) % {"n": answers}
    return _("waits for the conditions")


def _approve(
    request: AllocationRequest,
    user: User,
    first: Approval | None,
    points: Sequence[service.OpenPoint],
    waits: str,
) -> Dialog | None:
    if request.state not in WAITING:
        return None
    cause = why_not(request, first, user)
    if not cause:
        stops = {"denied", "tenant"} if first is None else {point.kind for point in points}
        if any(point.blocks and point.kind in stops for point in points):
            cause = waits
    what = f"{grouped(request.count)} × {short_accelerator(request.accelerator)}"
    text = _("You are the first of two people. Nothing is granted before the second approves.")
    if first is not None:
        text = _("You are the second person: a grant is issued for %(what)s on %(where)s.") % {
            "what": what,
            "where": request.cluster.name if request.cluster else request.site.name,
        }
    return Dialog(
        "approve",
        _("Approve"),
        _("Approve %(ref)s?") % {"ref": request.label},
        text,
        reverse("operator:request_approve", args=[request.label]),
        _("Not yet"),
        _("Approve %(what)s") % {"what": what} if first is not None else _("Give the first approval"),
        (Field("reason", _("Reason"), placeholder=_("Kept with the event"), autocomplete="off"),),
        cause=cause,
        ink=True,
    )


def _refuse(request: AllocationRequest) -> Dialog:
    what = f"{grouped(request.count)} × {short_accelerator(request.accelerator)}"
    reason = Field(
        "reason", _("Reason"), placeholder=_("Kept with the event, shown to the tenant"), required=True,
        autocomplete="off",
    )  # fmt: skip
    return Dialog(
        "refuse",
        _("Refuse…"),
        _("Refuse %(ref)s?") % {"ref": request.label},
        _("Nothing is granted. %(tenant)s is told, with your reason.") % {"tenant": request.tenant},
        reverse("operator:request_refuse", args=[request.label]),
        _("Leave it open"),
        _("Refuse %(what)s") % {"what": what},
        (reason,),
    )


def _granted(request: AllocationRequest, made: Decision, now: datetime) -> tuple[Fact, ...]:
    ends = request.ends_at
    hours = grouped(request.count * request.hours)
    bound = _("%(site)s, no cluster") % {"site": request.site.name}
    if request.cluster is not None:
        bound = _("cluster %(cluster)s, project %(project)s") % {
            "cluster": request.cluster.name,
            "project": request.project,
        }
    grant = Fact(_("Grant"), _("24 h, renewed hourly while nothing changes"))
    latest = request.grants.select_related("tenant").order_by("-number").first()
    if latest is not None:
        then = then_of(latest, now).word.lower()
        grant = Fact(_("Grant"), latest.label, then, reverse("operator:grant", args=[latest.label]))
    found = [
        grant,
        Fact(_("Bound to"), bound),
        Fact(_("Ends"), _("%(at)s UTC, or %(hours)s h") % {"at": f"{ends:%-d %b %Y %H:%M}", "hours": hours}),
    ]
    for condition in made.conditions:
        state = _("accepted") if request.accepted_conditions_at else _("not accepted yet")
        found.append(Fact(_("Condition"), condition, state))
    found += [Fact(_("Duty"), duty.duty, f"{duty.due}, {duty.citation}") for duty in made.duties]
    if not made.duties:
        found.append(Fact(_("Duties"), _("none today")))
    if request.licence is not None:
        found.append(Fact(_("Licence"), request.licence.reference, request.licence.authority))
    return tuple(found)


def _has_chart(request: AllocationRequest) -> bool:
    return tpp_of(request.accelerator) is not None


def group_of(request: AllocationRequest) -> GroupChart | None:
    """What the control group holds over time; None for unknown hardware."""
    now = timezone.now()
    if request.decision is None or not _has_chart(request):
        return None
    group = control_group(request.tenant)
    others = list(
        holding_or_waiting(request, group)
        .select_related("tenant__organisation")
        .order_by("starts_on", "number")
    )
    limit = FactSet.from_canonical(request.decision.facts).get("aggregate.group_limit_tpp")
    return group_chart(request, group, others, limit=limit, today=timezone.localdate(now))


def _packs(made: Decision) -> list[Pack]:
    return [load_pack(used.name) for used in made.packs]


def _pack_words(packs: Sequence[Mapping[str, str]]) -> str:
    """us 2026.11, eu 2026.11 · sha256:9f2c…41d7 of the first."""
    names = ", ".join(f"{pack['name']} {pack['version']}" for pack in packs[:1])
    digest = packs[0]["digest"] if packs else ""
    more = f" +{len(packs) - 1}" if len(packs) > 1 else ""
    return f"{names}{more} · {digest[:11]}…{digest[-4:]}" if packs else ""
