"""OFAC's CSV: one party from several files, and its remarks understood."""

from kyc.lists.reading import read
from tests.kyc.lists.written import ADD, ALT, END, SDN, entries, file, finished, one, sdn


def test_a_company_is_read_from_all_its_files() -> None:
    tulip = entries("us_ofac_sdn", *sdn())["ofac-101"]
    assert tulip.schema == "Organization"
    assert tulip.dataset == "us_ofac_sdn"
    assert tulip.to_ftm() == {
        "id": "ofac-101",
        "caption": "TULIPWORKS TRADING LLC",
        "schema": "Organization",
        "datasets": ["us_ofac_sdn"],
        "referents": [],
        "properties": {
            "name": ["TULIPWORKS TRADING LLC"],
            "alias": ["TWT"],
            "previousName": ["TULIP TRADING LIMITED"],
            "weakAlias": ["TULWO"],
            "program": ["INVENTED", "PRETEND"],
            "address": ["1 Glasshouse Lane, Panama City, Panama"],
            "country": ["pa"],
            "website": ["www.tulipworks.example"],
            "taxNumber": ["77-1234567"],
            "leiCode": ["5299000J2N45DDNE4Y28"],
            "incorporationDate": ["2014-05-05"],
            "notes": ["Linked To: QUELL, Armin"],
            "topics": ["sanction"],
            "sourceUrl": ["https://sanctionssearch.ofac.treas.gov/Details.aspx?id=101"],
        },
    }


def test_a_person_has_a_natural_name_and_the_facts_of_the_remarks() -> None:
    person = entries("us_ofac_sdn", *sdn())["ofac-102"]
    assert person.caption == "Armin QUELL"
    found = person.properties
    assert (found["firstName"], found["lastName"]) == (("Armin",), ("QUELL",))
    assert found["alias"] == ("Arminio QUELLE",)
    assert found["birthDate"] == ("1965-12-03", "1966")
    assert (found["birthPlace"], found["birthCountry"]) == (("Quito, Ecuador",), ("ec",))
    assert found["nationality"] == ("ec", "pe")
    assert found["citizenship"] == ("kp",)
    assert found["gender"] == ("male",)
    assert found["passportNumber"] == ("A0012345",)
    assert found["idNumber"] == ("17-998877",)
    assert found["publicKey"] == ("1InventedAddressForTestsOnly9x",)
    assert found["email"] == ("armin@quell.example",)
    assert found["position"] == ("Director",)
    assert found["notes"] == ("Secondary sanctions risk: section 9 of an invented order",)


def test_a_vessel_has_its_numbers_and_flags() -> None:
    vessel = entries("us_ofac_sdn", *sdn())["ofac-103"]
    assert vessel.schema == "Vessel"
    assert vessel.properties["imoNumber"] == ("IMO9074729",)
    assert vessel.properties["mmsi"] == ("636000001",)
    assert vessel.properties["callSign"] == ("T9XY2",)
    assert (vessel.properties["flag"], vessel.properties["pastFlags"]) == (("lr",), ("mt",))


def test_remarks_that_are_too_long_go_on_in_the_comments() -> None:
    primary = (
        '7,"LONG STORY INC",-0- ,"INVENTED",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"Tax ID No. 12"\r\n' + END
    )
    comments = '7,"3456789 (Panama); Phone Number 555-0100."\r\n' + END
    story = one("us_ofac_sdn", file("sdn.csv", primary), file("sdn_comments.csv", comments))
    assert story.properties["taxNumber"] == ("123456789",)
    assert story.properties["phone"] == ("555-0100",)


def test_what_belongs_to_no_listed_party_is_noted_and_not_lost_silently() -> None:
    stray = '999,9,"aka","NOBODY",-0- \r\n'
    result = finished("us_ofac_sdn", *sdn(alt=ALT + stray + END))
    assert result.entities == 3
    assert result.notes == {"alternate names of no listed party": 1}


def test_a_missing_file_of_aliases_is_noted() -> None:
    result = finished("us_ofac_sdn", file("sdn.csv", SDN + END))
    assert result.notes == {"no file of addresses": 1, "no file of alternate names": 1}


def test_a_file_of_aliases_without_its_end_mark_is_taken_with_a_note() -> None:
    assert finished("us_ofac_sdn", *sdn(alt=ALT, add=ADD + END)).notes == {"alt.csv: no closing Ctrl-Z": 1}


def test_the_files_are_told_apart_by_their_columns_whatever_their_names() -> None:
    files = [file("c", SDN + END), file("b", ALT + END), file("a", ADD + END)]
    assert entries("us_ofac_sdn", *files).keys() == {"ofac-101", "ofac-102", "ofac-103"}


def test_the_non_sdn_lists_follow_from_the_programmes() -> None:
    row = '{},"{}",-0- ,"{}",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"{}"\r\n'
    parties = [
        (1, "SECTOR BANK", "UKRAINE-EO13662", "-0-"),
        (2, "CHIP WORKS", "CMIC-EO13959", "-0-"),
        (3, "COUNCIL", "NS-PLC", "-0-"),
        (4, "MENU BANK", "RUSSIA-EO14024", "Effective Date (EO 14024 Directive 3): 26 Mar 2022."),
        (
            5,
            "BOTH BANK",
            "UKRAINE-EO13662] [RUSSIA-EO14024",
            "Listing Date (EO 14024 Directive 1a): 22 Feb 2022.",
        ),
        (6, "CORRESPONDENT", "561-Related", "-0-"),
        (7, "EVADER", "FSE-IR", "-0-"),
    ]
    found = entries("us_ofac_cons", file("cons_prim.csv", "".join(row.format(*p) for p in parties) + END))
    assert {key: entry.datasets for key, entry in found.items()} == {
        "ofac-1": ("us_ofac_ssi",),
        "ofac-2": ("us_ofac_cmic",),
        "ofac-3": ("us_ofac_plc",),
        "ofac-4": ("us_ofac_mbs",),
        "ofac-5": ("us_ofac_ssi", "us_ofac_mbs"),
        "ofac-6": ("us_ofac_capta",),
        "ofac-7": ("us_ofac_fse",),
    }


def test_the_flat_table_gives_the_same_keys() -> None:
    flat = (
        "uid,name,type,programs,alternate_names\r\n"
        "101,TULIPWORKS TRADING LLC,entity,INVENTED; PRETEND,TWT; TULIP TRADING LIMITED\r\n"
        '102,"QUELL, Armin",individual,INVENTED,"QUELLE, Arminio"\r\n'
    )
    found = entries("us_ofac_sdn", file("flat.csv", flat))
    assert found["ofac-101"].properties["program"] == ("INVENTED", "PRETEND")
    assert found["ofac-101"].properties["alias"] == ("TWT", "TULIP TRADING LIMITED")
    assert found["ofac-102"].names == ("Armin QUELL", "Arminio QUELLE")


def test_counts_are_known_when_the_list_has_been_read() -> None:
    result = read("us_ofac_sdn", sdn())
    assert not result.complete
    assert len(list(result)) == 3
    assert (result.complete, result.entities, result.records, result.names) == (True, 3, 3, 7)
    assert (result.layout, result.as_of) == ("ofac-csv", None)
