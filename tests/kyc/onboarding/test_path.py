"""From the application to the suspension, through the services, with the worker's part done in turn."""

import json

import pytest

from audit import delivery
from audit.models import Event
from audit.record import SYSTEM
from core.scope import STAFF, acting_in
from kyc.lists import service as lists
from kyc.models import Alert, RescreenItem, Tenant
from kyc.onboarding import holdings, parties, service
from kyc.screening import alerts, rescreening
from tests import builders

pytestmark = pytest.mark.django_db


def a_list(tmp_path, *entries, name="list.json"):
    path = tmp_path / name
    lines = [
        json.dumps(
            {
                "id": f"demo-{key}",
                "caption": caption,
                "schema": schema,
                "datasets": ["demo_list"],
                "properties": {"name": [caption], **properties},
            }
        )
        for key, caption, schema, properties in entries
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


SOMEBODY = ("1", "Ostap Verkhovyna-Lund", "Person", {"birthDate": ["1961"]})
KONRAD = (
    "2",
    "Konrad Eszterlund",
    "Person",
    {"birthDate": ["1968-02-29"], "passportNumber": ["P4417720"], "nationality": ["at"]},
)


def work_off():
    """What the worker does: deliver events and re-screen until nothing is open."""
    while delivery.deliver_open() + rescreening.work():
        pass


@pytest.fixture
def staff():
    with acting_in(STAFF):
        yield builders.aldous()


def veldmarin(user):
    """Konrad holds 80-90 % of Anselm, Anselm 70 % of Kestrel Bay, Kestrel Bay 60 % of the tenant."""
    by = builders.actor(user)
    application = service.open_application(name="Veldmarin Robotics", country="SG", user=user, by=by)
    tenant = application.tenant

    def party(reference, schema, country, **properties):
        parties.enter_party(
            tenant,
            reference=reference,
            schema=schema,
            country=country,
            properties={name: [value] for name, value in properties.items()},
            user=user,
            by=by,
        )

    party(
        "konrad", "Person", "AT", name="Konrad Eszterlund", birthDate="1968-02-29", passportNumber="P4417720"
    )
    party("nadia", "Person", "UY", name="Nadia Ferreyra-Lund", birthDate="1979-05-02")
    party("imre", "Person", "HU", name="Imre Halasvari", birthDate="1974-04-03")
    party("anselm", "Company", "CY", name="Anselm Tidewater Holdings Ltd")
    party("kestrel", "Company", "SG", name="Kestrel Bay Holdings Pte. Ltd.")

    def holds(reference, owner, of, **share):
        holdings.enter_statement(
            tenant,
            reference=reference,
            subject=of,
            interested=owner,
            interests=[{"type": "shareholding", "directOrIndirect": "direct", "share": share}],
            user=user,
            by=by,
        )

    holds("s1", "konrad", "anselm", minimum=80, maximum=90)
    holds("s2", "nadia", "anselm", minimum=10, maximum=20)
    holds("s3", "anselm", "kestrel", exact=70)
    holds("s6", "imre", "kestrel", exact=30)
    holds("s4", "kestrel", "self", exact=60)
    holds("s5", "nadia", "self", exact=25)
    return application


def submitted(user, tmp_path):
    lists.import_version(source="ftm", path=a_list(tmp_path, SOMEBODY), by=SYSTEM)
    application = veldmarin(user)
    assert service.submit(application, user=user, by=builders.actor(user)).accepted
    work_off()
    return application


def test_everyone_in_the_chain_is_screened_and_the_chain_is_assessed(staff, tmp_path):
    tenant = submitted(staff, tmp_path).tenant
    assert Event.objects.filter(verb="party.screened").count() == 6
    result = tenant.assessments.get().result
    assert result["blocked"]["status"] == "no"
    owners = {o["percent_min"]: o["percent_max"] for o in result["beneficial_owners"]}
    assert owners == pytest.approx({33.6: 37.8, 29.2: 33.4})


def test_a_pass_over_everybody_that_comes_first_leaves_no_tenant_unassessed(staff, tmp_path):
    lists.import_version(source="ftm", path=a_list(tmp_path, SOMEBODY), by=SYSTEM)
    application = veldmarin(staff)
    work_off()  # of a draft: nothing
    assert service.submit(application, user=staff, by=builders.actor(staff)).accepted
    rescreening.queue_parties(application.tenant.parties.all(), change="everybody")
    rescreening.work()
    work_off()
    assert not Event.objects.filter(verb="party.screened").exists()
    assert application.tenant.assessments.exists()


def test_names_stand_in_no_row_of_the_assessment(staff, tmp_path):
    tenant = submitted(staff, tmp_path).tenant
    assert "Konrad" not in json.dumps(tenant.assessments.get().result)


def test_approval_names_everything_that_is_open(staff, tmp_path):
    application = submitted(staff, tmp_path)
    approver = builders.renwick()
    verdict = service.approve(application, user=approver, by=builders.actor(approver))
    assert not verdict.given
    assert verdict.reasons == ("the identity of 2 beneficial owners is not proved",)


def test_a_newly_listed_owner_three_layers_up_holds_the_tenant(staff, tmp_path):
    tenant = submitted(staff, tmp_path).tenant
    Tenant.objects.filter(pk=tenant.pk).update(state=Tenant.State.APPROVED)
    stranger = builders.a_tenant("Untouched Ltd")
    lists.import_version(source="ftm", path=a_list(tmp_path, SOMEBODY, KONRAD, name="v2.json"), by=SYSTEM)
    work_off()
    alert = Alert.objects.get()
    assert (alert.party.caption, alert.holds, alert.score >= 0.95) == ("Konrad Eszterlund", True, True)
    tenant.refresh_from_db()
    assert (tenant.state, tenant.state_citation) == ("held", "OFAC 50 Percent Rule")
    assert Event.objects.filter(verb="party.rescreened").count() == 1
    assert not Event.objects.filter(scopes__contains=[f"tenant:{stranger.pk}"]).exists()
    assert RescreenItem.objects.filter(done_at__isnull=True).count() == 0


def test_a_true_match_needs_two_people_and_suspends(staff, tmp_path):
    tenant = submitted(staff, tmp_path).tenant
    Tenant.objects.filter(pk=tenant.pk).update(state=Tenant.State.APPROVED)
    lists.import_version(source="ftm", path=a_list(tmp_path, KONRAD, name="v2.json"), by=SYSTEM)
    work_off()
    alert = Alert.objects.get()
    first, second = staff, builders.renwick()

    def match(user):
        return alerts.decide(
            alert, kind="true_match", reason="same passport", user=user, by=builders.actor(user)
        )

    assert match(first).became == "proposed"
    again = match(first)
    assert (again.became, again.why) == ("refused", "the second person must not be the first")
    assert match(second).became == "final"
    work_off()
    tenant.refresh_from_db()
    assert tenant.state == "suspended"


def test_a_cleared_alert_releases_the_tenant_and_stays_cleared(staff, tmp_path):
    tenant = submitted(staff, tmp_path).tenant
    Tenant.objects.filter(pk=tenant.pk).update(state=Tenant.State.APPROVED)
    lists.import_version(source="ftm", path=a_list(tmp_path, KONRAD, name="v2.json"), by=SYSTEM)
    work_off()
    alert = Alert.objects.get()
    for user in (staff, builders.renwick()):
        alerts.decide(alert, kind="false_positive", reason="a namesake", user=user, by=builders.actor(user))
    work_off()
    tenant.refresh_from_db()
    assert tenant.state == "approved"
    lists.import_version(source="ftm", path=a_list(tmp_path, KONRAD, SOMEBODY, name="v3.json"), by=SYSTEM)
    work_off()
    assert Alert.objects.count() == 1


def test_a_dismissal_opens_again_when_the_entry_changes(staff, tmp_path):
    submitted(staff, tmp_path)
    lists.import_version(source="ftm", path=a_list(tmp_path, KONRAD, name="v2.json"), by=SYSTEM)
    work_off()
    alert = Alert.objects.get()
    for user in (staff, builders.renwick()):
        alerts.decide(alert, kind="false_positive", reason="a namesake", user=user, by=builders.actor(user))
    changed = (*KONRAD[:3], {**KONRAD[3], "birthPlace": ["Graz"]})
    lists.import_version(source="ftm", path=a_list(tmp_path, changed, name="v3.json"), by=SYSTEM)
    work_off()
    assert sorted(Alert.objects.values_list("state", flat=True)) == ["false_positive", "open"]
    assert Event.objects.filter(verb="alert.reopened").count() == 1
