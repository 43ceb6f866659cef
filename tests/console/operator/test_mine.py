"""Making an alert of the queue one's own, and giving it back."""

from __future__ import annotations

import pytest

from accounts.roles import Role
from audit.models import Event
from core.scope import STAFF, acting_in
from kyc.models import Alert
from tests import builders
from tests.console.operator.story import PART, approved, list_konrad, read, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def alert(veldmarin, tmp_path):
    approved(veldmarin.tenant)
    return list_konrad(tmp_path)


def holder(alert):
    with acting_in(STAFF):
        return Alert.objects.get(pk=alert.pk).taken_by


def events():
    with acting_in(STAFF):
        found = Event.objects.filter(verb__in=["alert.taken", "alert.given_back"])
        return list(found.order_by("at").values_list("verb", flat=True))


def press(client, page, **headers):
    """The row's button as a browser sends it: with its form's hidden fields."""
    (button,) = page.xpath("//button[@data-mine]")
    (form,) = page.xpath(f"//form[@id='{button.get('form')}']")
    told = {one.get("name"): one.get("value") for one in form.xpath(".//input")}
    return client.post(form.get("action"), {**told, button.get("name"): button.get("value")}, headers=headers)


def test_a_row_is_made_ones_own_and_given_back_where_the_queue_stood(reviewer, aldous, alert):
    asked = "/alerts/?score=high&sort=score"
    answer = press(reviewer, read(reviewer, asked))
    assert (answer.status_code, answer["Location"]) == (303, asked)
    assert holder(alert) == aldous
    page = read(reviewer, asked)
    assert "1 is yours" in words(page)
    assert f"you: give {alert.label} back" in words(page)
    press(reviewer, page)
    assert holder(alert) is None
    assert "none is yours" in words(read(reviewer, asked))
    assert events() == ["alert.taken", "alert.given_back"]


def test_nobody_gives_back_what_another_took_meanwhile(reviewer, alert):
    press(reviewer, read(reviewer, "/alerts/"))
    page = read(reviewer, "/alerts/")
    with acting_in(STAFF):
        other = builders.renwick()
        Alert.objects.filter(pk=alert.pk).update(taken_by=other)
    answer = press(reviewer, page, **PART)
    assert answer["HX-Redirect"] == "/alerts/?", "a part would not show what was refused"
    assert f"Nothing was changed: {alert.label} is not yours." in words(read(reviewer, "/alerts/"))
    assert holder(alert) == other


def test_a_decided_alert_is_nobodys_to_give_back(reviewer, aldous, alert):
    with acting_in(STAFF):
        Alert.objects.filter(pk=alert.pk).update(taken_by=aldous, state=Alert.State.FALSE_POSITIVE)
    answer = reviewer.post("/alerts/mine/", {"give_back": alert.label}, follow=True)
    assert f"Nothing was changed: {alert.label} is decided." in answer.content.decode()
    assert holder(alert) == aldous
    assert read(reviewer, "/alerts/?queue=decided").xpath("//button[@data-mine]") == []


def test_an_address_in_the_form_leads_nowhere_else(reviewer, alert):
    answer = reviewer.post("/alerts/mine/", {"take": alert.label, "query": "//else.example/\r\nX: y"})
    assert answer["Location"].startswith("/alerts/?%2F%2Felse.example")


def test_who_decides_no_alerts_makes_none_their_own(approver, alert):
    assert read(approver, "/alerts/").xpath("//button[@data-mine]") == []
    assert approver.post("/alerts/mine/", {"take": alert.label}).status_code == 403
    assert holder(alert) is None


def test_an_applicant_and_a_stranger_reach_nobodys_alert(sign_in, client, alert):
    with acting_in(STAFF):
        own = builders.person("iris", Role.APPLICANT, at=alert.tenant.organisation)
        stranger = builders.stranger()
    for who in (own, stranger):
        for told in ("take", "give_back"):
            assert sign_in(who).post("/alerts/mine/", {told: alert.label}).status_code == 403
    assert client.post("/alerts/mine/", {"take": alert.label}).status_code == 302
    assert holder(alert) is None
    assert events() == []


def test_an_alert_that_is_not_there_is_404(reviewer):
    for told in ({"take": "A-999999"}, {"give_back": "nonsense"}, {}):
        assert reviewer.post("/alerts/mine/", told).status_code == 404
    assert reviewer.get("/alerts/mine/").status_code == 405


def test_the_sorted_head_says_so_and_keys_name_only_what_works(reviewer, approver, alert):
    for sort, head, way in (
        ("", "Age", "descending"),
        ("new", "Age", "ascending"),
        ("score", "Score", "descending"),
    ):
        page = read(reviewer, f"/alerts/?sort={sort}")
        (found,) = page.xpath("//th[@aria-sort]")
        assert (found.text_content().split()[0], found.get("aria-sort")) == (head, way)
    keys = page.xpath("//dl[@class='key-list']//kbd/text()")
    assert keys == ["j", "k", "↵", "x", "l", "m", "s"]
    assert page.xpath("//select[@data-cycle-key='s']/@name") == ["sort"]
    with acting_in(STAFF):
        Alert.objects.update(state=Alert.State.FALSE_POSITIVE)
    assert not read(reviewer, "/alerts/").xpath("//dl[@class='key-list']")
