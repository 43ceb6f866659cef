"""Export control lists of Japan (METI) and China (MOFCOM), parsed to JSON by a public registry.

Their numbers change with each edition (METI numbers by country and alphabet, MOFCOM by
announcement), so the name is the key; a party on several lists of one ministry is one entry.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from core.errors import InvalidInput
from kyc.lists.countries import country_code
from kyc.lists.dates import parse_date
from kyc.lists.entry import Draft, Entry, clean, folded, key_from_name
from kyc.lists.files import ListFile, read_all
from kyc.lists.readers.layout import Head, Layout, united
from kyc.lists.report import Report
from kyc.lists.sources import DATASETS, topics

#: METI's press releases carry the date of the edition in their address.
_EDITION = re.compile(r"/press/\d{4}/\d{2}/(\d{4})(\d{2})(\d{2})\d*/")
_SCHEMA = {"organization": "Organization", "person": "Person", "individual": "Person", "vessel": "Vessel"}


def _reader(dataset: str) -> Callable[[Sequence[ListFile], Report], Iterator[Entry]]:
    def read(files: Sequence[ListFile], report: Report) -> Iterator[Entry]:
        return united(_entries(files[0], dataset, report), report)

    return read


def _entries(file: ListFile, dataset: str, report: Report) -> Iterator[Entry]:
    try:
        rows = json.loads(read_all(file))
    except (ValueError, RecursionError) as error:
        raise InvalidInput("json", f"{file.name}: not whole or not JSON: {error}") from error
    if not isinstance(rows, list):
        raise InvalidInput("json", f"{file.name}: not an array")
    for position, row in enumerate(rows, start=1):
        report.records += 1
        try:
            yield _entry(row, dataset, position, report)
        except (KeyError, TypeError, AttributeError) as error:
            raise InvalidInput("json", f"{file.name}: a malformed entry: {error!r}", line=position) from error


def _entry(row: Mapping[str, Any], dataset: str, position: int, report: Report) -> Entry:
    if row["country"] != DATASETS[dataset].country:
        raise InvalidInput("country", f"{row['country']!r}: a list of another country", line=position)
    name, addresses = clean(row["entity_name"]), [clean(address) for address in row["addresses"]]
    if not name and addresses:
        # Where the printed table's columns ran together, the name stands behind the country.
        name, addresses = _apart(addresses[0])
        report.note("a name printed behind its country was taken apart")
    if not folded(name):
        raise InvalidInput("entity_name", "missing", line=position)
    schema = _SCHEMA.get(row["entity_type"], "LegalEntity")
    draft = Draft(key_from_name(DATASETS[dataset].prefix, name), report.source, (dataset,), schema)
    draft.referents[row["id"]] = None
    draft.add("name", name)
    draft.add_all("alias", row["aliases"])
    for address in addresses:
        draft.add("address", address)
        if code := country_code(address):
            draft.add("country", code)
    draft.add("program", row["source_list_name"])
    draft.add("notes", row["reason"])
    if added := parse_date(row["date_added"] or ""):
        draft.add("notes", f"Listed on {added}")
        report.changed(added)
    draft.add_all("topics", topics(draft.datasets))
    draft.add("sourceUrl", row["source_url"])
    if report.as_of is None:
        edition = _EDITION.search(row["source_url"])
        report.date("-".join(edition.groups()) if edition else row["last_verified"])
    return draft.build()


def _apart(text: str) -> tuple[str, list[str]]:
    """`People's Republic of China Invented Works` → the name and the country."""
    words = text.split(" ")
    for end in range(len(words) - 1, 0, -1):
        country = " ".join(words[:end])
        if country_code(country):
            return " ".join(words[end:]), [country]
    return "", []


def _matches(list_prefix: str) -> Callable[[Head], bool]:
    def matches(head: Head) -> bool:
        return head.is_json and f'"list_id": "{list_prefix}' in head.text and '"entity_name"' in head.text

    return matches


JP_LAYOUT = Layout("jp-meti-json", "METI's end user list", ("jp_meti",), _matches("jp-"), _reader("jp_meti"))
CN_LAYOUT = Layout("cn-mofcom-json", "MOFCOM's lists", ("cn_mofcom",), _matches("cn-"), _reader("cn_mofcom"))
