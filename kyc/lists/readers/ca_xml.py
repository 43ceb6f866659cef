"""The Consolidated Canadian Autonomous Sanctions List in XML.

A record's number is its place in the regulations (country or regulation, schedule, item), which is
the key: items are repealed, not renumbered. The country is the regulation's, not the party's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from core.errors import InvalidInput
from kyc.lists.dates import parse_date
from kyc.lists.entry import Draft, Entry, clean, folded
from kyc.lists.files import ListFile, text_of, xml_elements
from kyc.lists.readers.layout import Head, Layout
from kyc.lists.report import Report
from kyc.lists.sources import topics

_SEPARATOR = re.compile(r"[;,]\s*(?![^()]*\))|\s+or\s+|\s/\s")
_LANGUAGE = re.compile(r"^(?:also known as|a\.?k\.?a\.?|(?:in )?[A-Z][a-z]+\s*:)\s*:?\s*", re.I)
_ALSO = re.compile(r"^(.+?)\s*\((?:also|formerly) known as\s+(.+)\)$", re.I)
_LEGAL = re.compile(
    r"^(?:Ltd|Limited|LLC|L\.L\.C|Inc|Corp|Co|JSC|PJSC|OJSC|CJSC|OOO|OAO|AO|ZAO|S\.?A|GmbH)\.?$", re.I
)


def _read(files: Sequence[ListFile], report: Report) -> Iterator[Entry]:
    elements = xml_elements(files[0], "record", root="data-set")
    next(elements)
    for element in elements:
        report.records += 1
        yield _entry(element, report)


def _entry(element: Any, report: Report) -> Entry:
    fields = {child.tag: clean(child.text) for child in element}
    regime, item = fields.get("Country", ""), fields.get("Item", "")
    if not regime or not item:
        raise InvalidInput("Country, Item", "missing", line=element.sourceline)
    english = regime.split(" / ")[0]
    place = folded(" ".join((english, fields.get("Schedule", ""), item))).replace(" ", "-")
    draft = Draft(f"ca-sema-{place}", report.source, ("ca_sema",), _schema(fields))
    last, first = fields.get("LastName", ""), fields.get("GivenName", "")
    if draft.schema == "Person":
        draft.add("name", f"{first} {last}")
        draft.add("firstName", first)
        draft.add("lastName", last)
    else:
        name, also = _apart(fields.get("EntityOrShip", ""))
        draft.add("name", name)
        draft.add_all("alias", also)
    for alias in aliases(fields.get("Aliases", "")):
        # A person's alias of one word is another spelling of the family name.
        draft.add("weakAlias" if draft.schema == "Person" and " " not in alias else "alias", alias)
    born = "birthDate" if draft.schema == "Person" else "buildDate"
    report.add_dates(draft, born, [fields.get("DateOfBirthOrShipBuildDate")])
    if draft.schema == "Vessel":
        draft.add("type", fields.get("TitleOrShip"))
        number = fields.get("ShipIMONumber", "")
        draft.add("imoNumber", f"IMO{number}" if number else None)
    else:
        draft.add("title", fields.get("TitleOrShip"))
    draft.add("program", english)
    if listed := parse_date(text_of(element, "DateOfListing")):
        draft.add("notes", f"Listed on {listed}")
        report.changed(listed)
    draft.add_all("topics", topics(draft.datasets))
    draft.add(
        "sourceUrl",
        "https://www.international.gc.ca/world-monde/international_relations-relations_internationales"
        "/sanctions/consolidated-consolide.aspx",
    )
    return draft.build()


def _apart(name: str) -> tuple[str, list[str]]:
    """`TULIP JSC (also known as Tulip and Tulip Works)` → the name and the others."""
    if not (found := _ALSO.match(name)):
        return name, []
    return found[1], [part.strip() for part in re.split(r",\s+|\s+and\s+", found[2]) if part.strip()]


def _schema(fields: dict[str, str]) -> str:
    if fields.get("ShipIMONumber"):
        return "Vessel"
    return "Organization" if fields.get("EntityOrShip") else "Person"


def aliases(text: str) -> list[str]:
    """The names in `A, B, Russian: В; Belarusian: Г`; a legal form after a comma stays with its name."""
    names: list[str] = []
    for part in _SEPARATOR.split(text):
        name = _LANGUAGE.sub("", part.strip())
        if names and _LEGAL.match(name):
            names[-1] = f"{names[-1]}, {name}"
        elif name:
            names.append(name)
    return names


def _matches(head: Head) -> bool:
    return head.is_xml and "<data-set" in head.text and "<DateOfListing>" in head.text


LAYOUT = Layout("ca-xml", "the Canadian list", ("ca_sema",), _matches, _read)
