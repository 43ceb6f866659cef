"""The real lists beside the checkout, in every layout: nothing is lost, and keys hold across them."""

from __future__ import annotations

import datetime as dt
import functools
import re
import tarfile

import pytest

from kyc.lists.countries import _codes
from kyc.lists.delta import diff, digests, shrinkage
from kyc.lists.entry import Entry
from kyc.lists.files import ListFile
from kyc.lists.reading import ReadResult, read, read_source
from kyc.lists.sources import DATASETS
from tests.shared_data import shared_data

#: Source, file, records as the publisher counts them, parties.
LISTS = [
    ("us_ofac_sdn", "ofac/2022-01-21", 9_044, 9_044),
    ("us_ofac_sdn", "ofac/2023-12-28", 13_821, 13_821),
    ("us_ofac_sdn", "ofac/2026/sdn-flat-2026-07-23.csv.xz", 19_254, 19_254),
    ("us_ofac_sdn", "ofac/2026/sdn-flat-2026-07-24.csv.xz", 19_157, 19_157),
    ("us_ofac_sdn", "ofac/2026/sdn-flat-2026-07-29.csv.xz", 19_181, 19_181),
    ("us_ofac_sdn", "ofac/2026/sdn-flat-2026-08-07.csv.xz", 19_199, 19_199),
    ("us_ofac_cons", "ofac/2025-12-19", 442, 442),
    ("us_ofac_cons", "ofac/cons-legacy-2025-03-28.xml.xz", 443, 443),
    ("us_ofac_cons", "ofac/cons_enhanced-2025-01-14.xml.xz", 443, 443),
    ("us_ofac_cons", "ofac/cons_advanced-2020-03-17.xml.xz", 375, 375),
    ("us_csl", "csl/csl-2022-05.csv.xz", 14_160, 13_960),
    ("us_csl", "csl/csl-2026-07-31.json.xz", 25_921, 25_627),
    ("us_bis_dpl", "bis/denied-persons-2019-07.tsv.xz", 546, 414),
    ("us_bis_dpl", "bis/denied-persons-2021-07.tsv.xz", 581, 458),
    ("un_sc", "un/un-consolidated-2020-11-24.xml.xz", 713 + 305, 713 + 305),
    ("un_sc", "un/un-consolidated-2022-09-15.xml.xz", 699 + 253, 699 + 253),
    ("un_sc", "un/un-consolidated-2025-04-19.xml.xz", 684 + 193, 684 + 193),
    ("un_sc", "un/un-consolidated-2025-11-15.xml.xz", 727 + 273, 727 + 273),
    ("uk_sanctions", "uk/ofsi-conlist-2018-04-13.csv.xz", 9_487, 2_106),
    ("uk_sanctions", "uk/uksl-2026-04-29", 6_046, 6_035),
    ("eu_fsf", "eu/eu-consolidated-2016-02-11.xml.xz", 595, 595),
    ("eu_fsf", "eu/eu-fsf-2018-07-04-partial.csv.xz", 999, 93),
    ("eu_fsf", "eu/eu-consolidated-parsed-2025.csv.xz", 5_316, 5_305),
    ("au_dfat", "au/dfat-consolidated-parsed-2025.csv.xz", 9_983, 9_783),
    ("ca_sema", "ca/canada-autonomous-sanctions-2025.xml.xz", 4_759, 4_759),
    ("jp_meti", "jp-cn/jp-meti-end-user-list.json.xz", 835, 835),
    ("cn_mofcom", "jp-cn/cn-mofcom-lists.json.xz", 240, 187),
    ("ftm", "ftm/zala-entities.ftm.json.xz", 91, 17),
    ("ftm", "ftm/donations.ijson.xz", 474, 95),
]
_PARTIAL_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
#: Properties that hold dates, and countries.
_DATES = ("birthDate", "incorporationDate", "buildDate")
_COUNTRIES = ("country", "nationality", "citizenship", "birthCountry", "jurisdiction", "flag", "pastFlags")


@functools.cache
def _whole(source: str, name: str) -> tuple[dict[str, Entry], ReadResult]:
    result = read_source(source, shared_data(name))
    return {entry.key: entry for entry in result}, result


@pytest.mark.parametrize(
    ("source", "name", "records", "parties"), LISTS, ids=[name for _, name, _, _ in LISTS]
)
def test_every_record_is_read_and_every_value_is_well_formed(
    source: str, name: str, records: int, parties: int
) -> None:
    found, result = _whole(source, name)
    assert (result.records, result.entities, len(found)) == (records, parties, parties)
    assert result.complete
    # Countries that are not in the table are left out: hardly any.
    unknown = sum(count for note, count in result.notes.items() if note.startswith("unknown country"))
    assert unknown <= 0.03 * records
    if source == "ftm":
        return
    assert {d for entry in found.values() for d in entry.datasets} <= DATASETS.keys()
    codes = set(_codes().values())
    for entry in found.values():
        for name_ in _DATES:
            assert all(_PARTIAL_DATE.fullmatch(date) for date in entry.properties.get(name_, ()))
        for name_ in _COUNTRIES:
            assert set(entry.properties.get(name_, ())) <= codes
        assert all(value == value.strip() and value for v in entry.properties.values() for value in v)


@pytest.mark.parametrize(
    ("source", "name", "date"),
    [
        ("us_ofac_cons", "ofac/cons-legacy-2025-03-28.xml.xz", dt.date(2025, 3, 28)),
        ("us_ofac_cons", "ofac/cons_enhanced-2025-01-14.xml.xz", dt.date(2025, 1, 10)),
        ("us_ofac_cons", "ofac/cons_advanced-2020-03-17.xml.xz", dt.date(2020, 3, 17)),
        ("us_csl", "csl/csl-2026-07-31.json.xz", dt.date(2026, 7, 31)),
        ("un_sc", "un/un-consolidated-2025-11-15.xml.xz", dt.date(2025, 11, 15)),
        ("uk_sanctions", "uk/ofsi-conlist-2018-04-13.csv.xz", dt.date(2018, 4, 13)),
        ("eu_fsf", "eu/eu-consolidated-2016-02-11.xml.xz", dt.date(2016, 2, 11)),
        ("eu_fsf", "eu/eu-fsf-2018-07-04-partial.csv.xz", dt.date(2018, 7, 4)),
        ("jp_meti", "jp-cn/jp-meti-end-user-list.json.xz", dt.date(2025, 9, 29)),
    ],
)
def test_the_date_that_a_list_states(source: str, name: str, date: dt.date) -> None:
    assert _whole(source, name)[1].as_of == date


@pytest.mark.parametrize(
    ("source", "name", "date"),
    [
        ("us_csl", "csl/csl-2022-05.csv.xz", dt.date(2022, 4, 21)),
        ("ca_sema", "ca/canada-autonomous-sanctions-2025.xml.xz", dt.date(2025, 3, 20)),
        ("uk_sanctions", "uk/uksl-2026-04-29", dt.date(2026, 4, 29)),
    ],
)
def test_a_list_without_a_date_tells_its_newest_change(source: str, name: str, date: dt.date) -> None:
    result = _whole(source, name)[1]
    assert (result.as_of, result.newest_change) == (None, date)


def test_keys_hold_over_two_years_of_the_sdn_list() -> None:
    old, new = _whole("us_ofac_sdn", "ofac/2022-01-21")[0], _whole("us_ofac_sdn", "ofac/2023-12-28")[0]
    common = old.keys() & new.keys()
    assert len(common) > 8_500
    same = sum(old[key].caption == new[key].caption for key in common)
    assert same / len(common) > 0.98
    before, after = ({k: digests(e) for k, e in version.items()} for version in (old, new))
    delta = diff(before, after)
    assert len(new) - len(old) == len(delta.added) - len(delta.removed)
    assert len(delta.changed_match) < len(delta.changed) < len(common)
    assert not shrinkage(len(old), len(new), len(delta.removed)).suspicious


def test_most_persons_have_a_birth_and_a_name_in_parts() -> None:
    found = _whole("us_ofac_sdn", "ofac/2023-12-28")[0]
    persons = [entry for entry in found.values() if entry.schema == "Person"]
    assert len(persons) == 6_646
    assert sum("birthDate" in person.properties for person in persons) == 6_527
    assert all("lastName" in person.properties for person in persons)
    assert sum(len(entry.properties.get("publicKey", ())) for entry in found.values()) > 400
    imo = [number for entry in found.values() for number in entry.properties.get("imoNumber", ())]
    assert len(imo) > 800
    assert all(re.fullmatch(r"IMO\d{7}", number) for number in imo)


def test_ofacs_parties_have_one_key_by_the_sdn_file_and_by_the_csl() -> None:
    flat = _whole("us_ofac_sdn", "ofac/2026/sdn-flat-2026-07-29.csv.xz")[0]
    csl = _whole("us_csl", "csl/csl-2026-07-31.json.xz")[0]
    assert {key for key, entry in csl.items() if "us_ofac_sdn" in entry.datasets} == flat.keys()
    assert all(csl[key].schema == entry.schema for key, entry in flat.items())


def test_the_non_sdn_lists_agree_across_layouts_and_with_the_csl() -> None:
    by_table = _whole("us_ofac_cons", "ofac/2025-12-19")[0]
    by_legacy = _whole("us_ofac_cons", "ofac/cons-legacy-2025-03-28.xml.xz")[0]
    by_name = _whole("us_ofac_cons", "ofac/cons_enhanced-2025-01-14.xml.xz")[0]
    csl = _whole("us_csl", "csl/csl-2026-07-31.json.xz")[0]
    assert all(
        by_table[key].datasets == by_legacy[key].datasets for key in by_table.keys() & by_legacy.keys()
    )
    # The table prints programmes, the enhanced XML the lists themselves: none is missed.
    assert all(
        set(by_name[key].datasets) <= set(by_table[key].datasets) for key in by_name.keys() & by_table.keys()
    )
    non_sdn = [key for key in by_table.keys() & csl.keys() if "us_ofac_sdn" not in csl[key].datasets]
    assert len(non_sdn) > 340
    assert all(csl[key].datasets == by_table[key].datasets for key in non_sdn)


def test_names_agree_across_ofacs_xml_layouts() -> None:
    by_legacy = _whole("us_ofac_cons", "ofac/cons-legacy-2025-03-28.xml.xz")[0]
    by_enhanced = _whole("us_ofac_cons", "ofac/cons_enhanced-2025-01-14.xml.xz")[0]
    for key in by_legacy.keys() & by_enhanced.keys():
        assert by_legacy[key].properties["name"] == by_enhanced[key].properties["name"]
        assert by_legacy[key].properties.get("birthDate") == by_enhanced[key].properties.get("birthDate")
    weak = sum(len(e.properties.get("weakAlias", ())) for e in by_legacy.values())
    assert weak == pytest.approx(70, abs=3)


def test_denied_persons_have_one_key_by_both_sources() -> None:
    own = _whole("us_bis_dpl", "bis/denied-persons-2021-07.tsv.xz")[0]
    csl = _whole("us_csl", "csl/csl-2022-05.csv.xz")[0]
    by_csl = {key for key, entry in csl.items() if entry.dataset == "us_bis_denied_persons"}
    assert len(own.keys() & by_csl) == 430


def test_keys_made_from_names_hold_over_four_years() -> None:
    old, new = (
        _whole("us_csl", "csl/csl-2022-05.csv.xz")[0],
        _whole("us_csl", "csl/csl-2026-07-31.json.xz")[0],
    )
    listed = {key for key, entry in old.items() if entry.dataset == "us_bis_entity_list"}
    assert len(listed & new.keys()) / len(listed) > 0.95


def test_un_keys_hold_and_the_return_of_the_iran_list_shows_in_the_delta() -> None:
    before, after = (
        {
            key: digests(entry)
            for key, entry in _whole("un_sc", f"un/un-consolidated-{date}.xml.xz")[0].items()
        }
        for date in ("2025-04-19", "2025-11-15")
    )
    delta = diff(before, after)
    assert len(after) - len(before) == 123
    assert sum(key.startswith(("un-IRi.", "un-IRe.")) for key in delta.added) == 121
    assert len(delta.removed) < 15


def test_uk_parties_keep_their_key_from_the_old_list_to_the_new() -> None:
    old = _whole("uk_sanctions", "uk/ofsi-conlist-2018-04-13.csv.xz")[0]
    new = _whole("uk_sanctions", "uk/uksl-2026-04-29")[0]
    assert len(old.keys() & new.keys()) > 1_000


def test_the_real_delta_files_make_the_version_that_they_describe() -> None:
    """Five of them in the order of their paths, one without a line: four are added, one goes again."""
    result = read_source("ftm", shared_data("ftm/t2-delta-dataset.tar.xz"), base=dict)
    found = {entry.key: entry for entry in result}
    assert (result.layout, result.records, result.complete) == ("ftm_delta", 6, True)
    assert result.notes == {"not read: delta.json": 1}
    assert sorted(found) == ["NK-2T3S8Hu29ktYnKSTgQp2wL", "NK-2sJaJRaPJcWUfMbHjTtWcL", "Q4365364"]
    assert found["NK-2T3S8Hu29ktYnKSTgQp2wL"].caption == "Foobar Foobargroup"  # as it was modified


def test_the_daily_snapshots_differ_by_little() -> None:
    path = shared_data("ofac/sdn-daily-2023-10_2024-01.tar.xz")
    versions = []
    with tarfile.open(path, "r|xz") as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isfile() else None
            if stream is None:
                continue
            files = [ListFile.of_bytes(member.name, stream.read())]
            versions.append({entry.key: digests(entry) for entry in read("us_ofac_sdn", files)})
            if len(versions) == 2:
                break
    first, second = versions
    delta = diff(first, second)
    assert len(first) == 13_126
    assert 0 < len(delta.added) + len(delta.changed) + len(delta.removed) < 200
