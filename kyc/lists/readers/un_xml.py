"""The UN Security Council's Consolidated List in XML, the old and the new layout alike.

The key is the permanent reference number (`QDi.430`), which the UN prints everywhere and keeps;
DATAID is given anew when an entry is made again, so it is a referent only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from core.errors import InvalidInput
from kyc.lists.dates import iso, parse_dates, years_between
from kyc.lists.entry import Draft, Entry, clean
from kyc.lists.files import ListFile, text_of, xml_elements
from kyc.lists.readers.layout import Head, Layout
from kyc.lists.remarks import gender
from kyc.lists.report import Report
from kyc.lists.sources import topics

_NAMES = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
_QUALITY = {"low": "weakAlias", "f.k.a.": "previousName"}
_ADDRESS = ("NOTE", "STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY")


def _read(files: Sequence[ListFile], report: Report) -> Iterator[Entry]:
    elements = xml_elements(files[0], "INDIVIDUAL", "ENTITY", root="CONSOLIDATED_LIST")
    report.date(next(elements).get("dateGenerated"))
    for element in elements:
        report.records += 1
        yield _entry(element, report)


def _entry(element: Any, report: Report) -> Entry:
    person = element.tag == "INDIVIDUAL"
    reference = clean(text_of(element, "REFERENCE_NUMBER"))
    if not reference:
        raise InvalidInput("REFERENCE_NUMBER", "missing", line=element.sourceline)
    draft = Draft(f"un-{reference}", report.source, ("un_sc",), "Person" if person else "Organization")
    if number := clean(text_of(element, "DATAID")):
        draft.referents[f"un-dataid-{number}"] = None
    draft.add("name", " ".join(clean(text_of(element, tag)) for tag in _NAMES))
    draft.add("alias", text_of(element, "NAME_ORIGINAL_SCRIPT"))
    for child in element:
        match child.tag:
            case "INDIVIDUAL_ALIAS" | "ENTITY_ALIAS":
                _alias(draft, child, report)
            case "INDIVIDUAL_ADDRESS" | "ENTITY_ADDRESS":
                parts = (clean(text_of(child, tag)) for tag in _ADDRESS[1:])
                draft.add("address", ", ".join(part for part in parts if part))
                report.add_country(draft, "country", text_of(child, "COUNTRY"))
                draft.add("notes", text_of(child, "NOTE"))
            case "INDIVIDUAL_DATE_OF_BIRTH":
                _birth(draft, child, report)
            case "INDIVIDUAL_PLACE_OF_BIRTH":
                parts = (clean(text_of(child, tag)) for tag in _ADDRESS[1:])
                draft.add("birthPlace", ", ".join(part for part in parts if part))
                report.add_country(draft, "birthCountry", text_of(child, "COUNTRY"))
            case "INDIVIDUAL_DOCUMENT":
                _document(draft, child)
            case "NATIONALITY":
                report.add_country(draft, "nationality", *(value.text for value in child))
            case "TITLE":
                draft.add_all("title", (value.text for value in child))
            case "DESIGNATION":
                draft.add_all("position", (value.text for value in child))
    gender(draft, text_of(element, "GENDER"))
    draft.add("program", text_of(element, "UN_LIST_TYPE"))
    draft.add("notes", text_of(element, "COMMENTS1"))
    if listed := clean(text_of(element, "LISTED_ON")):
        draft.add("notes", f"Listed on {listed[:10]}")
    draft.add_all("topics", topics(draft.datasets))
    draft.add("sourceUrl", "https://main.un.org/securitycouncil/en/content/un-sc-consolidated-list")
    return draft.build()


def _alias(draft: Draft, child: Any, report: Report) -> None:
    quality = clean(text_of(child, "QUALITY")).casefold()
    draft.add(_QUALITY.get(quality, "alias"), text_of(child, "ALIAS_NAME"))
    # Some aliases come with the birth that a false passport states.
    draft.add("birthDate", *parse_dates(text_of(child, "DATE_OF_BIRTH")))
    report.add_country(draft, "birthCountry", text_of(child, "COUNTRY_OF_BIRTH"))
    draft.add("notes", text_of(child, "NOTE"))


def _birth(draft: Draft, child: Any, report: Report) -> None:
    about = clean(text_of(child, "TYPE_OF_DATE")).startswith("APPROX")
    date, year = clean(text_of(child, "DATE")), clean(text_of(child, "YEAR"))
    start, end = clean(text_of(child, "FROM_YEAR")), clean(text_of(child, "TO_YEAR"))
    note = clean(text_of(child, "NOTE"))
    if date:
        report.add_dates(draft, "birthDate", [f"circa {date}" if about else date])
    elif year.isdigit():
        draft.add("birthDate", iso(int(year)))
    elif start.isdigit() and end.isdigit():
        draft.add("birthDate", *years_between(int(start), int(end)))
    elif note:
        report.add_dates(draft, "birthDate", [note])
        return
    draft.add("notes", note)


def _document(draft: Draft, child: Any) -> None:
    kind = f"{text_of(child, 'TYPE_OF_DOCUMENT')} {text_of(child, 'TYPE_OF_DOCUMENT2')}".casefold()
    passport = any(word in kind for word in ("passport", "passeport", "pasaporte"))
    draft.add("passportNumber" if passport else "idNumber", text_of(child, "NUMBER"))
    draft.add("notes", text_of(child, "NOTE"))


def _matches(head: Head) -> bool:
    return head.is_xml and "<CONSOLIDATED_LIST" in head.text


LAYOUT = Layout("un-xml", "the UN Consolidated List", ("un_sc",), _matches, _read)
