"""Entering ownership and control statements (BODS interests) about the parties of one tenant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit.record import Actor, record
from audit.verbs import Verb
from core.errors import Conflict, InvalidInput
from kyc.models import OwnershipStatement, Party, Tenant
from kyc.onboarding.parties import require_entry
from kyc.ownership import service as ownership
from kyc.ownership.bods_shape import RELATIONSHIP
from kyc.ownership.statements import StatementError, check

#: The shape of BODS interests: what comes over the API or from a file is checked before it is read.
INTERESTS = RELATIONSHIP.fields["interests"]


#: BODS 0.4 codelist unspecifiedReason.
UNSPECIFIED_REASONS = frozenset(
    {
        "noBeneficialOwners",
        "subjectUnableToConfirmOrIdentifyBeneficialOwner",
        "interestedPartyHasNotProvidedInformation",
        "subjectExemptFromDisclosure",
        "interestedPartyExemptFromDisclosure",
        "unknown",
        "informationUnknownToPublisher",
    }
)


def enter_statement(
    tenant: Tenant,
    *,
    reference: str,
    subject: str,
    interested: str | None,
    interests: Sequence[Mapping[str, Any]],
    reason: str = "",
    stated_on: date | None = None,
    source: Mapping[str, Any] | None = None,
    user: User,
    by: Actor,
) -> OwnershipStatement:
    """Enter who holds which interests in whom. `subject`, `interested`: references of parties of the
    tenant; `interested` None: no owner is declared, for the BODS `reason` (`noBeneficialOwners`, …).

    Raises InvalidInput (an owner that is itself, shares that cannot be, minimum shares above 100 %,
    dates reversed, an unknown party), Conflict for a reference that is taken, NotAllowed.
    """
    require_entry(tenant, user)
    if interested == subject:
        raise InvalidInput("interestedParty", "an owner of itself")
    if reason and (interested is not None or reason not in UNSPECIFIED_REASONS):
        raise InvalidInput("reason", "is one of BODS's reasons why no owner is named")
    if not interests:
        raise InvalidInput("interests", "at least one is needed")
    for path, reason in INTERESTS(list(interests), "interests"):
        raise InvalidInput(path, reason)
    with transaction.atomic():
        if tenant.statements.filter(reference=reference).exists():
            raise Conflict(f"A statement with the reference {reference} is there already.")
        parties = {p.reference: p for p in Party.objects.filter(tenant=tenant, removed_at__isnull=True)}
        statement = OwnershipStatement(
            tenant=tenant,
            reference=reference,
            subject=_party(parties, "subject", subject),
            interested=_party(parties, "interestedParty", interested) if interested is not None else None,
            interests=[dict(interest) for interest in interests],
            stated_on=stated_on,
            source={**(source or {}), **({"reason": reason} if reason else {})},
        )
        made = ownership.to_statement(statement)  # refuses interests that cannot be
        starts = [i.start for i in made.interests if i.start]
        ends = [i.end for i in made.interests]
        statement.started_on = min(starts) if starts else None
        statement.ended_on = max(e for e in ends if e) if all(ends) else None
        statement.save(force_insert=True)
        wrong = contradictions(tenant)
        if wrong:
            raise InvalidInput(wrong[0].field, wrong[0].error)
        record(
            Verb.OWNERSHIP_CHANGED,
            [tenant],
            by=by,
            payload={"statement": str(statement.pk), "change": "entered"},
        )
    return statement


def remove_statement(statement: OwnershipStatement, *, reason: str, user: User, by: Actor) -> None:
    """Take a statement out of force; it stays in the history."""
    require_entry(statement.tenant, user)
    with transaction.atomic():
        changed = OwnershipStatement.objects.filter(pk=statement.pk, removed_at__isnull=True).update(
            removed_at=timezone.now()
        )
        if not changed:
            raise Conflict("This statement was removed already.")
        record(
            Verb.OWNERSHIP_CHANGED,
            [statement.tenant],
            by=by,
            reason=reason,
            payload={"statement": str(statement.pk), "change": "removed"},
        )


def contradictions(tenant: Tenant) -> list[StatementError]:
    """What cannot be true together among the tenant's statements; references named in the words."""
    parties, statements = ownership.chain_input(tenant)
    return [_in_references(tenant, error) for error in check(statements, parties)]


def _in_references(tenant: Tenant, error: StatementError) -> StatementError:
    words = error.error
    for pk, reference in _references(tenant):
        words = words.replace(str(pk), reference)
    return StatementError(error.statement, error.field, words, error.line)


def _references(tenant: Tenant) -> Iterable[tuple[Any, str]]:
    return tenant.parties.values_list("pk", "reference")


def _party(parties: Mapping[str, Party], field: str, reference: str) -> Party:
    try:
        return parties[reference]
    except KeyError:
        raise InvalidInput(field, f"no party has the reference {reference!r}") from None
