"""Reading the Global LEI Foundation's data: who is who (level 1), who consolidates whom (level 2), why not.

XML (streamed) in the formats LEI-CDF 3.1, RR-CDF 2.1 and reporting exceptions 2.1, the golden copy's JSON,
and plain lists of LEIs as CSV. GLEIF states accounting consolidation, not shares: a parent is control with
a share that is not known.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO

from lxml import etree
from stdnum import lei as lei_number

from core.errors import InvalidInput
from kyc.ownership.bods import Reading
from kyc.ownership.countries import country_code, region_code
from kyc.ownership.statements import Interest, Party, Share, Statement, StatementError

RECORDS = ("LEIRecord", "RelationshipRecord", "Exception")
CONTROL_BY_GROUP = "otherInfluenceOrControl"
#: RelationshipType → (interest types, direct or indirect, does the start node own the end node).
_TYPES: dict[str, tuple[tuple[str, ...], str, bool]] = {
    "IS_DIRECTLY_CONSOLIDATED_BY": ((CONTROL_BY_GROUP, "unknownInterest"), "direct", False),
    "IS_ULTIMATELY_CONSOLIDATED_BY": ((CONTROL_BY_GROUP,), "indirect", False),
    "IS_INTERNATIONAL_BRANCH_OF": ((CONTROL_BY_GROUP,), "direct", False),
    "IS_FUND-MANAGED_BY": ((CONTROL_BY_GROUP,), "direct", False),
    "IS_SUBFUND_OF": ((CONTROL_BY_GROUP,), "direct", False),
    "IS_FEEDER_TO": (("unknownInterest",), "direct", True),
}
#: ExceptionReason → BODS unspecifiedReason.
_REASONS = {
    "NO_KNOWN_PERSON": "noBeneficialOwners",
    "NATURAL_PERSONS": "informationUnknownToPublisher",
    "NO_LEI": "informationUnknownToPublisher",
    "NON_CONSOLIDATING": "informationUnknownToPublisher",
    "NON_PUBLIC": "interestedPartyHasNotProvidedInformation",
    "BINDING_LEGAL_COMMITMENTS": "interestedPartyExemptFromDisclosure",
    "LEGAL_OBSTACLES": "interestedPartyExemptFromDisclosure",
    "CONSENT_NOT_OBTAINED": "interestedPartyHasNotProvidedInformation",
    "DETRIMENT_NOT_EXCLUDED": "interestedPartyHasNotProvidedInformation",
    "DISCLOSURE_DETRIMENTAL": "interestedPartyHasNotProvidedInformation",
}
_KINDS = {"RESIDENT_GOVERNMENT_ENTITY": "stateBody", "INTERNATIONAL_ORGANIZATION": "legalEntity"}
_CSV_COLUMNS = {
    "lei": ("lei",),
    "name": ("legal_name", "entity.legalname", "legalname"),
    "country": ("country", "entity.legaljurisdiction", "entity.legaladdress.country"),
    "headquarters": ("headquarters_country", "entity.headquartersaddress.country"),
    "category": ("category", "entity.entitycategory"),
}


def read_gleif(stream: BinaryIO) -> Reading:
    """Parties and statements of one GLEIF file, XML or JSON. Raises InvalidInput where it is neither."""
    buffered = stream if hasattr(stream, "peek") else io.BufferedReader(stream)  # type: ignore[type-var]
    start = buffered.peek(64).lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
    records = _json_records(buffered) if start in (b"{", b"[") else _xml_records(buffered)
    parties: dict[str, Party] = {}
    statements: list[Statement] = []
    errors: list[StatementError] = []
    for number, (kind, record) in enumerate(records, start=1):
        name = ""
        try:
            if kind == "LEIRecord":
                name = str(record.get("LEI") or "")
                parties[name] = _party(record)
                continue
            statement = (
                _relationship(record, number) if kind == "RelationshipRecord" else _exception(record, number)
            )
            name = statement.id
            statements.append(statement)
        except InvalidInput as error:
            errors.append(StatementError(name, error.field, error.reason, number))
    for statement in statements:
        for end in (statement.owner, statement.entity):
            if end is not None:
                parties.setdefault(end, Party(end, kind="registeredEntity", identifiers=(("XI-LEI", end),)))
    return Reading(parties, tuple(statements), tuple(errors))


def read_lei_csv(stream: BinaryIO) -> Reading:
    """Parties of a CSV of LEIs: columns `lei`, `legal_name`, `country`, or those of GLEIF's own CSV."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        return _lei_rows(csv.DictReader(text))
    finally:
        text.detach()  # the stream is the caller's to close


def _lei_rows(rows: csv.DictReader[str]) -> Reading:
    header = {(name or "").strip().lower(): name for name in rows.fieldnames or ()}
    columns = {
        field: next((header[n] for n in names if n in header), None) for field, names in _CSV_COLUMNS.items()
    }
    if columns["lei"] is None or columns["name"] is None:
        raise InvalidInput("header", "no columns lei and legal_name", line=1)
    parties: dict[str, Party] = {}
    errors: list[StatementError] = []
    try:
        for row in rows:
            cell = {field: (row.get(name) or "").strip() if name else "" for field, name in columns.items()}
            try:
                number = _lei(cell["lei"], "lei")
                place = cell["country"]
                parties[number] = Party(
                    number,
                    name=cell["name"] or None,
                    country=country_code(place),
                    headquarters=country_code(cell["headquarters"]),
                    region=region_code(place),
                    kind=_KINDS.get(cell["category"], "registeredEntity"),
                    identifiers=(("XI-LEI", number),),
                )
            except InvalidInput as error:
                errors.append(StatementError(cell["lei"], error.field, error.reason, rows.line_num))
    except (csv.Error, UnicodeDecodeError) as error:
        raise InvalidInput("file", f"not a CSV file: {error}", line=rows.line_num) from error
    return Reading(parties, (), tuple(errors))


def _xml_records(stream: BinaryIO) -> Iterator[tuple[str, dict[str, Any]]]:
    """Records of any of the three files, one at a time. No entities, no network, no DTD."""
    names = [f"{{*}}{name}" for name in RECORDS]
    try:
        for _, element in etree.iterparse(
            stream, tag=names, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        ):
            yield etree.QName(element).localname, _tree(element)
            element.clear()
            parent = element.getparent()
            while parent is not None and element.getprevious() is not None:
                del parent[0]
    except etree.XMLSyntaxError as error:
        line = error.position[0] if error.position else None
        raise InvalidInput("file", f"not well-formed XML: {error.msg}", line=line) from error


def _tree(element: Any) -> Any:
    children = [child for child in element if isinstance(child.tag, str)]
    if not children:
        return (element.text or "").strip()
    found: dict[str, Any] = {}
    for child in children:
        name = etree.QName(child).localname
        value = _tree(child)
        if name in found:
            old = found[name]
            found[name] = [*old, value] if isinstance(old, list) else [old, value]
        else:
            found[name] = value
    return found


def _json_records(stream: BinaryIO) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        whole = json.load(stream)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("file", f"not JSON: {error}") from error
    items = whole
    if isinstance(whole, dict):
        items = next((whole[k] for k in ("records", "relations", "exceptions") if k in whole), [whole])
    if not isinstance(items, list):
        raise InvalidInput("file", "no list of records")
    for item in items:
        record = _plain(item)
        if not isinstance(record, dict):
            raise InvalidInput("file", "a record is not an object")
        record = record.get("RelationshipRecord", record)
        kind = "Exception" if "ExceptionCategory" in record else "LEIRecord"
        yield ("RelationshipRecord" if "Relationship" in record else kind), record


def _plain(value: Any) -> Any:
    """The golden copy writes a text as {"$": text} and attributes as @name."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        if "$" in value:
            return value["$"]
        return {
            name.rsplit(":", 1)[-1]: _plain(one) for name, one in value.items() if not name.startswith("@")
        }
    return value


def _lei(text: Any, field: str) -> str:
    if not isinstance(text, str) or not lei_number.is_valid(text):
        raise InvalidInput(field, f"not a valid LEI (ISO 17442): {text}")
    return text.strip().upper()


def _at(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _all(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _party(record: dict[str, Any]) -> Party:
    number = _lei(record.get("LEI"), "LEI")
    entity = record.get("Entity")
    if not isinstance(entity, dict) or not entity.get("LegalName"):
        raise InvalidInput("Entity.LegalName", "missing")
    place = str(entity.get("LegalJurisdiction") or _at(entity, "LegalAddress", "Country") or "")
    names = [
        *_all(_at(entity, "OtherEntityNames", "OtherEntityName")),
        *_all(_at(entity, "TransliteratedOtherEntityNames", "TransliteratedOtherEntityName")),
    ]
    authority = _at(entity, "RegistrationAuthority", "RegistrationAuthorityID") or ""
    local = _at(entity, "RegistrationAuthority", "RegistrationAuthorityEntityID")
    return Party(
        number,
        name=str(entity["LegalName"]),
        country=country_code(place),
        headquarters=country_code(str(_at(entity, "HeadquartersAddress", "Country") or "")),
        region=region_code(place),
        kind=_KINDS.get(str(entity.get("EntityCategory")), "registeredEntity"),
        other_names=tuple(dict.fromkeys(str(n) for n in names if n)),
        identifiers=(("XI-LEI", number), *(((str(authority), str(local)),) if local else ())),
    )


def _relationship(record: dict[str, Any], number: int) -> Statement:
    relation = record["Relationship"]
    ends = []
    for node in ("StartNode", "EndNode"):
        if _at(relation, node, "NodeIDType") != "LEI":
            raise InvalidInput(f"Relationship.{node}.NodeIDType", "not an LEI")
        ends.append(_lei(_at(relation, node, "NodeID"), f"Relationship.{node}.NodeID"))
    start, end = ends
    kind = str(relation.get("RelationshipType") or "")
    if kind not in _TYPES:
        raise InvalidInput("Relationship.RelationshipType", f"unknown: {kind}")
    types, directness, start_owns = _TYPES[kind]
    begun, ended = _period(relation)
    if relation.get("RelationshipStatus") == "INACTIVE" and ended is None:
        ended = _day(_at(record, "Registration", "LastUpdateDate"))
    share = _share(relation)
    interests = tuple(
        Interest(t, share if t == "unknownInterest" else None, directness, start=begun, end=ended)
        for t in types
    )
    name = f"{start}-{kind}-{end}"
    annulled = _at(record, "Registration", "RegistrationStatus") in ("ANNULLED", "DUPLICATE", "TRANSFERRED")
    return Statement(
        id=name,
        record=name,
        owner=start if start_owns else end,
        entity=end if start_owns else start,
        interests=interests,
        stated=str(_at(record, "Registration", "LastUpdateDate") or ""),
        status="closed" if annulled else "",
        line=number,
    )


def _period(relation: dict[str, Any]) -> tuple[date | None, date | None]:
    for period in _all(_at(relation, "RelationshipPeriods", "RelationshipPeriod")):
        if _at(period, "PeriodType") == "RELATIONSHIP_PERIOD":
            return _day(period.get("StartDate")), _day(period.get("EndDate"))
    return None, None


def _share(relation: dict[str, Any]) -> Share | None:
    for item in _all(_at(relation, "RelationshipQuantifiers", "RelationshipQuantifier")):
        if _at(item, "QuantifierUnits") == "PERCENTAGE" and _at(item, "QuantifierAmount"):
            return Share.exactly(str(item["QuantifierAmount"]))
    return None


def _exception(record: dict[str, Any], number: int) -> Statement:
    entity = _lei(record.get("LEI"), "LEI")
    category = str(record.get("ExceptionCategory") or "")
    if category not in ("DIRECT_ACCOUNTING_CONSOLIDATION_PARENT", "ULTIMATE_ACCOUNTING_CONSOLIDATION_PARENT"):
        raise InvalidInput("ExceptionCategory", f"unknown: {category}")
    reason = next((str(r) for r in _all(record.get("ExceptionReason"))), "")
    name = f"{entity}-{category}"
    return Statement(
        id=name,
        record=name,
        owner=None,
        entity=entity,
        reason=_REASONS.get(reason, "unknown"),
        line=number,
    )


def _day(text: Any) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError as error:
        raise InvalidInput("date", f"not a date: {text}") from error
