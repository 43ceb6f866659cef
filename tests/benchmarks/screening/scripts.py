"""Names in two scripts: those that the UN list prints, and Wikidata's word pairs."""

from __future__ import annotations

import lzma
from collections.abc import Iterator

from lxml import etree

from tests.shared_data import shared_data

_PARTS = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
WIKIDATA = ("arabic_80", "chinese_80", "hebrew_20", "korean_80", "russian_20")


def un_names() -> list[tuple[str, str, str]]:
    """(schema, Latin name, name in its original script) of the UN list of November 2025."""
    with lzma.open(shared_data("un/un-consolidated-2025-11-15.xml.xz")) as raw:
        root = etree.parse(raw).getroot()
    found = []
    for party in root.iter("INDIVIDUAL", "ENTITY"):
        written = " ".join((party.findtext("NAME_ORIGINAL_SCRIPT") or "").split())
        name = " ".join(filter(None, [(party.findtext(part) or "").strip() for part in _PARTS]))
        if name and written and not written.isascii():
            found.append(("Person" if party.tag == "INDIVIDUAL" else "Organization", name, written))
    return found


def wikidata_words(slice_name: str) -> Iterator[tuple[str, str]]:
    """(Latin word, the same in another script)."""
    with lzma.open(
        shared_data(f"name-pairs/transliteration-wd_{slice_name}.tsv.xz"), "rt", encoding="utf-8"
    ) as raw:
        for line in raw:
            latin, written, _ = line.rstrip("\n").split("\t")
            yield latin, written.replace(" ", "")
