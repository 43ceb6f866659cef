"""The Denied Persons List of the Bureau of Industry and Security: tab-separated, a line per address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kyc.lists.dates import parse_date
from kyc.lists.entry import Draft, Entry, clean, key_from_name
from kyc.lists.files import ListFile, TextLines, table_rows
from kyc.lists.readers.layout import Head, Layout, united
from kyc.lists.report import Report
from kyc.lists.sources import DATASETS, topics

_DATASET = "us_bis_denied_persons"
_NEEDS = (
    "Name",
    "Street_Address",
    "City",
    "State",
    "Country",
    "Postal_Code",
    "Effective_Date",
    "FR_Citation",
)
_ADDRESS = ("Street_Address", "City", "State", "Postal_Code", "Country")


def _read(files: Sequence[ListFile], report: Report) -> Iterator[Entry]:
    lines = TextLines(files[0], report)

    def entries() -> Iterator[Entry]:
        for _, row in table_rows(files[0], lines, _NEEDS, delimiter="\t", strict=False):
            report.records += 1
            yield _entry(row, report)

    return united(entries(), report)


def _entry(row: Mapping[str, str], report: Report) -> Entry:
    name = clean(row["Name"])
    draft = Draft(key_from_name(DATASETS[_DATASET].prefix, name), report.source, (_DATASET,), "LegalEntity")
    draft.add("name", name)
    parts = [clean(row[column]) for column in _ADDRESS]
    draft.add("address", ", ".join(part for part in parts if part))
    # The list leaves the country of many American addresses out, but never their state.
    report.add_country(draft, "country", row["Country"] or ("US" if clean(row["State"]) else ""))
    for column, caption in (("Effective_Date", "From"), ("Expiration_Date", "Until")):
        text = clean(row.get(column))
        if date := parse_date(text, month_first=True):
            draft.add("notes", f"{caption}: {date}")
        elif text:
            draft.add("notes", f"{caption}: {text}")
    report.changed(parse_date(clean(row.get("Last_Update"))))
    if citation := clean(row["FR_Citation"]):
        draft.add("notes", f"Federal Register: {citation}")
    draft.add("notes", row.get("Action"))
    draft.add_all("topics", topics(draft.datasets))
    draft.add("sourceUrl", "https://www.bis.gov/licensing/end-user-guidance/denied-persons-list-dpl")
    return draft.build()


def _matches(head: Head) -> bool:
    return head.first_line.replace('"', "").startswith("Name\tStreet_Address\tCity\tState\tCountry")


LAYOUT = Layout("bis-dpl", "the Denied Persons List", ("us_bis_dpl",), _matches, _read)
