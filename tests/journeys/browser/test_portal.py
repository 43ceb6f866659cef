"""A tenant's applicant: nothing typed is lost, questions are answered, accelerators asked for."""

from __future__ import annotations

import pytest

from tests.journeys.browser.visits import People

pytestmark = pytest.mark.browser


def test_wrong_value_stays_with_its_error_after_a_reload(people: People) -> None:
    page = people.at("tarvainen", "/portal/")
    page.locator("a[href*='/organisation/']").first.click()
    page.locator("[name=legal_form]").fill("Osakeyhtiö")
    page.locator("[name=staff]").fill("about a dozen")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator("[name=business]").fill("Forecasts of ice on lakes")
        page.locator("[name=business]").blur()
    page.reload()
    assert page.locator("[name=staff]").input_value() == "about a dozen"
    assert page.locator("[name=legal_form]").input_value() == "Osakeyhtiö"
    assert page.locator("[name=staff]").get_attribute("aria-invalid") == "true"
    told = page.locator("[name=staff]").get_attribute("aria-describedby")
    assert page.locator(f"#{told}").is_visible(), "the error stands where the field says"


def test_question_is_answered(people: People) -> None:
    page = people.at("onaruzawa", "/portal/")
    asked = page.locator(".question, li, tr").filter(has_text="forecasts typhoons").first
    assert asked.is_visible()
    link = asked.get_by_role("link").first
    if link.count():
        link.click()
    form = page.locator("form[action*='/questions/']").first
    form.locator("textarea, input:not([type=hidden])").first.fill("The one called Nowaki, 12 km grid.")
    form.get_by_role("button", name="Answer").click()
    page.wait_for_load_state()
    tenant = people.installed.tenants["Kaimori Weather K.K."]
    staff = people.at("aldous", f"/tenants/{tenant}/")
    assert staff.get_by_text("Nowaki").first.is_visible() or staff.get_by_text("Answered a question").count()


def test_accelerators_are_asked_for_and_the_rules_answer_at_once(people: People) -> None:
    page = people.at("onaruzawa", "/portal/requests/new/")
    page.locator("[name=count]").fill("384")
    page.locator("[name=site]").select_option(index=0)
    page.locator("[name=purpose]").select_option("simulation")
    page.locator("[name=end_user]").select_option("JP")
    page.locator("[name=users]").fill("JP")
    page.get_by_role("button", name="Ask for them").click()
    page.wait_for_url("**/portal/requests/R-*/")
    assert "384" in page.locator("main").inner_text()
    number = page.url.rstrip("/").rpartition("/")[2]
    staff = people.at("halloway", f"/requests/{number}/")
    assert "Kaimori Weather" in staff.locator("main").inner_text()


def test_portal_shows_nothing_of_others(people: People) -> None:
    page = people.at("onaruzawa", "/portal/")
    split = people.installed.requests["split"]
    for path in (f"/portal/requests/{split}/", "/alerts/", "/tenants/", "/oversight/"):
        assert page.goto(people.url(path)).status in (403, 404), path
