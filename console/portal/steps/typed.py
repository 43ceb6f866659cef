"""Reading what people type: dates, shares, whole numbers. Wrong text raises ValueError with a sentence."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from django.utils import dateformat, timezone
from django.utils.translation import gettext as _

_PARTIAL = re.compile(r"\d{4}(-(0[1-9]|1[0-2]))?")
_FORMS = ("%Y-%m-%d", "%d %b %Y", "%d %B %Y", "%d.%m.%Y")
_SHARE = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:(?:-|–|to)\s*(\d+(?:[.,]\d+)?))?\s*%?")


def read_date(text: str, *, future: bool = False) -> str:
    """9 Feb 1984, 09.02.1984 or 1984-02-09 as YYYY-MM-DD; a year or a year and month as they are.

    A day to come is refused unless `future`.
    """
    text = " ".join(text.split())
    if _PARTIAL.fullmatch(text):
        return text
    for form in _FORMS:
        try:
            found = datetime.strptime(text, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
        if not future and found > timezone.localdate():
            raise ValueError(_("This day lies in the future."))
        return found.isoformat()
    raise ValueError(_("Write a date such as 9 Feb 1984."))


def shown_date(text: str) -> str:
    """1984-02-09 as 9 Feb 1984; anything else as it is."""
    try:
        return str(dateformat.format(date.fromisoformat(text), "j M Y")) if len(text) == 10 else text
    except ValueError:
        return text


def read_share(text: str) -> dict[str, float]:
    """25 or 57-63 as the share of a BODS interest, in percent."""
    found = _SHARE.fullmatch(text.strip())
    if found is None:
        raise ValueError(_("Write a share such as 25, or a range such as 57–63."))
    low, high = (float(part.replace(",", ".")) if part else None for part in found.groups())
    if low is None or max(low, high or 0) > 100:
        raise ValueError(_("A share lies between 0 and 100 %."))
    if high is None or high == low:
        return {"exact": low}
    if high < low:
        raise ValueError(_("The first figure of a range is the smaller one."))
    return {"minimum": low, "maximum": high}


def shown_share(share: dict[str, Any]) -> str:
    if "exact" in share:
        return f"{share['exact']:g}"
    return f"{share.get('minimum', 0):g}–{share.get('maximum', 100):g}"


def read_whole(text: str) -> int:
    digits = text.replace(",", "").replace(" ", "")
    if not digits.isdecimal() or len(digits) > 9:
        raise ValueError(_("Write a whole number."))
    return int(digits)
