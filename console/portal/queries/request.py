"""A tenant's own request: no more than may be disclosed to it.

Decisions and what staff ask themselves are not a tenant's to read: row-level security shows it neither.
What it may know stands in the request (`told`, `conditions`) and in the questions put to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.urls import reverse
from django.utils import dateformat, timezone
from django.utils.translation import gettext as _

from access.grants.reasons import FOR_TENANT, Because
from access.models import AllocationRequest, Grant
from access.policy.explain import UNDISCLOSED
from accounts.access import by_number
from accounts.models import User
from console.parts import Answer, Fact, Failure, Field, Proof, State, Tone
from console.portal.pages.application import QuestionForm, RequestPage
from console.portal.queries.home import short_accelerator, what_of
from console.portal.queries.side import short_day
from console.portal.steps.use import purposes
from console.portal.words import did, grant_state, on_hold, request_state, who_of
from console.say import country_name
from console.templatetags.lockgate import grouped
from kyc.models import Question, Tenant

State_ = AllocationRequest.State


def own_request(user: User, key: str) -> AllocationRequest:
    """Raises Absent, also for a request of another tenant."""
    found = AllocationRequest.objects.filter(tenant=user.organisation_id)
    return by_number(found.select_related("tenant__organisation", "site", "cluster", "asked_by"), key, "R")


def questions_about(request: AllocationRequest) -> list[Question]:
    found = Question.objects.filter(subject_kind="allocationrequest", subject_id=str(request.pk))
    return list(found.select_related("data_key", "answered_by").order_by("asked_at"))


def request_page(
    request: AllocationRequest, *, wrong: tuple[str, str, str] | None = None, failure: Failure | None = None
) -> RequestPage:
    """`wrong`: (question, what was typed, what is wrong with it)."""
    questions = questions_about(request)
    grants = list(request.grants.select_related("cluster").order_by("issued_at"))
    unanswered = [q for q in questions if q.answered_at is None]
    waits = request.conditions and request.accepted_conditions_at is None
    asked = dateformat.format(timezone.localtime(request.asked_at), "j M H:i")
    return RequestPage(
        now=timezone.now(),
        key=request.label,
        ref=request.label,
        title=_("%(what)s from %(day)s") % {
            "what": what_of(request), "day": dateformat.format(request.starts_on, "j F")
        },
        meta=_("%(ref)s, asked %(at)s by %(who)s")
        % {"ref": request.label, "at": asked, "who": who_of(request.asked_by, request.tenant_id)},
        answer=_answer(request, len(unanswered)),
        steps=_steps(request, questions, grants),
        questions=tuple(question_form(q, wrong) for q in questions),
        conditions=tuple(request.conditions),
        accept_url=reverse("portal:request_accept", args=[request.label]) if waits else "",
        facts=_facts(request),
        history=_history(request, questions, grants),
        failure=failure,
    )  # fmt: skip


def question_form(question: Question, wrong: tuple[str, str, str] | None = None) -> QuestionForm:
    if question.answered_at is not None:
        return QuestionForm(
            str(question.pk), State(Tone.OK, _("Answered")), question.text, "", None,
            answer=_answered(question),
        )  # fmt: skip
    field = Field(
        "answer", _("Your answer"), kind="textarea", required=True, autocomplete="off",
    )  # fmt: skip
    if wrong is not None and wrong[0] == str(question.pk):
        field = replace(field, value=wrong[1], errors=(wrong[2],))
    return QuestionForm(
        str(question.pk), State(Tone.WARN, _("Open")), question.text, question.why, question.due_at, field
    )


def _answered(question: Question) -> str:
    told = {"day": short_day(question.answered_at), "answer": _as_text(question.answer)}
    by = question.answered_by
    if by is None or by.organisation_id == question.tenant_id:
        return _("You answered on %(day)s: %(answer)s") % told
    return _("%(who)s answered for you on %(day)s: %(answer)s") % {
        **told,
        "who": who_of(by, question.tenant_id),
    }


def _answer(request: AllocationRequest, unanswered: int) -> Answer:
    state = request_state(request, unanswered)
    if not request.is_live and request.state not in (State_.SUBMITTED, State_.DECIDED):
        return Answer(state, _ended_words(request))
    if request.tenant.state == Tenant.State.HELD:
        return Answer(State(Tone.HOLD, _("On hold")), on_hold())
    if request.tenant.state in (Tenant.State.SUSPENDED, Tenant.State.DENIED, Tenant.State.CLOSED):
        return Answer(State(Tone.BAD, _("Stopped")), _("Your account is suspended; nothing runs under it."))
    if request.state == State_.GRANTED:
        return Answer(state, _("A grant is issued; it renews itself while nothing changes."))
    if request.state == State_.APPROVED:
        day = dateformat.format(request.starts_on, "j F")
        return Answer(
            state, _("The grant is issued on %(day)s, or as soon as a last check is done.") % {"day": day}
        )
    told = " ".join(dict.fromkeys(request.told)) or UNDISCLOSED
    if unanswered:
        words = _("One question to you is open.") if unanswered == 1 else (
            _("%(n)d questions to you are open.") % {"n": unanswered}
        )  # fmt: skip
        said = [t for t in dict.fromkeys(request.told) if not t.endswith("?") and t != UNDISCLOSED]
        return Answer(state, " ".join((words, *said)))
    if request.conditions and request.accepted_conditions_at is None:
        return Answer(state, _("It may go ahead once you accept each of the conditions below."))
    return Answer(state, told)


def _ended_words(request: AllocationRequest) -> str:
    if request.state == State_.REFUSED:
        return request.closed_reason
    if request.state == State_.WITHDRAWN:
        return _("You have withdrawn it.")
    return _("It has ended.")


def _steps(
    request: AllocationRequest, questions: Sequence[Question], grants: Sequence[Grant]
) -> tuple[tuple[State, str], ...]:
    clock = dateformat.format(timezone.localtime(request.asked_at), "j M H:i")
    unanswered = [q for q in questions if q.answered_at is None]
    decided = request.state not in (State_.SUBMITTED, State_.DECIDED)
    asked = State(Tone.OK, _("Questions answered")) if questions else State(Tone.IDLE, _("No questions"))
    due = ""
    if unanswered:
        asked = State(Tone.WARN, _("Questions, %(n)d open") % {"n": len(unanswered)})
        due = _("due %(day)s") % {"day": short_day(min(q.due_at for q in unanswered))}
    people = State(Tone.IDLE, _("Approvals"))
    if decided:
        refused = request.state == State_.REFUSED
        people = State(Tone.BAD, _("Refused")) if refused else State(Tone.OK, _("Approvals"))
    granted = State(Tone.IDLE, _("Grant"))
    detail = _("24 h at a time")
    if grants:
        latest = grants[-1]
        granted, _why = grant_state(latest, timezone.now())
        granted = State(granted.tone, _("Grant %(state)s") % {"state": granted.word.lower()})
        detail = latest.label
    return (
        (State(Tone.OK, _("Asked")), clock),
        (State(Tone.OK, _("Rules decided")), clock),
        (asked, due),
        (people, _("by people") if not decided else ""),
        (granted, detail),
    )


def _facts(request: AllocationRequest) -> tuple[Fact, ...]:
    site = f"{request.site.name}, {country_name(request.site.country)}"
    found = [
        Fact(_("Accelerator"), f"{grouped(request.count)} × {short_accelerator(request.accelerator)}"),
        Fact(_("Where"), site, request.cluster.name if request.cluster else ""),
        Fact(_("Time"), _("%(n)d days from %(day)s")
             % {"n": request.days, "day": dateformat.format(request.starts_on, "j M Y")}),
        Fact(_("Accelerator hours"), grouped(request.count * request.hours)),
        Fact(_("Purpose"), purposes().get(request.purpose, request.purpose)),
        Fact(_("Project"), request.project),
    ]  # fmt: skip
    users = request.answers.get("remote_access_countries")
    if users:
        found.append(Fact(_("Users sit in"), ", ".join(country_name(code) for code in users)))
    return tuple(found)


def _history(
    request: AllocationRequest, questions: Sequence[Question], grants: Sequence[Grant]
) -> tuple[tuple[datetime, str, Proof | None], ...]:
    asked = did(request.asked_by, request.tenant_id, _("You asked."), _("%(who)s entered it for you."))
    found: list[tuple[datetime, str]] = [(request.asked_at, asked)]
    own, theirs = _("You answered a question."), _("%(who)s answered a question for you.")
    found += [
        (q.answered_at, did(q.answered_by, request.tenant_id, own, theirs) if q.answered_by else own)
        for q in questions
        if q.answered_at
    ]
    if request.accepted_conditions_at:
        found.append((request.accepted_conditions_at, _("You accepted the conditions.")))
    for grant in grants:
        found.append((grant.issued_at, _("%(grant)s was issued.") % {"grant": grant.label}))
        if grant.revoked_at is not None:
            because = FOR_TENANT.get(Because(grant.revoked_because), "") if grant.revoked_because else ""
            found.append(
                (
                    grant.revoked_at,
                    _("%(grant)s was revoked. %(why)s") % {"grant": grant.label, "why": because},
                )
            )
    if request.closed_at:
        words = {
            State_.REFUSED: _("It was refused."), State_.WITHDRAWN: _("You withdrew it."),
        }.get(State_(request.state), _("It ended."))  # fmt: skip
        found.append((request.closed_at, words))
    return tuple((at, words, None) for at, words in sorted(found, reverse=True))


def _as_text(answer: object) -> str:
    if isinstance(answer, list):
        return ", ".join(str(one) for one in answer)
    return str(answer)
