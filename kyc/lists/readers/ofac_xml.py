"""OFAC's legacy XML (sdn.xml, consolidated.xml): `sdnList/sdnEntry`, with alias strength."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from core.errors import InvalidInput
from kyc.lists.countries import country_code
from kyc.lists.entry import Draft, Entry, clean
from kyc.lists.files import ListFile, text_of, xml_elements
from kyc.lists.readers import ofac
from kyc.lists.readers.layout import Head, Layout
from kyc.lists.remarks import labelled, place_of_birth
from kyc.lists.report import Report

_ADDRESS = ("address1", "address2", "address3", "city", "stateOrProvince", "postalCode", "country")


def _read(files: Sequence[ListFile], report: Report) -> Iterator[Entry]:
    elements = xml_elements(files[0], "publshInformation", "sdnEntry", root="sdnList")
    next(elements)
    membership = ofac.Membership(report.source)
    expected = None
    for element in elements:
        if element.tag.endswith("publshInformation"):
            expected = _published(element, report)
            continue
        report.records += 1
        membership.count([clean(p.text) for p in element.iterfind("{*}programList/{*}program")])
        yield _entry(element, report)
    if expected != report.records:
        raise InvalidInput(
            "Record_Count", f"{files[0].name}: {report.records} records instead of {expected}: not whole"
        )
    membership.check(files[0].name)


def _published(element: Any, report: Report) -> int:
    date, count = text_of(element, "{*}Publish_Date"), text_of(element, "{*}Record_Count").strip()
    try:
        report.as_of = dt.datetime.strptime(date.strip(), "%m/%d/%Y").date()  # noqa: DTZ007
    except ValueError:
        report.note("the list's own date could not be read")
    if not count.isdigit():
        raise InvalidInput("Record_Count", "missing", line=element.sourceline)
    return int(count)


def _entry(element: Any, report: Report) -> Entry:
    line = element.sourceline
    programs = [clean(p.text) for p in element.iterfind("{*}programList/{*}program")]
    remarks = text_of(element, "{*}remarks")
    identifiers = [_identifier(item) for item in element.iterfind("{*}idList/{*}id")]
    # The directives that tell menu-based from correspondent account sanctions are identifiers here.
    directives = (
        " ".join(f"({label})" for label, _, _ in identifiers).replace("(Listing Date ", "").replace(":)", ")")
    )
    datasets = (
        ("us_ofac_sdn",)
        if report.source == "us_ofac_sdn"
        else ofac.non_sdn_lists(programs, directives + remarks)
    )
    draft = Draft(
        ofac.key(text_of(element, "{*}uid").strip(), line=line),
        report.source,
        datasets,
        ofac.schema(text_of(element, "{*}sdnType"), line=line),
    )
    ofac.add_name(draft, text_of(element, "{*}lastName"), text_of(element, "{*}firstName"))
    for aka in element.iterfind("{*}akaList/{*}aka"):
        ofac.add_name(
            draft,
            text_of(aka, "{*}lastName"),
            text_of(aka, "{*}firstName"),
            kind=text_of(aka, "{*}type") or "a.k.a.",
            weak=text_of(aka, "{*}category") == "weak",
        )
    draft.add("position" if draft.schema == "Person" else "notes", text_of(element, "{*}title"))
    draft.add_all("program", programs)
    for address in element.iterfind("{*}addressList/{*}address"):
        parts = (clean(text_of(address, f"{{*}}{name}")) for name in _ADDRESS)
        draft.add("address", ", ".join(part for part in parts if part))
        report.add_country(draft, "country", text_of(address, "{*}country"))
    births = element.iterfind("{*}dateOfBirthList/{*}dateOfBirthItem/{*}dateOfBirth")
    report.add_dates(draft, "birthDate", (birth.text for birth in births))
    for place in element.iterfind("{*}placeOfBirthList/{*}placeOfBirthItem/{*}placeOfBirth"):
        place_of_birth(draft, clean(place.text))
    for name, path in (("nationality", "{*}nationalityList"), ("citizenship", "{*}citizenshipList")):
        report.add_country(draft, name, *(c.text for c in element.iterfind(f"{path}/{{*}}*/{{*}}country")))
    for label, value, country in identifiers:
        labelled(draft, label, value, report, country=country)
    for vessel in element.iterfind("{*}vesselInfo"):
        _vessel(draft, vessel, report)
    draft.add_all("notes", remarks.split("; "))
    ofac.finish(draft)
    return draft.build()


def _identifier(item: Any) -> tuple[str, str, str | None]:
    country = clean(text_of(item, "{*}idCountry"))
    return (
        clean(text_of(item, "{*}idType")),
        clean(text_of(item, "{*}idNumber")),
        (country_code(country) or None) if country else None,
    )


def _vessel(draft: Draft, vessel: Any, report: Report) -> None:
    draft.add("callSign", text_of(vessel, "{*}callSign"))
    draft.add("type", text_of(vessel, "{*}vesselType"))
    draft.add("tonnage", text_of(vessel, "{*}tonnage"))
    draft.add("grossRegisteredTonnage", text_of(vessel, "{*}grossRegisteredTonnage"))
    report.add_country(draft, "flag", text_of(vessel, "{*}vesselFlag"))
    if owner := clean(text_of(vessel, "{*}vesselOwner")):
        draft.add("notes", f"Vessel owner: {owner}")


def _matches(head: Head) -> bool:
    return head.is_xml and "<sdnList" in head.text


LAYOUT = Layout("ofac-xml", "OFAC's legacy XML", ofac.SOURCES, _matches, _read)
