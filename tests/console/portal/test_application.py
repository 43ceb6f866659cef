"""A tenant applies: steps, drafts that keep what is wrong, sending."""

import pytest

from accounts.roles import Role
from core.scope import STAFF, acting_in
from kyc.models import Application, IdentityCheck, Party, Question, Tenant
from kyc.onboarding import service
from tests import builders
from tests.console.operator.story import counted, read
from tests.console.spaced import words

pytestmark = pytest.mark.django_db

PERSON = {
    "entry": "new",
    "kind": "person",
    "name": "Lailani Tengkuara",
    "country": "MY",
    "born": "9 Feb 1984",
    "of": "self",
    "how": "shareholding",
    "share": "25",
    "save": "1",
}
GROUP = {**PERSON, "kind": "company", "name": "Mirrorfield Group", "country": "CN", "share": "57-63"}
ORGANISATION = {
    "entry": "new",
    "name": "Kelipan Labs Sdn. Bhd.",
    "legal_form": "Sendirian Berhad",
    "registrationNumber": "202401008811",
    "formed_on": "3 Feb 2024",
    "staff": "14",
    "business": "Small language models",
    "save": "1",
}


@pytest.fixture
def kelipan(db):
    with acting_in(STAFF):
        reviewer = builders.aldous()
        return service.open_application(
            name="Kelipan Labs", country="MY", user=reviewer, by=builders.actor(reviewer)
        )


@pytest.fixture
def applicant(sign_in, kelipan):
    with acting_in(STAFF):
        user = builders.person("iyarat", Role.APPLICANT, at=kelipan.tenant.organisation)
    return sign_in(user)


def at(application, step):
    return f"/portal/application/{application.tenant.label}/{step}/"


def fresh(application):
    return Application.objects.select_related("tenant", "data_key").get(pk=application.pk)


def test_home_says_what_is_done_and_what_will_block(applicant, kelipan):
    text = words(read(applicant, "/portal/"))
    assert "Draft 0 of 6 steps are done; nothing is sent yet." in text
    assert "Who owns it blocks sending" in text
    assert "Ask for accelerators" not in text


def test_a_step_takes_what_is_right(applicant, kelipan):
    answer = applicant.post(at(kelipan, "organisation"), ORGANISATION)
    assert (answer.status_code, answer["Location"]) == (303, at(kelipan, "organisation"))
    with acting_in(STAFF):
        application = fresh(kelipan)
        assert application.facts["formed_on"] == "2024-02-03"
        subject = Party.objects.select_related("data_key").get(pk=application.tenant.subject_id)
        assert subject.properties["registrationNumber"] == ["202401008811"]
        assert application.draft["organisation"]["open"] == {}
    assert "Organisation done" in words(read(applicant, at(kelipan, "organisation")))


def test_a_wrong_value_is_kept_with_its_error_and_the_old_one_is_offered(applicant, kelipan):
    applicant.post(at(kelipan, "owners"), GROUP)
    applicant.post(at(kelipan, "owners"), PERSON)
    with acting_in(STAFF):
        held = kelipan.tenant.statements.get(interested__schema="Person", removed_at=None)
    wrong = {**PERSON, "entry": held.reference, "share": "52"}
    assert applicant.post(at(kelipan, "owners"), wrong).status_code == 422
    page = read(applicant, f"{at(kelipan, 'owners')}?entry={held.reference}")
    share = page.xpath("//input[@name='share']")[0]
    assert (share.get("value"), share.get("aria-invalid")) == ("52", "true")
    text = words(page)
    assert "57–63 % and 52 % are more than 100 %. Before this you had 25 %." in text
    assert page.xpath("//button[@data-restore='p-share']/@data-value") == ["25"]
    assert "Look again" in text
    with acting_in(STAFF):
        kept = kelipan.tenant.statements.get(interested__schema="Person", removed_at=None)
        assert (kept.reference, kept.interests[0]["share"]) == (held.reference, {"exact": 25})


def test_typing_is_saved_without_being_taken(applicant, kelipan):
    typed = {**PERSON, "share": "a lot", "draft": "1"}
    del typed["save"]
    answer = applicant.post(at(kelipan, "owners"), typed, headers={"hx-request": "true"})
    assert answer.status_code == 200
    assert "Write a share such as 25" in answer.content.decode()
    with acting_in(STAFF):
        assert not kelipan.tenant.statements.exists()
        assert fresh(kelipan).draft["owners"]["open"]["new"]["values"]["share"] == "a lot"
    page = read(applicant, at(kelipan, "owners"))
    assert page.xpath("//input[@name='share']/@value") == ["a lot"]


def test_another_kind_of_owner_is_asked_other_things(applicant, kelipan):
    typed = {**GROUP, "draft": "1"}
    answer = applicant.post(at(kelipan, "owners"), typed, headers={"hx-request": "true"})
    assert answer["HX-Reselect"] == "#asked"
    assert 'name="number"' in answer.content.decode()
    assert 'name="born"' not in answer.content.decode()


def test_owners_add_up_to_what_is_told(applicant, kelipan):
    applicant.post(at(kelipan, "owners"), GROUP)
    applicant.post(at(kelipan, "owners"), PERSON)
    text = words(read(applicant, at(kelipan, "owners")))
    assert "82–88 of 100 %" in text
    assert "12–18 % is not accounted for." in text
    assert "Mirrorfield Group" in text
    applicant.post(at(kelipan, "owners"), {**PERSON, "kind": "unknown", "share": "12-18"})
    assert "94–100 of 100 %" in words(read(applicant, at(kelipan, "owners")))


def test_a_share_of_nothing_takes_an_owner_out(applicant, kelipan):
    applicant.post(at(kelipan, "owners"), PERSON)
    with acting_in(STAFF):
        reference = kelipan.tenant.statements.get().reference
    applicant.post(at(kelipan, "owners"), {**PERSON, "entry": reference, "share": "0"})
    with acting_in(STAFF):
        assert not kelipan.tenant.statements.filter(removed_at=None).exists()


def test_a_person_is_told_once_and_may_be_owner_and_director(applicant, kelipan):
    applicant.post(at(kelipan, "owners"), PERSON)
    director = {"entry": "new", "name": "Lailani Tengkuara", "country": "SG", "born": "1984-02-09",
                "nationality": "MY", "position": "director", "save": "1"}  # fmt: skip
    applicant.post(at(kelipan, "people"), director)
    with acting_in(STAFF):
        person = kelipan.tenant.parties.get(schema="Person")
        assert (person.roles, person.country) == (["owner", "director"], "SG")


def test_a_document_is_read_by_its_lines(applicant, kelipan):
    applicant.post(at(kelipan, "owners"), PERSON)
    wrong = {
        "entry": "new",
        "person": "lailani-tengkuara",
        "document": "passport",
        "lines": "P<MYS",
        "save": "1",
    }
    answer = applicant.post(at(kelipan, "identity"), wrong)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    from datetime import date

    from console.demo.story import Person, passport_lines

    holder = Person("l", "Lailani Tengkuara", "MY", date(1984, 2, 9), "F", "A30114472", date(2031, 6, 30))
    applicant.post(at(kelipan, "identity"), {**wrong, "lines": "\n".join(passport_lines(holder))})
    with acting_in(STAFF):
        assert IdentityCheck.objects.get().result == "good"
    assert "1 of 1 read" in words(read(applicant, at(kelipan, "identity")))


def test_an_application_is_sent_once_it_is_confirmed_and_names_an_owner(applicant, kelipan):
    send = at(kelipan, "send")
    assert "disabled" in read(applicant, send).xpath("//main//form//button[@type='submit']")[0].attrib
    applicant.post(at(kelipan, "owners"), PERSON)
    unconfirmed = applicant.post(send, {})
    assert unconfirmed.status_code == 422
    assert "Confirm that all of it is true" in unconfirmed.content.decode()
    assert applicant.post(send, {"true": "1"})["Location"] == "/portal/"
    assert "In review" in words(read(applicant, "/portal/"))
    assert applicant.post(at(kelipan, "owners"), PERSON).status_code == 403


def test_what_was_sent_to_nobody_is_refused_in_words(applicant, kelipan):
    answer = applicant.post(at(kelipan, "send"), {"true": "1"})
    assert answer.status_code == 422
    assert "Nobody is named as an owner" in answer.content.decode()


def test_another_tenants_application_is_not_there(applicant, kelipan, sign_in):
    with acting_in(STAFF):
        charlie = builders.stranger()
    stranger = sign_in(charlie)
    assert stranger.get(at(kelipan, "owners")).status_code == 404
    assert stranger.post(at(kelipan, "owners"), PERSON).status_code == 404
    assert "Stranger Compute" in words(read(stranger, "/portal/"))


def test_each_audience_has_its_own_pages(applicant, kelipan, sign_in, client):
    with acting_in(STAFF):
        staff = builders.renwick()
    assert applicant.get("/alerts/").status_code == 403
    assert applicant.get("/oversight/").status_code == 403
    assert sign_in(staff).get("/portal/").status_code == 403
    assert client.get("/portal/").status_code == 302


def test_a_question_is_answered_once(applicant, kelipan):
    with acting_in(STAFF):
        asked = service.ask(
            kelipan.tenant, text="Who pays?", user=None, by=builders.actor(builders.renwick())
        )
    assert "Who pays?" in words(read(applicant, "/portal/"))
    path = f"/portal/questions/{asked.pk}/answer/"
    assert applicant.post(path, {"answer": " "}).status_code == 422
    assert applicant.post(path, {"answer": "We do."})["Location"] == "/portal/"
    with acting_in(STAFF):
        assert Question.objects.select_related("data_key").get().answer == "We do."
        stranger = service.ask(
            builders.a_tenant(), text="And you?", user=None, by=builders.actor(builders.halloway())
        )
    assert applicant.get(f"/portal/questions/{stranger.pk}/").status_code == 404
    assert applicant.post(f"/portal/questions/{stranger.pk}/answer/", {"answer": "x"}).status_code == 404


def test_pages_cost_at_most_twenty_queries(applicant, kelipan):
    applicant.post(at(kelipan, "owners"), GROUP)
    applicant.post(at(kelipan, "owners"), PERSON)
    for path in ("/portal/", *(at(kelipan, step) for step in ("organisation", "owners", "identity", "send"))):
        read(applicant, path)
        with counted() as statements:
            read(applicant, path)
        assert len(statements) <= 20, (path, "\n".join(statements))


def test_a_denied_tenant_is_not_told_why(applicant, kelipan):
    with acting_in(STAFF):
        Tenant.objects.filter(pk=kelipan.tenant.pk).update(
            state=Tenant.State.DENIED, state_reason="The tenant itself is listed."
        )
    text = words(read(applicant, "/portal/"))
    assert "cannot accept your application" in text
    assert "listed" not in text
