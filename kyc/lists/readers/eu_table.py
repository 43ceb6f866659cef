"""The EU's consolidated list as a semicolon table, in the layouts 1.0 (`Date_file`) and 1.1.

A row states one fact of an entity: a name, an address, a birth, a document or a citizenship.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence

from core.errors import InvalidInput
from kyc.lists.dates import parse_date
from kyc.lists.entry import Draft, Entry, clean
from kyc.lists.files import ListFile, TextLines, csv_rows
from kyc.lists.readers import eu
from kyc.lists.readers.layout import Head, Layout
from kyc.lists.remarks import gender
from kyc.lists.report import Report

_Row = Mapping[str, str]
_NEEDS = (
    "Entity_logical_id",
    "Subject_type",
    "Naal_wholename",
    "Birt_date",
    "Iden_number",
    "Citi_country",
    "EU_ref_num",
)
_NEEDS_1_1 = ("Entity_LogicalId", "Entity_SubjectType", "NameAlias_WholeName")
_KIND = {"person": "P", "enterprise": "E"}
#: The table's mark of an unknown country.
_NO_COUNTRY = "00"


def _unwrapped(lines: TextLines, file: ListFile) -> Iterator[str]:
    """The lines of a copy in which each whole line was wrapped in quotes and padded with tabs."""
    for number, line in enumerate(lines, start=1):
        try:
            fields = next(csv.reader([line.rstrip("\r\n\t ")], strict=True), [""])
        except csv.Error as error:
            raise InvalidInput("row", f"{file.name}: not whole or not CSV: {error}", line=number) from error
        yield fields[0].rstrip("\t ") + "\n"


def _drafts(
    file: ListFile,
    report: Report,
    needs: Sequence[str],
    new: Callable[[_Row, int], Draft],
    fill: Callable[[Draft, _Row, Report], None],
) -> Iterator[Entry]:
    """The entities that the rows describe together. Raises InvalidInput where the table is not whole."""
    lines = TextLines(file, report)
    first = Head.of(file).first_line
    # `"Date_file;…"` is a wrapped line, `"Date_file";…` a quoted field.
    wrapped = first.startswith('"') and not first.partition(";")[0].endswith('"')
    rows = csv_rows(file, _unwrapped(lines, file) if wrapped else lines, delimiter=";")
    header: list[str] = []
    drafts: dict[str, Draft] = {}
    for line, row in rows:
        if not header:
            header = [name.strip() for name in row]
            if absent := [name for name in needs if name not in header]:
                raise InvalidInput("header", f"{file.name}: no column {absent[0]}", line=line)
            continue
        if len(row) != len(header):
            raise InvalidInput(
                "row", f"{file.name}: {len(row)} fields instead of {len(header)}: not whole", line=line
            )
        report.records += 1
        # The entity's number stands in several columns; the first one is always filled.
        fields = dict(zip(reversed(header), map(clean, reversed(row)), strict=True))
        draft = new(fields, line)
        fill(drafts.setdefault(draft.key, draft), fields, report)
        if report.as_of is None:
            report.date(parse_date(row[0]))
    if not lines.whole_line:
        raise InvalidInput("file", f"{file.name}: the last line is unfinished: not whole")
    for draft in drafts.values():
        if draft.has("name"):
            yield draft.build()
        else:
            report.note("a party without a name")


# layout 1.0


def _read(files: Sequence[ListFile], report: Report) -> Iterator[Entry]:
    def new(row: _Row, line: int) -> Draft:
        return eu.new_draft(row["Entity_logical_id"], row["Subject_type"], report, line)

    return _drafts(files[0], report, _NEEDS, new, _fill)


def _fill(draft: Draft, row: _Row, report: Report) -> None:
    eu.add_name(
        draft, *(row[f"Naal_{part}"] for part in ("wholename", "firstname", "middlename", "lastname"))
    )
    gender(draft, row["Naal_gender"])
    draft.add("title", row["Naal_title"])
    draft.add("position", row["Naal_function"])
    eu.add_birth(draft, row["Birt_date"], row["Birt_place"], row["Birt_country"], report)
    parts = [row[f"Addr_{part}"] for part in ("number", "street", "zipcode", "city", "country")]
    eu.add_address(draft, parts, row["Addr_country"], row["Addr_other"], report)
    if row["Iden_number"]:
        eu.add_document(draft, row["Iden_number"])
    report.add_country(draft, "nationality", row["Citi_country"])
    draft.add("program", row["Programme"])
    report.changed(parse_date(row["Leba_publication_date"]))
    if row["EU_ref_num"]:
        draft.referents[row["EU_ref_num"]] = None
    eu.add_remark(draft, row["Entity_remark"])


def _matches(head: Head) -> bool:
    return head.first_line.lstrip('"').startswith("Date_file") and "Entity_logical_id" in head.first_line


# layout 1.1


def _read_1_1(files: Sequence[ListFile], report: Report) -> Iterator[Entry]:
    def new(row: _Row, line: int) -> Draft:
        kind = row["Entity_SubjectType"]
        return eu.new_draft(row["Entity_LogicalId"], _KIND.get(kind, kind), report, line)

    return _drafts(files[0], report, _NEEDS_1_1, new, _fill_1_1)


def _fill_1_1(draft: Draft, row: _Row, report: Report) -> None:
    def get(name: str) -> str:
        return row.get(name, "")

    parts = ("WholeName", "FirstName", "MiddleName", "LastName")
    eu.add_name(draft, *(get(f"NameAlias_{part}") for part in parts))
    gender(draft, get("NameAlias_Gender"))
    draft.add("title", get("NameAlias_Title"))
    draft.add("position", get("NameAlias_Function"))
    place = ", ".join(filter(None, (get("BirthDate_City"), get("BirthDate_Region"), get("BirthDate_Place"))))
    eu.add_birth(draft, _birth_1_1(row), place, _country(get("BirthDate_CountryIso2Code")), report)
    address = [get(f"Address_{part}") for part in ("Street", "PoBox", "ZipCode", "City", "Region", "Place")]
    country = _country(get("Address_CountryIso2Code"))
    if country:
        address.append(get("Address_CountryDescription"))
    eu.add_address(draft, address, country, get("Address_Remark"), report)
    if number := get("Identification_Number") or get("Identification_LatinNumber"):
        eu.add_number(draft, get("Identification_TypeCode"), number)
        draft.add("notes", get("Identification_Remark"))
    report.add_country(draft, "nationality", _country(get("Citizenship_CountryIso2Code")))
    draft.add("program", get("Entity_Regulation_Programme"))
    report.changed(parse_date(get("Entity_Regulation_PublicationDate")))
    if reference := get("Entity_EU_ReferenceNumber"):
        draft.referents[reference] = None
    eu.add_remark(draft, f"{get('Entity_UnitedNationId')} {get('Entity_Remark')}")


def _country(code: str) -> str:
    return "" if code == _NO_COUNTRY else code


def _birth_1_1(row: _Row) -> str:
    """The birth as one text: a date, a year, or years, perhaps approximate."""
    first, last = row.get("BirthDate_YearRangeFrom", ""), row.get("BirthDate_YearRangeTo", "")
    text = row.get("BirthDate_BirthDate", "") or row.get("BirthDate_Year", "")
    if not text and first and last:
        text = f"{first} to {last}"
    about = row.get("BirthDate_Circa", "").casefold() in {"true", "1"}
    return f"circa {text}" if text and about else text


def _matches_1_1(head: Head) -> bool:
    return head.first_line.startswith("fileGenerationDate;Entity_LogicalId")


LAYOUT = Layout("eu-fsf-csv", "the EU's consolidated list", ("eu_fsf",), _matches, _read)
LAYOUT_1_1 = Layout("eu-fsf-csv-1.1", "the EU's consolidated list", ("eu_fsf",), _matches_1_1, _read_1_1)
