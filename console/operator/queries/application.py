"""One application: may this organisation become a tenant, and what is still missing?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import pycountry
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import access
from accounts.models import User
from accounts.roles import Act
from audit import reading
from audit.verbs import Verb
from console import told
from console.audience import where
from console.operator.pages.application import (
    ApplicationPage,
    DocumentLine,
    EvidenceLine,
    QuestionLine,
    ScreenedLine,
    Step,
)
from console.operator.queries import statements
from console.operator.queries.applications import ref_of
from console.operator.queries.home import proof_of
from console.operator.queries.tenant import Chain, alert_state, ask_dialog, facts_of, number_of, role_of
from console.parts import Answer, Dialog, Field, Proof, State, Tone
from console.say import country_name, grouped, joined, shown
from kyc.models import Alert, Application, IdentityCheck, Party, Question
from kyc.onboarding import service
from kyc.screening import service as screening

States = Application.State
#: Events that an application's own history tells.
HISTORY = frozenset(
    {
        Verb.APPLICATION_OPENED,
        Verb.APPLICATION_SUBMITTED,
        Verb.APPLICATION_REFUSED,
        Verb.APPROVAL_REFUSED,
        Verb.TENANT_APPROVED,
        Verb.TENANT_DENIED,
        Verb.QUESTION_ASKED,
        Verb.QUESTION_ANSWERED,
        Verb.ALERT_RAISED,
        Verb.ALERT_DECIDED,
        Verb.TENANT_RATED,
    }
)


def find(key: object) -> Application:
    """Raises Absent."""
    rows = Application.objects.select_related(
        *("tenant__organisation", "tenant__subject__data_key"), *("opened_by", "decided_by", "data_key")
    )
    return access.get(rows, key)


def page(application: Application, user: User, *, now: datetime | None = None) -> ApplicationPage:
    now = now or timezone.now()
    tenant = application.tenant
    chain = Chain(tenant, now)
    questions = list(
        Question.objects.filter(tenant=tenant)
        .select_related("data_key", "asked_by")
        .order_by("-asked_at")[:50]
    )
    decided = application.decided_at is not None
    points = [] if decided or application.state == States.DRAFT else _points(chain, questions)
    events = reading.events([f"tenant:{tenant.pk}"], verbs=HISTORY, limit=12)
    names = told.names_of([entry.event for entry in events.entries], known=chain.captions)
    people = [party for party in chain.parties if party.schema == Party.Schema.PERSON]
    good = sum(_result(chain, party) == IdentityCheck.Result.GOOD for party in people)
    stand = sum(row.interested_id is not None for row in chain.statements)
    return ApplicationPage(
        now=now,
        key=str(application.pk),
        ref=ref_of(application),
        name=str(tenant),
        meta=_meta(application, now),
        answer=_answer(application, points, now),
        steps=_steps(application, chain, people, good, now),
        evidence=_evidence(chain, people, now),
        evidence_meta=_("%(good)s of %(all)s good") % {"good": good, "all": len(people)},
        statements=statements.lines(chain.statements, chain.captions),
        statements_meta=_statements_meta(stand, len(chain.statements) - stand),
        ownership=chain.shown(now),
        screened=_screened(chain, now),
        screened_meta=_screened_meta(chain),
        documents=_documents(chain),
        questions=tuple(_question(one, now) for one in questions),
        facts=facts_of(tenant, chain, application.facts),
        history=tuple(_history(entry, names) for entry in events.entries),
        approve=_approve(application, points, user),
        refuse=_refuse(application, user),
        ask=ask_dialog(tenant, where("operator:application_ask", application.pk))
        if not decided and (user.may(Act.ENTER_TENANTS) or user.may(Act.APPROVE_TENANTS))
        else None,
        failure=chain.failure,
    )


def _points(chain: Chain, questions: Sequence[Question]) -> list[str]:
    """As `service.open_points`, out of what the page has read."""
    assessment = chain.tenant.assessments.order_by("-at").first()
    result = assessment.result if assessment else None
    return service.points(
        unscreened=screening.unscreened(chain.tenant),
        undecided=sum(alert.state in Alert.UNDECIDED for alert in chain.alerts),
        result=result,
        unproved=service.owners_without_identity(result, chain.proved),
        unanswered=sum(one.blocks and one.answered_at is None for one in questions),
    )


def _meta(application: Application, now: datetime) -> str:
    parts = [country_name(application.tenant.country)]
    number = number_of(application.tenant)
    if number:
        parts.append(number)
    sent = (
        _("%(ref)s, sent %(at)s")
        % {"ref": ref_of(application), "at": shown(application.submitted_at, now=now)}
        if application.submitted_at
        else _("%(ref)s, opened %(at)s")
        % {"ref": ref_of(application), "at": shown(application.opened_at, now=now)}
    )
    parts.append(_("%(sent)s, opened by %(who)s") % {"sent": sent, "who": application.opened_by})
    return " · ".join(parts)


def _answer(application: Application, points: Sequence[str], now: datetime) -> Answer:
    match application.state:
        case States.DRAFT:
            return Answer(
                State(Tone.INFO, _("Draft")), _("It was not sent yet; nothing is screened before it is.")
            )
        case States.APPROVED | States.DENIED:
            approved = application.state == States.APPROVED
            text = _("%(what)s by %(who)s, %(at)s. %(why)s") % {
                "what": _("Approved") if approved else _("Denied"),
                "who": application.decided_by,
                "at": shown(application.decided_at, now=now),
                "why": application.decided_reason,
            }
            return Answer(
                State(Tone.OK if approved else Tone.BAD, _("Approved") if approved else _("Denied")), text
            )
    if not points:
        return Answer(State(Tone.OK, _("Ready")), _("Nothing stands against an approval."))
    text = ngettext(
        "%(n)d thing blocks approval: %(what)s.", "%(n)d things block approval: %(what)s.", len(points)
    )
    return Answer(State(Tone.WARN, _("Incomplete")), text % {"n": len(points), "what": joined(list(points))})


def _steps(
    application: Application, chain: Chain, people: Sequence[Party], good: int, now: datetime
) -> tuple[Step, ...]:
    sent = application.submitted_at is not None
    undecided = [alert for alert in chain.alerts if alert.state in Alert.UNDECIDED]
    unscreened = sum(getattr(party, "screening", None) is None for party in chain.parties)
    unknown = float(chain.assessment.effective.unknown_total.maximum) if chain.assessment else 100.0
    decided = application.decided_at is not None
    approved = application.state == States.APPROVED
    identity = State(
        Tone.OK if people and good == len(people) else Tone.WARN if sent else Tone.IDLE,
        _("Identity, %(good)s of %(all)s") % {"good": good, "all": len(people)},
    )
    screening = (
        State(Tone.WARN, _("Screening"))
        if undecided
        else State(Tone.INFO if sent else Tone.IDLE, _("Screening"))
        if unscreened
        else State(Tone.OK, _("Screening"))
    )
    found = (
        ngettext("%(n)d alert open", "%(n)d alerts open", len(undecided)) % {"n": len(undecided)}
        if undecided
        else _("%(n)s not screened") % {"n": unscreened}
        if unscreened
        else _("nothing open")
    )
    missing = len(people) - good
    return (
        Step(
            State(Tone.OK if sent else Tone.IDLE, _("Sent")),
            shown(application.submitted_at, now=now) if sent else _("still a draft"),
        ),
        Step(
            identity,
            ngettext("%(n)d document missing", "%(n)d documents missing", missing) % {"n": missing}
            if missing
            else _("everyone proved"),
        ),
        Step(
            State(Tone.OK if chain.statements and unknown < 25 else Tone.WARN, _("Ownership")),
            _("all told") if not unknown else _("up to %(u)s %% unknown") % {"u": f"{unknown:g}"},
        ),
        Step(screening, found),
        Step(
            State(Tone.OK if approved else Tone.BAD, _("Approved") if approved else _("Denied"))
            if decided
            else State(Tone.IDLE, _("Decision")),
            str(application.decided_by) if decided else _("by an approver"),
        ),
    )


def _result(chain: Chain, party: Party) -> str:
    check = chain.checks.get(party.pk)
    return check.result if check else ""


RESULTS: Mapping[str, tuple[Tone, str]] = {
    IdentityCheck.Result.GOOD: (Tone.OK, "Good"),
    IdentityCheck.Result.BAD: (Tone.BAD, "Differs"),
    IdentityCheck.Result.EXPIRED: (Tone.BAD, "Expired"),
    IdentityCheck.Result.UNCLEAR: (Tone.WARN, "Unclear"),
}


def _evidence(chain: Chain, people: Sequence[Party], now: datetime) -> tuple[EvidenceLine, ...]:
    """Every person, and whatever else a document was read for."""
    others = [p for p in chain.parties if p.schema != Party.Schema.PERSON and p.pk in chain.checks]
    lines = []
    for party in [*people, *others]:
        check = chain.checks.get(party.pk)
        if check is None:
            lines.append(
                EvidenceLine(
                    str(party.caption),
                    _("passport"),
                    _("nothing was read"),
                    State(Tone.WARN, _("Missing")),
                    None,
                )
            )
            continue
        tone, word = RESULTS[check.result]
        document = check.document
        detail = [country_name(_alpha2(document.issuer_country))] if document.issuer_country else []
        if document.expires_on:
            detail.append(_("to %(day)s") % {"day": shown(document.expires_on, "date", now)})
        lines.append(
            EvidenceLine(
                str(party.caption),
                document.kind.replace("_", " "),
                ", ".join(detail) or check.method,
                State(tone, _(word)),
                check.checked_at,
                "",
                tuple(
                    State(
                        Tone.OK if finding["agrees"] else Tone.BAD, f"{finding['field']}: {finding['detail']}"
                    )
                    for finding in check.findings
                ),
            )
        )
    return tuple(lines)


def _alpha2(code: str) -> str:
    found = pycountry.countries.get(alpha_3=code) if len(code) == 3 else None
    return found.alpha_2 if found else code


def _statements_meta(stand: int, unknown: int) -> str:
    parts = [_("%(n)s stand") % {"n": stand}]
    if unknown:
        parts.append(_("%(n)s name nobody") % {"n": unknown})
    return ", ".join(parts)


def _screened(chain: Chain, now: datetime) -> tuple[ScreenedLine, ...]:
    alerts: dict[object, Alert] = {}
    for alert in reversed(chain.alerts):
        alerts[alert.party_id] = alert
    lines = []
    for party in chain.parties:
        screening = getattr(party, "screening", None)
        found = alerts.get(party.pk)
        if screening is None:
            state, against = State(Tone.IDLE, _("Not screened")), ""
        else:
            against = ngettext("%(n)d list, %(at)s", "%(n)d lists, %(at)s", len(screening.versions)) % {
                "n": len(screening.versions),
                "at": shown(screening.at, now=now),
            }
            state = State(Tone.OK, _("Clear"))
        if found is not None and found.state != Alert.State.WITHDRAWN:
            of = alert_state(found)
            state = State(of.tone, f"{found.label}, {of.word.lower()}")
        lines.append(
            ScreenedLine(str(party.caption), role_of(party), against, state, found.label if found else "")
        )
    return tuple(lines)


def _screened_meta(chain: Chain) -> str:
    done = sum(getattr(party, "screening", None) is not None for party in chain.parties)
    return _("%(n)s of %(all)s screened") % {"n": grouped(done), "all": grouped(len(chain.parties))}


def _documents(chain: Chain) -> tuple[DocumentLine, ...]:
    """What was read. A zone that was typed has no picture to open."""
    lines = []
    for party in chain.parties:
        check = chain.checks.get(party.pk)
        if check is None:
            continue
        tone, word = RESULTS[check.result]
        how = _("machine-readable zone") if check.method == "mrz" else _("as declared")
        lines.append(
            DocumentLine(
                str(party.caption),
                check.document.kind.replace("_", " "),
                how,
                check.document.received_at,
                "",
                State(tone, _(word)),
            )
        )
    return tuple(lines)


def _question(question: Question, now: datetime) -> QuestionLine:
    if question.answered_at:
        answer = question.answer
        text = answer if isinstance(answer, str) else ", ".join(str(v) for v in (answer or {}).values())
        return QuestionLine(
            State(Tone.OK, _("Answered")),
            question.text,
            _("answered %(at)s") % {"at": shown(question.answered_at, now=now)},
            text,
        )
    late = question.due_at < now
    detail = _("asked %(at)s, due %(due)s") % {
        "at": shown(question.asked_at, now=now),
        "due": shown(question.due_at, "day", now),
    }
    if question.blocks:
        detail = f"{detail} · {_('blocks')}"
    return QuestionLine(State(Tone.WARN, _("Late") if late else _("Open")), question.text, detail)


def _history(entry: reading.Entry, names: told.Names) -> tuple[datetime, str, Proof]:
    event = entry.event
    text = told.what(event)
    if event.actor_kind in ("person", "token"):
        text = _("%(what)s, %(who)s") % {"what": text, "who": told.who(event, names)}
    if event.reason:
        text = f"{text}: {event.reason.rstrip('.')}"
    return event.at, f"{text}.", proof_of(entry)


def _approve(application: Application, points: Sequence[str], user: User) -> Dialog | None:
    if application.state not in (States.SUBMITTED, States.IN_REVIEW) or not user.may(Act.APPROVE_TENANTS):
        return None
    name = str(application.tenant)
    cause = ""
    if points:
        cause = ngettext("waits for %(n)d thing", "waits for %(n)d things", len(points)) % {"n": len(points)}
    elif application.opened_by_id == user.pk:
        cause = _("another person must")
    return Dialog(
        "approve",
        _("Approve"),
        _("Approve %(name)s?") % {"name": name},
        _("It may ask for accelerators at once; everyone behind it is screened again with every new list."),
        where("operator:application_decide", application.pk),
        _("Leave it open"),
        _("Approve the tenant"),
        (
            Field("reason", _("Reason"), placeholder=_("Kept with the event")),
            Field("decision", "", "approve", kind="hidden"),
        ),
        cause=cause,
        ink=True,
    )


def _refuse(application: Application, user: User) -> Dialog | None:
    if application.state not in (States.SUBMITTED, States.IN_REVIEW) or not user.may(Act.APPROVE_TENANTS):
        return None
    return Dialog(
        "refuse",
        _("Deny…"),
        _("Deny %(name)s?") % {"name": application.tenant},
        _("They are told, with your reason."),
        where("operator:application_decide", application.pk),
        _("Leave it open"),
        _("Deny the application"),
        (
            Field("reason", _("Reason"), required=True),
            Field("decision", "", "deny", kind="hidden"),
        ),
    )
