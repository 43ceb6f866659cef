"""OFAC's enhanced XML (`sanctionsData`), which prints each party's lists by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from core.errors import InvalidInput
from kyc.lists.countries import country_code
from kyc.lists.entry import Draft, Entry, clean
from kyc.lists.files import ListFile, text_of, xml_elements
from kyc.lists.readers import ofac
from kyc.lists.readers.layout import Head, Layout
from kyc.lists.remarks import labelled
from kyc.lists.report import Report


def _read(files: Sequence[ListFile], report: Report) -> Iterator[Entry]:
    elements = xml_elements(files[0], "publicationInfo", "entity", root="sanctionsData")
    next(elements)
    for element in elements:
        if element.tag.endswith("publicationInfo"):
            report.date(text_of(element, "{*}dataAsOf"))
            continue
        report.records += 1
        yield _entry(element, report)


def _entry(element: Any, report: Report) -> Entry:
    line = element.sourceline
    draft = Draft(
        ofac.key(element.get("id", ""), line=line),
        report.source,
        ofac.listed_on(
            (clean(name.text) for name in element.iterfind("{*}sanctionsLists/{*}sanctionsList")),
            report.source,
            line=line,
        ),
        ofac.schema(text_of(element, "{*}generalInfo/{*}entityType"), line=line),
    )
    for name in element.iterfind("{*}names/{*}name"):
        _name(draft, name)
    draft.add(
        "position" if draft.schema == "Person" else "notes", text_of(element, "{*}generalInfo/{*}title")
    )
    draft.add_all("program", (p.text for p in element.iterfind("{*}sanctionsPrograms/{*}sanctionsProgram")))
    for address in element.iterfind("{*}addresses/{*}address"):
        country = text_of(address, "{*}country")
        for translation in address.iterfind("{*}translations/{*}translation"):
            parts = [
                clean(part.text) for part in translation.iterfind("{*}addressParts/{*}addressPart/{*}value")
            ]
            draft.add("address", ", ".join(part for part in (*parts, clean(country)) if part))
        if address.find("{*}translations") is None:
            draft.add("address", country)
        report.add_country(draft, "country", country)
    for feature in element.iterfind("{*}features/{*}feature"):
        labelled(draft, text_of(feature, "{*}type"), text_of(feature, "{*}value"), report)
    for document in element.iterfind("{*}identityDocuments/{*}identityDocument"):
        issuer = text_of(document, "{*}issuingCountry")
        code = (country_code(issuer) or None) if issuer else None
        number = text_of(document, "{*}documentNumber")
        labelled(draft, text_of(document, "{*}type"), number, report, country=code)
    for relation in element.iterfind("{*}relationships/{*}relationship"):
        kind, other = text_of(relation, "{*}type"), text_of(relation, "{*}relatedEntity")
        draft.add("notes", f"{kind}: {other}")
    draft.add_all("notes", text_of(element, "{*}generalInfo/{*}remarks").split("; "))
    ofac.finish(draft)
    return draft.build()


def _name(draft: Draft, name: Any) -> None:
    """One name in all its scripts; those of the primary name that are not Latin are aliases."""
    primary = text_of(name, "{*}isPrimary") == "true"
    weak = text_of(name, "{*}isLowQuality") == "true"
    kind = "" if primary else text_of(name, "{*}aliasType") or "A.K.A."
    for translation in name.iterfind("{*}translations/{*}translation"):
        own = text_of(translation, "{*}isPrimary") == "true"
        last = text_of(translation, "{*}formattedLastName") or text_of(translation, "{*}formattedFullName")
        if not clean(last):
            raise InvalidInput("name", "without its text", line=translation.sourceline)
        first = text_of(translation, "{*}formattedFirstName")
        ofac.add_name(draft, last, first, kind=kind if own else kind or "A.K.A.", weak=weak)


def _matches(head: Head) -> bool:
    return head.is_xml and "<sanctionsData" in head.text


LAYOUT = Layout("ofac-enhanced", "OFAC's enhanced XML", ofac.SOURCES, _matches, _read)
