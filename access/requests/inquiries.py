"""What a decision leaves open: asked once, answered by one person, resolved by another.

A question whose rule discloses itself goes to the tenant; every other stays with staff, because a
question about a match under review would tip the tenant off.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from access.models import AllocationRequest, Inquiry
from access.policy import engine
from access.policy.facts import FACTS
from access.policy.outcome import Outcome
from accounts.models import User
from accounts.roles import Act
from audit.record import Actor, record
from audit.verbs import Verb
from core.errors import Conflict, InvalidInput, NotAllowed
from kyc.onboarding import service as onboarding

#: Unknown facts that the tenant itself is asked for.
ASKED_OF_THE_TENANT = {
    "request.remote_access_countries": "In which countries do the people sit who will use the accelerators "
    "remotely?",
    "request.end_user_country": "For whom is the work done, and in which country is that party "
    "headquartered?",
    "request.end_use": "Does the work serve military intelligence, weapons of mass destruction, or a "
    "supercomputer? Name what applies, or none.",
    "request.expected_flop": "How many operations will the training run take?",
    "request.accelerator": "Which accelerator exactly, by maker and model?",
    "tenant.region": "In which region of the country is your seat?",
    "tenant.headquarters_country": "In which country is your headquarters?",
    "tenant.ultimate_parent_country": "Who is your ultimate parent, and in which country is it "
    "headquartered?",
}
#: Facts of the request itself: their answers become what the rules read.
DECLARED = ("end_user_country", "remote_access_countries", "expected_flop", "end_use")


@dataclass(frozen=True)
class Wanted:
    """One thing that a decision leaves open; (rule, fact) names it."""

    rule: str
    fact: str
    text: str
    to_tenant: bool

    @property
    def name(self) -> tuple[str, str]:
        return self.rule, self.fact


def wanted(decision: engine.Decision) -> list[Wanted]:
    """Each missing fact once, and each rule that refers on facts that are known."""
    if decision.outcome is Outcome.DENY:
        return []
    found = [
        Wanted(
            "",
            fact,
            ASKED_OF_THE_TENANT.get(fact, f"The rules want {fact}, which is not known."),
            fact in ASKED_OF_THE_TENANT,
        )
        for fact in decision.missing
    ]
    for reason in decision.reasons:
        if reason.outcome is Outcome.REFER and not reason.missing:
            open_to_tenant = reason.disclose == "full"
            text = reason.tenant_text if open_to_tenant else reason.text
            found.append(Wanted(f"{reason.pack}/{reason.rule}", "", text, open_to_tenant))
    return found


def ask(request: AllocationRequest, decision: engine.Decision, *, by: Actor, now: datetime) -> None:
    """Ask what the decision leaves open and was not asked before."""
    asked = set(request.inquiries.values_list("rule", "fact"))
    for want in wanted(decision):
        if want.name in asked:
            continue
        question = None
        if want.to_tenant:
            question = onboarding.ask(
                request.tenant,
                text=want.text,
                why=f"The rules cannot decide {request.label} without it.",
                subject=("allocationrequest", str(request.pk)),
                # It blocks the request; the tenant's application it does not.
                blocks=False,
                user=None,
                by=by,
                now=now,
            )
        Inquiry.objects.create(
            tenant=request.tenant,
            request=request,
            question=question,
            rule=want.rule,
            fact=want.fact,
            text=want.text,
            asked_at=now,
        )


def unresolved(request: AllocationRequest, decision: engine.Decision) -> list[tuple[Wanted, Inquiry | None]]:
    """What the decision leaves open and nobody has resolved."""
    rows = {(row.rule, row.fact): row for row in request.inquiries.select_related("question")}
    pairs = [(want, rows.get(want.name)) for want in wanted(decision)]
    return [(want, row) for want, row in pairs if row is None or row.resolved_at is None]


def take_answer(inquiry: Inquiry, *, answer: Any, user: User, by: Actor, now: datetime | None = None) -> None:
    """Answer an inquiry: the tenant (or a reviewer for it) its question, staff their own with evidence.

    Raises NotAllowed, Conflict, InvalidInput for a value that the fact cannot have.
    """
    now = now or timezone.now()
    if inquiry.answered_at is not None:
        raise Conflict("This was answered already.")
    if inquiry.fact:
        declared(inquiry.fact, answer)
    if inquiry.question is not None:
        onboarding.answer(inquiry.question, answer=answer, user=user, by=by, now=now)
    else:
        if not (user.may(Act.ENTER_TENANTS) or user.may(Act.APPROVE_REQUESTS)):
            raise NotAllowed("Only the provider's staff answer this.")
        if not str(answer).strip():
            raise InvalidInput("answer", "name the evidence")
        inquiry.evidence = str(answer)
    inquiry.answered_by = user
    inquiry.answered_at = now
    inquiry.save(update_fields=["evidence", "answered_by", "answered_at"])


def follow_question(inquiry: Inquiry) -> Any | None:
    """Take over an answer that the tenant gave in the portal; the answer, or None where there is none."""
    question = inquiry.question
    if question is None or question.answered_at is None:
        return None
    if inquiry.answered_at is None:
        inquiry.answered_by, inquiry.answered_at = question.answered_by, question.answered_at
        inquiry.save(update_fields=["answered_by", "answered_at"])
    return question.answer


def resolve(inquiry: Inquiry, *, reason: str, user: User, by: Actor, now: datetime | None = None) -> str:
    """Accept an answer. Returns why not, recorded, where this person may not; empty where it is resolved.

    Raises NotAllowed without the right, Conflict where nothing was answered or it is resolved.
    """
    if not user.may(Act.APPROVE_REQUESTS):
        raise NotAllowed("Only an approver resolves what a decision leaves open.")
    if not reason.strip():
        raise InvalidInput("reason", "say why the answer is enough")
    if inquiry.answered_at is None:
        raise Conflict("This is not answered yet.")
    if inquiry.resolved_at is not None:
        raise Conflict("This is resolved already.")
    about = [inquiry.request, inquiry.tenant]
    if inquiry.answered_by_id == user.pk:
        why = "who answered does not resolve"
        record(Verb.APPROVAL_REFUSED, about, by=by, reason=why, payload={"inquiry": str(inquiry.pk)})
        return why
    inquiry.resolved_by = user
    inquiry.resolved_at = now or timezone.now()
    inquiry.resolution = reason
    inquiry.save(update_fields=["resolved_by", "resolved_at", "resolution"])
    record(
        Verb.QUESTION_RESOLVED,
        about,
        by=by,
        reason=reason,
        payload={"inquiry": str(inquiry.pk), "rule": inquiry.rule, "fact": inquiry.fact},
    )
    return ""


def declared(fact: str, answer: Any) -> tuple[str, Any] | None:
    """(name, value) of a declared fact of the request as the rules read it; None for any other fact.

    Raises InvalidInput for a value that the fact cannot have. Countries may come as one text with commas.
    """
    section, _, name = fact.rpartition(".")
    if section != "request" or name not in DECLARED:
        return None
    if name in ("remote_access_countries", "end_use") and isinstance(answer, str):
        answer = [part.strip() for part in answer.split(",") if part.strip().lower() not in ("", "none")]
    value = FACTS[fact](fact, answer)
    return name, list(value) if isinstance(value, tuple) else value


def clean(answers: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Declared answers of a request, checked. Raises InvalidInput naming the answer."""
    found: dict[str, Any] = {}
    for name, value in answers:
        path = "tenant.red_flags" if name == "red_flags" else f"request.{name}"
        if name != "red_flags" and name not in DECLARED:
            raise InvalidInput(f"answers.{name}", "is no answer that a request has")
        if value is None:
            continue
        parsed = FACTS[path](path, value)
        found[name] = list(parsed) if isinstance(parsed, tuple) else parsed
    return found
