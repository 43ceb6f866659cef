"""Which events the rooms of access act on: a name each, because deliveries are kept by it.

Services are imported when an event comes: rules and matcher are heavy, and most processes never need them.
"""

from __future__ import annotations

from audit import registry
from audit.models import Event
from audit.verbs import Verb


def register() -> None:
    registry.subscribe("access.issue_grant", [Verb.REQUEST_APPROVED], _issue, queue="grants")
    registry.subscribe(
        "access.revoke_grants",
        [Verb.TENANT_HELD, Verb.TENANT_SUSPENDED, Verb.TENANT_DENIED, Verb.REQUEST_WITHDRAWN],
        _stop,
        queue="grants",
    )
    registry.subscribe(
        "access.issue_again", [Verb.TENANT_RELEASED, Verb.TENANT_REINSTATED], _release, queue="grants"
    )
    registry.subscribe("access.decide_again", [Verb.OWNERSHIP_ASSESSED], _assess, queue="grants")
    registry.subscribe("access.take_answer", [Verb.QUESTION_ANSWERED], _answer, queue="default")


def _issue(event: Event) -> None:
    from access.grants import issue

    issue.on_approved(event)


def _stop(event: Event) -> None:
    from access.grants import revoke

    revoke.on_stopped(event)


def _release(event: Event) -> None:
    from access.grants import issue

    issue.on_released(event)


def _assess(event: Event) -> None:
    from access.grants import issue

    issue.on_assessed(event)


def _answer(event: Event) -> None:
    from access.requests import service
    from kyc.models import Question

    key = next(s["id"] for s in event.subjects if s["kind"] == "question")
    service.answered(Question.objects.get(pk=key))
