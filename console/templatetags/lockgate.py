"""How figures, times and shares are written on a page, and the icons of the sprite."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import dateformat, timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from console.parts import Field

register = template.Library()
NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


@register.simple_tag
def icon(name: str, title: str = "") -> SafeString:
    """A shape of the sprite. Hidden from screen readers unless it stands without its word."""
    href = f"{static('lockgate/icons.svg')}#{name}"
    if title:
        return format_html(
            '<svg class="icon icon-{}" role="img" aria-label="{}"><title>{}</title><use href="{}"/></svg>',
            name, title, title, href,
        )  # fmt: skip
    return format_html('<svg class="icon icon-{}" aria-hidden="true"><use href="{}"/></svg>', name, href)


@register.filter
def grouped(value: int | float | None) -> str:
    """51160 → 51,160 in the reader's language."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else number_format(value, use_l10n=True, force_grouping=True)


@register.filter
def score(value: float) -> str:
    return f"{value:.3f}"


@register.filter
def signed(value: float, digits: int = 3) -> str:
    """+0.020, −0.060, 0.000: the sign is always said, with a real minus."""
    text = f"{abs(value):.{digits}f}"
    if float(text) == 0:
        return text
    return f"{'+' if value > 0 else MINUS}{text}"


@register.filter
def percent(value: float | None, digits: int = 1) -> str:
    return "" if value is None else f"{value:.{digits}f}{NBSP}%"


def share_text(least: float, most: float) -> str:
    """57–63 %, 25 %: a range as a range."""
    low, high = f"{least:g}", f"{most:g}"
    return f"{low}{NBSP}%" if low == high else f"{low}–{high}{NBSP}%"


@register.simple_tag
def share(least: float, most: float) -> str:
    return share_text(least, most)


@register.filter
def duration(value: timedelta | None) -> str:
    """In the two largest units: 6 h 12 min, 3 d 4 h, 38 s."""
    if value is None:
        return ""
    seconds = max(0, int(value.total_seconds()))
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    d, h, m, s = (f"{NBSP}{unit}" for unit in (_("d"), _("h"), _("min"), _("s")))
    if days:
        return f"{days}{d}" + (f"{NBSP}{hours}{h}" if hours else "")
    if hours:
        return f"{hours}{h}" + (f"{NBSP}{minutes:02d}{m}" if minutes else "")
    if minutes:
        return f"{minutes}{m}"
    return f"{seconds}{s}"


@register.filter
def age(value: timedelta | None) -> str:
    """In one unit, hours up to two days: 41 min, 26 h, 3 d."""
    if value is None:
        return ""
    minutes = max(0, int(value.total_seconds() // 60))
    if minutes < 1:
        return f"{max(0, int(value.total_seconds()))}{NBSP}{_('s')}"
    if minutes < 60:
        return f"{minutes}{NBSP}{_('min')}"
    if minutes < 48 * 60:
        return f"{minutes // 60}{NBSP}{_('h')}"
    return f"{minutes // 1440}{NBSP}{_('d')}"


FORMS = {
    "clock": "H:i:s",
    "time": "H:i",
    "day": "j M",
    "day time": "j M H:i",
    "date": "j M Y",
    "long": "j F Y",
    "full": "l j F Y, H:i",
    "log": "j M H:i:s",
}


@register.simple_tag
def moment(
    value: datetime | date | None, form: str = "day time", now: datetime | None = None
) -> str | SafeString:
    """A time in the viewer's zone with UTC on hover; a day of another year than `now` says its year."""
    if value is None:
        return ""
    pattern = FORMS[form]
    if not isinstance(value, datetime):
        this_year = (now or timezone.localtime()).year
        if form == "day" and value.year != this_year:
            pattern = FORMS["date"]
        return format_html(
            '<time datetime="{}">{}</time>', value.isoformat(), dateformat.format(value, pattern)
        )
    local = timezone.localtime(value)
    if form.startswith("day") and local.year != timezone.localtime(now).year:
        pattern = FORMS["date"]
    utc = value.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        utc.isoformat().replace("+00:00", "Z"),
        f"{utc:%Y-%m-%d %H:%M:%S} UTC",
        dateformat.format(local, pattern),
    )


@register.simple_tag
def live(value: datetime) -> SafeString:
    """A time that counts on in the page ("3 s ago"), written by times.js and right without it."""
    utc = value.astimezone(UTC)
    return format_html(
        '<time data-ago datetime="{}" title="{}">{}</time>',
        utc.isoformat().replace("+00:00", "Z"),
        f"{utc:%Y-%m-%d %H:%M:%S} UTC",
        _("at %(time)s") % {"time": dateformat.format(timezone.localtime(value), "H:i:s")},
    )


@register.filter
def month(value: str) -> str:
    """2026-09-01 → Sep, and January with its year."""
    day = date.fromisoformat(value)
    return dateformat.format(day, "M Y" if day.month == 1 else "M")


@register.filter
def as_field(bound: Any) -> Field:
    """A Django form's bound field as the `Field` that `<c-input>` draws."""
    return Field.from_bound(bound)


@register.simple_tag
def drawn(chart: Any, width: int, labels: bool = True) -> Any:
    return chart.drawn(float(width), labels)


@register.filter
def as_named(bound: Any, autocomplete: str) -> Field:
    """The same, with the name a password manager knows it by."""
    return Field.from_bound(bound, autocomplete=autocomplete, hint="", placeholder="", errors=())
