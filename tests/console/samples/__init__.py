"""The invented story that the console's pages are drawn with: one module a page.

Nobody in it exists. Times are of 24 November 2026, seen from Berlin.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 14, 5, 1, tzinfo=BERLIN)


def at(clock: str, day: int = 24, month: int = 11, year: int = 2026) -> datetime:
    hour, minute, *second = (int(part) for part in clock.split(":"))
    return datetime(year, month, day, hour, minute, *second, tzinfo=BERLIN)


def hours(value: float) -> timedelta:
    return timedelta(hours=value)


def minutes(value: float) -> timedelta:
    return timedelta(minutes=value)


def days(value: float) -> timedelta:
    return timedelta(days=value)
