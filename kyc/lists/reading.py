"""Read any list: find the layout, stream its entries, refuse what is not whole.

    result = read_source("us_ofac_sdn", Path("2023-12-28"))
    for entry in result:
        ...
    result.as_of, result.records, result.notes     # whole now

An InvalidInput may come at any entry, the last included: whoever imports stages the entries and
puts them in force only when the iteration has ended.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from core.errors import InvalidInput
from kyc.lists.entry import Entry
from kyc.lists.files import ListFile, list_files
from kyc.lists.readers import LAYOUTS, Head, Layout
from kyc.lists.readers.ftm import is_delta_name
from kyc.lists.report import Base, Report
from kyc.lists.sources import SOURCES


class ReadResult:
    """The entries of one list, once, and what was found beside them when they have all been taken."""

    def __init__(self, layout: Layout, files: Sequence[ListFile], report: Report) -> None:
        self._entries = self._checked(layout, files, report)
        self._report = report
        #: Every entry has been taken and the file was whole.
        self.complete = False
        #: Entries and names taken so far.
        self.entities = 0
        self.names = 0

    @property
    def source(self) -> str:
        """The source that was asked for."""
        return self._report.source

    @property
    def layout(self) -> str:
        """The name of the layout that was recognised."""
        return self._report.layout

    @property
    def as_of(self) -> dt.date | None:
        """The date that the file states for itself; None where it states none."""
        return self._report.as_of

    @property
    def newest_change(self) -> dt.date | None:
        """The newest date of a change in the file: the list is not older than this."""
        return self._report.newest_change

    @property
    def records(self) -> int:
        """Records as the publisher counts them (several may describe one party)."""
        return self._report.records

    @property
    def notes(self) -> Mapping[str, int]:
        """Remarks about the file and how often each was made."""
        return dict(self._report.notes.most_common())

    def __iter__(self) -> Iterator[Entry]:
        return self._entries

    def _checked(self, layout: Layout, files: Sequence[ListFile], report: Report) -> Iterator[Entry]:
        seen: set[str] = set()
        for entry in layout.read(files, report):
            if entry.key in seen:
                raise InvalidInput("key", f"{entry.key} stands in the list twice")
            if not entry.names:
                raise InvalidInput("name", f"{entry.key} has no name")
            seen.add(entry.key)
            self.entities += 1
            self.names += len(entry.names)
            yield entry
        if not seen:
            raise InvalidInput("file", f"{files[0].name}: no entries at all")
        self.complete = True


def read_source(
    source: str, path: str | Path, *, today: dt.date | None = None, base: Base | None = None
) -> ReadResult:
    """Read `path` (a file, a folder, an archive, or `-`) as `source`. Raises InvalidInput."""
    return read(source, list_files(path), today=today, base=base)


def read(
    source: str, files: Sequence[ListFile], *, today: dt.date | None = None, base: Base | None = None
) -> ReadResult:
    """Read the files of one version of `source`; a change dated after `today` is not believed.

    `base` gives the entries that delta files change; without it a delta file is refused.
    Raises InvalidInput for an unknown source, an empty file, a layout that is not known, or that of
    another source; and, while iterating, for anything that shows that the file is not whole.
    """
    if source not in SOURCES:
        raise InvalidInput("source", f"{source} is none of {', '.join(SOURCES)}")
    if not files:
        raise InvalidInput("file", "no file")
    heads = [Head.of(file) for file in files]
    for head in heads:
        if not head.text.strip() and not is_delta_name(head.file.name):
            raise InvalidInput("file", f"{head.file.name}: empty")
    found = [layout for layout in LAYOUTS if any(layout.matches(head) for head in heads)]
    for layout in found:
        if source in layout.sources:
            used = layout.choose(heads) if layout.choose else [h.file for h in heads if layout.matches(h)]
            if len(used) > 1 and not layout.choose:
                raise InvalidInput("file", f"{len(used)} files of the same kind: one version at a time")
            report = Report(source=source, layout=layout.name, today=today, base=base)
            for head in heads:
                if head.file not in used:
                    report.note(f"not read: {head.file.name}")
            return ReadResult(layout, used, report)
    if found:
        raise InvalidInput(
            "file", f"{files[0].name}: this is {found[0].caption}, not {SOURCES[source].caption}"
        )
    raise InvalidInput("file", f"{files[0].name}: no layout of {SOURCES[source].caption} that is known")
