"""OFAC's legacy CSV: sdn.csv or cons_prim.csv with its addresses, alternate names and comments.

The files have no header; columns by
https://ofac.treasury.gov/specially-designated-nationals-list-data-formats-data-schemas . `-0-`
stands for empty, and the files end with the DOS end-of-file mark (Ctrl-Z), which here tells a
whole file from a cut one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from core.errors import InvalidInput
from kyc.lists.entry import Draft, Entry, clean, personal_name
from kyc.lists.files import ListFile, TextLines, csv_rows, table_rows
from kyc.lists.readers import ofac
from kyc.lists.readers.layout import Head, Layout
from kyc.lists.remarks import parse_remarks
from kyc.lists.report import Report

_PRIMARY, _ADDRESSES, _NAMES, _COMMENTS = 12, 6, 5, 2
_FLAT = ("uid", "name", "type", "programs", "alternate_names")
_ALIAS = {"aka": "alias", "fka": "previousName", "nka": "alias"}
_NUMBER = re.compile(r"^\s*\"?\d+\"?\s*,")


def columns(head: Head) -> int:
    """How many columns the first line has; 0 for a file that does not begin with a number."""
    if not _NUMBER.match(head.first_line):
        return 0
    try:
        return len(next(row for _, row in csv_rows(head.file, [head.first_line], strict=False)))
    except StopIteration:
        return 0


def _matches(head: Head) -> bool:
    return columns(head) == _PRIMARY


def _choose(heads: Sequence[Head]) -> list[ListFile]:
    """The primary file first, then addresses, names and comments, told by their number of columns."""
    chosen: list[ListFile] = []
    for width, what in (
        (_PRIMARY, "primary records"),
        (_ADDRESSES, "addresses"),
        (_NAMES, "alternate names"),
        (_COMMENTS, "comments"),
    ):
        found = [head.file for head in heads if columns(head) == width]
        if len(found) > 1:
            names = ", ".join(file.name for file in found[:3])
            raise InvalidInput("file", f"{len(found)} files of {what} ({names}): one version at a time")
        chosen += found
    return chosen


def _rows(file: ListFile, width: int, report: Report, *, need_mark: bool) -> Iterator[tuple[int, list[str]]]:
    """Rows of exactly `width` fields, cleaned. Raises InvalidInput where the file is not whole."""
    lines = TextLines(file, report)
    line = 0
    for line, row in csv_rows(file, lines):
        if len(row) != width:
            raise InvalidInput(
                "row", f"{file.name}: {len(row)} fields instead of {width}: not whole", line=line
            )
        yield line, [clean(value) for value in row]
    if not lines.end_mark:
        if need_mark or not lines.whole_line:
            raise InvalidInput(
                "end mark", f"{file.name}: the closing Ctrl-Z is missing: not whole", line=line
            )
        report.note(f"{file.name}: no closing Ctrl-Z")


def _read(files: Sequence[ListFile], report: Report) -> Iterator[Entry]:
    primary = files[0]
    addresses: dict[str, list[list[str]]] = defaultdict(list)
    names: dict[str, list[list[str]]] = defaultdict(list)
    comments: dict[str, str] = {}
    present = set()
    for file in files[1:]:
        width = columns(Head.of(file))
        present.add(width)
        for line, row in _rows(file, width, report, need_mark=False):
            number = ofac.key(row[0], line=line)
            if width == _ADDRESSES:
                addresses[number].append(row)
            elif width == _NAMES:
                if row[2] not in _ALIAS:
                    raise InvalidInput("alt_type", f"{file.name}: {row[2][:20]!r}", line=line)
                names[number].append(row)
            else:
                comments[number] = row[1]
    for width, what in ((_ADDRESSES, "addresses"), (_NAMES, "alternate names")):
        if width not in present:
            report.note(f"no file of {what}")
    membership = ofac.Membership(report.source)
    for line, row in _rows(primary, _PRIMARY, report, need_mark=True):
        report.records += 1
        membership.count(ofac.programs(row[3]))
        key = ofac.key(row[0], line=line)
        yield _entry(
            key, row, addresses.pop(key, []), names.pop(key, []), comments.pop(key, ""), report, line
        )
    membership.check(primary.name)
    # OFAC publishes the files one after the other, so that a late alias may be ahead of its party.
    for what, left in (("addresses", addresses), ("alternate names", names), ("comments", comments)):
        report.notes.update({f"{what} of no listed party": len(left)} if left else {})


def _entry(
    key: str,
    row: list[str],
    addresses: list[list[str]],
    names: list[list[str]],
    comment: str,
    report: Report,
    line: int,
) -> Entry:
    (_, name, kind, program, title, call_sign, vessel_type, tonnage, gross, flag, owner, remarks) = row
    programs = ofac.programs(program)
    # Remarks longer than the column go on, in mid-word, in the comments.
    remarks += comment
    datasets = ("us_ofac_sdn",) if report.source == "us_ofac_sdn" else ofac.non_sdn_lists(programs, remarks)
    draft = Draft(key, report.source, datasets, ofac.schema(kind, line=line))
    person = draft.schema == "Person"
    _name(draft, name, "name")
    for alias in names:
        _name(draft, alias[3], _ALIAS[alias[2]])
        draft.add("notes", alias[4])
    draft.add("position" if person else "notes", title)
    draft.add_all("program", programs)
    draft.add("callSign", call_sign)
    draft.add("type", vessel_type)
    draft.add("tonnage", tonnage)
    draft.add("grossRegisteredTonnage", gross)
    report.add_country(draft, "flag", flag)
    if owner:
        draft.add("notes", f"Vessel owner: {owner}")
    for _, _, street, city, country, note in addresses:
        draft.add("address", ", ".join(part for part in (street, city, country) if part))
        report.add_country(draft, "country", country)
        draft.add("notes", note)
    parse_remarks(draft, remarks, report)
    ofac.finish(draft)
    return draft.build()


def _name(draft: Draft, name: str, into: str) -> None:
    if draft.schema == "Person":
        personal_name(draft, name, into)
    else:
        draft.add(into, name)


LAYOUT = Layout("ofac-csv", "OFAC's CSV", ofac.SOURCES, _matches, _read, _choose)


# the flattened table: uid, name, type, programs, alternate_names


def _read_flat(files: Sequence[ListFile], report: Report) -> Iterator[Entry]:
    lines = TextLines(files[0], report)
    membership = ofac.Membership(report.source)
    for line, row in table_rows(files[0], lines, _FLAT):
        report.records += 1
        programs = ofac.programs(row["programs"])
        membership.count(programs)
        datasets = ("us_ofac_sdn",) if report.source == "us_ofac_sdn" else ofac.non_sdn_lists(programs)
        draft = Draft(
            ofac.key(row["uid"], line=line), report.source, datasets, ofac.schema(row["type"], line=line)
        )
        _name(draft, row["name"], "name")
        for alias in row["alternate_names"].split("; "):
            _name(draft, alias, "alias")
        draft.add_all("program", programs)
        ofac.finish(draft)
        yield draft.build()
    membership.check(files[0].name)


def _matches_flat(head: Head) -> bool:
    return head.first_line.strip() == ",".join(_FLAT)


FLAT_LAYOUT = Layout("ofac-flat", "OFAC's list as one table", ofac.SOURCES, _matches_flat, _read_flat)
