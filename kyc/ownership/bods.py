"""Reading Beneficial Ownership Data Standard 0.4: JSON statements → parties and ownership statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from core.errors import InvalidInput
from kyc.ownership.bods_shape import RELATIONSHIP, is_day, problems
from kyc.ownership.countries import country_code, region_code
from kyc.ownership.statements import Interest, Party, Share, Statement, StatementError

Item = tuple[int, Any]
"""Line (or position in an array) and the object there, or the InvalidInput found instead."""


@dataclass(frozen=True)
class Reading:
    """What a file of any format says about ownership, and what in it could not be used."""

    parties: Mapping[str, Party]
    statements: tuple[Statement, ...]
    errors: tuple[StatementError, ...]


def read_bods(items: Iterable[Item], *, strict: bool = False, as_of: date | None = None) -> Reading:
    """Parties and statements of BODS `items`; a statement with an error is left out and reported.

    Not `strict`, only what ownership needs has to be right; `strict` holds every statement to the whole
    schema of 0.4. A party is described by the last statement on its record (made by `as_of`).
    """
    parties: dict[str, tuple[tuple[bool, str], Party]] = {}
    statements: list[Statement] = []
    errors: list[StatementError] = []
    seen: dict[str, Any] = {}
    for line, item in _flattened(items):
        if isinstance(item, InvalidInput):
            errors.append(StatementError("", item.field, item.reason, line))
            continue
        name = item.get("statementId") if isinstance(item, dict) else None
        label = name if isinstance(name, str) else ""
        found = problems(item) if strict else _needed(item)
        if label and seen.setdefault(label, item) != item:
            found = [*found, ("statementId", "used by two different statements")]
        if found:
            errors.extend(StatementError(label, path, reason, line) for path, reason in found)
            continue
        record, details = item["recordId"], item["recordDetails"]
        stated = item.get("statementDate") or ""
        if item["recordType"] == "relationship":
            try:
                statements.append(_statement(item, details, line))
            except InvalidInput as error:
                errors.append(StatementError(label, error.field, error.reason, line))
            continue
        read = _person if item["recordType"] == "person" else _entity
        known = as_of is None or stated[:10] <= as_of.isoformat()
        rank = (known, stated if known else _reversed(stated))
        if record not in parties or rank >= parties[record][0]:
            parties[record] = rank, read(record, details)
    return Reading({key: party for key, (_, party) in parties.items()}, tuple(statements), tuple(errors))


def _flattened(items: Iterable[Item]) -> Iterable[Item]:
    """A JSON line may itself be an array of statements (a package)."""
    for line, item in items:
        if isinstance(item, list):
            for part in item:
                yield line, part
        else:
            yield line, item


def _reversed(stated: str) -> str:
    """Of statements all made too late, the first sorts last."""
    return "".join(chr(0x7F - ord(c)) if ord(c) < 0x7F else c for c in stated)


def _needed(item: Any) -> list[tuple[str, str]]:
    """Problems with what ownership reads; everything else in a statement is free."""
    if not isinstance(item, dict):
        return [("", "not an object")]
    found: list[tuple[str, str]] = []
    for name in ("statementId", "recordId", "recordType"):
        if name not in item:
            found.append((name, "missing"))
        elif not isinstance(item[name], str) or not item[name]:
            found.append((name, "not a text"))
    kind, details = item.get("recordType"), item.get("recordDetails")
    if not isinstance(item.get("statementDate", ""), str):
        found.append(("statementDate", "not a text"))
    elif item.get("statementDate") and not is_day(item["statementDate"][:10]):
        found.append(("statementDate", f"not a date: {item['statementDate']}"))
    if item.get("recordStatus", "new") not in ("new", "updated", "closed"):
        found.append(("recordStatus", f"not one of the codes: {item['recordStatus']}"))
    if not isinstance(details, dict):
        found.append(("recordDetails", "missing" if details is None else "not an object"))
    elif isinstance(kind, str) and kind not in ("entity", "person", "relationship"):
        found.append(("recordType", f"not one of the codes: {kind}"))
    elif kind == "relationship":
        shape = replace(RELATIONSHIP, needs=("subject", "interestedParty"), also=())
        found.extend(shape(details, "recordDetails"))
    return found


def _statement(item: dict[str, Any], details: dict[str, Any], line: int) -> Statement:
    owner, entity = details["interestedParty"], details["subject"]
    named = isinstance(owner, str)
    interests = []
    for n, interest in enumerate(details.get("interests") or ()):
        try:
            interests.append(read_interest(interest))
        except InvalidInput as error:
            raise InvalidInput(f"recordDetails.interests[{n}].{error.field}", error.reason) from error
    return Statement(
        id=item["statementId"],
        record=item["recordId"],
        owner=owner if named else None,
        entity=entity if isinstance(entity, str) else None,
        interests=tuple(interests),
        stated=item.get("statementDate") or "",
        status=item.get("recordStatus") or "",
        reason=None if named else owner.get("reason", "unknown"),
        is_component=bool(details.get("isComponent")),
        components=tuple(details.get("componentRecords") or ()),
        line=line,
    )


def read_interest(raw: dict[str, Any]) -> Interest:
    return Interest(
        kind=raw.get("type", "unknownInterest"),
        share=_share(raw.get("share")),
        directness=raw.get("directOrIndirect", "direct"),
        declared_beneficial=raw.get("beneficialOwnershipOrControl"),
        start=date.fromisoformat(raw["startDate"]) if raw.get("startDate") else None,
        end=date.fromisoformat(raw["endDate"]) if raw.get("endDate") else None,
    )


def _share(raw: dict[str, Any] | None) -> Share | None:
    if not raw:
        return None
    if "exact" in raw:
        return Share.exactly(raw["exact"])
    low, above = max((raw.get("minimum", 0), False), (raw.get("exclusiveMinimum", -1), True))
    high, closed = min((raw.get("maximum", 100), True), (raw.get("exclusiveMaximum", 101), False))
    return Share(low, high, above, not closed)


def _entity(record: str, details: dict[str, Any]) -> Party:
    kind = _object(details.get("entityType"))
    place = _object(details.get("jurisdiction")) or _object(details.get("incorporatedInJurisdiction"))
    addresses = [a for a in _array(details.get("addresses")) if isinstance(a, dict)]
    by_type = {a.get("type"): _country(_object(a.get("country"))) for a in reversed(addresses)}
    country = _country(place)
    return Party(
        id=record,
        name=_text(details.get("name")),
        country=country or by_type.get("registered"),
        headquarters=by_type.get("business") or by_type.get("registered"),
        region=region_code(_text(place.get("code")) or ""),
        kind=_text(kind.get("type")) or "",
        subtype=_text(kind.get("subtype")) or "",
        publicly_listed=_object(details.get("publicListing")).get("hasPublicListing") is True,
        unspecified_reason=_text(_object(details.get("unspecifiedEntityDetails")).get("reason")),
        other_names=tuple(n for n in _array(details.get("alternateNames")) if _text(n)),
        identifiers=_identifiers(details),
    )


def _person(record: str, details: dict[str, Any]) -> Party:
    names = [n for n in _array(details.get("names")) if isinstance(n, dict) and _text(n.get("fullName"))]
    names.sort(key=lambda n: n.get("type") != "legal")
    homes = [
        _country(_object(a.get("country")))
        for a in _array(details.get("addresses"))
        if isinstance(a, dict) and a.get("type") == "residence"
    ]
    nationalities = [_country(c) for c in _array(details.get("nationalities")) if isinstance(c, dict)]
    return Party(
        id=record,
        is_person=True,
        name=names[0]["fullName"] if names else None,
        country=next((place for place in homes + nationalities if place), None),
        kind=_text(details.get("personType")) or "",
        politically_exposed=_object(details.get("politicalExposure")).get("status") == "isPep",
        unspecified_reason=_text(_object(details.get("unspecifiedPersonDetails")).get("reason")),
        other_names=tuple(n["fullName"] for n in names[1:]),
        identifiers=_identifiers(details),
        birth_date=_text(details.get("birthDate")),
        nationalities=tuple(code for code in nationalities if code),
    )


def _identifiers(details: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    found = [item for item in _array(details.get("identifiers")) if isinstance(item, dict)]
    return tuple(
        (_text(item.get("scheme")) or _text(item.get("schemeName")) or "", item["id"])
        for item in found
        if _text(item.get("id"))
    )


def _country(place: dict[str, Any]) -> str | None:
    return country_code(_text(place.get("code")) or _text(place.get("name")) or "")


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _array(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
