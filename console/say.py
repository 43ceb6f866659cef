"""Small words that several pages need: countries, lists, times and figures inside sentences."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

import pycountry
from django.utils import dateformat, timezone
from django.utils.translation import gettext as _

from console.templatetags.lockgate import FORMS, age, duration, grouped, share_text
from kyc.lists.sources import DATASETS, SOURCES

__all__ = [
    "accelerator",
    "age",
    "anyone",
    "country_name",
    "covered",
    "dataset_name",
    "day",
    "duration",
    "grouped",
    "joined",
    "list_in_text",
    "list_name",
    "many_of",
    "share_text",
    "short",
    "shown",
]

#: Names that fit a column; a list without one is called as its table calls it.
SHORT = {
    "us_ofac_sdn": "OFAC SDN",
    "us_ofac_cons": "OFAC non-SDN",
    "us_bis_dpl": "BIS denied persons",
    "us_bis_entity_list": "BIS Entity List",
    "us_csl": "US CSL",
    "un_sc": "UN",
    "uk_sanctions": "UK",
    "eu_fsf": "EU",
    "ca_sema": "Canada",
    "au_dfat": "Australia",
    "jp_meti": "Japan, end users",
    "cn_mofcom": "China, MOFCOM",
    "demo_list": "Demo list",
    "demo": "Demo list",
    "ftm": "FollowTheMoney",
}


@lru_cache(maxsize=512)
def country_name(code: str) -> str:
    """Singapore for SG; the code where ISO 3166-1 does not know it."""
    if code.upper() == "XK":
        return "Kosovo"
    found = pycountry.countries.get(alpha_2=code.upper()) if len(code) == 2 else None
    return str(getattr(found, "common_name", found.name)) if found else code


def list_name(source: str) -> str:
    """A source as people call it."""
    return SHORT.get(source) or (SOURCES[source].caption if source in SOURCES else source)


def dataset_name(name: str) -> str:
    """A list as people call it."""
    if name in SHORT:
        return SHORT[name]
    return DATASETS[name].caption if name in DATASETS else name.replace("_", " ")


def list_in_text(name: str) -> str:
    """A list inside a sentence: the demo list, the OFAC SDN list."""
    if name == "demo_list":
        return _("the demo list")
    words = dataset_name(name)
    return _("the %(name)s") % {"name": words if words.lower().endswith("list") else f"{words} list"}


def accelerator(name: str) -> str:
    """H100 SXM for NVIDIA H100 SXM: the maker says nothing that the model does not."""
    for maker in ("NVIDIA ", "AMD ", "Intel ", "Google "):
        name = name.removeprefix(maker)
    return name


def many_of(count: int, name: str) -> str:
    """384 × H100 SXM"""
    return f"{grouped(count)} × {accelerator(name)}"


def shown(value: datetime | date | None, form: str = "day time", now: datetime | None = None) -> str:
    """A time inside a sentence, in the zone in force: today without its day, another year with it."""
    if value is None:
        return ""
    here = timezone.localtime(now)
    if not isinstance(value, datetime):
        return dateformat.format(value, FORMS["date" if value.year != here.year else "day"])
    local = timezone.localtime(value)
    if form == "day time" and local.date() == here.date():
        return dateformat.format(local, FORMS["time"])
    if form == "since":
        if local.date() == here.date():
            return _("today %(time)s") % {"time": dateformat.format(local, FORMS["time"])}
        form = "date"
    if form.startswith("day") and local.year != here.year:
        form = "date"
    return dateformat.format(local, FORMS[form])


def day(value: datetime | date, now: datetime | None = None) -> str:
    return shown(value, "day", now)


def joined(parts: list[str]) -> str:
    """one, two and three"""
    if len(parts) < 2:
        return "".join(parts)
    return _("%(most)s and %(last)s") % {"most": ", ".join(parts[:-1]), "last": parts[-1]}


def covered(number: str) -> str:
    """A document number of which the ends show: N •••• 4417."""
    clean = number.strip()
    if len(clean) <= 4:
        return "••••"
    return f"{clean[0]} •••• {clean[-4:]}" if len(clean) > 6 else f"•••• {clean[-2:]}"


def anyone(name: str, *, mine: bool) -> str:
    """you, a name, or nobody."""
    return _("you") if mine else name or _("nobody")


_FORMS = frozenset(
    "ltd ltd. limited llc llp plc inc inc. gmbh ag bv b.v. ab as oy sa s.a. sas srl pte pte. sdn bhd bhd. kk "
    "k.k. co co. holding holdings group fze fz-llc corp corp. company nv n.v. kg se pty aps s.r.l.".split()
)


def short(name: str) -> str:
    """A company's name without its legal form: what a narrow column holds."""
    words = name.split()
    while len(words) > 1 and {(last := words[-1].lower().strip("(),")), last.rstrip(".")} & _FORMS:
        words.pop()
    return " ".join(words)
