"""The lists of BIS, Canada, Australia, Japan and China."""

import datetime as dt
import json

import pytest

from core.errors import InvalidInput
from kyc.lists.entry import key_from_name
from kyc.lists.readers.ca_xml import aliases
from kyc.lists.reading import read
from tests.kyc.lists.written import entries, file, finished, one

DPL = (
    '"Name"\t"Street_Address"\t"City"\t"State"\t"Country"\t"Postal_Code"\t"Effective_Date"\t"Expiration_Date"\t'
    '"Standard_Order"\t"Last_Update"\t"Action"\t"FR_Citation"\r\n'
    '"ARMIN QUELL"\t"1 MILL ROAD"\t"ANTHONY"\t"TX"\t""\t"88201"\t"02/10/2022"\t"06/17/2030"\t"'
    'Y"\t"2022-02-22"\t'
    '"FR NOTICE ADDED"\t"87 F.R. 1"\r\n'
    '"ARMIN QUELL"\t"2 MILL ROAD"\t"QUITO"\t""\t"EC"\t""\t"02/10/2022"\t"06/17/2030"\t"Y"\t"20'
    '22-02-23"\t""\t""\r\n'
)


def test_a_denied_person_with_two_addresses_is_one_party() -> None:
    person = one("us_bis_dpl", file("dpl.txt", DPL))
    assert (person.key, person.datasets) == (
        key_from_name("us-dpl", "Armin Quell"),
        ("us_bis_denied_persons",),
    )
    assert person.properties["country"] == ("us", "ec")
    assert person.properties["address"] == ("1 MILL ROAD, ANTHONY, TX, 88201", "2 MILL ROAD, QUITO, EC")
    assert "Until: 2030-06-17" in person.properties["notes"]
    result = finished("us_bis_dpl", file("dpl.txt", DPL))
    assert (result.records, result.entities, result.newest_change) == (2, 1, dt.date(2022, 2, 23))


def test_a_denied_person_has_the_same_key_by_the_consolidated_list() -> None:
    header = "_id,source,entity_number,type,programs,name,addresses,alt_names,ids\n"
    source = '"Denied Persons List (DPL) - Bureau of Industry and Security"'
    text = f"{header}a1,{source},,,,Armin  Quell,,,\n"
    assert one("us_csl", file("csl.csv", text)).key == one("us_bis_dpl", file("dpl.txt", DPL)).key


def test_a_line_without_its_break_is_whole_only_when_its_last_field_is_closed() -> None:
    assert finished("us_bis_dpl", file("dpl.txt", DPL.rstrip())).records == 2
    with pytest.raises(InvalidInput, match="not whole"):
        entries("us_bis_dpl", file("dpl.txt", DPL.rstrip().rstrip('"') + "87 F.R"))


def test_a_change_dated_in_the_future_is_not_believed() -> None:
    slip = DPL.replace("2022-02-23", "2922-02-23")
    result = finished("us_bis_dpl", file("dpl.txt", slip))
    assert (result.newest_change, result.notes["a date of change in the future"]) == (dt.date(2022, 2, 22), 1)
    early = read("us_bis_dpl", [file("dpl.txt", DPL)], today=dt.date(2022, 2, 22))
    assert len(list(early)) == 1
    assert early.newest_change == dt.date(2022, 2, 22)


CANADA = """<?xml version="1.0" encoding="UTF-8"?>
<data-set>
<record><Country>Belarus / Bélarus</Country><LastName>Quell</LastName><GivenName>Armin</GivenName>
<Aliases>Arminio Quelle, Russian: Армин Квелл; KVELL</Aliases>
<DateOfBirthOrShipBuildDate>1965-12-03 or 1966</DateOfBirthOrShipBuildDate><Schedule>1, Part 1</Schedule>
<Item>1</Item><DateOfListing>2020-09-28</DateOfListing></record>
<record><Country>Belarus / Bélarus</Country>
<EntityOrShip>Tulipworks JSC (also known as Tulip Trading, Tulips and Roses Ltd)</EntityOrShip>
<Schedule>1, Part 2</Schedule><Item>1</Item><DateOfListing>2021-06-17</DateOfListing></record>
<record><Country>Russia / Russie</Country><EntityOrShip>Paper Boat</EntityOrShip>
   <TitleOrShip>Tanker</TitleOrShip>
<ShipIMONumber>9074729</ShipIMONumber><DateOfBirthOrShipBuildDate>1980</DateOfBirthOrShipBuildDate>
<Schedule>1.1</Schedule><Item>1</Item><DateOfListing>2025-02-21</DateOfListing></record>
</data-set>"""


def test_canadas_records_are_persons_organisations_and_ships() -> None:
    found = entries("ca_sema", file("sema.xml", CANADA))
    person = found["ca-sema-belarus-1-part-1-1"]
    assert (person.schema, person.caption) == ("Person", "Armin Quell")
    assert person.properties["alias"] == ("Arminio Quelle", "Армин Квелл")
    assert person.properties["weakAlias"] == ("KVELL",)
    assert person.properties["birthDate"] == ("1965-12-03", "1966")
    assert "country" not in person.properties
    company = found["ca-sema-belarus-1-part-2-1"]
    assert company.names == ("Tulipworks JSC", "Tulip Trading", "Tulips", "Roses Ltd")
    ship = found["ca-sema-russia-1-1-1"]
    assert (ship.schema, ship.properties["imoNumber"], ship.properties["buildDate"]) == (
        "Vessel",
        ("IMO9074729",),
        ("1980",),
    )
    assert finished("ca_sema", file("sema.xml", CANADA)).newest_change == dt.date(2025, 2, 21)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("A Quell, B Quell", ["A Quell", "B Quell"]),
        ("Tulip Co., Ltd., Tulip Works, LLC", ["Tulip Co., Ltd.", "Tulip Works, LLC"]),
        ("Belarusian: Армін; Russian: Армин", ["Армін", "Армин"]),
        ("", []),
    ],
)
def test_canadian_aliases(text: str, names: list[str]) -> None:
    assert aliases(text) == names


AUSTRALIA = (
    "Name,Alias,Nationality,Designation,Sanction Type,Source\n"
    "Armin QUELL,El Tulipan,Russian and Ukrainian,Director,Autonomous (Invented),Australia\n"
    "Армин Квелл,None,None,Unknown,Autonomous (Invented),Australia\n"
)


def test_each_australian_name_is_an_entry() -> None:
    found = entries("au_dfat", file("au.csv", AUSTRALIA))
    latin = found[key_from_name("au-dfat", "Armin Quell")]
    assert latin.properties["nationality"] == ("ru", "ua")
    assert (latin.properties["weakAlias"], latin.properties["position"]) == (("El Tulipan",), ("Director",))
    cyrillic = found[key_from_name("au-dfat", "Армин Квелл")]
    assert set(cyrillic.properties) == {"name", "program", "topics"}


def registry(country: str, **changed: object) -> dict[str, object]:
    row = {
        "addresses": ["Islamic Republic of Iran"],
        "aliases": ["Glasshouse", "玻璃房"],
        "country": country,
        "date_added": "2026-02-24",
        "entity_name": "Glasshouse Optics Co., Ltd.",
        "entity_type": "organization",
        "id": f"{country}-1",
        "last_verified": "2026-07-19",
        "list_id": f"{country}-list",
        "reason": "invented",
        "source_list_name": "Invented List",
        "source_url": "https://lists.example/press/2025/09/20250929006/x.html",
    }
    return {**row, **changed}


def test_japans_list_is_dated_by_its_edition_and_keyed_by_name() -> None:
    text = json.dumps([registry("jp")])
    entry = one("jp_meti", file("jp.json", text))
    assert entry.key == key_from_name("jp-meti", "glasshouse optics co ltd")
    assert (entry.referents, entry.datasets) == (("jp-1",), ("jp_meti",))
    assert entry.properties["alias"] == ("Glasshouse", "玻璃房")
    assert entry.properties["country"] == ("ir",)
    assert finished("jp_meti", file("jp.json", text)).as_of == dt.date(2025, 9, 29)


def test_a_name_printed_behind_its_country_is_found() -> None:
    row = registry("jp", entity_name="", addresses=["People's Republic of China Glasshouse Works"])
    entry = one("jp_meti", file("jp.json", json.dumps([row])))
    assert (entry.caption, entry.properties["country"]) == ("Glasshouse Works", ("cn",))


def test_a_record_without_any_name_is_refused() -> None:
    row = registry("jp", entity_name="", addresses=["Nowhere"])
    with pytest.raises(InvalidInput, match="missing") as refused:
        entries("jp_meti", file("jp.json", json.dumps([registry("jp"), row])))
    assert (refused.value.field, refused.value.line) == ("entity_name", 2)


def test_a_company_on_two_chinese_lists_is_one_entry() -> None:
    url = "https://lists.example/art.html"
    rows = [
        registry("cn", source_url=url),
        registry("cn", source_url=url, id="cn-2", source_list_name="Other List", date_added="2026-06-29"),
    ]
    entry = one("cn_mofcom", file("cn.json", json.dumps(rows)))
    assert entry.properties["program"] == ("Invented List", "Other List")
    result = finished("cn_mofcom", file("cn.json", json.dumps(rows)))
    assert (result.as_of, result.newest_change) == (dt.date(2026, 7, 19), dt.date(2026, 6, 29))
