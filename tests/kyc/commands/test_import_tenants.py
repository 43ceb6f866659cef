"""Existing customers from CSV and JSON lines: whole or not at all, once, and screened."""

import pytest
from django.contrib.auth import authenticate

from accounts.models import User
from audit.models import Event
from audit.record import SYSTEM
from core.scope import STAFF, acting_in
from kyc.lists import service as lists
from kyc.models import Alert, ListVersion, OwnershipStatement, Party, Tenant
from tests import builders
from tests.kyc.commands.lists import KONRAD, lines, run

pytestmark = pytest.mark.django_db

HEADER = "tenant,party,schema,name,country,birth_date,passport_number,owns,percent,percent_min,staff\n"
GOOD = (
    "c-17,,,Kestrel Optics Ltd,IE,,,,,,12\n"
    "c-17,konrad,Person,Konrad Eszterlund,AT,1968-02-29,P4417720,hold,70,,\n"
    "c-17,hold,Company,Anselm Tidewater Holdings,CY,,,,55,,\n"
    "c-17,hold,,,,,,,,5,\n"
    "c-17,?,,,,,,,20,,\n"
)
OTHER = "c-18,,,Quayside Simulation BV,NL,,,,,,\nc-18,mira,Person,Mirabel Quay,NL,1980-01-05,,,100,,\n"


@pytest.fixture(autouse=True)
def staff():
    with acting_in(STAFF):
        yield


@pytest.fixture
def in_force(tmp_path):
    lists.import_version(source="ftm", path=lines(tmp_path / "list.json", KONRAD), by=SYSTEM)


def table(tmp_path, *parts):
    path = tmp_path / "customers.csv"
    path.write_text(HEADER + "".join(parts))
    return path


def test_customers_come_in_with_their_chain_and_are_screened(in_force, tmp_path):
    (queue, other, counts), code, _ = run("import_tenants", table(tmp_path, GOOD, OTHER))
    assert code == 0
    assert counts == {
        "tenants": 2,
        "parties": 5,
        "statements": 5,
        "there": 0,
        "refused": 0,
        "screened": 5,
        "alerts": 1,
        "to_remediate": 2,
        "dry_run": False,
    }
    assert (queue["reference"], queue["state"]) == ("c-17", "applicant")
    assert "1 alerts are not decided" in queue["points"]
    assert not any("alerts" in point for point in other["points"])
    tenant = Tenant.objects.get(reference="c-17")
    assert tenant.applications.get().state == "submitted"
    assert tenant.applications.get().facts == {"staff": 12}
    assert Alert.objects.get().party.reference == "konrad"
    shares = OwnershipStatement.objects.filter(tenant=tenant).order_by("reference")
    assert [row.interests[0]["share"] for row in shares] == [
        {"exact": 70},
        {"exact": 55},
        {"minimum": 5},
        {"exact": 20},
    ]
    assert shares[3].interested is None


def test_a_customer_that_is_there_already_is_left_alone(in_force, tmp_path):
    run("import_tenants", table(tmp_path, GOOD))
    events = Event.objects.count()
    (counts,), code, _ = run("import_tenants", table(tmp_path, GOOD))
    assert (counts["tenants"], counts["there"], code) == (0, 1, 0)
    assert Event.objects.count() == events


def test_a_dry_run_counts_and_stores_nothing(in_force, tmp_path):
    before = Event.objects.count()
    answers, code, _ = run("import_tenants", table(tmp_path, GOOD, OTHER), "--dry-run")
    counts = answers[-1]
    assert (counts["tenants"], counts["alerts"], counts["dry_run"], code) == (2, 1, True, 0)
    assert not Tenant.objects.exists() and not Alert.objects.exists() and not User.objects.exists()
    assert Event.objects.count() == before


def test_a_bad_customer_is_refused_whole_and_the_others_come_in(in_force, tmp_path):
    bad = "c-19,,,Broken Mirror Ltd,IE,,,,,,\nc-19,ann,Person,Ann Pelham,XX,,,,100,,\n"
    twice = OTHER
    (error, again, *_, counts), code, _ = run("import_tenants", table(tmp_path, GOOD, bad, OTHER))
    assert code == 2
    assert error == {
        "line": 7,
        "error": {"field": "country", "reason": "'XX' is no country (ISO 3166-1 alpha-2)"},
    }
    assert counts["tenants"] == 2 and counts["refused"] == 1
    assert not Tenant.objects.filter(reference="c-19").exists()
    assert not Party.objects.filter(reference="ann").exists()
    assert twice and again["reference"] == "c-17"


def test_shares_above_all_there_is_are_refused_with_the_line(in_force, tmp_path):
    bad = "c-20,,,Overfull BV,NL,,,,,,\nc-20,a,Person,A Aldane,NL,,,,70,,\nc-20,b,Person,B Bell,NL,,,,40,,\n"
    (error, counts), code, _ = run("import_tenants", table(tmp_path, bad))
    assert code == 2 and counts["refused"] == 1
    assert "sum to 110 percent" in error["error"]["reason"]


@pytest.mark.parametrize(
    ("text", "line", "field", "reason"),
    [
        ("tenant,party,name\n", 1, "header", "the column country is missing"),
        ("tenant,party,name,country,nmae\n", 1, "header", "'nmae' is none of"),
        (HEADER + "c-1,,,A,IE,,,,,,1,2,3\n", 2, "row", "more cells"),
        (HEADER + ",,,A,IE,,,,,,\n", 2, "tenant", "missing"),
    ],
    ids=["a column is missing", "an unknown column", "too many cells", "no customer number"],
)
def test_a_table_that_cannot_be_read_is_bad_input(tmp_path, capsys, text, line, field, reason):
    path = tmp_path / "customers.csv"
    path.write_text(text)
    _, code, _ = run("import_tenants", path)
    assert code == 2
    told = capsys.readouterr().err
    assert told.startswith(f"{path}:{line}: {field}: ") and reason in told
    assert not Tenant.objects.exists()


def test_json_lines_name_the_field_that_is_wrong(in_force, tmp_path):
    good = {
        "reference": "c-30",
        "name": "Kestrel Optics Ltd",
        "country": "IE",
        "properties": {"registrationNumber": ["IE-55512"]},
        "parties": [
            {"reference": "k", "schema": "Person", "properties": {"name": ["Konrad Eszterlund"]}},
        ],
        "statements": [
            {
                "reference": "s1",
                "subject": "self",
                "interested": "k",
                "interests": [{"type": "shareholding", "share": {"exact": 100}}],
            }
        ],
    }
    wrong = {**good, "reference": "c-31", "parties": [{"reference": "k", "schema": "Person"}]}
    odd = {**good, "reference": "c-32", "statments": []}
    path = lines(tmp_path / "customers.jsonl", good, wrong, odd)
    answers, code, _ = run("import_tenants", path)
    assert code == 2
    errors = [(a["line"], a["error"]["field"]) for a in answers if "error" in a]
    assert errors == [(2, "properties.name"), (3, "customer.statments")]
    subject = Tenant.objects.get(reference="c-30").subject
    assert subject.properties["registrationNumber"] == ["IE-55512"]


def test_without_a_list_in_force_nobody_counts_as_screened(tmp_path):
    (queue, counts), _, _ = run("import_tenants", table(tmp_path, OTHER))
    assert counts["screened"] == 0
    assert "2 parties are not screened against the lists in force" in queue["points"]
    assert not ListVersion.objects.exists()


def test_the_import_acts_as_the_person_named_or_as_an_account_nobody_can_use(tmp_path, capsys):
    aldous = builders.aldous()
    run("import_tenants", table(tmp_path, OTHER), "--as", "aldous")
    opened = Event.objects.filter(verb="application.opened").get()
    assert (opened.actor_kind, opened.actor_id) == ("person", str(aldous.pk))
    run("import_tenants", table(tmp_path, GOOD))
    service = User.objects.get(username="imports")
    assert not service.has_usable_password() and not service.api_tokens.exists()
    assert authenticate(username="imports", password="") is None
    _, code, _ = run("import_tenants", table(tmp_path, GOOD), "--as", "nobody")
    assert code == 2 and "nobody called 'nobody'" in capsys.readouterr().err
