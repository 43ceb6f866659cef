"""A tenant's applicant: nothing typed is lost, questions are answered, accelerators asked for."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.browser.visits import People

pytestmark = pytest.mark.browser


def test_wrong_value_stays_with_its_error_after_a_reload(people: People) -> None:
    page = people.at("tarvainen", "/portal/")
    with page.expect_navigation():
        page.locator("a[href*='/organisation/']").first.click()
    page.locator("[name=legal_form]").fill("Osakeyhtiö")
    page.locator("[name=staff]").fill("about a dozen")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator("[name=business]").fill("Forecasts of ice on lakes")
        page.locator("[name=business]").blur()
    page.reload()
    expect(page.locator("[name=legal_form]")).to_have_value("Osakeyhtiö")
    staff = page.locator("[name=staff]")
    expect(staff).to_have_value("about a dozen")
    expect(staff).to_have_attribute("aria-invalid", "true")
    told = staff.get_attribute("aria-describedby")
    expect(page.locator(f"#{told}"), "the error stands where the field says").to_be_visible()


def test_question_is_answered(people: People) -> None:
    page = people.at("onaruzawa", "/portal/")
    asked = page.locator(".question, li, tr").filter(has_text="forecasts typhoons").first
    expect(asked).to_be_visible()
    link = asked.get_by_role("link").first
    if link.count():
        with page.expect_navigation():
            link.click()
    form = page.locator("form[action*='/questions/']").first
    form.locator("textarea, input:not([type=hidden])").first.fill("The one called Nowaki, 12 km grid.")
    with page.expect_navigation():
        form.get_by_role("button", name="Answer").click()
    tenant = people.installed.tenants["Kaimori Weather K.K."]
    staff = people.at("aldous", f"/tenants/{tenant}/")
    expect(staff.get_by_text("Nowaki").or_(staff.get_by_text("Answered a question")).first).to_be_visible()


def test_accelerators_are_asked_for_and_the_rules_answer_at_once(people: People) -> None:
    page = people.at("onaruzawa", "/portal/requests/new/")
    page.locator("[name=count]").fill("384")
    page.locator("[name=site]").select_option(index=0)
    page.locator("[name=purpose]").select_option("simulation")
    page.locator("[name=end_user]").select_option("JP")
    page.locator("[name=users]").fill("JP")
    page.get_by_role("button", name="Ask for them").click()
    page.wait_for_url("**/portal/requests/R-*/")
    expect(page.locator("main")).to_contain_text("384")
    number = page.url.rstrip("/").rpartition("/")[2]
    staff = people.at("halloway", f"/requests/{number}/")
    expect(staff.locator("main")).to_contain_text("Kaimori Weather")


def test_portal_shows_nothing_of_others(people: People) -> None:
    page = people.at("onaruzawa", "/portal/")
    split = people.installed.requests["split"]
    for path in (f"/portal/requests/{split}/", "/alerts/", "/tenants/", "/oversight/"):
        assert page.goto(people.url(path)).status in (403, 404), path
