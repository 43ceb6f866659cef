"""Recording identity evidence: a document is read, checked against itself and against what was declared."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from rapidfuzz.distance import JaroWinkler

from accounts.models import User
from accounts.roles import Act
from audit.record import Actor, record
from audit.verbs import Verb
from core.errors import InvalidInput, NotAllowed
from core.uuids import uuid7
from kyc.identity import mrz
from kyc.models import Document, IdentityCheck, Party

KINDS = ("passport", "identity_card", "visa", "register_extract")
#: Names read from a document are transliterated and cut: letters may differ a little (Doc 9303 part 3).
CLOSE_NAMES = 0.9


@dataclass(frozen=True)
class Finding:
    """One comparison. `detail` says what was compared and holds no personal value."""

    field: str
    agrees: bool
    detail: str

    def as_json(self) -> dict[str, Any]:
        return {"field": self.field, "agrees": self.agrees, "detail": self.detail}


def record_evidence(
    party: Party,
    *,
    kind: str,
    lines: Sequence[str] = (),
    fields: Mapping[str, str] | None = None,
    user: User,
    by: Actor,
    now: datetime | None = None,
) -> IdentityCheck:
    """Keep a document and what checking it found.

    `lines`: the machine-readable zone of a passport, card or visa; `fields`: what an extract says
    (name, registration_number, expires_on). Good: everything agrees. Bad: a check digit or a declared
    value contradicts it. Expired: good once. Raises InvalidInput, NotAllowed.
    """
    own = user.organisation_id == party.tenant_id and user.may(Act.APPLY)
    if not (own or user.may(Act.ENTER_TENANTS)):
        raise NotAllowed("Only the tenant or a reviewer records a document.")
    if kind not in KINDS:
        raise InvalidInput("kind", f"{kind!r} is none of {', '.join(KINDS)}")
    now = now or timezone.now()
    if lines:
        read, findings, expires_on = _read_zone(party, lines, now.date())
        method = "mrz"
    elif fields:
        read, findings, expires_on = _read_fields(party, fields)
        method = "declared"
    else:
        raise InvalidInput("lines", "neither a machine-readable zone nor fields are given")
    with transaction.atomic():
        document = Document.objects.create(
            id=uuid7(),
            tenant_id=party.tenant_id,
            party=party,
            kind=kind,
            data_key=party.data_key,
            fields=read,
            number=read.get("document_number") or read.get("registration_number"),
            issuer_country=read.get("issuing_state", "")[:3],
            expires_on=expires_on,
        )
        check = IdentityCheck.objects.create(
            tenant_id=party.tenant_id,
            party=party,
            document=document,
            method=method,
            result=_result(findings, expires_on, now.date()),
            findings=[finding.as_json() for finding in findings],
            checked_at=now,
            checked_by=user,
        )
        record(
            Verb.IDENTITY_CHECKED,
            [check, party, party.tenant],
            by=by,
            payload={
                "kind": kind,
                "method": method,
                "result": check.result,
                "differs": [finding.field for finding in findings if not finding.agrees],
            },
        )
    return check


def _result(findings: Sequence[Finding], expires_on: date | None, today: date) -> str:
    if any(not finding.agrees for finding in findings):
        return IdentityCheck.Result.BAD
    if expires_on is not None and expires_on < today:
        return IdentityCheck.Result.EXPIRED
    return IdentityCheck.Result.GOOD


def _read_zone(
    party: Party, lines: Sequence[str], today: date
) -> tuple[dict[str, Any], list[Finding], date | None]:
    zone = mrz.parse(lines, today)
    answer = zone.as_json()
    read = {name: value for name, value in answer["fields"].items() if isinstance(value, str) and value}
    findings = [Finding(error["field"], False, error["reason"]) for error in answer["errors"]] or [
        Finding("check digits", True, "every check digit is as computed")
    ]
    name = f"{zone.given_names} {zone.surname}".strip()
    findings.append(_compare_name(party, name))
    declared = (party.properties or {}).get("birthDate", [])
    if declared and zone.birth_date:
        agrees = any(zone.birth_date.startswith(value) or value == zone.birth_date for value in declared)
        findings.append(Finding("birth date", agrees, "declared against the zone"))
    expires = date.fromisoformat(zone.expiry_date) if zone.expiry_date else None
    return read, findings, expires


def _read_fields(
    party: Party, fields: Mapping[str, str]
) -> tuple[dict[str, Any], list[Finding], date | None]:
    findings = []
    if "name" in fields:
        findings.append(_compare_name(party, fields["name"]))
    number = fields.get("registration_number")
    declared = (party.properties or {}).get("registrationNumber", [])
    if number and declared:
        findings.append(Finding("registration number", number in declared, "declared against the extract"))
    if not findings:
        raise InvalidInput("fields", "nothing that can be compared: name or registration_number is needed")
    expires = None
    if fields.get("expires_on"):
        try:
            expires = date.fromisoformat(fields["expires_on"])
        except ValueError:
            raise InvalidInput("fields.expires_on", "a date is expected (YYYY-MM-DD)") from None
    return dict(fields), findings, expires


def _compare_name(party: Party, read: str) -> Finding:
    declared = (party.properties or {}).get("name", [])
    best = max((_likeness(name, read) for name in declared), default=0.0)
    if best == 1.0:
        return Finding("name", True, "the same letters")
    if best >= CLOSE_NAMES:
        return Finding("name", True, "close: transliterated or cut")
    return Finding("name", False, "another name")


def _likeness(one: str, other: str) -> float:
    """0..1 over the sorted words in bare capital letters, so that the order of names does not count."""
    return JaroWinkler.similarity(_bare(one), _bare(other))


def _bare(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name)
    letters = "".join(c if c.isalnum() else " " for c in decomposed if not unicodedata.combining(c))
    return " ".join(sorted(letters.upper().split()))
