"""What a reader found beside the entries: the list's date, how many records, what it left out."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from kyc.lists.countries import countries_in, country_code
from kyc.lists.dates import parse_dates
from kyc.lists.entry import Draft, Entry, clean

#: A date beyond it is a misprint (the Denied Persons List of 2021 has 2922-09-01), whatever today is.
_LAST_DAY = dt.date(2100, 1, 1)
Base = Callable[[], Mapping[str, Entry]]


@dataclass(slots=True)
class Report:
    """Filled while a list is read; whole once its last entry has been taken."""

    source: str
    layout: str = ""
    #: The day of the import, if the caller gives it: no change can be later.
    today: dt.date | None = None
    #: The entries in force, for files that say only what changed.
    base: Base | None = None
    #: The date that the file itself states, if any.
    as_of: dt.date | None = None
    #: The date of the newest change that the file states: it is not older than this.
    newest_change: dt.date | None = None
    #: Records as the publisher counts them; several may describe one party.
    records: int = 0
    #: Remark → how often. A remark never stops an import.
    notes: Counter[str] = field(default_factory=Counter)

    def note(self, text: str) -> None:
        """Count one more of this remark."""
        self.notes[text] += 1

    def date(self, text: str | None) -> None:
        """Take the list's date from its printed form, `YYYY-MM-DD…`; an unreadable one is noted."""
        try:
            self.as_of = dt.date.fromisoformat((text or "").strip()[:10])
        except ValueError:
            self.note("the list's own date could not be read")

    def changed(self, date: str | None) -> None:
        """Take notice of the ISO date of one change; one in the future is a slip of the publisher's."""
        if not date or len(date) != 10:
            return
        day = dt.date.fromisoformat(date)
        if day > (self.today or _LAST_DAY):
            self.note("a date of change in the future")
        else:
            self.newest_change = max(self.newest_change or day, day)

    def add_country(self, draft: Draft, name: str, *texts: str | None) -> None:
        """Add countries by name or code; one that is not known is left out and counted."""
        for text in texts:
            tidy = clean(text)
            if not tidy:
                continue
            code = country_code(tidy)
            codes, unknown = countries_in(tidy) if code is None else ([code], [])
            draft.add(name, *codes)
            for piece in unknown:
                self.note(f"unknown country: {piece[:60]}")

    def add_dates(
        self, draft: Draft, name: str, texts: Iterable[str | None], *, month_first: bool = False
    ) -> None:
        """Add dates or ranges of dates; one that cannot be read is kept as a note and counted."""
        for text in texts:
            tidy = clean(text)
            if not tidy:
                continue
            dates = parse_dates(tidy, month_first=month_first)
            if dates:
                draft.add(name, *dates)
            else:
                self.note("a date could not be read")
                draft.add("notes", f"{name}: {tidy}")
