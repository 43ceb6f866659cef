"""Registers of owners entered into the chains that they concern."""

import pytest

from core.scope import STAFF, acting_in
from kyc.models import OwnershipStatement, Party, PartyFlag
from kyc.onboarding import parties, service
from tests import builders
from tests.kyc.commands.lists import lines, run

pytestmark = pytest.mark.django_db


def entity(record, name, number=None, country="GB"):
    details = {
        "isComponent": False,
        "name": name,
        "entityType": {"type": "registeredEntity"},
        "jurisdiction": {"name": country, "code": country},
    }
    if number:
        details["identifiers"] = [{"scheme": "GB-COH", "id": number}]
    return {
        "statementId": f"st-{record}",
        "recordId": record,
        "recordType": "entity",
        "recordDetails": details,
        "statementDate": "2024-01-01",
    }


def person(record, name):
    return {
        "statementId": f"st-{record}",
        "recordId": record,
        "recordType": "person",
        "recordDetails": {
            "isComponent": False,
            "personType": "knownPerson",
            "names": [{"type": "legal", "fullName": name}],
        },
        "statementDate": "2024-01-01",
    }


def holds(record, owner, subject, **share):
    return {
        "statementId": f"st-{record}",
        "recordId": record,
        "recordType": "relationship",
        "recordDetails": {
            "isComponent": False,
            "subject": subject,
            "interestedParty": owner,
            "interests": [{"type": "shareholding", "directOrIndirect": "direct", "share": share}],
        },
        "statementDate": "2024-01-01",
    }


CHAIN = [
    entity("c1", "Kestrel Optics Ltd", "07654321"),
    entity("c2", "Anselm Tidewater Holdings Ltd"),
    entity("c9", "Somebody Else Ltd", "01111111"),
    person("p1", "Anna Ferreyra-Lund"),
    holds("r1", "c2", "c1", exact=75),
    holds("r2", "p1", "c2", minimum=50, maximum=75),
    holds("r3", {"reason": "noBeneficialOwners"}, "c1", exact=10),
    holds("r9", "p1", "c9", exact=100),
]


@pytest.fixture
def tenant():
    with acting_in(STAFF):
        user = builders.aldous()
        by = builders.actor(user)
        found = service.open_application(name="Kestrel Optics", country="GB", user=user, by=by).tenant
        own = {**found.subject.properties, "registrationNumber": ["07654321"]}
        parties.change_party(found.subject, properties=own, user=user, by=by)
        yield found


def test_the_owners_above_a_tenants_company_are_entered_and_nobody_elses(tenant, tmp_path):
    path = lines(tmp_path / "bods.json", *CHAIN)
    (counts,), code, _ = run("import_ownership", path, "--format", "bods")
    assert code == 0
    assert (counts["tenants"], counts["matched"], counts["entered_parties"]) == (1, 1, 2)
    assert (counts["statements"], counts["entered_statements"]) == (4, 3)
    names = {party.caption for party in Party.objects.select_related("data_key")}
    assert names == {"Kestrel Optics", "Anselm Tidewater Holdings Ltd", "Anna Ferreyra-Lund"}
    by_reference = {row.reference: row for row in OwnershipStatement.objects.all()}
    assert by_reference["bods:r2"].interests[0]["share"] == {"minimum": 50, "maximum": 75}
    assert by_reference["bods:r3"].interested is None
    assert by_reference["bods:r1"].subject == tenant.subject


def test_an_owner_whom_the_register_calls_exposed_is_flagged_with_the_register_as_source(tenant, tmp_path):
    exposed = person("p1", "Anna Ferreyra-Lund")
    exposed["recordDetails"]["politicalExposure"] = {"status": "isPep"}
    path = lines(tmp_path / "bods.json", *[exposed if one["recordId"] == "p1" else one for one in CHAIN])
    for _time in range(2):
        run("import_ownership", path, "--format", "bods")
    flag = PartyFlag.objects.select_related("data_key", "party__data_key").get()
    assert (flag.kind, flag.source, flag.party.caption) == ("role.pep", "bods", "Anna Ferreyra-Lund")


def test_the_same_file_twice_enters_nothing_new(tenant, tmp_path):
    path = lines(tmp_path / "bods.json", *CHAIN)
    run("import_ownership", path, "--format", "bods")
    (counts,), _, _ = run("import_ownership", path, "--format", "bods")
    assert (counts["entered_parties"], counts["entered_statements"], counts["known_statements"]) == (0, 0, 3)


def test_a_dry_run_enters_nothing(tenant, tmp_path):
    path = lines(tmp_path / "bods.json", *CHAIN)
    (counts,), _, _ = run("import_ownership", path, "--format", "bods", "--dry-run")
    assert (counts["entered_statements"], counts["dry_run"]) == (3, True)
    assert not OwnershipStatement.objects.exists() and Party.objects.count() == 1


def test_a_number_of_another_countrys_register_is_another_company(tenant, tmp_path):
    path = lines(tmp_path / "bods.json", *[entity("c1", "Namesake GmbH", "07654321", "DE"), *CHAIN[1:]])
    (counts,), _, _ = run("import_ownership", path, "--format", "bods")
    assert (counts["tenants"], counts["entered_statements"]) == (0, 0)


def test_what_contradicts_the_chain_is_told_and_left_out(tenant, tmp_path):
    path = lines(tmp_path / "bods.json", *CHAIN, holds("r4", "p1", "c1", exact=30), {"statementId": "bad"})
    (shape, *_, contradiction, counts), code, _ = run("import_ownership", path, "--format", "bods")
    assert code == 2
    assert shape["statement"] == "bad" and shape["field"] == "recordId"
    assert set(contradiction) == {"statement", "field", "error"}
    assert "sum to 115 percent, above 100" in contradiction["error"]
    assert counts["entered_statements"] == 3


def test_the_register_of_significant_control_is_read_too(tenant, tmp_path):
    record = {
        "company_number": "7654321",
        "data": {
            "etag": "e1",
            "kind": "individual-person-with-significant-control",
            "name": "Ms Anna Ferreyra-Lund",
            "natures_of_control": ["ownership-of-shares-50-to-75-percent"],
            "notified_on": "2020-01-01",
            "links": {"self": "/x/1"},
        },
    }
    (counts,), code, _ = run("import_ownership", lines(tmp_path / "psc.json", record), "--format", "psc")
    assert (counts["entered_parties"], counts["entered_statements"], code) == (1, 1, 0)


def test_a_list_of_legal_entity_identifiers_completes_a_party(tenant, tmp_path):
    lei = "5299000J2N45DDNE4Y28"
    with acting_in(STAFF):
        subject = tenant.subject
        subject.refresh_from_db()
        actor = tenant.applications.get().opened_by
        parties.change_party(
            subject,
            properties={**subject.properties, "leiCode": [lei]},
            user=actor,
            by=builders.actor(actor),
        )
    path = tmp_path / "lei.csv"
    path.write_text(f"lei,legal_name,country,headquarters_country\n{lei},Kestrel,GB,IE\nXX,Bad,GB,GB\n")
    (error, counts), code, _ = run("import_ownership", path, "--format", "lei-csv")
    assert (error["statement"], error["field"], code) == ("XX", "lei", 2)
    assert counts["matched"] == 1
    subject.refresh_from_db()
    assert subject.properties["mainCountry"] == ["IE"]
