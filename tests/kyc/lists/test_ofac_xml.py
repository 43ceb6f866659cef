"""OFAC's three XML layouts say the same of the same party as its CSV."""

import datetime as dt

import pytest

from core.errors import InvalidInput
from kyc.lists.entry import Entry
from tests.kyc.lists.written import entries, file, finished, one

LEGACY = """<?xml version="1.0"?>
<sdnList xmlns="https://lists.example/XML">
 <publshInformation><Publish_Date>03/28/2025</Publish_Date><Record_Count>1</Record_Count></publshInformation>
 <sdnEntry><uid>102</uid><firstName>Armin</firstName><lastName>QUELL</lastName><sdnType>Individual</sdnType>
  <programList><program>INVENTED</program></programList>
  <idList><id><uid>1</uid><idType>Passport</idType><idNumber>A0012345</idNumber><idCountry>Ecuador</idCountry></id>
   <id><uid>2</uid><idType>Gender</idType><idNumber>Male</idNumber></id>
   <id><uid>3</uid><idType>Digital Currency Address - XBT</idType><idNumber>1InventedAddress9x</idNumber></id>
   <id><uid>4</uid><idType>Secondary sanctions risk:</idType><idNumber>section 9</idNumber></id></idList>
  <akaList><aka><uid>5</uid><type>a.k.a.</type><category>strong</category><lastName>QUELLE</lastName>
    <firstName>Arminio</firstName></aka>
   <aka><uid>6</uid><type>a.k.a.</type><category>weak</category><lastName>EL TULIPAN</lastName></aka>
   <aka><uid>7</uid><type>f.k.a.</type><category>strong</category><lastName>QUALL</lastName>
    <firstName>Armin</firstName></aka></akaList>
  <addressList><address><uid>8</uid><city>Quito</city><country>Ecuador</country></address></addressList>
  <nationalityList><nationality><uid>9</uid><country>Ecuador</country></nationality></nationalityList>
  <dateOfBirthList><dateOfBirthItem><uid>9</uid><dateOfBirth>03 Dec 1965</dateOfBirth></dateOfBirthItem>
  </dateOfBirthList>
  <placeOfBirthList><placeOfBirthItem><uid>9</uid><placeOfBirth>Quito, Ecuador</placeOfBirth>
   </placeOfBirthItem>
  </placeOfBirthList>
 </sdnEntry></sdnList>"""

ENHANCED = """<?xml version="1.0"?>
<sanctionsData xmlns="https://lists.example/ENHANCED_XML">
 <publicationInfo><dataAsOf>2025-01-10T00:00:00</dataAsOf></publicationInfo>
 <entities><entity id="102">
  <generalInfo><entityType>Individual</entityType></generalInfo>
  <sanctionsLists><sanctionsList>SDN List</sanctionsList></sanctionsLists>
  <sanctionsPrograms><sanctionsProgram>INVENTED</sanctionsProgram></sanctionsPrograms>
  <names>
   <name><isPrimary>true</isPrimary><isLowQuality>false</isLowQuality><translations>
    <translation><isPrimary>true</isPrimary><formattedFirstName>Armin</formattedFirstName>
     <formattedLastName>QUELL</formattedLastName></translation>
    <translation><isPrimary>false</isPrimary><formattedLastName>Армин КВЕЛЛ</formattedLastName></translation>
    </translations></name>
   <name><isPrimary>false</isPrimary><aliasType>A.K.A.</aliasType><isLowQuality>false</isLowQuality><translations>
    <translation><isPrimary>true</isPrimary><formattedFirstName>Arminio</formattedFirstName>
     <formattedLastName>QUELLE</formattedLastName></translation></translations></name>
   <name><isPrimary>false</isPrimary><aliasType>A.K.A.</aliasType><isLowQuality>true</isLowQuality><translations>
    <translation><isPrimary>true</isPrimary><formattedLastName>EL TULIPAN</formattedLastName></translation>
    </translations></name>
   <name><isPrimary>false</isPrimary><aliasType>F.K.A.</aliasType><isLowQuality>false</isLowQuality><translations>
    <translation><isPrimary>true</isPrimary><formattedFirstName>Armin</formattedFirstName>
     <formattedLastName>QUALL</formattedLastName></translation></translations></name></names>
  <addresses><address><country>Ecuador</country><translations><translation><addressParts><addressPart>
    <type>CITY</type><value>Quito</value></addressPart></addressParts></translation></translations></address>
  </addresses>
  <features><feature><type>Birthdate</type><value>03 Dec 1965</value></feature>
   <feature><type>Place of Birth</type><value>Quito, Ecuador</value></feature>
   <feature><type>Nationality Country</type><value>Ecuador</value></feature>
   <feature><type>Gender</type><value>Male</value></feature>
   <feature><type>Digital Currency Address - XBT</type><value>1InventedAddress9x</value></feature></features>
  <identityDocuments><identityDocument><type>Passport</type><documentNumber>A0012345</documentNumber>
   <issuingCountry>Ecuador</issuingCountry></identityDocument></identityDocuments>
  <relationships><relationship><type>Owned or Controlled By</type>
   <relatedEntity entityId="101">TULIPWORKS TRADING LLC</relatedEntity></relationship></relationships>
 </entity></entities></sanctionsData>"""


def _alias(kind: str, low: str, first: str, last: str, primary: str = "false") -> str:
    given = (
        f"<DocumentedNamePart><NamePartValue NamePartGroupID='2'>{first}</NamePartValue></DocumentedNamePart>"
    )
    return (
        f"<Alias AliasTypeID='{kind}' Primary='{primary}' LowQuality='{low}'><DocumentedName>"
        f"<DocumentedNamePart><NamePartValue NamePartGroupID='1'>{last}</NamePartValue></DocumentedNamePart>"
        f"{given if first else ''}</DocumentedName></Alias>"
    )


def _moment(year: int, month: int, day: int) -> str:
    return f"<Year>{year}</Year><Month>{month}</Month><Day>{day}</Day>"


ADVANCED = f"""<?xml version="1.0"?>
<Sanctions xmlns="http://www.un.org/sanctions/1.0">
 <DateOfIssue>{_moment(2020, 3, 17)}</DateOfIssue>
 <ReferenceValueSets>
  <AliasTypeValues><AliasType ID="1400">A.K.A.</AliasType><AliasType ID="1401">F.K.A.</AliasType>
   <AliasType ID="1403">Name</AliasType></AliasTypeValues>
  <CountryValues><Country ID="7" ISO2="EC">Ecuador</Country></CountryValues>
  <AreaCodeValues><AreaCode ID="7" CountryID="7">EC</AreaCode></AreaCodeValues>
  <DetailReferenceValues><DetailReference ID="91">Male</DetailReference></DetailReferenceValues>
  <FeatureTypeValues><FeatureType ID="8">Birthdate</FeatureType>
   <FeatureType ID="9">Place of Birth</FeatureType>
   <FeatureType ID="10">Nationality Country</FeatureType><FeatureType ID="224">Gender</FeatureType>
   <FeatureType ID="25">Location</FeatureType>
   <FeatureType ID="344">Digital Currency Address - XBT</FeatureType></FeatureTypeValues>
  <IDRegDocTypeValues><IDRegDocType ID="1571">Passport</IDRegDocType></IDRegDocTypeValues>
  <ListValues><List ID="1550">SDN List</List></ListValues>
  <NamePartTypeValues><NamePartType ID="1520">Last Name</NamePartType>
   <NamePartType ID="1521">First Name</NamePartType></NamePartTypeValues>
  <PartySubTypeValues><PartySubType ID="4" PartyTypeID="1">Unknown</PartySubType></PartySubTypeValues>
  <PartyTypeValues><PartyType ID="1">Individual</PartyType></PartyTypeValues>
 </ReferenceValueSets>
 <Locations><Location ID="1"><LocationAreaCode AreaCodeID="7"/><LocationCountry CountryID="7"/>
  <LocationPart LocPartTypeID="1454"><LocationPartValue><Value>Quito</Value></LocationPartValue>
   </LocationPart>
  </Location></Locations>
 <IDRegDocuments><IDRegDocument ID="1" IDRegDocTypeID="1571" IdentityID="5" IssuedBy-CountryID="7">
  <IDRegistrationNo>A0012345</IDRegistrationNo></IDRegDocument></IDRegDocuments>
 <DistinctParties><DistinctParty FixedRef="102"><Comment/><Profile ID="102" PartySubTypeID="4">
   <Identity ID="5">
  {_alias("1403", "false", "Armin", "QUELL", "true")}
  {_alias("1400", "false", "Arminio", "QUELLE")}{_alias("1400", "true", "", "EL TULIPAN")}
  {_alias("1401", "false", "Armin", "QUALL")}
  <NamePartGroups><MasterNamePartGroup><NamePartGroup ID="1" NamePartTypeID="1520"/></MasterNamePartGroup>
   <MasterNamePartGroup><NamePartGroup ID="2" NamePartTypeID="1521"/></MasterNamePartGroup></NamePartGroups>
  </Identity>
  <Feature FeatureTypeID="8"><FeatureVersion><DatePeriod>
   <Start Approximate="false"><From>{_moment(1965, 12, 3)}</From><To>{_moment(1965, 12, 3)}</To></Start>
   <End Approximate="false"><From>{_moment(1965, 12, 3)}</From><To>{_moment(1965, 12, 3)}</To></End>
   </DatePeriod></FeatureVersion></Feature>
  <Feature FeatureTypeID="9"><FeatureVersion><VersionDetail>Quito, Ecuador</VersionDetail>
   </FeatureVersion></Feature>
  <Feature FeatureTypeID="10"><FeatureVersion><VersionLocation LocationID="1"/></FeatureVersion></Feature>
  <Feature FeatureTypeID="224"><FeatureVersion><VersionDetail DetailReferenceID="91"/>
   </FeatureVersion></Feature>
  <Feature FeatureTypeID="25"><FeatureVersion><VersionLocation LocationID="1"/></FeatureVersion></Feature>
  <Feature FeatureTypeID="344"><FeatureVersion><VersionDetail>1InventedAddress9x</VersionDetail>
   </FeatureVersion></Feature></Profile></DistinctParty></DistinctParties>
 <SanctionsEntries><SanctionsEntry ProfileID="102" ListID="1550"><SanctionsMeasure><Comment>INVENTED</Comment>
  </SanctionsMeasure></SanctionsEntry></SanctionsEntries>
</Sanctions>"""

LAYOUTS = {
    "ofac-xml": (LEGACY, dt.date(2025, 3, 28)),
    "ofac-enhanced": (ENHANCED, dt.date(2025, 1, 10)),
    "ofac-advanced": (ADVANCED, dt.date(2020, 3, 17)),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_person_is_the_same_in_every_xml_layout(layout: str) -> None:
    text, _ = LAYOUTS[layout]
    person: Entry = one("us_ofac_sdn", file("sdn.xml", text))
    assert (person.key, person.schema, person.datasets) == ("ofac-102", "Person", ("us_ofac_sdn",))
    found = person.properties
    assert found["name"] == ("Armin QUELL",)
    assert "Arminio QUELLE" in found["alias"]
    assert found["weakAlias"] == ("EL TULIPAN",)
    assert found["previousName"] == ("Armin QUALL",)
    assert (found["firstName"], found["lastName"]) == (("Armin",), ("QUELL",))
    assert found["birthDate"] == ("1965-12-03",)
    assert found["birthPlace"] == ("Quito, Ecuador",)
    assert (found["nationality"], found["country"], found["gender"]) == (("ec",), ("ec",), ("male",))
    assert found["address"] == ("Quito, Ecuador",)
    assert found["passportNumber"] == ("A0012345",)
    assert found["publicKey"] == ("1InventedAddress9x",)
    assert found["program"] == ("INVENTED",)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_date_and_the_layout_are_found(layout: str) -> None:
    text, date = LAYOUTS[layout]
    result = finished("us_ofac_sdn", file("sdn.xml", text))
    assert (result.layout, result.as_of, result.records) == (layout, date, 1)


def test_a_spelling_in_another_script_is_an_alias() -> None:
    assert "Армин КВЕЛЛ" in one("us_ofac_sdn", file("sdn.xml", ENHANCED)).properties["alias"]


def test_a_relation_is_kept_as_a_note() -> None:
    notes = one("us_ofac_sdn", file("sdn.xml", ENHANCED)).properties["notes"]
    assert notes == ("Owned or Controlled By: TULIPWORKS TRADING LLC",)


def test_a_count_that_does_not_agree_is_refused() -> None:
    with pytest.raises(InvalidInput, match="1 records instead of 2: not whole") as refused:
        entries("us_ofac_sdn", file("sdn.xml", LEGACY.replace("<Record_Count>1", "<Record_Count>2")))
    assert refused.value.field == "Record_Count"


def test_a_party_of_the_sdn_list_is_none_of_the_consolidated_one() -> None:
    with pytest.raises(InvalidInput, match="a party on no list of us_ofac_cons"):
        entries("us_ofac_cons", file("cons.xml", ENHANCED))


def test_a_value_that_is_not_declared_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no value 1400 is declared"):
        entries(
            "us_ofac_sdn", file("sdn.xml", ADVANCED.replace('<AliasType ID="1400">', '<AliasType ID="9">'))
        )


def test_the_years_of_a_range_and_an_approximate_day() -> None:
    between = ADVANCED.replace(
        f'<End Approximate="false"><From>{_moment(1965, 12, 3)}</From><To>{_moment(1965, 12, 3)}',
        f'<End Approximate="false"><From>{_moment(1967, 1, 1)}</From><To>{_moment(1967, 12, 31)}',
    )
    assert one("us_ofac_sdn", file("x", between)).properties["birthDate"] == ("1965", "1966", "1967")
    about = ADVANCED.replace('<Start Approximate="false">', '<Start Approximate="true">')
    assert one("us_ofac_sdn", file("x", about)).properties["birthDate"] == ("1965",)
