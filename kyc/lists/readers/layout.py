"""What a reader says of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kyc.lists.entry import Entry, merge
from kyc.lists.files import ListFile
from kyc.lists.report import Report
from kyc.lists.sources import in_order


@dataclass(frozen=True)
class Head:
    """The beginning of a file, to recognise its layout."""

    file: ListFile
    text: str

    @classmethod
    def of(cls, file: ListFile) -> Head:
        """Look at the first bytes; Latin-1 never fails and layouts are told by ASCII."""
        return cls(file, file.head().removeprefix(b"\xef\xbb\xbf").decode("latin-1"))

    @property
    def first_line(self) -> str:
        """The first line without its break."""
        return self.text.lstrip("\r\n").split("\n", 1)[0].rstrip("\r")

    @property
    def is_xml(self) -> bool:
        """Whether it begins like XML."""
        return self.text.lstrip()[:1] == "<"

    @property
    def is_json(self) -> bool:
        """Whether it begins like JSON."""
        return self.text.lstrip()[:1] in {"{", "["}


@dataclass(frozen=True)
class Layout:
    """One way in which a list is printed."""

    name: str
    #: What the file is, for the message when it was given as another list.
    caption: str
    sources: tuple[str, ...]
    matches: Callable[[Head], bool]
    read: Callable[[Sequence[ListFile], Report], Iterator[Entry]]
    #: For lists of several files: which of those given to read, the main one first.
    choose: Callable[[Sequence[Head]], list[ListFile]] | None = None


def united(rows: Iterable[Entry], report: Report) -> Iterator[Entry]:
    """One entry a key, in the order of their first lines, for lists that print several lines a party.

    Where the lines of one party differ in spelling, the later ones become aliases.
    """
    entries: dict[str, Entry] = {}
    for entry in rows:
        if known := entries.get(entry.key):
            report.note("a further line of the same party")
            entry = merge(known, entry)
            entry = replace(entry, datasets=in_order(entry.datasets))
        entries[entry.key] = entry
    yield from entries.values()
