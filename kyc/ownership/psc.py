"""Reading the United Kingdom's register of people with significant control (PSC snapshot, JSON lines).

Natures of control are classes of more than 25, more than 50 and 75 percent or more, held "directly or
indirectly" (Companies Act 2006, schedule 1A; S.I. 2016/339), so their directness is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from core.errors import InvalidInput
from kyc.ownership.bods import Item, Reading
from kyc.ownership.countries import country_code
from kyc.ownership.statements import Interest, Party, Share, Statement, StatementError

SCHEME = "GB-COH"
STATEMENT = "persons-with-significant-control-statement"
#: Beginnings of the kinds of owner, of the PSC register and of the register of overseas entities.
_OWNERS = ("individual-", "corporate-entity-", "legal-person-", "super-secure-")

#: Prefix of a nature of control → BODS interest type; suffixes (as trust, as firm, …) do not change it.
_NATURES = (
    ("ownership-of-shares", "shareholding"),
    ("voting-rights", "votingRights"),
    ("right-to-share-surplus-assets", "rightsToSurplusAssetsOnDissolution"),
    ("part-right-to-share-surplus-assets", "rightsToSurplusAssetsOnDissolution"),
    ("right-to-appoint-and-remove", "appointmentOfBoard"),
    ("significant-influence-or-control", "otherInfluenceOrControl"),
)
_CLASSES = (
    ("25-to-50-percent", Share(25, 50, above=True)),
    ("50-to-75-percent", Share(50, 75, above=True, below=True)),
    ("75-to-100-percent", Share(75, 100)),
    ("more-than-25-percent", Share(25, 100, above=True)),
)
#: Start of a company's statement → BODS unspecifiedReason. The register misspells "significant".
_STATEMENTS = (
    ("no-individual-or-entity-with-sign", "noBeneficialOwners"),
    ("steps-to-find-psc-not-yet-completed", "subjectUnableToConfirmOrIdentifyBeneficialOwner"),
    ("psc-exists-but-not-identified", "subjectUnableToConfirmOrIdentifyBeneficialOwner"),
    ("psc-details-not-confirmed", "interestedPartyHasNotProvidedInformation"),
    ("psc-contacted-but-no-response", "interestedPartyHasNotProvidedInformation"),
    ("psc-has-failed-to-confirm-changed-details", "interestedPartyHasNotProvidedInformation"),
    ("restrictions-notice", "interestedPartyHasNotProvidedInformation"),
    ("no-beneficial-owner-identified", "subjectUnableToConfirmOrIdentifyBeneficialOwner"),
    ("at-least-one-beneficial-owner-unidentified", "subjectUnableToConfirmOrIdentifyBeneficialOwner"),
    (
        "information-not-provided-for-at-least-one-beneficial-owner",
        "interestedPartyHasNotProvidedInformation",
    ),
)
_COMPANY_NUMBER = re.compile(r"\d{1,8}|[A-Z]{2}\d{6}|R\d{7}|[A-Z]{2}\d{5}[A-Z]")


def read_psc(items: Iterable[Item]) -> Reading:
    """Parties and statements of PSC records; a record of an unknown kind or without a company is an error."""
    parties: dict[str, Party] = {}
    statements: list[Statement] = []
    errors: list[StatementError] = []
    for line, item in items:
        if isinstance(item, InvalidInput):
            errors.append(StatementError("", item.field, item.reason, line))
            continue
        data = item.get("data") if isinstance(item, dict) else None
        if not isinstance(data, dict):
            errors.append(StatementError("", "data", "missing", line))
            continue
        name = str(data.get("etag") or "")
        try:
            _read_one(item, data, name, line, parties, statements)
        except InvalidInput as error:
            errors.append(StatementError(name, error.field, error.reason, line))
    return Reading(parties, tuple(statements), tuple(errors))


def _read_one(
    item: dict[str, Any],
    data: dict[str, Any],
    name: str,
    line: int,
    parties: dict[str, Party],
    statements: list[Statement],
) -> None:
    kind = str(data.get("kind") or "")
    if kind.startswith("totals#"):
        return
    if kind not in ("exemptions", STATEMENT) and not kind.startswith(_OWNERS):
        raise InvalidInput("kind", f"unknown: {kind}")
    number = item.get("company_number")
    if not isinstance(number, str) or not number.strip():
        raise InvalidInput("company_number", "missing")
    company = _company(number)
    parties.setdefault(
        company, Party(company, country="GB", kind="registeredEntity", identifiers=_number(company))
    )
    started, ended = _day(data, "notified_on"), _day(data, "ceased_on")
    link = str((data.get("links") or {}).get("self") or name or line)
    record = f"{company}:{kind}:{link}"
    owner: str | None = None
    reason: str | None = None
    interests: tuple[Interest, ...]
    if kind == "exemptions":
        reason = "subjectExemptFromDisclosure"
        started, ended = _exemption(data)
        interests = (Interest("unknownInterest", directness="unknown", start=started, end=ended),)
    elif kind == STATEMENT:
        said = str(data.get("statement") or "")
        reason = next((r for start, r in _STATEMENTS if said.startswith(start)), "unknown")
        interests = (Interest("unknownInterest", directness="unknown", start=started, end=ended),)
    else:
        party = _party(kind, data, link)
        owner = party.id
        parties.setdefault(owner, party)
        interests = _interests(data, started, ended)
    statements.append(
        Statement(
            id=name or record,
            record=record,
            owner=owner,
            entity=company,
            interests=interests,
            stated=data.get("notified_on") or "",
            reason=reason,
            line=line,
        )
    )


def _party(kind: str, data: dict[str, Any], link: str) -> Party:
    identity = f"{SCHEME}-PSC-{link.rstrip('/').rsplit('/', 1)[-1]}"
    if kind.startswith("individual-"):
        parts = data.get("name_elements") or {}
        names = [parts.get(n) for n in ("title", "forename", "other_forenames", "middle_name", "surname")]
        full = data.get("name") or " ".join(n for n in names[1:] if n) or None
        born = data.get("date_of_birth") or {}
        nationality = country_code(str(data.get("nationality") or ""))
        return Party(
            identity,
            is_person=True,
            name=full,
            country=country_code(str(data.get("country_of_residence") or "")) or nationality,
            kind="knownPerson",
            birth_date=_month(born),
            nationalities=(nationality,) if nationality else (),
        )
    if kind.startswith("super-secure-"):
        reason = "interestedPartyExemptFromDisclosure"
        return Party(identity, is_person=True, kind="anonymousPerson", unspecified_reason=reason)
    where = data.get("identification") or {}
    country = country_code(str(where.get("country_registered") or where.get("legal_authority") or ""))
    number = str(where.get("registration_number") or "").strip().upper()
    known = country == "GB" and _COMPANY_NUMBER.fullmatch(number) is not None
    return Party(
        _company(number) if known else identity,
        name=data.get("name"),
        country=country,
        kind="registeredEntity" if kind.startswith("corporate-entity-") else "legalEntity",
        identifiers=((SCHEME if known else str(where.get("place_registered") or ""), number),)
        if number
        else (),
    )


def _interests(data: dict[str, Any], started: date | None, ended: date | None) -> tuple[Interest, ...]:
    found = []
    for nature in data.get("natures_of_control") or ():
        kind = next((k for start, k in _NATURES if str(nature).startswith(start)), "unknownInterest")
        share = next((s for words, s in _CLASSES if words in str(nature)), None)
        found.append(Interest(kind, share, "unknown", start=started, end=ended))
    if not found:
        found.append(Interest("unknownInterest", None, "unknown", start=started, end=ended))
    return tuple(_strongest(found))


def _strongest(interests: list[Interest]) -> list[Interest]:
    """One interest a kind: held as a person, a trust and a firm, the classes are not added but the
    largest stands (each already counts the others in)."""
    best: dict[str, Interest] = {}
    for interest in interests:
        old = best.get(interest.kind)
        if old is None or (
            interest.share is not None and (old.share is None or old.share.minimum < interest.share.minimum)
        ):
            best[interest.kind] = interest
    return list(best.values())


def _exemption(data: dict[str, Any]) -> tuple[date | None, date | None]:
    items = [
        item
        for group in (data.get("exemptions") or {}).values()
        if isinstance(group, dict)
        for item in group.get("items") or ()
    ]
    starts = sorted(d for d in (_day(item, "exempt_from") for item in items) if d)
    ends = [_day(item, "exempt_to") for item in items]
    open_ended = not ends or any(end is None for end in ends)
    return (starts[0] if starts else None), None if open_ended else max(end for end in ends if end)


def _company(number: str) -> str:
    text = number.strip().upper()
    return f"{SCHEME}-{text.zfill(8) if text.isdigit() else text}"


def _number(company: str) -> tuple[tuple[str, str], ...]:
    return ((SCHEME, company.removeprefix(f"{SCHEME}-")),)


def _month(born: dict[str, Any]) -> str | None:
    year, month = born.get("year"), born.get("month")
    if not isinstance(year, int):
        return None
    return f"{year:04d}-{month:02d}" if isinstance(month, int) else f"{year:04d}"


def _day(data: dict[str, Any], field: str) -> date | None:
    text = data.get(field)
    if not text:
        return None
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError as error:
        raise InvalidInput(field, f"not a date: {text}") from error
