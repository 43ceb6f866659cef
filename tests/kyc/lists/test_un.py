"""The UN's list: reference numbers as keys, alias strength, dates of every kind, both layouts."""

import datetime as dt

from tests.kyc.lists.written import entries, file, finished

INDIVIDUAL = """<INDIVIDUAL><DATAID>6900001</DATAID><VERSIONNUM>1</VERSIONNUM><FIRST_NAME> ARMIN </FIRST_NAME>
<SECOND_NAME>QUELL</SECOND_NAME><THIRD_NAME/><UN_LIST_TYPE>Invented</UN_LIST_TYPE>
<REFERENCE_NUMBER>INi.001 </REFERENCE_NUMBER><LISTED_ON>2016-11-30</LISTED_ON><GENDER>Male</GENDER>
<NAME_ORIGINAL_SCRIPT>Армин Квелл</NAME_ORIGINAL_SCRIPT><COMMENTS1>Invented.</COMMENTS1>
<TITLE><VALUE>Doctor</VALUE></TITLE><DESIGNATION><VALUE>Director</VALUE></DESIGNATION>
<NATIONALITY><VALUE>Democratic People's Republic of Korea</VALUE><VALUE>Yemeni</VALUE></NATIONALITY>
<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Arminio Quelle</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>El Tulipan</ALIAS_NAME>
 <DATE_OF_BIRTH>Born in 1970</DATE_OF_BIRTH></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ALIAS><QUALITY/><ALIAS_NAME/></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ADDRESS><CITY>Quito</CITY><COUNTRY>Ecuador</COUNTRY><NOTE>formerly</NOTE></INDIVIDUAL_ADDRESS>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>EXACT</TYPE_OF_DATE><DATE>1964-07-17</DATE></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>APPROXIMATELY</TYPE_OF_DATE><YEAR>1961</YEAR></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1955</FROM_YEAR><TO_YEAR>1957</TO_YEAR>
</INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>EXACT</TYPE_OF_DATE><NOTE>Nov. 1973 </NOTE></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_PLACE_OF_BIRTH><CITY>Zurmat</CITY><COUNTRY>Afghanistan</COUNTRY></INDIVIDUAL_PLACE_OF_BIRTH>
<INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Número de pasaporte</TYPE_OF_DOCUMENT><NUMBER> 381310014</NUMBER>
</INDIVIDUAL_DOCUMENT><INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>National Identification
  Number</TYPE_OF_DOCUMENT><NUMBER>17-99</NUMBER></INDIVIDUAL_DOCUMENT><INDIVIDUAL_DOCUMENT/></INDIVIDUAL>"""
ENTITY = """<ENTITY><DATAID>6900002</DATAID><FIRST_NAME>TULIPWORKS</FIRST_NAME>
   <UN_LIST_TYPE>Invented</UN_LIST_TYPE>
<REFERENCE_NUMBER>INe.002</REFERENCE_NUMBER><LISTED_ON>2014-06-30</LISTED_ON><COMMENTS1/>
<ENTITY_ALIAS><QUALITY>a.k.a.</QUALITY><ALIAS_NAME>Tulip Trading</ALIAS_NAME></ENTITY_ALIAS>
<ENTITY_ALIAS><QUALITY>f.k.a.</QUALITY><ALIAS_NAME>Rose Trading</ALIAS_NAME></ENTITY_ALIAS>
<ENTITY_ADDRESS><COUNTRY>China, Hong Kong Special Administrative Region</COUNTRY></ENTITY_ADDRESS></ENTITY>"""
OLD = (
    '<?xml version="1.0" encoding="UTF-8"?><CONSOLIDATED_LIST dateGenerated="2020-11-24T20:23:07.617-05:00">'
    f"<INDIVIDUALS>{INDIVIDUAL}</INDIVIDUALS><ENTITIES>{ENTITY}</ENTITIES></CONSOLIDATED_LIST>"
)
NEW = (
    "<?xml version='1.0' encoding='UTF-8'?>\n<CONSOLIDATED_LIST dateGenerated='2025-04-19T23:00:04.625Z'>\n"
    f"  <INDIVIDUALS>\n    {INDIVIDUAL}\n  </INDIVIDUALS>\n  <ENTITIES>\n"
    f"{ENTITY}</ENTITIES>\n</CONSOLIDATED_LIST>\n"
)


def test_a_person_with_every_kind_of_fact() -> None:
    person = entries("un_sc", file("un.xml", OLD))["un-INi.001"]
    assert (person.schema, person.caption, person.referents) == (
        "Person",
        "ARMIN QUELL",
        ("un-dataid-6900001",),
    )
    found = person.properties
    assert found["alias"] == ("Армин Квелл", "Arminio Quelle")
    assert found["weakAlias"] == ("El Tulipan",)
    assert found["birthDate"] == ("1970", "1964-07-17", "1961", "1955", "1956", "1957", "1973-11")
    assert found["nationality"] == ("kp", "ye")
    assert (found["country"], found["birthCountry"]) == (("ec",), ("af",))
    assert (found["passportNumber"], found["idNumber"]) == (("381310014",), ("17-99",))
    assert (found["gender"], found["title"], found["position"]) == (("male",), ("Doctor",), ("Director",))
    assert (found["program"], found["topics"]) == (("Invented",), ("sanction",))


def test_an_entity_keeps_its_former_name_apart() -> None:
    entity = entries("un_sc", file("un.xml", NEW))["un-INe.002"]
    assert entity.schema == "Organization"
    assert entity.properties["alias"] == ("Tulip Trading",)
    assert entity.properties["previousName"] == ("Rose Trading",)
    assert entity.properties["country"] == ("hk",)


def test_both_layouts_give_equal_entries() -> None:
    assert entries("un_sc", file("old.xml", OLD)) == entries("un_sc", file("new.xml", NEW))


def test_the_list_states_its_date() -> None:
    assert finished("un_sc", file("old.xml", OLD)).as_of == dt.date(2020, 11, 24)
    assert finished("un_sc", file("new.xml", NEW)).as_of == dt.date(2025, 4, 19)
