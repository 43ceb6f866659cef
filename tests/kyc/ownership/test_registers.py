"""PSC records of every kind and GLEIF's files, on the collection's real extracts and on wrong ones."""

from __future__ import annotations

import io
import json
import lzma
import tarfile

import pytest

from core.errors import InvalidInput
from kyc.ownership.gleif import read_gleif, read_lei_csv
from kyc.ownership.psc import read_psc
from kyc.ownership.report import assess
from kyc.ownership.statements import Share, in_force
from tests.shared_data import shared_data


def files(archive: str) -> dict[str, bytes]:
    with tarfile.open(shared_data(archive)) as tar:
        found = [member for member in tar.getmembers() if member.isfile()]
        return {m.name.rsplit("/", 1)[-1]: tar.extractfile(m).read() for m in found}  # type: ignore[union-attr]


def test_psc_records_of_every_kind_are_read_or_refused() -> None:
    records = files("beneficial-ownership/uk-psc-record-kinds.tar.xz")
    errors = {}
    for name, data in records.items():
        reading = read_psc([(1, json.loads(data))])
        if reading.errors:
            errors[name] = [(e.field, e.error) for e in reading.errors]
    assert errors == {"psc_unknown_kind.json": [("kind", "unknown: unknown-kind")]}


def test_a_psc_holds_the_class_that_the_law_says_and_maybe_through_others() -> None:
    records = files("beneficial-ownership/uk-psc-record-kinds.tar.xz")
    reading = read_psc([(1, json.loads(records["psc_individual.json"]))])
    interests = reading.statements[0].interests
    assert [(i.kind, i.share, i.directness) for i in interests] == [
        ("shareholding", Share(25, 50, above=True), "unknown"),
        ("votingRights", Share(25, 50, above=True), "unknown"),
    ]
    (owner,) = assess(
        reading.parties, reading.statements, "GB-COH-01234567", exclusive=True
    ).beneficial_owners
    assert (owner.party.name, owner.certain, owner.party.birth_date) == ("Joe Bloggs", True, "1955-10")


def test_a_psc_that_ceased_holds_no_more() -> None:
    records = files("beneficial-ownership/uk-psc-record-kinds.tar.xz")
    for name in ("psc_ceased_on.json", "psc_statement_ceased_on.json"):
        assert in_force(read_psc([(1, json.loads(records[name]))]).statements) == ()


def test_a_company_of_a_company_is_known_by_its_number() -> None:
    records = files("beneficial-ownership/uk-psc-record-kinds.tar.xz")
    reading = read_psc([(1, json.loads(records["psc_not_found.json"]))])
    assert reading.statements[0].owner == "GB-COH-00056099"


def test_gleif_extracts_are_read_without_error() -> None:
    counts = {}
    for name, data in files("company-ids/gleif-cdf-xml-samples.tar.xz").items():
        reading = read_gleif(io.BytesIO(data))
        assert reading.errors == (), name
        counts[name] = (len(reading.parties), len(reading.statements))
    assert counts["lei-data.xml"] == (13, 0)
    assert counts["rr-data.xml"][1] == 10
    assert counts["repex-data.xml"] == (10, 10)


def test_the_golden_copy_in_json_gives_names_and_places() -> None:
    path = shared_data("company-ids/gleif-goldencopy-lei2-intra-day-2024-05-05.json.xz")
    with lzma.open(path) as stream:
        reading = read_gleif(stream)  # type: ignore[arg-type]
    assert (len(reading.parties), reading.errors) == (577, ())
    party = reading.parties["097900BID10000147476"]
    assert (party.name, party.country, party.headquarters) == ("ALFA REY s.r.o.", "SK", "SK")


def test_a_csv_of_leis_reports_numbers_with_a_wrong_check() -> None:
    text = "lei,legal_name,country\n097900BID10000147476,ALFA,SK\n097900BID10000147477,BETA,SK\n"
    reading = read_lei_csv(io.BytesIO(text.encode()))
    assert [p.name for p in reading.parties.values()] == ["ALFA"]
    assert [(e.field, e.line) for e in reading.errors] == [("lei", 3)]


RELATION = """<RelationshipData><RelationshipRecords><RelationshipRecord><Relationship>
<StartNode><NodeID>097900BID10000147476</NodeID><NodeIDType>LEI</NodeIDType></StartNode>
<EndNode><NodeID>097900CAKA0000136842</NodeID><NodeIDType>LEI</NodeIDType></EndNode>
<RelationshipType>{kind}</RelationshipType><RelationshipStatus>ACTIVE</RelationshipStatus>
</Relationship></RelationshipRecord></RelationshipRecords></RelationshipData>"""


def test_a_consolidating_parent_controls_with_a_share_that_is_not_known() -> None:
    reading = read_gleif(io.BytesIO(RELATION.format(kind="IS_DIRECTLY_CONSOLIDATED_BY").encode()))
    answer = assess(
        reading.parties, reading.statements, "097900BID10000147476", flagged={"L": ["097900CAKA0000136842"]}
    )
    assert [p.party.id for p in answer.ultimate_parents] == ["097900CAKA0000136842"]
    assert answer.status == "possible"


def test_an_unknown_relationship_is_reported_and_the_rest_goes_on() -> None:
    reading = read_gleif(io.BytesIO(RELATION.format(kind="IS_FRIEND_OF").encode()))
    assert [(e.field, e.error) for e in reading.errors] == [
        ("Relationship.RelationshipType", "unknown: IS_FRIEND_OF")
    ]


def test_broken_files_are_refused_and_entities_are_not_expanded() -> None:
    for data in (b"<LEIData><LEIRecord>", b'{"records": [', b"lei;x"):
        with pytest.raises(InvalidInput):
            read_gleif(io.BytesIO(data))
    with pytest.raises(InvalidInput, match="lei and legal_name"):
        read_lei_csv(io.BytesIO(b"a,b\n1,2\n"))
    bomb = b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + RELATION.format(kind="&x;").encode()
    reading = read_gleif(io.BytesIO(bomb))
    assert [e.error for e in reading.errors] == ["unknown: "]
