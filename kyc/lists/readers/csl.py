"""The US Consolidated Screening List: the official CSV and the compact JSON made from it.

It repeats OFAC's lists under OFAC's own entity numbers, so those parties get OFAC's keys. The
lists of Commerce and State have no numbers: there the name is the key (see `key_from_name`), and
the lines of one name are one party. A party on several lists is one entry.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.errors import InvalidInput
from kyc.lists.countries import country_code
from kyc.lists.dates import parse_date
from kyc.lists.entry import Draft, Entry, clean, folded, key_from_name, personal_name
from kyc.lists.files import ListFile, TextLines, read_all, table_rows
from kyc.lists.readers import ofac
from kyc.lists.readers.layout import Head, Layout, united
from kyc.lists.remarks import labelled, place_of_birth
from kyc.lists.report import Report
from kyc.lists.sources import DATASETS, topics

#: The code in brackets of a source's printed name → dataset.
_LIST = {
    "SDN": "us_ofac_sdn",
    "SSI": "us_ofac_ssi",
    "CMIC": "us_ofac_cmic",
    "NS-MBS List": "us_ofac_mbs",
    "CAP": "us_ofac_capta",
    "PLC": "us_ofac_plc",
    "FSE": "us_ofac_fse",
    "EL": "us_bis_entity_list",
    "MEU": "us_bis_military_end_user",
    "DPL": "us_bis_denied_persons",
    "UVL": "us_bis_unverified",
    "DTC": "us_state_itar",
    "ISN": "us_state_isn",
}
_CODE = re.compile(r"\(([^()]+)\)[^()]*$")
_NEEDS = ("_id", "source", "entity_number", "type", "programs", "name", "addresses", "alt_names", "ids")


def _dataset(source: str, line: int | None) -> str:
    """The dataset of a printed source. Raises InvalidInput: an unknown list must not vanish."""
    found = _CODE.search(source)
    if not found or found[1] not in _LIST:
        raise InvalidInput("source", f"{source[:80]!r} is no list that is known", line=line)
    return _LIST[found[1]]


def _draft(source: str, number: str, kind: str, name: str, line: int | None) -> Draft:
    dataset = _dataset(source, line)
    if not folded(name):
        raise InvalidInput("name", "empty", line=line)
    if number:
        draft = Draft(ofac.key(number, line=line), "us_csl", (dataset,), ofac.schema(kind, line=line))
        ofac.finish(draft)
    else:
        schema = ofac.schema(kind, line=line) if kind else "LegalEntity"
        draft = Draft(key_from_name(DATASETS[dataset].prefix, name), "us_csl", (dataset,), schema)
        draft.add_all("topics", topics(draft.datasets))
    return draft


# the official CSV


def _read_csv(files: Sequence[ListFile], report: Report) -> Iterator[Entry]:
    lines = TextLines(files[0], report)
    return united(_csv_entries(files[0], lines, report), report)


def _csv_entries(file: ListFile, lines: TextLines, report: Report) -> Iterator[Entry]:
    for line, row in table_rows(file, lines, _NEEDS):
        report.records += 1
        yield _csv_entry(row, line, report)


def _csv_entry(row: Mapping[str, str], line: int, report: Report) -> Entry:
    draft = _draft(row["source"], row["entity_number"].strip(), row["type"], row["name"], line)
    person = draft.schema == "Person"
    _names(draft, row["name"], row["alt_names"].split("; "))
    draft.add("position" if person else "notes", row.get("title"))
    for address in _parts(row["addresses"]):
        draft.add("address", address)
        code = address.rpartition(", ")[2]
        if len(code) == 2 and code.isupper():
            report.add_country(draft, "country", code)
    draft.add_all("program", _parts(row["programs"]))
    report.add_dates(draft, "birthDate", _parts(row.get("dates_of_birth", "")))
    report.add_country(draft, "nationality", *_parts(row.get("nationalities", "")))
    report.add_country(draft, "citizenship", *_parts(row.get("citizenships", "")))
    for place in _parts(row.get("places_of_birth", "")):
        place_of_birth(draft, place)
    draft.add("callSign", row.get("call_sign"))
    draft.add("type", row.get("vessel_type"))
    draft.add("tonnage", row.get("gross_tonnage"))
    draft.add("grossRegisteredTonnage", row.get("gross_registered_tonnage"))
    report.add_country(draft, "flag", row.get("vessel_flag"))
    for part in _parts(row["ids"]):
        _identifier(draft, part, report)
    draft.add_all("notes", _parts(row.get("remarks", "")))
    report.changed(parse_date(row.get("start_date", "")))
    for column, caption in (
        ("license_requirement", "Licence requirement"),
        ("license_policy", "Licence policy"),
        ("federal_register_notice", "Federal Register"),
        ("start_date", "From"),
        ("end_date", "Until"),
        ("vessel_owner", "Vessel owner"),
    ):
        if text := clean(row.get(column)):
            draft.add("notes", f"{caption}: {text}")
    draft.add("sourceUrl", row.get("source_list_url"), row.get("source_information_url"))
    return draft.build()


def _parts(text: str) -> list[str]:
    return [part for part in text.split("; ") if part]


def _names(draft: Draft, name: str, others: Sequence[str]) -> None:
    numbered = draft.key.startswith("ofac-")
    for into, text in (("name", name), *(("alias", other) for other in others)):
        # "X; and Y" is how Commerce ends an enumeration.
        tidy = clean(text).removeprefix("and ") if not numbered else clean(text)
        if numbered and draft.schema == "Person":
            personal_name(draft, tidy, into)
        else:
            draft.add(into, tidy)


def _identifier(draft: Draft, part: str, report: Report) -> None:
    """`CY, C146742, Registration Number`: country (if any), number, label."""
    value, comma, label = part.rpartition(", ")
    if not comma:
        draft.add("notes", part)
        return
    country = None
    head, comma, tail = value.partition(", ")
    if comma and len(head) == 2 and head.isupper() and country_code(head):
        country, value = country_code(head), tail
    labelled(draft, label, value, report, country=country)


# the compact JSON


def _read_json(files: Sequence[ListFile], report: Report) -> Iterator[Entry]:
    return united(_json_entries(files[0], report), report)


def _json_entries(file: ListFile, report: Report) -> Iterator[Entry]:
    try:
        whole = json.loads(read_all(file))
    except (ValueError, RecursionError) as error:
        raise InvalidInput("json", f"{file.name}: not whole or not JSON: {error}") from error
    try:
        rows, tables, expected = whole["entries"], whole["tables"], whole["entryCount"]
        counts = dict(whole.get("countsBySource", {}))
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput("json", f"{file.name}: no {error} in it") from error
    if len(rows) != expected:
        raise InvalidInput("entryCount", f"{file.name}: {len(rows)} entries instead of {expected}: not whole")
    report.date(whole.get("sourceGeneratedAt"))
    for position, row in enumerate(rows, start=1):
        report.records += 1
        try:
            source = tables["sources"][row["s"]]
            if source in counts:
                counts[source] -= 1
            yield _json_entry(row, source, tables, position, report)
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            raise InvalidInput(
                "entries", f"{file.name}: a malformed entry: {error!r}", line=position
            ) from error
    for source, left in counts.items():
        if left:
            raise InvalidInput(
                "countsBySource", f"{file.name}: {source}: {left} entries are missing: not whole"
            )


def _json_entry(
    row: Mapping[str, Any], source: str, tables: Mapping[str, Sequence[str]], position: int, report: Report
) -> Entry:
    draft = _draft(source, str(row.get("e", "")), row.get("t", ""), row["n"], position)
    # This layout prints persons in natural order already.
    draft.add("name", row["n"])
    draft.add_all("alias", row.get("a", ()))
    report.add_country(draft, "country", *row.get("c", ()))
    if "pg" in row:
        draft.add_all("program", _parts(tables["programmes"][row["pg"]]))
    for column, table, caption in (
        ("lr", "licenceRequirements", "Licence requirement"),
        ("lp", "licencePolicies", "Licence policy"),
    ):
        if column in row:
            draft.add("notes", f"{caption}: {tables[table][row[column]]}")
    if "fr" in row:
        draft.add("notes", f"Federal Register: {row['fr']}")
    draft.add("sourceUrl", tables["urls"][row["u"]])
    return draft.build()


def _matches_csv(head: Head) -> bool:
    return head.first_line.startswith("_id,source,entity_number,")


def _matches_json(head: Head) -> bool:
    return head.is_json and '"countsBySource"' in head.text and "Consolidated Screening List" in head.text


CSV_LAYOUT = Layout("csl-csv", "the Consolidated Screening List", ("us_csl",), _matches_csv, _read_csv)
JSON_LAYOUT = Layout("csl-json", "the Consolidated Screening List", ("us_csl",), _matches_json, _read_json)
