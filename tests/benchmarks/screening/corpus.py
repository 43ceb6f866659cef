"""The lists that are searched: all US lists of 2026, with details of the SDN of 2023, the UN's, the UK's."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from kyc.lists.entry import Entry, merge
from kyc.lists.reading import read_source
from tests.shared_data import shared_data

_US = (("us_csl", "csl/csl-2026-07-31.json.xz"), ("us_ofac_cons", "ofac/cons-legacy-2025-03-28.xml.xz"))
_DETAILS = (("us_ofac_sdn", "ofac/2023-12-28"),)
_UN = (("un_sc", "un/un-consolidated-2025-11-15.xml.xz"),)
_UK = (("uk_sanctions", "uk/uksl-2026-04-29"),)


@lru_cache(maxsize=1)
def entries() -> tuple[Entry, ...]:
    """Every entry once; details of an older file are added to entries that still stand."""
    found: dict[str, Entry] = {}
    for source, path in (*_US, *_UN, *_UK):
        for entry in read_source(source, shared_data(path)):
            found[entry.key] = merge(found[entry.key], entry) if entry.key in found else entry
    for source, path in _DETAILS:
        for entry in read_source(source, shared_data(path)):
            if entry.key in found:
                found[entry.key] = merge(found[entry.key], entry)
    return tuple(found.values())


@lru_cache(maxsize=1)
def entities() -> tuple[dict[str, Any], ...]:
    """The same as FollowTheMoney entities."""
    return tuple(entry.to_ftm() for entry in entries())
