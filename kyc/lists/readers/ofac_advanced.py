"""OFAC's advanced XML (`Sanctions`): everything by reference, so that parties wait for the file's end.

The numbers of a party's lists and programmes stand in the last section, SanctionsEntries.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.errors import InvalidInput
from kyc.lists.countries import country_code
from kyc.lists.dates import iso, years_between
from kyc.lists.entry import Draft, Entry, clean
from kyc.lists.files import ListFile, text_of, xml_elements
from kyc.lists.readers import ofac
from kyc.lists.readers.layout import Head, Layout
from kyc.lists.remarks import labelled
from kyc.lists.report import Report

_SECTIONS = (
    "DateOfIssue",
    "ReferenceValueSets",
    "Location",
    "IDRegDocument",
    "DistinctParty",
    "SanctionsEntry",
)
_FIRST_NAMES = frozenset({"First Name", "Middle Name", "Patronymic", "Matronymic"})


@dataclass
class _Tables:
    """What the file refers to by number."""

    values: dict[tuple[str, str], str] = field(default_factory=dict)
    subtypes: dict[str, tuple[str, str]] = field(default_factory=dict)
    places: dict[str, tuple[str, str]] = field(default_factory=dict)
    documents: dict[str, list[tuple[str, str, str]]] = field(default_factory=lambda: defaultdict(list))

    def value(self, kind: str, number: str | None, line: int | None = None) -> str:
        """The text of a reference value. Raises InvalidInput for one that is not declared."""
        try:
            return self.values[kind, number or ""]
        except KeyError:
            raise InvalidInput(kind, f"no value {number} is declared", line=line) from None


def _read(files: Sequence[ListFile], report: Report) -> Iterator[Entry]:
    elements = xml_elements(files[0], *_SECTIONS, root="Sanctions")
    next(elements)
    tables = _Tables()
    drafts: dict[str, Draft] = {}
    lists: dict[str, set[str]] = defaultdict(set)
    for element in elements:
        match element.tag.rpartition("}")[2]:
            case "DateOfIssue":
                year, month, day = _date_parts(element)
                report.as_of = dt.date(year, month, day)
            case "ReferenceValueSets":
                _references(tables, element)
            case "Location":
                tables.places[element.get("ID")] = _place(tables, element)
            case "IDRegDocument":
                _document(tables, element)
            case "DistinctParty":
                report.records += 1
                number, draft = _party(tables, element, report)
                if number in drafts:
                    raise InvalidInput(
                        "FixedRef", f"{number} stands in the list twice", line=element.sourceline
                    )
                drafts[number] = draft
            case "SanctionsEntry":
                profile = element.get("ProfileID")
                if profile not in drafts:
                    raise InvalidInput("ProfileID", f"no party {profile}", line=element.sourceline)
                lists[profile].add(tables.value("List", element.get("ListID"), element.sourceline))
                _measures(tables, drafts[profile], element)
    for number, draft in drafts.items():
        draft.datasets = ofac.listed_on(lists[number], report.source)
        ofac.finish(draft)
        yield draft.build()


def _references(tables: _Tables, sets: Any) -> None:
    for values in sets:
        kind = values.tag.rpartition("}")[2].removesuffix("Values")
        for value in values:
            number = value.get("ID")
            tables.values[kind, number] = clean(value.text)
            if kind == "PartySubType":
                tables.subtypes[number] = (value.get("PartyTypeID"), clean(value.text))


def _place(tables: _Tables, location: Any) -> tuple[str, str]:
    """The printed address and its country."""
    parts = [clean(v.text) for v in location.iterfind("{*}LocationPart/{*}LocationPartValue/{*}Value")]
    country = ""
    for reference in location.iterfind("{*}LocationCountry"):
        country = tables.values.get(("Country", reference.get("CountryID")), "")
    for reference in location.iterfind("{*}LocationAreaCode"):
        country = country or tables.values.get(("AreaCode", reference.get("AreaCodeID")), "")
    return ", ".join(part for part in (*parts, country) if part), country


def _document(tables: _Tables, document: Any) -> None:
    kind = tables.value("IDRegDocType", document.get("IDRegDocTypeID"), document.sourceline)
    issuer = tables.values.get(("Country", document.get("IssuedBy-CountryID", "")), "")
    number = clean(text_of(document, "{*}IDRegistrationNo"))
    tables.documents[document.get("IdentityID")].append((kind, number, issuer))


def _party(tables: _Tables, party: Any, report: Report) -> tuple[str, Draft]:
    line = party.sourceline
    profile = party.find("{*}Profile")
    if profile is None:
        raise InvalidInput("Profile", "missing", line=line)
    number = profile.get("ID", "")
    kind, subtype = tables.subtypes.get(profile.get("PartySubTypeID"), ("", ""))
    printed = subtype if subtype in {"Vessel", "Aircraft"} else tables.value("PartyType", kind, line)
    key = ofac.key(party.get("FixedRef", ""), line=line)
    draft = Draft(key, report.source, (), ofac.schema(printed, line=line))
    for identity in profile.iterfind("{*}Identity"):
        _names(tables, draft, identity)
        for label, value, issuer in tables.documents.get(identity.get("ID"), ()):
            labelled(draft, label, value, report, country=(country_code(issuer) or None) if issuer else None)
    for feature in profile.iterfind("{*}Feature"):
        _feature(tables, draft, feature, report)
    draft.add_all("notes", text_of(party, "{*}Comment").split("; "))
    return number, draft


def _names(tables: _Tables, draft: Draft, identity: Any) -> None:
    groups = {
        group.get("ID"): tables.value("NamePartType", group.get("NamePartTypeID"))
        for group in identity.iterfind("{*}NamePartGroups/{*}MasterNamePartGroup/{*}NamePartGroup")
    }
    for alias in identity.iterfind("{*}Alias"):
        primary = alias.get("Primary") == "true"
        weak = alias.get("LowQuality") == "true"
        kind = "" if primary else tables.value("AliasType", alias.get("AliasTypeID"))
        for position, documented in enumerate(alias.iterfind("{*}DocumentedName")):
            first: list[str] = []
            last: list[str] = []
            for part in documented.iterfind("{*}DocumentedNamePart/{*}NamePartValue"):
                given = groups.get(part.get("NamePartGroupID")) in _FIRST_NAMES
                (first if given else last).append(clean(part.text))
            # The further spellings of the primary name are other scripts.
            spelled = kind or ("A.K.A." if position else "")
            given_names = " ".join(first) if last else ""
            family = " ".join(last) or " ".join(first)
            ofac.add_name(draft, family, given_names, kind=spelled, weak=weak)


def _feature(tables: _Tables, draft: Draft, feature: Any, report: Report) -> None:
    label = tables.value("FeatureType", feature.get("FeatureTypeID"), feature.sourceline)
    for version in feature.iterfind("{*}FeatureVersion"):
        if label == "Birthdate":
            _birth(draft, version, report)
        for reference in version.iterfind("{*}VersionLocation"):
            address, country = tables.places.get(reference.get("LocationID"), ("", ""))
            match label:
                case "Nationality Country":
                    report.add_country(draft, "nationality", country)
                case "Citizenship Country":
                    report.add_country(draft, "citizenship", country)
                case "Nationality of Registration":
                    report.add_country(draft, "jurisdiction", country)
                case "Place of Birth":
                    draft.add("birthPlace", address)
                    report.add_country(draft, "birthCountry", country)
                case _:
                    draft.add("address", address)
                    report.add_country(draft, "country", country)
        for detail in version.iterfind("{*}VersionDetail"):
            reference_id = detail.get("DetailReferenceID")
            text = tables.value("DetailReference", reference_id) if reference_id else clean(detail.text)
            if text:
                labelled(draft, label, text, report)


def _date_parts(element: Any) -> tuple[int, int, int]:
    try:
        year, month, day = (int(text_of(element, f"{{*}}{part}")) for part in ("Year", "Month", "Day"))
    except ValueError:
        raise InvalidInput("date", "not a date", line=element.sourceline) from None
    return year, month, day


def _birth(draft: Draft, version: Any, report: Report) -> None:
    """A period from the first possible day to the last: a day, a month, a year, or years."""
    start, end = version.find("{*}DatePeriod/{*}Start/{*}From"), version.find("{*}DatePeriod/{*}End/{*}To")
    if start is None or end is None:
        report.note("a date could not be read")
        return
    (y1, m1, d1), (y2, m2, d2) = _date_parts(start), _date_parts(end)
    first = version.find("{*}DatePeriod/{*}Start")
    about = first is not None and first.get("Approximate") == "true"
    if (y1, m1, d1) == (y2, m2, d2):
        draft.add("birthDate", iso(y1) if about else iso(y1, m1, d1))
    elif (y1, m1) == (y2, m2) and not about:
        draft.add("birthDate", iso(y1, m1))
    else:
        draft.add("birthDate", *years_between(y1, y2))


def _measures(tables: _Tables, draft: Draft, entry: Any) -> None:
    """The programmes are the comments of the measures without a type of their own."""
    for measure in entry.iterfind("{*}SanctionsMeasure"):
        draft.add("program", text_of(measure, "{*}Comment"))


def _matches(head: Head) -> bool:
    return (
        head.is_xml
        and "<Sanctions" in head.text
        and ("sanctions/1.0" in head.text or "ADVANCED_XML" in head.text)
    )


LAYOUT = Layout("ofac-advanced", "OFAC's advanced XML", ofac.SOURCES, _matches, _read)
