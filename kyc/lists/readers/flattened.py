"""Lists that come only as a flattened table: Name, Alias, Nationality, Designation, Sanction Type, Source.

The table carries no number, so the name is the key. For Australia every row is one name and nothing
tells which rows are one party: each name is an entry, which finds as much and groups less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from kyc.lists.entry import Draft, Entry, clean, key_from_name
from kyc.lists.files import ListFile, TextLines, table_rows
from kyc.lists.readers.layout import Head, Layout, united
from kyc.lists.report import Report
from kyc.lists.sources import DATASETS, topics

_COLUMNS = ("Name", "Alias", "Nationality", "Designation", "Sanction Type", "Source")
_EMPTY = frozenset({"", "none", "unknown", "na", "nan"})
#: Longer "aliases" of the Australian table are pieces of its remarks.
_LONGEST_ALIAS = 40


def _value(text: str) -> str:
    tidy = clean(text)
    return "" if tidy.casefold() in _EMPTY else tidy


def _rows(
    file: ListFile, report: Report, dataset: str, fill: Callable[[Draft, Mapping[str, str]], None]
) -> Iterator[Entry]:
    for _, row in table_rows(file, TextLines(file, report), _COLUMNS):
        report.records += 1
        name = clean(row["Name"])
        draft = Draft(key_from_name(DATASETS[dataset].prefix, name), report.source, (dataset,), "LegalEntity")
        draft.add("name", name)
        report.add_country(draft, "nationality", _value(row["Nationality"]))
        draft.add("program", _value(row["Sanction Type"]))
        draft.add_all("topics", topics(draft.datasets))
        fill(draft, row)
        yield draft.build()


def _read_eu(files: Sequence[ListFile], report: Report) -> Iterator[Entry]:
    return united(_rows(files[0], report, "eu_fsf", _eu), report)


def _eu(draft: Draft, row: Mapping[str, str]) -> None:
    draft.schema = {"person": "Person", "enterprise": "Organization"}.get(
        row["Designation"].strip(), "LegalEntity"
    )
    draft.add_all("alias", _value(row["Alias"]).split(", "))


def _read_au(files: Sequence[ListFile], report: Report) -> Iterator[Entry]:
    return united(_rows(files[0], report, "au_dfat", _au), report)


def _au(draft: Draft, row: Mapping[str, str]) -> None:
    alias = _value(row["Alias"])
    draft.add("weakAlias" if len(alias) <= _LONGEST_ALIAS else "notes", alias)
    draft.add("position", _value(row["Designation"]))


def _matches(country: str) -> Callable[[Head], bool]:
    def matches(head: Head) -> bool:
        return head.first_line.strip() == ",".join(_COLUMNS) and f",{country}" in head.text

    return matches


EU_LAYOUT = Layout("eu-flattened", "the EU's consolidated list", ("eu_fsf",), _matches("Europe"), _read_eu)
AU_LAYOUT = Layout("au-flattened", "the Australian list", ("au_dfat",), _matches("Australia"), _read_au)
