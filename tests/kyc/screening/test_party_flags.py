"""Politically exposed, adverse media: with their source, for staff alone, counted in the rating."""

from __future__ import annotations

import json

import pytest

from accounts.roles import Role
from audit.models import Event
from audit.record import SYSTEM
from core.erasure import erase
from core.errors import Conflict, InvalidInput, NotAllowed
from core.fields import ERASED
from core.scope import STAFF, acting_in, tenant_scope
from kyc.lists import service as lists
from kyc.models import Alert, PartyFlag
from kyc.screening import alerts, party_flags
from tests import builders
from tests.kyc.onboarding.test_path import KONRAD, SOMEBODY, a_list, submitted, veldmarin, work_off

pytestmark = pytest.mark.django_db

PEP, PRESS = PartyFlag.Kind.PEP, PartyFlag.Kind.ADVERSE_MEDIA
SEEN = {"kind": PRESS, "source": "Harbour Gazette, 3 May 2026", "note": "Charged with fraud, not convicted."}


@pytest.fixture
def aldous():
    with acting_in(STAFF):
        yield builders.aldous()


@pytest.fixture
def konrad(aldous):
    return veldmarin(aldous).tenant.parties.get(reference="konrad")


def flag(party, user, **more):
    return party_flags.set_by_hand(party, user=user, by=builders.actor(user), **{**SEEN, **more})


def end(found, user, reason="Acquitted, Harbour Gazette of 1 June."):
    return party_flags.end(found, reason=reason, user=user, by=builders.actor(user))


def confirmed(user, tmp_path, *, topics):
    """Konrad's match on a list that says `topics`, confirmed by two people."""
    tenant = submitted(user, tmp_path).tenant
    key, name, schema, properties = KONRAD
    entry = (key, name, schema, {**properties, "topics": topics})
    lists.import_version(source="ftm", path=a_list(tmp_path, SOMEBODY, entry, name="v2.json"), by=SYSTEM)
    work_off()
    alert = Alert.objects.get()
    for person in (user, builders.renwick()):
        told = {"kind": "true_match", "reason": "Same passport.", "user": person}
        assert not PartyFlag.objects.exists()  # the first person alone sets none
        alerts.decide(alert, by=builders.actor(person), **told)
    return tenant, alert


def test_a_confirmed_hit_on_a_list_of_exposed_persons_flags_the_party(aldous, tmp_path):
    tenant, alert = confirmed(aldous, tmp_path, topics=["role.pep"])
    found = party_flags.live(tenant).get()
    assert (found.kind, found.source, found.alert, found.party) == (PEP, "demo_list", alert, alert.party)
    assert found.set_by.username == "renwick"


def test_a_confirmed_hit_on_another_list_flags_nobody(aldous, tmp_path):
    tenant, _alert = confirmed(aldous, tmp_path, topics=["sanction"])
    assert not party_flags.live(tenant).exists()


def test_a_flag_by_hand_keeps_source_and_note_out_of_the_log_and_in_cipher(konrad, aldous):
    found = flag(konrad, aldous)
    found = PartyFlag.objects.select_related("data_key").get(pk=found.pk)
    assert (found.source, found.note) == (SEEN["source"], SEEN["note"])
    stored = PartyFlag.objects.values_list("source", "note").get()
    assert all(b"Gazette" not in value and b"fraud" not in value for value in stored)
    event = Event.objects.get(verb="party.flagged")
    assert set(event.commitments) == {"source", "note"}
    assert "Gazette" not in json.dumps([event.payload, event.commitments, event.subjects, event.reason])
    assert {subject["id"] for subject in event.subjects} == {str(konrad.pk), str(konrad.tenant_id)}


def test_erasing_the_person_erases_what_was_read_of_them(konrad, aldous):
    found = flag(konrad, aldous)
    erase(konrad.data_key, now=found.set_at)
    found = PartyFlag.objects.select_related("data_key").get(pk=found.pk)
    assert (found.source, found.note) == (ERASED, ERASED)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"kind": "rich"}, "kind"), ({"source": "  "}, "source"), ({"note": "x" * 2001}, "note")],
)
def test_a_flag_names_its_kind_and_its_source(konrad, aldous, wrong, field):
    with pytest.raises(InvalidInput) as refused:
        flag(konrad, aldous, **wrong)
    assert refused.value.field == field


@pytest.mark.parametrize("role", [Role.APPROVER, Role.ADMINISTRATOR, Role.DATA_PROTECTION_OFFICER])
def test_only_a_reviewer_sets_and_ends_a_flag(konrad, aldous, role):
    other = builders.person("other", role)
    with pytest.raises(NotAllowed):
        flag(konrad, other)
    found = flag(konrad, aldous)
    with pytest.raises(NotAllowed):
        end(found, other)
    assert not konrad.flags.exclude(ended_at=None).exists()


def test_a_flag_ends_once_with_a_reason_and_stays_in_the_history(konrad, aldous):
    found = flag(konrad, aldous)
    with pytest.raises(InvalidInput):
        end(found, aldous, reason=" ")
    end(found, aldous)
    assert not party_flags.live(konrad.tenant).exists()
    assert konrad.flags.get().ended_by == aldous
    assert Event.objects.get(verb="party.unflagged").reason.startswith("Acquitted")
    with pytest.raises(Conflict):
        end(found, aldous)


def test_no_tenant_sees_a_flag_not_even_its_own(konrad, aldous):
    found = flag(konrad, aldous)
    for key in (konrad.tenant_id, builders.a_tenant("Stranger Compute Ltd").pk):
        with acting_in(tenant_scope(key)):
            assert not PartyFlag.objects.filter(pk=found.pk).exists()
    assert PartyFlag.objects.filter(pk=found.pk).exists()


def test_flags_count_in_the_rating_and_stop_counting_when_they_end(aldous, tmp_path):
    tenant = submitted(aldous, tmp_path).tenant
    konrad = tenant.parties.get(reference="konrad")

    def rating():
        work_off()
        latest = tenant.ratings.order_by("-at").first()
        return latest.points, latest.level, [item["reason"] for item in latest.items]

    points, level, _reasons = rating()
    assert level == "low"
    seen = flag(konrad, aldous)
    exposed = flag(konrad, aldous, kind=PEP, source="Official journal, 2 March 2026")
    flag(tenant.parties.get(reference="nadia"), aldous, kind=PEP, source="Official journal")
    more, level, reasons = rating()
    assert (more, level) == (points + 25, "medium")
    assert {"A politically exposed person in the chain", "Adverse media about a party"} <= set(reasons)
    end(seen, aldous)
    end(exposed, aldous)  # Nadia's stays, and counts as much as two
    assert rating()[0] == points + 15
