"""The UK's lists: OFSI's consolidated list (a row per name and birth) and the UK Sanctions List in tables.

OFSI numbered each party (Group ID), and the UK Sanctions List, which replaced its list, prints that
number beside its own Unique ID. The key is OFSI's number where there is one: so a party keeps its
key across the two, and one that is designated under two regimes is one entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from core.errors import InvalidInput
from kyc.lists.dates import parse_date
from kyc.lists.entry import Draft, Entry, clean
from kyc.lists.files import ListFile, TextLines, csv_rows, table_rows
from kyc.lists.identifiers import numbers_in
from kyc.lists.readers.layout import Head, Layout, united
from kyc.lists.report import Report
from kyc.lists.sources import topics

_SCHEMA = {"individual": "Person", "entity": "Organization", "ship": "Vessel"}
NAME_PARTS = ("Name 1", "Name 2", "Name 3", "Name 4", "Name 5", "Name 6")
_ADDRESS = tuple(f"Address {number}" for number in range(1, 7))
_NEEDS = (*NAME_PARTS, "DOB", "Nationality", "Group Type", "Alias Type", "Regime", "Group ID")
ALIAS = {
    "prime alias": "name",
    "primary name": "name",
    "primary name variation": "alias",
    "alias": "alias",
    "aka": "alias",
    "fka": "previousName",
}
UN_REFERENCE = re.compile(r"\b([A-Z]{2}[ie]\.\d{3})\b")
_SOURCE_URL = "https://www.gov.uk/government/publications/the-uk-sanctions-list"


def new_draft(ofsi: str, unique: str, kind: str, report: Report, line: int) -> Draft:
    """A draft by OFSI's number and the Unique ID. Raises InvalidInput where neither is given."""
    if ofsi and not ofsi.isdigit():
        raise InvalidInput("Group ID", f"{ofsi[:40]!r} is not a number", line=line)
    if not ofsi and not unique:
        raise InvalidInput("Group ID", "missing", line=line)
    schema = _SCHEMA.get(kind.casefold())
    if schema is None:
        raise InvalidInput("Group Type", f"{kind[:40]!r}", line=line)
    key = f"gb-hmt-{int(ofsi)}" if ofsi else f"gb-uksl-{unique}"
    draft = Draft(key, report.source, ("uk_sanctions",), schema)
    if ofsi and unique:
        draft.referents[f"gb-uksl-{unique}"] = None
    draft.add_all("topics", topics(draft.datasets))
    draft.add("sourceUrl", _SOURCE_URL)
    return draft


def add_name(draft: Draft, into: str, given: Sequence[str], family: str) -> None:
    """A name in parts: `Name 1` to `Name 5`, then `Name 6`, which is the family name or the whole one."""
    first = " ".join(part for part in given if part)
    draft.add(into, " ".join(part for part in (first, family) if part))
    if into == "name" and draft.schema == "Person" and first:
        draft.add("firstName", first)
        draft.add("lastName", family)


# OFSI's consolidated list


def dated_rows(
    file: ListFile, source: TextLines, lines: Iterator[str], needs: Sequence[str], report: Report
) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, cleaned row) of a table below a dated first line, which has been taken from `lines`.

    Raises InvalidInput for a missing column, a row of another length and an unfinished last line.
    """
    header: list[str] = []
    for number, row in csv_rows(file, lines):
        line = number + 1
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
        yield line, {name: clean(value) for name, value in zip(header, row, strict=True)}
    if not source.whole_line:
        raise InvalidInput("file", f"{file.name}: the last line is unfinished: not whole")


def _read_conlist(files: Sequence[ListFile], report: Report) -> Iterator[Entry]:
    file = files[0]
    lines = iter(source := TextLines(file, report))
    first = next(lines, "")
    report.date(parse_date(clean(first.split(",")[1])) if "," in first else None)
    drafts: dict[str, Draft] = {}
    for line, row in dated_rows(file, source, lines, _NEEDS, report):
        _conlist_row(drafts, row, report, line)
    for draft in drafts.values():
        if not draft.has("name"):
            raise InvalidInput("Alias Type", f"{draft.key} has no primary name: not whole")
        yield draft.build()


def _conlist_row(drafts: dict[str, Draft], row: Mapping[str, str], report: Report, line: int) -> None:
    new = new_draft(row["Group ID"], "", row["Group Type"], report, line)
    draft = drafts.setdefault(new.key, new)
    into = ALIAS.get(row["Alias Type"].casefold())
    if into is None:
        raise InvalidInput("Alias Type", f"{row['Alias Type'][:40]!r}", line=line)
    if row.get("Alias Quality", "").casefold().startswith("low"):
        into = "weakAlias"
    *given, family = (row[part] for part in NAME_PARTS)
    add_name(draft, into, given, family)
    draft.add("alias", row.get("Name Non-Latin Script"))
    person = draft.schema == "Person"
    report.add_dates(draft, "birthDate" if person else "incorporationDate", [row["DOB"]])
    draft.add("birthPlace", row.get("Town of Birth"))
    report.add_country(draft, "birthCountry", row.get("Country of Birth"))
    report.add_country(draft, "nationality", row["Nationality"])
    for column in ("Passport Details", "Passport Number"):
        draft.add_all("passportNumber", numbers_in(row.get(column, "")))
    for column in ("NI Number", "National Identification Number"):
        draft.add_all("idNumber" if person else "registrationNumber", numbers_in(row.get(column, "")))
    draft.add("title", row.get("Title"))
    draft.add("position", row.get("Position"))
    address = [row.get(column, "") for column in (*_ADDRESS, "Post/Zip Code", "Country")]
    draft.add("address", ", ".join(part for part in address if part))
    report.add_country(draft, "country", row.get("Country"))
    draft.add("program", row["Regime"])
    other = row.get("Other Information", "")
    draft.add("notes", other)
    for reference in UN_REFERENCE.findall(other):
        draft.referents[f"un-{reference}"] = None
    for column in ("Listed On", "Last Updated"):
        report.changed(parse_date(row.get(column, "")))


def _matches_conlist(head: Head) -> bool:
    second = head.text.lstrip("\r\n").split("\n", 2)
    return head.first_line.startswith("Last Updated,") and len(second) > 1 and second[1].startswith("Name 6,")


# the UK Sanctions List in three tables

_SUBJECTS = (
    "unique_id",
    "subject_type",
    "un_reference_number",
    "ofsi_group_id",
    "date_designated",
    "last_updated",
)
_NAMES = ("name_id", "unique_id", "name_type", "alias_strength", "full_name")
_IDENTIFIERS = ("id", "unique_id", "ofsi_group_id", "raw_value", "identifier_type", "additional_info")
_TABLE_NAME = {"primary": "name", "primary_variation": "alias", "alias": "alias", "fka": "previousName"}


def _begins(head: Head, columns: Sequence[str]) -> bool:
    return head.first_line.startswith(",".join(columns))


def _choose_tables(heads: Sequence[Head]) -> list[ListFile]:
    chosen: list[ListFile] = []
    for columns, what in ((_SUBJECTS, "subjects"), (_NAMES, "names"), (_IDENTIFIERS, "identifiers")):
        found = [head.file for head in heads if _begins(head, columns)]
        if len(found) > 1:
            raise InvalidInput("file", f"{len(found)} tables of {what}: one version at a time")
        if not found and what != "identifiers":
            raise InvalidInput("file", f"the table of {what} is missing")
        chosen += found
    return chosen


def _read_tables(files: Sequence[ListFile], report: Report) -> Iterator[Entry]:
    drafts: dict[str, Draft] = {}
    for line, row in table_rows(files[0], TextLines(files[0], report), _SUBJECTS):
        report.records += 1
        unique = clean(row["unique_id"])
        if unique in drafts:
            raise InvalidInput("unique_id", f"{unique} stands in the list twice", line=line)
        draft = new_draft(clean(row["ofsi_group_id"]), unique, row["subject_type"], report, line)
        for reference in UN_REFERENCE.findall(row["un_reference_number"]):
            draft.referents[f"un-{reference}"] = None
        # The first letters of the Unique ID name the regime.
        draft.add("program", unique.rstrip("0123456789"))
        designated = parse_date(row["date_designated"])
        draft.add("notes", f"Designated on {designated}" if designated else None)
        for column in ("date_designated", "last_updated"):
            report.changed(parse_date(row[column]))
        drafts[unique] = draft
    for line, row in table_rows(files[1], TextLines(files[1], report), _NAMES):
        into = _TABLE_NAME.get(row["name_type"])
        if into is None:
            raise InvalidInput("name_type", f"{files[1].name}: {row['name_type'][:40]!r}", line=line)
        if row["alias_strength"].startswith("low"):
            into = "weakAlias"
        if (owner := drafts.get(clean(row["unique_id"]))) is None:
            report.note("names of no listed party")
        else:
            _table_name(owner, row, into)
    for file in files[2:]:
        for _, row in table_rows(file, TextLines(file, report), _IDENTIFIERS):
            if (owner := drafts.get(clean(row["unique_id"]))) is None:
                report.note("identifiers of no listed party")
            else:
                _table_identifier(owner, row)
    if len(files) < 3:
        report.note("no table of identifiers")
    yield from united((draft.build() for draft in drafts.values()), report)


def _table_name(draft: Draft, row: Mapping[str, str], into: str) -> None:
    parts = [clean(row.get(column)) for column in ("name_1", "name_2", "name_3", "name_4", "name_5")]
    if any(parts):
        add_name(draft, into, parts, clean(row.get("name_6")))
    else:
        draft.add(into, row["full_name"])


def _table_identifier(draft: Draft, row: Mapping[str, str]) -> None:
    value = clean(row["raw_value"])
    match row["identifier_type"]:
        case "imo":
            draft.add_all("imoNumber", (f"IMO{digits}" for digits in re.findall(r"\d{7}", value)))
        case "passport":
            draft.add_all("passportNumber", numbers_in(value))
        case "national":
            name = "idNumber" if draft.schema == "Person" else "registrationNumber"
            draft.add_all(name, numbers_in(value))
        case _:
            draft.add_all("registrationNumber", numbers_in(value))
    draft.add("notes", row["additional_info"])


def _matches_tables(head: Head) -> bool:
    return any(_begins(head, columns) for columns in (_SUBJECTS, _NAMES, _IDENTIFIERS))


CONLIST_LAYOUT = Layout(
    "uk-conlist", "OFSI's consolidated list", ("uk_sanctions",), _matches_conlist, _read_conlist
)
TABLES_LAYOUT = Layout(
    "uk-tables", "the UK Sanctions List", ("uk_sanctions",), _matches_tables, _read_tables, _choose_tables
)
