"""Dates as lists print them, to ISO 8601, whole or partial."""

from __future__ import annotations

import datetime as dt
import re

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"),
            ("feb", "february"),
            ("mar", "march"),
            ("apr", "april"),
            ("may",),
            ("jun", "june"),
            ("jul", "july"),
            ("aug", "august"),
            ("sep", "september", "sept"),
            ("oct", "october"),
            ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}
_ABOUT = re.compile(
    r"^(?:(?:circa|approximately|approx\.?|about|between|c\.|ca\.?|(?:born )?in(?: the)?|late|early|mid)"
    r"[\s-]+)+",
    re.I,
)
_ABOUT_AFTER = re.compile(r"\s*\((?:approximative|approx\.?|approximately|circa)\)$", re.I)
_EITHER = re.compile(r"\s+or\s+|;\s*", re.I)
_RANGE = re.compile(r"^(.+?)\s*(?:\bto\b|\band\b|[–/]|-(?=\s*\d{4}$))\s*(.+)$", re.I)
_ISO = re.compile(r"^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:T.*)?$")
_DAY_FIRST = re.compile(r"^(\d{1,2})[/.](\d{1,2})[/.](\d{4})$")
_WORDS = re.compile(r"^(?:(\d{1,2})(?:st|nd|rd|th)?\s+)?([A-Za-z]{3,9})\.?,?\s+(\d{4})$")
_WORDS_US = re.compile(r"^([A-Za-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})$")
#: A longer range says too little to match every year of it: its two ends stand alone.
LONGEST_RANGE = 20


def iso(year: int, month: int = 0, day: int = 0) -> str | None:
    """`YYYY`, `YYYY-MM` or `YYYY-MM-DD`; None where the parts are no date. 0 stands for unknown."""
    if not 1000 <= year <= 2999:
        return None
    if not month:
        return f"{year:04d}"
    if not 1 <= month <= 12:
        return None
    if not day:
        return f"{year:04d}-{month:02d}"
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return None


def parse_date(text: str, *, month_first: bool = False) -> str | None:
    """One date, whole or partial, or None. `month_first` for the American 06/19/2003."""
    text = text.strip().rstrip(".").strip()
    if match := _ISO.match(text):
        return iso(int(match[1]), int(match[2] or 0), int(match[3] or 0))
    if match := _DAY_FIRST.match(text):
        day, month = (int(match[2]), int(match[1])) if month_first else (int(match[1]), int(match[2]))
        # UK and EU lists write 00/00/1965 where day and month are unknown.
        return iso(int(match[3]), month, day if month else 0)
    if match := _WORDS.match(text):
        month = _MONTHS.get(match[2].lower(), 0)
        return iso(int(match[3]), month, int(match[1] or 0)) if month else None
    if match := _WORDS_US.match(text):
        month = _MONTHS.get(match[1].lower(), 0)
        return iso(int(match[3]), month, int(match[2])) if month else None
    return None


def parse_dates(text: str, *, month_first: bool = False) -> tuple[str, ...]:
    """The dates that a printed date allows: one, or the years of a range. Empty where unreadable.

    A date that is only approximate keeps its year alone. A range becomes its years, so that a
    birth in the middle of it agrees; beyond LONGEST_RANGE years only its ends.
    """
    text = text.strip().rstrip(".").strip()
    if one := parse_date(text, month_first=month_first):
        return (one,)
    if len(alternatives := _EITHER.split(text)) > 1:
        return tuple(
            dict.fromkeys(
                date for part in alternatives for date in parse_dates(part, month_first=month_first)
            )
        )
    about = bool(_ABOUT.match(text)) or text != (text := _ABOUT_AFTER.sub("", text))
    bare = _ABOUT.sub("", text).strip()
    if one := parse_date(bare, month_first=month_first):
        return (one[:4],) if about else (one,)
    if match := _RANGE.match(bare):
        start, end = (parse_date(_ABOUT.sub("", part), month_first=month_first) for part in match.groups())
        if start and end:
            return years_between(int(start[:4]), int(end[:4]))
    return ()


def years_between(first: int, last: int) -> tuple[str, ...]:
    """The years of a range as dates; only the ends where it is longer than LONGEST_RANGE."""
    first, last = min(first, last), max(first, last)
    if last - first > LONGEST_RANGE:
        return (str(first), str(last))
    return tuple(str(year) for year in range(first, last + 1))
