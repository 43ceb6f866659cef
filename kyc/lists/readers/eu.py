"""The EU's consolidated list of financial sanctions: what its layouts have in common, and the old XML.

Every layout prints the entity's number, which is the key (`eu-fsf-13`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from core.errors import InvalidInput
from kyc.lists.dates import parse_date
from kyc.lists.entry import Draft, Entry, clean
from kyc.lists.files import ListFile, text_of, xml_elements
from kyc.lists.readers.layout import Head, Layout
from kyc.lists.remarks import gender
from kyc.lists.report import Report
from kyc.lists.sources import topics

_SCHEMA = {"P": "Person", "E": "Organization"}
_UN_REFERENCE = re.compile(r"\b([A-Z]{2}[ie]\.\d{3})\b")
#: `AD001095 (passport-National passport) ((passport))`: number, kind, and remarks.
_DOCUMENT = re.compile(r"^(?P<number>.*?)\s*\((?P<kind>[a-z]+)-[^()]*\)(?P<rest>.*)$", re.S)
_KIND = {
    "passport": "passportNumber",
    "fiscalcode": "taxNumber",
    "taxid": "taxNumber",
    "swiftbic": "swiftBic",
    "imo": "imoNumber",
    "tax": "taxNumber",
    "regnumber": "registrationNumber",
}
_UNKNOWN = frozenset({"", "unknown", "n/a", "na"})


def new_draft(number: str, kind: str, report: Report, line: int | None) -> Draft:
    """A draft by the entity's number and kind (P or E). Raises InvalidInput for anything else."""
    if not number.isdigit():
        raise InvalidInput("Entity_logical_id", f"{number[:40]!r} is not a number", line=line)
    if kind not in _SCHEMA:
        raise InvalidInput("Subject_type", f"{kind[:40]!r}", line=line)
    draft = Draft(f"eu-fsf-{int(number)}", report.source, ("eu_fsf",), _SCHEMA[kind])
    draft.add_all("topics", topics(draft.datasets))
    draft.add(
        "sourceUrl", "https://data.europa.eu/data/datasets/consolidated-list-of-persons-groups-and-entities"
    )
    return draft


def add_name(draft: Draft, whole: str, first: str, middle: str, last: str) -> None:
    """The first name that is printed leads; the others are aliases."""
    text = clean(whole) or " ".join(part for part in (clean(first), clean(middle), clean(last)) if part)
    if not text:
        return
    if draft.has("name"):
        draft.add("alias", text)
        return
    draft.add("name", text)
    if draft.schema == "Person" and clean(first) and clean(last):
        draft.add("firstName", first)
        draft.add("middleName", middle)
        draft.add("lastName", last)


def add_birth(draft: Draft, date: str, place: str, country: str, report: Report) -> None:
    """One birth; what is printed as unknown is left out."""
    if clean(date).casefold() not in _UNKNOWN:
        report.add_dates(draft, "birthDate", [date])
    if clean(place).casefold() not in _UNKNOWN:
        draft.add("birthPlace", place)
    report.add_country(draft, "birthCountry", country)


def add_address(draft: Draft, parts: Sequence[str], country: str, other: str, report: Report) -> None:
    """One address, its country, and what is said of it."""
    draft.add("address", ", ".join(part for part in (clean(p) for p in parts) if part))
    report.add_country(draft, "country", country)
    draft.add("notes", other)


def add_document(draft: Draft, text: str) -> None:
    """`AD001095 (passport-National passport) (remarks)`."""
    tidy = clean(text)
    found = _DOCUMENT.match(tidy)
    number, kind = (found["number"], found["kind"]) if found else (tidy, "other")
    if number.casefold() in _UNKNOWN:
        return
    add_number(draft, kind, number)
    if found:
        draft.add("notes", found["rest"])


def add_number(draft: Draft, kind: str, number: str) -> None:
    """A number under the property of its kind: `passport`, `id`, `regnumber`, …"""
    default = "idNumber" if draft.schema == "Person" else "registrationNumber"
    draft.add(_KIND.get(kind, default), number)


def add_remark(draft: Draft, text: str) -> None:
    """A remark, and the UN reference in it."""
    draft.add("notes", text.replace("\\n", " "))
    for reference in _UN_REFERENCE.findall(text):
        draft.referents[f"un-{reference}"] = None


# the old XML


def _read_xml(files: Sequence[ListFile], report: Report) -> Iterator[Entry]:
    elements = xml_elements(files[0], "ENTITY", root="WHOLE")
    report.date(parse_date(next(elements).get("Date", "")))
    for element in elements:
        report.records += 1
        yield _xml_entry(element, report)


def _xml_entry(element: Any, report: Report) -> Entry:
    draft = new_draft(element.get("Id", ""), element.get("Type", ""), report, element.sourceline)
    for child in element:
        match child.tag:
            case "NAME":
                parts = (text_of(child, tag) for tag in ("WHOLENAME", "FIRSTNAME", "MIDDLENAME", "LASTNAME"))
                add_name(draft, *parts)
                gender(draft, text_of(child, "GENDER"))
                draft.add("title", text_of(child, "TITLE"))
                draft.add("position", text_of(child, "FUNCTION"))
            case "BIRTH":
                date, place, country = (text_of(child, tag) for tag in ("DATE", "PLACE", "COUNTRY"))
                add_birth(draft, date, place, country, report)
            case "ADDRESS":
                parts = (text_of(child, tag) for tag in ("NUMBER", "STREET", "ZIPCODE", "CITY", "COUNTRY"))
                add_address(draft, list(parts), text_of(child, "COUNTRY"), text_of(child, "OTHER"), report)
            case "PASSPORT":
                add_document(draft, text_of(child, "NUMBER"))
            case "CITIZEN":
                report.add_country(draft, "nationality", text_of(child, "COUNTRY"))
    draft.add("program", element.get("programme"))
    report.changed(parse_date(element.get("reg_date", "")))
    add_remark(draft, element.get("remark", ""))
    return draft.build()


def _matches_xml(head: Head) -> bool:
    return head.is_xml and "<WHOLE" in head.text


XML_LAYOUT = Layout("eu-xml", "the EU's consolidated list", ("eu_fsf",), _matches_xml, _read_xml)
