"""An application from its opening to its decision.

The path: open → parties and statements are entered → `submit` → everyone is screened and the chain is
assessed by the worker → `approve` or `deny`. Start reading here; the names lead to the export.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import Organisation, User
from accounts.roles import Act, Kind
from audit.record import Actor, record
from audit.verbs import Verb
from core.errors import Conflict, InvalidInput, NotAllowed
from core.models import DataKey
from core.numbers import next_number
from core.uuids import uuid7
from kyc.models import Application, IdentityCheck, Party, Question, Tenant
from kyc.onboarding import holdings, standing, transitions
from kyc.onboarding.parties import check_country, enter_party, require_entry
from kyc.screening import service as screening

ANSWER_WITHIN = timedelta(days=7)
#: From this share (percent) an unknown owner could be a beneficial owner (FATF recommendation 24).
UNKNOWN_AT_MOST = 25

#: The facts of an application that are no personal data, with the type of each.
FACTS: Mapping[str, type] = {
    "legal_form": str,
    "formed_on": date,
    "business": str,
    "staff": int,
    "purpose": str,
}


@dataclass(frozen=True)
class Submission:
    """What became of a submission: accepted, or every reason why not."""

    accepted: bool
    errors: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What became of an approval: given, or every reason why not."""

    given: bool
    reasons: tuple[str, ...] = field(default=())


def open_application(
    *, name: str, country: str, region: str = "", user: User, by: Actor, now: datetime | None = None
) -> Application:
    """A new tenant with an empty application and itself as the first party of its chain.

    Raises NotAllowed, InvalidInput.
    """
    if not user.may(Act.ENTER_TENANTS):
        raise NotAllowed("Only the provider's reviewers open an application.")
    if not name.strip():
        raise InvalidInput("name", "a name is needed")
    if not country:
        raise InvalidInput("country", "a country is needed")
    check_country("country", country)
    now = now or timezone.now()
    with transaction.atomic():
        organisation = Organisation.objects.create(kind=Kind.TENANT, name=name.strip(), country=country)
        tenant = Tenant.objects.create(
            organisation=organisation,
            number=next_number("tenant"),
            country=country,
            region=region,
            state_since=now,
        )
        application = Application(id=uuid7(), tenant=tenant, opened_by=user)
        application.data_key = DataKey.objects.make("application", application.pk, tenant_id=tenant.pk)
        application.save(force_insert=True)
        record(Verb.APPLICATION_OPENED, [application, tenant], by=by, payload={"country": country})
        tenant.subject = enter_party(
            tenant,
            reference="self",
            schema=Party.Schema.COMPANY,
            properties={"name": [name.strip()], "jurisdiction": [country]},
            country=country,
            region=region,
            roles=["tenant"],
            user=user,
            by=by,
        )
        tenant.save(update_fields=["subject"])
    return application


def save_draft(
    application: Application, *, step: str, answers: Mapping[str, Any], user: User, by: Actor
) -> None:
    """Keep what was typed at a step, right or wrong, so that nothing is lost."""
    require_entry(application.tenant, user)
    with transaction.atomic():
        application = _locked(application)
        if application.state != Application.State.DRAFT:
            raise Conflict("The application was submitted; ask the provider to re-open it.")
        application.draft = {**(application.draft or {}), step: dict(answers)}
        application.save(update_fields=["draft", "saved_at"])
        record(Verb.APPLICATION_SAVED, [application], by=by, payload={"step": step})


def state_facts(application: Application, facts: Mapping[str, Any], *, user: User, by: Actor) -> None:
    """Set checked answers of the application (FACTS). Raises InvalidInput naming the fact."""
    require_entry(application.tenant, user)
    clean = {name: _fact(name, value) for name, value in facts.items()}
    with transaction.atomic():
        application = _locked(application)
        if application.state not in (Application.State.DRAFT, Application.State.SUBMITTED):
            raise Conflict("The application is decided.")
        application.facts = {**application.facts, **clean}
        application.save(update_fields=["facts", "saved_at"])
        record(Verb.APPLICATION_SAVED, [application], by=by, payload={"facts": sorted(clean)})


def submit(application: Application, *, user: User, by: Actor, now: datetime | None = None) -> Submission:
    """Hand the application in. A submission that contradicts itself is refused and the refusal recorded."""
    require_entry(application.tenant, user)
    with transaction.atomic():
        application = _locked(application)
        transitions.check(transitions.APPLICATION, application.state, Application.State.SUBMITTED)
        tenant = application.tenant
        errors = [(error.field, error.error) for error in holdings.contradictions(tenant)]
        if not tenant.statements.filter(removed_at__isnull=True).exists():
            errors.append(
                ("statements", "nobody is named as an owner; an owner who is not known is a statement too")
            )
        if errors:
            record(
                Verb.APPLICATION_REFUSED,
                [application, tenant],
                by=by,
                reason="; ".join(reason for _, reason in errors),
            )
            return Submission(accepted=False, errors=tuple(errors))
        application.state = Application.State.SUBMITTED
        application.submitted_at = now or timezone.now()
        application.save(update_fields=["state", "submitted_at"])
        record(
            Verb.APPLICATION_SUBMITTED,
            [application, tenant],
            by=by,
            payload={
                "parties": tenant.parties.filter(removed_at__isnull=True).count(),
                "statements": tenant.statements.filter(removed_at__isnull=True).count(),
            },
        )
    return Submission(accepted=True)


def open_points(application: Application) -> list[str]:
    """What stands between the application and an approval, in words for a reviewer."""
    tenant = application.tenant
    assessment = tenant.assessments.order_by("-at").first()
    result = assessment.result if assessment else None
    proved = IdentityCheck.objects.filter(tenant=tenant, result=IdentityCheck.Result.GOOD)
    return points(
        unscreened=screening.unscreened(tenant),
        undecided=tenant.alerts.filter(state__in=[s.value for s in tenant.alerts.model.UNDECIDED]).count(),
        result=result,
        unproved=owners_without_identity(result, proved.values_list("party_id", flat=True)),
        unanswered=tenant.questions.filter(answered_at__isnull=True, blocks=True).count(),
    )


def points(
    *, unscreened: int, undecided: int, result: Mapping[str, Any] | None, unproved: int, unanswered: int
) -> list[str]:
    """`open_points` out of what somebody has counted; `result` is the latest assessment's. Pure."""
    found = []
    if unscreened:
        found.append(f"{unscreened} parties are not screened against the lists in force")
    if undecided:
        found.append(f"{undecided} alerts are not decided")
    if result is None:
        found.append("the ownership chain is not assessed")
    else:
        if result["blocked"]["status"] == "certain":
            found.append("the chain is blocked through a listed party")
        unknown = result["unknown_percent"]
        if unknown >= UNKNOWN_AT_MOST:
            found.append(f"up to {unknown:g} % may belong to owners who are not known")
    if unproved:
        found.append(f"the identity of {unproved} beneficial owners is not proved")
    if unanswered:
        found.append(f"{unanswered} questions are not answered")
    return found


def approve(
    application: Application, *, user: User, by: Actor, reason: str = "", now: datetime | None = None
) -> Verdict:
    """Approve the tenant, or record and return why that cannot be. Raises NotAllowed, Conflict."""
    if not user.may(Act.APPROVE_TENANTS):
        raise NotAllowed("Only an approver approves a tenant.")
    now = now or timezone.now()
    with transaction.atomic():
        application = _locked(application)
        tenant = application.tenant
        transitions.check(transitions.APPLICATION, application.state, Application.State.APPROVED)
        reasons = open_points(application)
        if application.opened_by_id == user.pk:
            reasons.append("who opened an application does not approve it")
        if reasons:
            record(Verb.APPROVAL_REFUSED, [application, tenant], by=by, reason="; ".join(reasons))
            return Verdict(given=False, reasons=tuple(reasons))
        _decide(application, Application.State.APPROVED, user=user, reason=reason, now=now)
        standing.move(tenant, Tenant.State.APPROVED, reason=reason, now=now)
        tenant.approved_at = now
        tenant.save(update_fields=["approved_at"])
        rating = tenant.ratings.order_by("-at").first()
        record(
            Verb.TENANT_APPROVED,
            [tenant, application],
            by=by,
            reason=reason,
            payload={"rating": rating.level if rating else None, "points": rating.points if rating else None},
        )
    return Verdict(given=True)


def deny(
    application: Application, *, user: User, by: Actor, reason: str, now: datetime | None = None
) -> None:
    """Turn the tenant away. Raises NotAllowed, Conflict, InvalidInput without a reason."""
    if not user.may(Act.APPROVE_TENANTS):
        raise NotAllowed("Only an approver denies a tenant.")
    if not reason.strip():
        raise InvalidInput("reason", "say why")
    now = now or timezone.now()
    with transaction.atomic():
        application = _locked(application)
        transitions.check(transitions.APPLICATION, application.state, Application.State.DENIED)
        _decide(application, Application.State.DENIED, user=user, reason=reason, now=now)
        standing.move(application.tenant, Tenant.State.DENIED, reason=reason, now=now)
        record(Verb.TENANT_DENIED, [application.tenant, application], by=by, reason=reason)


def ask(
    tenant: Tenant,
    *,
    text: str,
    why: str = "",
    subject: tuple[str, str] | None = None,
    blocks: bool = True,
    user: User | None,
    by: Actor,
    now: datetime | None = None,
) -> Question:
    """Put a question to the tenant. `subject`: (kind, id) of what it is about, the tenant by default."""
    if user is not None and not user.may(Act.SEE_TENANTS):
        raise NotAllowed("Only the provider's staff ask.")
    if not text.strip():
        raise InvalidInput("text", "the question is empty")
    now = now or timezone.now()
    kind, identifier = subject or ("tenant", str(tenant.pk))
    with transaction.atomic():
        question = Question(
            id=uuid7(),
            tenant=tenant,
            subject_kind=kind,
            subject_id=identifier,
            text=text,
            why=why,
            blocks=blocks,
            asked_by=user,
            due_at=now + ANSWER_WITHIN,
        )
        question.data_key = DataKey.objects.make("question", question.pk, tenant_id=tenant.pk)
        question.save(force_insert=True)
        record(Verb.QUESTION_ASKED, [question, tenant], by=by, payload={"blocks": blocks})
    return question


def ask_for_valid_document(check: IdentityCheck, *, by: Actor, now: datetime | None = None) -> None:
    """An expired document proved who somebody was: the tenant is asked for one that is valid."""
    if check.result != IdentityCheck.Result.EXPIRED:
        return
    about = ("identitycheck", str(check.pk))
    if check.tenant.questions.filter(subject_kind=about[0], subject_id=about[1]).exists():
        return
    kind = check.document.kind.replace("_", " ")
    ask(
        check.tenant,
        text=f"The {kind} that we hold has expired. Send one that is valid today.",
        why="Who owns or controls you must be proved by a document in force (FATF recommendation 10).",
        subject=about,
        blocks=False,
        user=None,
        by=by,
        now=now,
    )


def answer(question: Question, *, answer: Any, user: User, by: Actor, now: datetime | None = None) -> None:
    """Answer a question, once. Raises NotAllowed, Conflict, InvalidInput."""
    if not (user.organisation_id == question.tenant_id or user.may(Act.ENTER_TENANTS)):
        raise NotAllowed("Only the tenant answers, or a reviewer for it.")
    if answer in (None, "", [], {}):
        raise InvalidInput("answer", "the answer is empty")
    with transaction.atomic():
        question = (
            Question.objects.select_for_update(of=("self",)).select_related("data_key").get(pk=question.pk)
        )
        if question.answered_at is not None:
            raise Conflict("This was answered already.")
        question.answer = answer
        question.answered_at = now or timezone.now()
        question.answered_by = user
        question.save(update_fields=["answer", "answered_at", "answered_by"])
        record(Verb.QUESTION_ANSWERED, [question, question.tenant], by=by)


def _locked(application: Application) -> Application:
    found = Application.objects.select_for_update(of=("self",)).select_related(
        "tenant__organisation", "data_key"
    )
    return found.get(pk=application.pk)


def _decide(application: Application, state: str, *, user: User, reason: str, now: datetime) -> None:
    application.state = state
    application.decided_at = now
    application.decided_by = user
    application.decided_reason = reason
    application.save(update_fields=["state", "decided_at", "decided_by", "decided_reason"])


def _fact(name: str, value: Any) -> Any:
    kind = FACTS.get(name)
    if kind is None:
        raise InvalidInput(f"facts.{name}", "is no fact of an application")
    if kind is date:
        try:
            return (value if isinstance(value, date) else date.fromisoformat(str(value))).isoformat()
        except ValueError:
            raise InvalidInput(f"facts.{name}", "a date is expected (YYYY-MM-DD)") from None
    if kind is int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise InvalidInput(f"facts.{name}", "a whole number of at least 0 is expected")
        return value
    if not isinstance(value, str) or len(value) > 2000:
        raise InvalidInput(f"facts.{name}", "a text of at most 2,000 characters is expected")
    return value


def owners_without_identity(result: Mapping[str, Any] | None, proved: Iterable[UUID]) -> int:
    """How many certain beneficial owners of an assessment's result are not among `proved`. Pure."""
    owners = {owner["id"] for owner in (result or {}).get("beneficial_owners", ()) if owner["certain"]}
    return len(owners - {str(key) for key in proved})
