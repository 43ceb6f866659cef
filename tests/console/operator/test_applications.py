"""Applications: what blocks an approval, who decides, and opening one for a customer."""

from __future__ import annotations

import re

import pytest

from accounts.models import Invitation
from audit.models import Event
from core.scope import STAFF, acting_in
from kyc.identity.service import record_evidence
from kyc.models import Application, Party, Tenant
from tests import builders
from tests.console.operator.story import read, words

pytestmark = pytest.mark.django_db


def prove_owners(application, user):
    with acting_in(STAFF):
        for party in Party.objects.filter(tenant=application.tenant, schema="Person").select_related(
            "data_key", "tenant"
        ):
            record_evidence(
                party,
                kind="register_extract",
                fields={"name": str(party.caption)},
                user=user,
                by=builders.actor(user),
            )


def test_the_queue_says_what_each_waits_for(reviewer, veldmarin):
    text = words(read(reviewer, "/applications/"))
    assert "1 application waits, 1 is yours" in text
    assert "identity of 3 of 3 people" in text


def test_an_application_names_what_blocks_it_and_shuts_the_button(approver, veldmarin):
    page = read(approver, f"/applications/{veldmarin.pk}/")
    assert "1 thing blocks approval" in words(page.xpath("//div[@class='answer']")[0])
    shut = page.xpath("//button[@disabled]")[0].text_content()
    assert "waits for 1 thing" in shut
    assert page.xpath("//dialog[@id='approve']") == []


def test_an_approval_that_may_not_be_is_refused_in_words_and_recorded(approver, veldmarin):
    answer = approver.post(f"/applications/{veldmarin.pk}/decide/", {"decision": "approve"}, follow=True)
    assert (
        "Refused and recorded: the identity of 2 beneficial owners is not proved." in answer.content.decode()
    )
    with acting_in(STAFF):
        assert Event.objects.filter(verb="approval.refused").count() == 1


def test_an_approver_approves_what_is_complete(approver, aldous, veldmarin):
    prove_owners(veldmarin, aldous)
    page = read(approver, f"/applications/{veldmarin.pk}/")
    assert "Nothing stands against an approval." in words(page)
    approver.post(f"/applications/{veldmarin.pk}/decide/", {"decision": "approve", "reason": "Nothing open."})
    with acting_in(STAFF):
        assert Tenant.objects.get(pk=veldmarin.tenant_id).state == Tenant.State.APPROVED


def test_a_reviewer_does_not_decide(reviewer, veldmarin):
    assert reviewer.post(f"/applications/{veldmarin.pk}/decide/", {"decision": "approve"}).status_code == 403


def test_denying_needs_a_reason(approver, veldmarin):
    path = f"/applications/{veldmarin.pk}/decide/"
    assert "say why" in approver.post(path, {"decision": "deny"}, follow=True).content.decode()
    approver.post(path, {"decision": "deny", "reason": "Listed itself."})
    with acting_in(STAFF):
        assert Application.objects.get(pk=veldmarin.pk).state == Application.State.DENIED


def test_opening_one_for_a_customer_invites_their_person(reviewer):
    sent = {"name": "Kelipan Labs Sdn. Bhd.", "country": "MY", "person": "S. Iyarat", "username": "iyarat"}
    answer = reviewer.post("/applications/new/", sent, follow=True)
    text = answer.content.decode()
    assert "Kelipan Labs" in text
    assert re.search(r"/invitation/[\w-]{40,}/", text)
    with acting_in(STAFF):
        invitation = Invitation.objects.select_related("organisation").get()
    assert (invitation.username, invitation.organisation.name) == ("iyarat", "Kelipan Labs Sdn. Bhd.")


def test_a_wrong_form_keeps_what_was_typed(reviewer):
    answer = reviewer.post("/applications/new/", {"name": "", "country": "MY"})
    assert answer.status_code == 422
    assert "A name is needed." in answer.content.decode()
    assert '<option value="MY" selected>' in answer.content.decode()
