"""Keeping and taking what was typed at a step: nothing typed is lost, nothing wrong is taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit.record import Actor
from console.portal.queries.told import Told
from console.portal.steps.base import Step, Values
from core.errors import InvalidInput
from kyc.onboarding.service import save_draft


@dataclass(frozen=True)
class Taken:
    """What became of an entry: taken, or kept as a draft with what is wrong by field."""

    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_taken(self) -> bool:
        return not self.errors


def keep(told: Told, step: Step, entry: str, values: Values, *, user: User, by: Actor) -> None:
    """Keep what was typed so far, with what is wrong in what was filled in."""
    wrong = step.check(told, entry, values)
    said = {name: text for name, text in wrong.items() if values.get(name, "").strip()}
    _keep(told, step, entry, values, said, user=user, by=by)


def take(told: Told, step: Step, entry: str, values: Values, *, user: User, by: Actor) -> Taken:
    """Put an entry in force; where it is wrong it stays a draft with its errors."""
    errors = step.check(told, entry, values)
    if not errors:
        try:
            with transaction.atomic():
                step.take(told, entry, values, user=user, by=by)
                _forget(told, step, entry, user=user, by=by)
        except InvalidInput as error:
            errors = {step.field_named(error): f"{error.reason[:1].upper()}{error.reason[1:]}."}
    if errors:
        _keep(told, step, entry, values, errors, user=user, by=by)
    return Taken(errors)


def _keep(
    told: Told, step: Step, entry: str, values: Values, errors: dict[str, str], *, user: User, by: Actor
) -> None:
    kept = {**told.open_of(step.slug), entry: {"values": dict(values), "errors": errors}}
    _save(told, step, kept, user=user, by=by)


def _forget(told: Told, step: Step, entry: str, *, user: User, by: Actor) -> None:
    kept = {name: draft for name, draft in told.open_of(step.slug).items() if name != entry}
    _save(told, step, kept, user=user, by=by)


def _save(told: Told, step: Step, kept: dict[str, Any], *, user: User, by: Actor) -> None:
    """A sent application has no draft any more: what is added to it then is taken or refused at once."""
    if not told.is_draft:
        return
    answers = {"saved_at": timezone.now().isoformat(), "open": kept}
    save_draft(told.application, step=step.slug, answers=answers, user=user, by=by)
