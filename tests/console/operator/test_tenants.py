"""Tenants: may they run, who is behind them, since when do we know."""

from __future__ import annotations

import pytest

from core.scope import STAFF, acting_in
from kyc.models import Question, Tenant
from tests import builders
from tests.console.operator.story import approved, list_konrad, read, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant(veldmarin):
    return approved(veldmarin.tenant)


def test_the_page_of_a_tenant_answers_first(reviewer, tenant):
    page = read(reviewer, f"/tenants/{tenant.label}/")
    assert "May run since" in words(page.xpath("//div[@class='answer']")[0])
    assert page.xpath("//svg[contains(@class, 'ownership')]")


def test_owners_stand_with_their_intervals_and_the_unknown_part(reviewer, tenant):
    text = words(read(reviewer, f"/tenants/{tenant.label}/").xpath("//section[@id='owners']")[0])
    for figure in ("33.6 %", "37.8 %", "29.2 %", "33.4 %", "18.0 %", "15.0 %"):
        assert figure.replace(" ", "\N{NO-BREAK SPACE}") in text.replace(" %", "\N{NO-BREAK SPACE}%"), figure
    assert "Unknown" in text
    assert "Perhaps" in text


def test_a_listed_owner_three_layers_up_is_said_with_its_citation(reviewer, tenant, tmp_path):
    list_konrad(tmp_path)
    text = words(read(reviewer, f"/tenants/{tenant.label}/"))
    assert "Held" in text
    assert "Konrad Eszterlund, three layers up" in text
    assert "OFAC 50 Percent Rule" in text
    assert (
        "Not blocked if Konrad Eszterlund's share of Anselm Tidewater Holdings Ltd falls below 50 %" in text
    )


@pytest.mark.parametrize("more", ["", "ownership/"])
def test_every_printed_sheet_says_whose_it_is_and_where_it_stands(reviewer, tenant, more):
    path = f"/tenants/{tenant.label}/{more}"
    page = read(reviewer, path)
    (head,), (foot,) = (page.xpath(f"//div[contains(@class, 'print-{end}')]") for end in ("head", "foot"))
    assert "confidential, holds personal data · printed" in words(head)
    assert words(head).endswith("UTC by Aldous")
    assert words(foot).endswith(f"Page: http://testserver{path}")


def test_the_time_line_puts_alike_events_in_one_line(reviewer, tenant):
    text = words(
        read(reviewer, f"/tenants/{tenant.label}/").xpath("//table[contains(@class, 'timeline')]")[0]
    )
    assert "6 parties screened" in text
    assert "6 ownership statements entered" in text


def test_the_rating_adds_up(reviewer, tenant):
    page = read(reviewer, f"/tenants/{tenant.label}/")
    total = int(page.xpath("//div[contains(@class, 'rating')]//b")[0].text)
    points = [
        int(x.text)
        for x in page.xpath("//div[contains(@class, 'rating')]/following-sibling::ul[1]//span[@class='mid']")
    ]
    assert points
    assert sum(points) == total


def test_the_ownership_stands_on_a_page_of_its_own(reviewer, tenant):
    text = words(read(reviewer, f"/tenants/{tenant.label}/ownership/"))
    assert "Who is behind Veldmarin Robotics?" in text
    assert "shares, directly" in text


def test_a_question_reaches_the_tenant(reviewer, tenant):
    answer = reviewer.post(f"/tenants/{tenant.label}/ask/", {"text": "Who holds 15 %?", "blocks": "yes"})
    assert answer.status_code == 303
    with acting_in(STAFF):
        assert Question.objects.get().text == "Who holds 15 %?"


def test_only_an_approver_suspends_and_must_say_why(reviewer, approver, tenant):
    path = f"/tenants/{tenant.label}/suspend/"
    assert reviewer.post(path, {"reason": "So."}).status_code == 403
    refused = approver.post(path, {"reason": " "}, follow=True)
    assert "Nothing was changed: say why" in refused.content.decode()
    approver.post(path, {"reason": "Payment from a third party."})
    with acting_in(STAFF):
        assert Tenant.objects.get(pk=tenant.pk).state == Tenant.State.SUSPENDED
    text = words(read(approver, f"/tenants/{tenant.label}/"))
    assert "May not run since" in text
    assert "Payment from a third party." in text


def test_tenants_are_found_by_name_number_and_country(reviewer, tenant):
    for asked in ("veldmarin", tenant.label, "Singapore", "SG"):
        page = read(reviewer, f"/tenants/?q={asked}")
        assert page.xpath("//a[@class='name']/text()") == ["Veldmarin Robotics"], asked
    assert "Nobody fits these filters." in words(read(reviewer, "/tenants/?q=nobody"))


def test_a_tenant_does_not_see_the_provider_side(sign_in, tenant):
    with acting_in(STAFF):
        stranger = sign_in(builders.stranger())
    for path in ("/tenants/", f"/tenants/{tenant.label}/", "/applications/", "/lists/", "/people/"):
        assert stranger.get(path).status_code == 403, path
    assert stranger.get("/").status_code == 302


def test_absent_tenants_are_404(reviewer):
    assert reviewer.get("/tenants/T-9999/").status_code == 404


SEEN = {"kind": "role.pep", "source": "Official journal, 2 March 2026", "note": "Deputy minister to 2024."}


def flag(client, tenant, reference="nadia", **more):
    with acting_in(STAFF):
        party = tenant.parties.get(reference=reference)
    told = {**SEEN, "party": str(party.pk), **more}
    return client.post(f"/tenants/{tenant.label}/flag/", told, follow=True)


def test_a_reviewer_flags_a_party_and_takes_the_flag_away(reviewer, tenant):
    assert "The flag is set" in flag(reviewer, tenant).content.decode()
    page = read(reviewer, f"/tenants/{tenant.label}/")
    text = words(page.xpath("//section[@id='flags']")[0])
    for word in ("Nadia Ferreyra-Lund", "Politically exposed", *SEEN.values()):
        assert word == "role.pep" or word in text, word
    parties = words(page.xpath("//section[.//h2='Parties']")[0])
    assert parties.count("Politically exposed") == 1
    (url,) = {form.get("action") for form in page.xpath("//form[contains(@action, '/flags/')]")}
    assert "say why" in reviewer.post(url, {"reason": " "}, follow=True).content.decode()
    reviewer.post(url, {"reason": "Out of office for ten years."})
    page = read(reviewer, f"/tenants/{tenant.label}/")
    assert "None." in words(page.xpath("//section[@id='flags']")[0])


def test_who_may_not_decide_alerts_reads_flags_and_sets_none(reviewer, approver, tenant):
    flag(reviewer, tenant)
    page = read(approver, f"/tenants/{tenant.label}/")
    assert "Politically exposed" in words(page.xpath("//section[@id='flags']")[0])
    assert not page.xpath("//form[contains(@action, '/flag')]")
    assert flag(approver, tenant, reference="imre").status_code == 403
    with acting_in(STAFF):
        assert tenant.party_flags.count() == 1


def test_a_party_of_another_tenant_cannot_be_flagged_here(reviewer, tenant):
    with acting_in(STAFF):
        other = builders.a_tenant("Stranger Compute Ltd")
    assert flag(reviewer, tenant, party=str(other.pk)).status_code == 404
    with acting_in(STAFF):
        assert not tenant.party_flags.exists()


def test_what_is_known_of_a_party_stands_beside_its_alert(reviewer, tenant, tmp_path):
    alert = list_konrad(tmp_path)
    flag(reviewer, tenant, reference="konrad", kind="adverse_media", source="Harbour Gazette")
    flag(reviewer, tenant, reference="nadia")
    text = words(read(reviewer, f"/alerts/{alert.label}/").xpath("//div[@class='rail']")[0])
    assert "Adverse media" in text and "Harbour Gazette" in text
    assert "Politically exposed" not in text, "of another party"
