"""Home, search, people: what needs me now, and who may be here."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.models import Invitation, User
from accounts.roles import Role
from core.scope import STAFF, acting_in
from tests import builders
from tests.console.operator.story import approved, list_konrad, read, words

pytestmark = pytest.mark.django_db


def test_an_empty_installation_says_what_to_do_next(reviewer):
    text = words(read(reviewer, "/"))
    assert "Nothing is yours, nothing is late, no list is imported" in text


def test_home_names_the_first_of_each_queue(reviewer, veldmarin, tmp_path):
    approved(veldmarin.tenant)
    alert = list_konrad(tmp_path)
    page = read(reviewer, "/")
    text = words(page)
    assert "Veldmarin Robotics · Konrad Eszterlund" in text
    assert "Veldmarin Robotics · Singapore" in text
    assert "7 of 7 parties" not in text
    assert page.xpath("//a[@data-key='g']/@href") == [f"/alerts/{alert.label}/"]
    events = page.xpath("//div[@class='last']//tbody/tr")
    assert 10 < len(events) <= 20
    assert "Raised an alert" in words(page.xpath("//div[@class='last']")[0])


def test_a_second_review_counts_for_who_may_give_it(reviewer, approver, veldmarin, tmp_path):
    alert = list_konrad(tmp_path)
    reviewer.post(f"/alerts/{alert.label}/decide/", {"resolution": "true_match", "reason": "Same."})
    mine = "//a[text()='Second reviews']/ancestor::tr/td[contains(@class, 'gone')][1]"
    assert read(approver, "/").xpath(mine)[0].text == "1"
    assert read(reviewer, "/").xpath(mine)[0].text == "0"


def test_search_goes_straight_to_a_number(reviewer, veldmarin):
    label = veldmarin.tenant.label
    assert reviewer.get(f"/search/?q={label.lower()}")["Location"] == f"/tenants/{label}/"


def test_search_finds_a_party_by_name_and_by_document_number(reviewer, veldmarin):
    assert "Nadia Ferreyra-Lund" in words(read(reviewer, "/search/?q=ferreyra lund nadia"))
    assert "Konrad Eszterlund" in words(read(reviewer, "/search/?q=p 4417720"))
    assert "Nothing found." in words(read(reviewer, "/search/?q=zzzz"))


def test_an_administrator_invites_and_the_link_makes_an_account(sign_in, client):
    with acting_in(STAFF):
        okwuosa = builders.person("okwuosa", Role.ADMINISTRATOR)
    browser = sign_in(okwuosa)
    sent = {
        "person": "R. Halloway",
        "username": "halloway",
        "organisation": str(okwuosa.organisation_id),
        "role": "approver",
    }
    text = browser.post("/people/invite/", sent, follow=True).content.decode()
    link = re.search(r"/invitation/[\w-]+/", text).group()
    assert "Join Northquay" in client.get(link).content.decode()
    weak = client.post(link, {"password1": "short", "password2": "short"})
    assert weak.status_code == 422
    answer = client.post(link, {"password1": "quiet-fern-4711-x", "password2": "quiet-fern-4711-x"})
    assert answer["Location"].endswith("/account/2fa/totp/activate/")
    assert client.get("/")["Location"].endswith(
        "/account/2fa/totp/activate/"
    )  # nothing before a second factor
    with acting_in(STAFF):
        assert User.objects.get(username="halloway").roles == {Role.APPROVER}
        assert Invitation.objects.get().accepted_at is not None
    assert Client().get(link).status_code == 404


def test_one_person_may_not_be_administrator_and_approve(sign_in, reviewer):
    assert reviewer.get("/people/").status_code == 403


def test_leaving_ends_the_account_at_once(sign_in, renwick):
    with acting_in(STAFF):
        okwuosa = builders.person("okwuosa", Role.ADMINISTRATOR)
    theirs = sign_in(renwick)
    assert theirs.get("/").status_code == 200
    sign_in(okwuosa).post(f"/people/{renwick.pk}/leave/", {"reason": "Left the company."})
    assert theirs.get("/").status_code == 302


def test_times_are_in_the_zone_that_the_browser_told(reviewer):
    assert "Times in UTC" in words(read(reviewer, "/"))
    reviewer.cookies["zone"] = "Asia/Singapore"
    assert "UTC+8" in words(read(reviewer, "/"))
    reviewer.cookies["zone"] = "../../etc/passwd"
    assert "Times in UTC" in words(read(reviewer, "/"))
