"""What all layouts of OFAC's lists have in common: keys, schemas, and which list a programme means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.errors import InvalidInput
from kyc.lists.entry import Draft, clean
from kyc.lists.sources import SOURCES as SOURCE_TABLE
from kyc.lists.sources import in_order, topics

SOURCES = ("us_ofac_sdn", "us_ofac_cons")
_SCHEMA = {
    "": "Organization",
    "-0-": "Organization",
    "entity": "Organization",
    "individual": "Person",
    "vessel": "Vessel",
    "aircraft": "Airplane",
    "transport": "Vessel",
}
#: Beginning of a programme tag → the non-SDN list that it means.
_LIST_OF = (
    ("UKRAINE-EO13662", "us_ofac_ssi"),
    ("CMIC", "us_ofac_cmic"),
    ("NS-CMIC", "us_ofac_cmic"),
    ("NS-PLC", "us_ofac_plc"),
    ("NS-MBS", "us_ofac_mbs"),
    ("MBS", "us_ofac_mbs"),
    ("561", "us_ofac_capta"),
    ("CAPTA", "us_ofac_capta"),
    ("FSE", "us_ofac_fse"),
)
_OWN = tuple(start for start, _ in _LIST_OF)
#: Directive 2 under E.O. 14024 is about correspondent accounts, the others are menu-based.
_CAPTA = re.compile(r"\((?:EO|E\.O\.) 14024 Directive 2\)|Directive 2 under E\.?O\.? 14024", re.I)
_MENU = re.compile(r"\((?:EO|E\.O\.) 14024 Directive [134]a?\)", re.I)
#: The names of lists in OFAC's XML and in the Consolidated Screening List.
_NAMED = (
    ("specially designated nationals", "us_ofac_sdn"),
    ("sdn list", "us_ofac_sdn"),
    ("sectoral sanctions", "us_ofac_ssi"),
    ("cmic", "us_ofac_cmic"),
    ("chinese military", "us_ofac_cmic"),
    ("menu-based", "us_ofac_mbs"),
    ("capta", "us_ofac_capta"),
    ("part 561", "us_ofac_capta"),
    ("palestinian legislative", "us_ofac_plc"),
    ("foreign sanctions evaders", "us_ofac_fse"),
    ("fse list", "us_ofac_fse"),
)
_ALIAS_OF = {"aka": "alias", "fka": "previousName", "nka": "alias"}


def key(number: str, *, line: int | None = None) -> str:
    """`ofac-36` for OFAC's entity number 36, the same in every layout and in the CSL."""
    if not number.isascii() or not number.isdigit():
        raise InvalidInput("ent_num", f"{number[:40]!r} is not an entity number", line=line)
    return f"ofac-{int(number)}"


def schema(kind: str, *, line: int | None = None) -> str:
    """The schema of OFAC's type. Raises InvalidInput for an unknown one."""
    try:
        return _SCHEMA[kind.strip().casefold()]
    except KeyError:
        raise InvalidInput("type", f"{kind[:40]!r} is not a type of OFAC's", line=line) from None


def programs(text: str) -> list[str]:
    """`SDNTK] [FTO] [SDGT` or `SDNTK; FTO` as a list."""
    return [part for part in re.split(r"\]\s*\[|;\s*", text.strip().strip("[]")) if part]


def named_list(name: str) -> str | None:
    """The dataset that a printed list name means; None for "Consolidated List" and unknown ones."""
    folded = name.casefold()
    return next((dataset for part, dataset in _NAMED if part in folded), None)


def non_sdn_lists(tags: Sequence[str], remarks: str = "") -> tuple[str, ...]:
    """The non-SDN lists of a party of the consolidated file, which prints programmes only.

    A party of the file without one of the lists' own programmes is there for a menu-based
    sanction (Burma, Belarus, CAATSA, E.O. 14024): the file holds nothing else.
    """
    found = {d for p in tags for start, d in _LIST_OF if p.upper().startswith(start)}
    if "RUSSIA-EO14024" in tags and not found - {"us_ofac_ssi"}:
        if _CAPTA.search(remarks):
            found.add("us_ofac_capta")
        if _MENU.search(remarks):
            found.add("us_ofac_mbs")
    return in_order(found or {"us_ofac_mbs"})


def finish(draft: Draft) -> None:
    """Add what follows from the lists: topics and where OFAC shows the party."""
    draft.add_all("topics", topics(draft.datasets))
    number = draft.key.removeprefix("ofac-")
    draft.add("sourceUrl", f"https://sanctionssearch.ofac.treas.gov/Details.aspx?id={number}")


@dataclass
class Membership:
    """Tells the SDN file from the consolidated one by the programmes of its parties as a whole."""

    source: str
    strangers: int = 0
    total: int = 0

    def count(self, tags: Sequence[str]) -> None:
        """Count one party."""
        own = any(p.upper().startswith(_OWN) for p in tags)
        self.total += 1
        self.strangers += own == (self.source == "us_ofac_sdn")

    def check(self, name: str) -> None:
        """Raise InvalidInput where most parties belong to the other file."""
        if self.strangers * 2 > self.total:
            raise InvalidInput("file", f"{name}: its programmes are those of another list of OFAC's")


def listed_on(names: Iterable[str], source: str, *, line: int | None = None) -> tuple[str, ...]:
    """The datasets of a party by the printed names of its lists, as far as `source` fills them."""
    found = {d for name in names if (d := named_list(name))} & set(SOURCE_TABLE[source].datasets)
    if not found:
        raise InvalidInput("list", f"a party on no list of {source}: another file?", line=line)
    return in_order(found)


def add_name(draft: Draft, last: str, first: str = "", *, kind: str = "", weak: bool = False) -> None:
    """A name in parts; `kind` is `a.k.a.`, `f.k.a.`, `n.k.a.` or empty for the primary one."""
    into = "name"
    if kind:
        into = "weakAlias" if weak else _ALIAS_OF.get(kind.casefold().replace(".", ""), "alias")
    last, first = clean(last), clean(first)
    draft.add(into, f"{first} {last}" if first else last)
    if into == "name" and first and draft.schema == "Person":
        draft.add("firstName", first)
        draft.add("lastName", last)
