"""The UK Sanctions List as the FCDO publishes it: one CSV, a row for each combination of facts.

The first line is the date of the report, the second the header. The letter case of `Name type`
varies from row to row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from core.errors import InvalidInput
from kyc.lists.dates import parse_date
from kyc.lists.entry import Draft, Entry
from kyc.lists.files import ListFile, TextLines
from kyc.lists.identifiers import numbers_in
from kyc.lists.readers import uk
from kyc.lists.readers.layout import Head, Layout, united
from kyc.lists.remarks import gender
from kyc.lists.report import Report

_NEEDS = (
    *uk.NAME_PARTS,
    "Unique ID",
    "OFSI Group ID",
    "Name type",
    "Alias strength",
    "Designation Type",
    "D.O.B",
)
_ADDRESS = (*(f"Address Line {number}" for number in range(1, 7)), "Address Postal Code", "Address Country")


def _read(files: Sequence[ListFile], report: Report) -> Iterator[Entry]:
    file = files[0]
    lines = iter(source := TextLines(file, report))
    printed = next(lines, "").partition(":")[2].strip(' ",\r\n')
    # `Report Date: 24-Jun-2026`
    report.date(parse_date(printed.replace("-", " ")))
    drafts: dict[str, Draft] = {}
    for line, row in uk.dated_rows(file, source, lines, _NEEDS, report):
        _row(drafts, row, report, line)
    for draft in drafts.values():
        if not draft.has("name"):
            raise InvalidInput("Name type", f"{draft.key} has no primary name: not whole")
    yield from united((draft.build() for draft in drafts.values()), report)


def _row(drafts: dict[str, Draft], row: Mapping[str, str], report: Report, line: int) -> None:
    unique = row["Unique ID"]
    if unique not in drafts:
        drafts[unique] = uk.new_draft(row["OFSI Group ID"], unique, row["Designation Type"], report, line)
        for reference in uk.UN_REFERENCE.findall(row.get("UN Reference Number", "")):
            drafts[unique].referents[f"un-{reference}"] = None
    draft = drafts[unique]
    into = uk.ALIAS.get(row["Name type"].casefold())
    if into is None:
        raise InvalidInput("Name type", f"{row['Name type'][:40]!r}", line=line)
    if row["Alias strength"].casefold().startswith("low"):
        into = "weakAlias"
    *given, family = (row[part] for part in uk.NAME_PARTS)
    uk.add_name(draft, into, given, family)
    draft.add("alias", row.get("Name non-latin script"))
    _person(draft, row, report)
    _ship(draft, row, report)
    address = [row.get(column, "") for column in _ADDRESS]
    draft.add("address", ", ".join(part for part in address if part))
    report.add_country(draft, "country", row.get("Address Country"))
    draft.add("phone", row.get("Phone number"))
    draft.add("website", row.get("Website"))
    draft.add("email", row.get("Email address"))
    draft.add_all("registrationNumber", numbers_in(row.get("Business registration number (s)", "")))
    draft.add("program", row.get("Regime Name"))
    draft.add("notes", row.get("Other Information"), row.get("UK Statement of Reasons"))
    for column in ("Date Designated", "Last Updated"):
        report.changed(parse_date(row.get(column, "")))


def _person(draft: Draft, row: Mapping[str, str], report: Report) -> None:
    if draft.schema != "Person":
        return
    report.add_dates(draft, "birthDate", [row["D.O.B"]])
    draft.add("birthPlace", row.get("Town of birth"))
    report.add_country(draft, "birthCountry", row.get("Country of birth"))
    report.add_country(draft, "nationality", row.get("Nationality(/ies)"))
    draft.add_all("passportNumber", numbers_in(row.get("Passport number", "")))
    draft.add_all("idNumber", numbers_in(row.get("National Identifier number", "")))
    draft.add("title", row.get("Title"))
    draft.add("position", row.get("Position"))
    gender(draft, row.get("Gender"))


def _ship(draft: Draft, row: Mapping[str, str], report: Report) -> None:
    if draft.schema != "Vessel":
        return
    draft.add_all("imoNumber", (f"IMO{digits}" for digits in re.findall(r"\d{7}", row.get("IMO number", ""))))
    report.add_country(draft, "flag", row.get("Current believed flag of ship"))
    report.add_country(draft, "pastFlags", row.get("Previous flags"))
    draft.add("type", row.get("Type of ship"))
    draft.add("tonnage", row.get("Tonnage of ship"))
    report.add_dates(draft, "buildDate", [row.get("Year Built")])


def _matches(head: Head) -> bool:
    second = head.text.lstrip("\r\n").split("\n", 2)
    return (
        head.first_line.lstrip('"').startswith("Report Date:")
        and len(second) > 1
        and second[1].startswith("Last Updated,Unique ID,")
    )


LAYOUT = Layout("uk-list", "the UK Sanctions List", ("uk_sanctions",), _matches, _read)
