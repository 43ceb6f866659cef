"""The Consolidated Screening List: OFAC's keys, keys from names, several lists, one entry a party."""

import datetime as dt

import pytest

from core.errors import InvalidInput
from kyc.lists.entry import key_from_name
from tests.kyc.lists.written import csl_json, entries, file, finished, one, sdn

COLUMNS = (
    "_id,source,entity_number,type,programs,name,title,addresses,federal_register_notice,start_date,end_date,"
    "standard_order,license_requirement,license_policy,call_sign,vessel_type,gross_tonnage,"
    "gross_registered_tonnage,vessel_flag,vessel_owner,remarks,source_list_url,alt_names,citizenships,"
    "dates_of_birth,nationalities,places_of_birth,source_information_url,ids"
)
SDN = "Specially Designated Nationals (SDN) - Treasury Department"
SSI = "Sectoral Sanctions Identifications List (SSI) - Treasury Department"
EL = "Entity List (EL) - Bureau of Industry and Security"


def table(*rows: dict[str, str]) -> str:
    lines = [COLUMNS]
    for row in rows:
        lines.append(
            ",".join('"' + row.get(column, "").replace('"', '""') + '"' for column in COLUMNS.split(","))
        )
    return "\n".join(lines) + "\n"


ARMIN = {
    "source": SDN,
    "entity_number": "102",
    "type": "Individual",
    "name": "QUELL, Armin",
    "programs": "INVENTED; PRETEND",
    "addresses": "Quito, EC; 12 Mill Road, Lima, PE",
    "alt_names": "QUELLE, Arminio; QUALL, Armin",
    "citizenships": "EC; PE",
    "dates_of_birth": "1965-12-03; circa 1966; 1967 to 1969",
    "nationalities": "EC",
    "places_of_birth": "Quito, Ecuador",
    "ids": "EC, A0012345, Passport; Male, Gender; 1InventedAddress9x, Digital Currency Address - XBT; "
    "Subject to Directive 1, Executive Order 13662 Directive Determination -",
}
PLANT = {
    "source": EL,
    "name": "Glasshouse Optics Co., Ltd.",
    "alt_names": "Glasshouse; and GO Optics",
    "addresses": "1 Lens Road, Shenzhen, CN",
    "license_requirement": "For all items subject to the EAR.",
    "start_date": "2021-04-22",
}


def test_a_person_of_ofac_has_ofacs_key_and_facts() -> None:
    person = one("us_csl", file("consolidated.csv", table(ARMIN)))
    assert (person.key, person.datasets, person.schema) == ("ofac-102", ("us_ofac_sdn",), "Person")
    assert person.names == ("Armin QUELL", "Arminio QUELLE", "Armin QUALL")
    found = person.properties
    assert found["birthDate"] == ("1965-12-03", "1966", "1967", "1968", "1969")
    assert found["country"] == ("ec", "pe")
    assert found["passportNumber"] == ("A0012345",)
    assert found["gender"] == ("male",)
    assert found["publicKey"] == ("1InventedAddress9x",)
    assert found["program"] == ("INVENTED", "PRETEND")
    assert "Executive Order 13662 Directive Determination: Subject to Directive 1" in found["notes"]


def test_the_two_layouts_and_ofacs_own_file_agree_on_keys_and_names() -> None:
    compact = csl_json(
        [{"n": "Armin QUELL", "a": ["Arminio QUELLE"], "s": 0, "t": "Individual", "e": "102", "u": 0}]
    )
    by_json = one("us_csl", file("csl.json", compact))
    by_csv = one("us_csl", file("consolidated.csv", table(ARMIN)))
    by_ofac = entries("us_ofac_sdn", *sdn())["ofac-102"]
    assert by_json.key == by_csv.key == by_ofac.key
    assert by_json.caption == by_csv.caption == by_ofac.caption == "Armin QUELL"


def test_a_party_without_a_number_has_a_key_made_from_its_name() -> None:
    plant = one("us_csl", file("consolidated.csv", table(PLANT)))
    assert plant.key == key_from_name("us-el", "GLASSHOUSE OPTICS CO LTD")
    assert plant.key.startswith("us-el-")
    assert plant.properties["alias"] == ("Glasshouse", "GO Optics")
    assert plant.properties["country"] == ("cn",)
    assert plant.properties["topics"] == ("export.control",)


def test_lines_of_one_name_are_one_party_whatever_their_addresses() -> None:
    branch = {**PLANT, "name": "GLASSHOUSE OPTICS CO. LTD", "addresses": "2 Lens Road, Kowloon, HK"}
    result = finished("us_csl", file("consolidated.csv", table(PLANT, branch)))
    assert (result.records, result.entities) == (2, 1)
    plant = one("us_csl", file("consolidated.csv", table(PLANT, branch)))
    assert plant.caption == "Glasshouse Optics Co., Ltd."
    assert "GLASSHOUSE OPTICS CO. LTD" in plant.properties["alias"]
    assert plant.properties["country"] == ("cn", "hk")


def test_a_party_on_two_lists_is_one_entry_on_both() -> None:
    bank = {"entity_number": "7", "type": "Entity", "name": "PAPER BANK"}
    both = one("us_csl", file("consolidated.csv", table({**bank, "source": SSI}, {**bank, "source": SDN})))
    assert both.datasets == ("us_ofac_sdn", "us_ofac_ssi")
    assert both.dataset == "us_ofac_sdn"


def test_the_header_inside_the_file_is_no_party() -> None:
    text = table(PLANT) + COLUMNS + "\n" + table(ARMIN).split("\n", 1)[1]
    assert finished("us_csl", file("consolidated.csv", text)).records == 2


def test_the_dates_of_the_two_layouts() -> None:
    table_result = finished("us_csl", file("consolidated.csv", table(PLANT)))
    assert (table_result.as_of, table_result.newest_change) == (None, dt.date(2021, 4, 22))
    compact = csl_json([{"n": "Glasshouse", "s": 1, "u": 0}])
    assert finished("us_csl", file("csl.json", compact)).as_of == dt.date(2026, 2, 3)


def test_the_tables_of_the_compact_layout_are_followed() -> None:
    row = {"n": "Glasshouse", "s": 1, "c": ["CN", "HK"], "lr": 0, "lp": 0, "pg": 0, "fr": "86 FR 1", "u": 0}
    found = one("us_csl", file("csl.json", csl_json([row]))).properties
    assert found["country"] == ("cn", "hk")
    assert found["program"] == ("INVENTED", "PRETEND")
    assert "Licence policy: Policy of denial." in found["notes"]
    assert found["sourceUrl"] == ("https://lists.example/",)


def test_an_unknown_list_is_refused_because_its_parties_would_vanish() -> None:
    strange = {**PLANT, "source": "New List (NEW) - Somebody"}
    with pytest.raises(InvalidInput, match="no list that is known") as refused:
        entries("us_csl", file("consolidated.csv", table(strange)))
    assert refused.value.line == 2


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"entryCount": 5}, "1 entries instead of 5: not whole"),
        ({"countsBySource": {EL: 3}}, "2 entries are missing: not whole"),
        ({"entries": [{"n": "X", "s": 77, "u": 0}]}, "a malformed entry"),
        ({"tables": None}, "a malformed entry"),
    ],
)
def test_a_compact_list_that_is_not_whole_is_refused(changed: dict[str, object], reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        entries("us_csl", file("csl.json", csl_json([{"n": "X", "s": 1, "u": 0}], **changed)))


def test_a_cut_compact_list_is_refused() -> None:
    text = csl_json([{"n": "X", "s": 1, "u": 0}])
    with pytest.raises(InvalidInput, match="not whole or not JSON"):
        entries("us_csl", file("csl.json", text[:-20]))
