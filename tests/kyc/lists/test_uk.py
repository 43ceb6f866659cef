"""The UK's lists: rows gathered into parties, and one key across OFSI's list and the UK Sanctions List."""

import datetime as dt

import pytest

from core.errors import InvalidInput
from tests.kyc.lists.written import entries, file, finished

CONLIST_COLUMNS = (
    "Name 6,Name 1,Name 2,Name 3,Name 4,Name 5,Title,DOB,Town of Birth,Country of Birth,Nationality,"
    "Passport Details,NI Number,Position,Address 1,Address 2,Address 3,Address 4,Address 5,Address 6,"
    "Post/Zip Code,Country,Other Information,Group Type,Alias Type,Regime,Listed On,Last Updated,Group ID"
)


def conlist(*rows: dict[str, str]) -> str:
    names = CONLIST_COLUMNS.split(",")
    lines = ["Last Updated,13/04/2018" + "," * (len(names) - 2), CONLIST_COLUMNS]
    lines += [",".join('"' + row.get(name, "") + '"' for name in names) for row in rows]
    return "\n".join(lines) + "\n"


ARMIN = {
    "Name 6": "QUELL",
    "Name 1": "Armin",
    "DOB": "00/00/1965",
    "Nationality": "(1) German (2) Moroccan",
    "Passport Details": "(1) K048787 (2) 486298 (issued 3 July 1999)",
    "NI Number": "Qatar national id no. 28440000526",
    "Country": "Afghanistan (since 2009)",
    "Address 1": "1 Mill Road",
    "Other Information": "UN Ref INi.001. Invented.",
    "Group Type": "Individual",
    "Alias Type": "Prime Alias",
    "Regime": "Invented",
    "Listed On": "01/04/2016",
    "Group ID": "13349",
}
ALIAS = {**ARMIN, "Name 1": "Arminio", "Name 6": "QUELLE", "Alias Type": "AKA", "DOB": "03/12/1966"}
FORMER = {**ARMIN, "Name 6": "QUALL", "Alias Type": "FKA"}

SUBJECTS = (
    "unique_id,subject_type,un_reference_number,ofsi_group_id,date_designated,last_updated\n"
    "INV0001,individual,INi.001,13349,29/06/2012,16/04/2026\n"
    "INV0002,entity,,,29/06/2012,12/01/2022\n"
    "INV0003,ship,,13350,29/06/2012,12/01/2022\n"
    "OTH0001,individual,,13349,29/06/2013,16/04/2026\n"
)
NAMES = (
    "name_id,unique_id,name_type,alias_strength,full_name,name_6,name_1,name_2,name_3,name_4,name_5\n"
    "1,INV0001,primary,,Armin QUELL,QUELL,Armin,,,,\n"
    "2,INV0001,primary_variation,,Armin KVELL,KVELL,Armin,,,,\n"
    "3,INV0001,alias,low_quality_aka,El Tulipan,El Tulipan,,,,,\n"
    "4,INV0002,primary,,TULIPWORKS,TULIPWORKS,,,,,\n"
    "5,INV0003,primary,,PAPER BOAT,PAPER BOAT,,,,,\n"
    "6,OTH0001,primary,,Arminio QUELL,QUELL,Arminio,,,,\n"
)
IDENTIFIERS = (
    "id,unique_id,ofsi_group_id,raw_value,identifier_type,additional_info\n"
    "1,INV0001,13349,P04581926,passport,issued somewhere\n"
    "2,INV0001,13349,P04581926,passport,issued somewhere\n"
    '3,INV0002,,"(no.): 190950894 (Belarus),  7704734000/770301001 (Russia) ",business_registr'
    "ation_numbers,\n"
    "4,INV0003,13350,9562233,imo,\n"
)


def tables() -> list:
    return [
        file("subject_identifiers.csv", IDENTIFIERS),
        file("subject_names.csv", NAMES),
        file("subjects.csv", SUBJECTS),
    ]


def test_the_rows_of_a_group_are_one_party() -> None:
    found = entries("uk_sanctions", file("conlist.csv", conlist(ALIAS, ARMIN, FORMER)))
    person = found["gb-hmt-13349"]
    assert len(found) == 1
    assert (person.schema, person.caption, person.referents) == ("Person", "Armin QUELL", ("un-INi.001",))
    assert person.properties["alias"] == ("Arminio QUELLE",)
    assert person.properties["previousName"] == ("Armin QUALL",)
    assert person.properties["birthDate"] == ("1966-12-03", "1965")
    assert person.properties["nationality"] == ("de", "ma")
    assert person.properties["passportNumber"] == ("K048787", "486298")
    assert person.properties["idNumber"] == ("28440000526",)
    assert person.properties["country"] == ("af",)


def test_the_list_states_its_date_and_its_newest_change() -> None:
    result = finished("uk_sanctions", file("conlist.csv", conlist(ARMIN)))
    assert (result.as_of, result.newest_change, result.records) == (
        dt.date(2018, 4, 13),
        dt.date(2016, 4, 1),
        1,
    )


def test_text_in_windows_encoding_is_read() -> None:
    text = conlist({**ARMIN, "Name 6": "O’QUELL"}).encode("cp1252")
    person = entries("uk_sanctions", file("conlist.csv", text))["gb-hmt-13349"]
    assert person.caption == "Armin O’QUELL"


def test_a_group_without_its_primary_name_is_not_whole() -> None:
    with pytest.raises(InvalidInput, match="gb-hmt-13349 has no primary name"):
        entries("uk_sanctions", file("conlist.csv", conlist(ALIAS)))


def test_the_three_tables_are_joined() -> None:
    found = entries("uk_sanctions", *tables())
    assert found.keys() == {"gb-hmt-13349", "gb-uksl-INV0002", "gb-hmt-13350"}
    assert found["gb-uksl-INV0002"].properties["registrationNumber"] == ("190950894", "7704734000/770301001")
    assert found["gb-hmt-13350"].schema == "Vessel"
    assert found["gb-hmt-13350"].properties["imoNumber"] == ("IMO9562233",)


def test_a_party_under_two_regimes_is_one_entry_with_the_key_of_the_old_list() -> None:
    person = entries("uk_sanctions", *tables())["gb-hmt-13349"]
    assert person.key in entries("uk_sanctions", file("conlist.csv", conlist(ARMIN)))
    assert set(person.referents) == {"gb-uksl-INV0001", "gb-uksl-OTH0001", "un-INi.001"}
    assert person.properties["name"] == ("Armin QUELL",)
    assert person.properties["alias"] == ("Armin KVELL", "Arminio QUELL")
    assert person.properties["weakAlias"] == ("El Tulipan",)
    assert person.properties["passportNumber"] == ("P04581926",)
    assert person.properties["program"] == ("INV", "OTH")


def test_the_tables_are_not_read_without_their_names() -> None:
    with pytest.raises(InvalidInput, match="the table of names is missing"):
        entries("uk_sanctions", tables()[2])


def test_a_missing_table_of_identifiers_is_noted() -> None:
    assert "no table of identifiers" in finished("uk_sanctions", *tables()[1:]).notes


LIST_COLUMNS = (
    "Last Updated,Unique ID,OFSI Group ID,UN Reference Number,Name 6,Name 1,Name 2,Name 3,Name 4,Name 5,"
    "Name type,Alias strength,Title,Name non-latin script,Regime Name,Designation Type,Other Information,"
    "Address Line 1,Address Country,Date Designated,D.O.B,Nationality(/ies),Passport number,Gender,"
    "IMO number,Current believed flag of ship,Year Built"
)


def uk_list(*rows: dict[str, str]) -> str:
    names = LIST_COLUMNS.split(",")
    lines = ["Report Date: 24-Jun-2026", LIST_COLUMNS]
    lines += [",".join('"' + row.get(name, "") + '"' for name in names) for row in rows]
    return "\n".join(lines) + "\n"


LISTED = {
    "Last Updated": "16/04/2026",
    "Unique ID": "INV0001",
    "OFSI Group ID": "13349",
    "UN Reference Number": "INi.001",
    "Name 6": "QUELL",
    "Name 1": "Armin",
    "Name type": "Primary name",
    "Name non-latin script": "Армин Квелл",
    "Designation Type": "Individual",
    "D.O.B": "00/00/1965",
    "Nationality(/ies)": "Ecuador",
    "Passport number": "P04581926",
    "Gender": "Male",
    "Regime Name": "Invented",
}


def test_the_published_list_agrees_with_its_tables() -> None:
    weak = {
        **LISTED,
        "Name 1": "",
        "Name 6": "El Tulipan",
        "Name type": "ALIAS",
        "Alias strength": "Low quality",
    }
    ship = {
        "Unique ID": "INV0003",
        "Name 6": "PAPER BOAT",
        "Name type": "Primary Name",
        "Designation Type": "Ship",
        "IMO number": "9562233",
        "Current believed flag of ship": "Liberia",
        "Year Built": "1999",
    }
    found = entries("uk_sanctions", file("UK-Sanctions-List.csv", uk_list(weak, LISTED, ship)))
    person, by_tables = found["gb-hmt-13349"], entries("uk_sanctions", *tables())["gb-hmt-13349"]
    assert person.caption == by_tables.caption
    assert {"gb-uksl-INV0001", "un-INi.001"} == set(person.referents) <= set(by_tables.referents)
    assert person.properties["weakAlias"] == ("El Tulipan",)
    assert person.properties["alias"] == ("Армин Квелл",)
    assert (person.properties["birthDate"], person.properties["nationality"]) == (("1965",), ("ec",))
    assert (person.properties["passportNumber"], person.properties["gender"]) == (("P04581926",), ("male",))
    boat = found["gb-uksl-INV0003"]
    assert (boat.schema, boat.properties["imoNumber"], boat.properties["flag"]) == (
        "Vessel",
        ("IMO9562233",),
        ("lr",),
    )


def test_the_published_list_states_its_date() -> None:
    result = finished("uk_sanctions", file("UK-Sanctions-List.csv", uk_list(LISTED)))
    assert (result.layout, result.as_of) == ("uk-list", dt.date(2026, 6, 24))
    assert result.newest_change == dt.date(2026, 4, 16)


def test_the_published_list_is_refused_when_it_is_cut() -> None:
    with pytest.raises(InvalidInput, match="fields instead of"):
        entries("uk_sanctions", file("UK-Sanctions-List.csv", uk_list(LISTED).rsplit(",", 3)[0] + "\n"))
    with pytest.raises(InvalidInput, match="has no primary name"):
        alias = {**LISTED, "Name type": "Alias"}
        entries("uk_sanctions", file("UK-Sanctions-List.csv", uk_list(alias)))
