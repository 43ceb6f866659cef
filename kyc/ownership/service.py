"""The chain of a tenant, computed from its rows and stored with what it rests on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.record import Actor, record
from audit.verbs import Verb
from kyc.models import Assessment, OwnershipStatement, Tenant
from kyc.models import Party as PartyRow
from kyc.ownership import report
from kyc.ownership.bods import read_interest
from kyc.ownership.statements import Party, Statement

#: BODS unspecifiedReason of an owner who is not declared.
UNKNOWN = "informationUnknownToPublisher"
#: A party's own FollowTheMoney schema in BODS's words.
_ENTITY_TYPE = {"Company": "registeredEntity", "Organization": "legalEntity", "LegalEntity": "legalEntity"}


@dataclass(frozen=True)
class Assessed:
    """What was computed, and the row that keeps it."""

    row: Assessment
    value: report.Assessment


def to_party(row: PartyRow) -> Party:
    """A party's row as ownership sees it; the name is in it, so it stays in memory."""
    properties: Mapping[str, Sequence[str]] = row.properties or {}
    is_person = row.schema == PartyRow.Schema.PERSON
    homes = [row.country, *properties.get("country", ()), *properties.get("nationality", ())]
    return Party(
        id=str(row.pk),
        is_person=is_person,
        name=str(row.caption),
        country=next((home for home in homes if home), None),
        headquarters=None
        if is_person
        else next(iter(properties.get("mainCountry", ())), row.country or None),
        region=row.region or None,
        kind="knownPerson" if is_person else _ENTITY_TYPE[row.schema],
    )


def to_statement(row: OwnershipStatement) -> Statement:
    """A statement's row as ownership sees it. Raises InvalidInput for interests that cannot be."""
    return Statement(
        id=row.reference,
        record=row.reference,
        owner=str(row.interested_id) if row.interested_id else None,
        entity=str(row.subject_id),
        interests=tuple(read_interest(dict(interest)) for interest in row.interests),
        stated=row.stated_on.isoformat() if row.stated_on else "",
        reason=None if row.interested_id else row.source.get("reason", UNKNOWN),
    )


def chain_input(tenant: Tenant) -> tuple[dict[str, Party], list[Statement]]:
    """Parties by id and statements in force, decrypted."""
    rows = PartyRow.objects.filter(tenant=tenant, removed_at__isnull=True).select_related("data_key")
    parties = {str(row.pk): to_party(row) for row in rows}
    statements = OwnershipStatement.objects.filter(tenant=tenant, removed_at__isnull=True).order_by("pk")
    return parties, [to_statement(row) for row in statements]


def compute(
    tenant: Tenant,
    flagged: Mapping[str, Collection[str]] | None = None,
    *,
    threshold: float = 25,
    as_of: date | None = None,
) -> report.Assessment:
    """Assess without storing: for a page or a what-if. `flagged`: list → ids of listed parties; `as_of`
    is today where none is given.
    """
    as_of = as_of or timezone.now().date()
    parties, statements = chain_input(tenant)
    return report.assess(
        parties, statements, str(tenant.subject_id), flagged=flagged, threshold=threshold, as_of=as_of
    )


def assess(
    tenant: Tenant, *, flagged: Mapping[str, Collection[str]], by: Actor, now: datetime | None = None
) -> Assessed:
    """Compute the chain and store it where anything changed; records `ownership.assessed` then.

    The stored result holds ids and figures, no names.
    """
    now = now or timezone.now()
    value = compute(tenant, flagged, as_of=now.date())
    result = _without_names(report.as_json(value))
    result["unknown_percent"] = float(value.effective.unknown_total.maximum)
    statements_digest = _digest(
        [_shape(row) for row in tenant.statements.filter(removed_at=None).order_by("pk")]
    )
    flagged_digest = _digest({name: sorted(ids) for name, ids in flagged.items()})
    with transaction.atomic():
        latest = tenant.assessments.order_by("-at").first()
        if latest is not None and latest.result == json.loads(json.dumps(result)):
            return Assessed(latest, value)
        row = Assessment.objects.create(
            tenant=tenant,
            at=now,
            statements_digest=statements_digest,
            flagged_digest=flagged_digest,
            result=result,
        )
        record(
            Verb.OWNERSHIP_ASSESSED,
            [tenant],
            by=by,
            payload={
                "assessment": str(row.pk),
                "statements": statements_digest,
                "status": value.status,
                "beneficial_owners": len(value.beneficial_owners),
                "perhaps": len(value.perhaps),
                "unknown_percent": _text(value.effective.unknown_total.maximum),
                "cycles": len(value.effective.cycles),
            },
        )
    return Assessed(row, value)


def _without_names(result: dict[str, Any]) -> dict[str, Any]:
    for part in (*result["beneficial_owners"], *result["ultimate_parents"]):
        part.pop("name", None)
    # Sentences name people; they are computed again for the page.
    result["blocked"].pop("changes", None)
    return result


def _shape(row: OwnershipStatement) -> list[Any]:
    return [row.reference, str(row.subject_id), str(row.interested_id), row.interests]


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _text(value: Any) -> str:
    return f"{float(value):g}"
