"""Signing in and out, coming by invitation, and leaving."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.browser.visits import People, code

pytestmark = pytest.mark.browser


def test_password_then_code_lead_home_and_sign_out_ends_it(people: People) -> None:
    page = people.at("sundqvist")
    expect(page.locator("h1")).to_be_visible()
    assert "/account/" not in page.url
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/account/**")
    page.goto(people.url("/alerts/"))
    assert "/account/login/" in page.url


def test_wrong_password_and_wrong_code_are_refused_in_words(people: People) -> None:
    page = people.stranger("/account/login/")
    people.give_password(page, "renwick", "not-the-password-1")
    expect(page.get_by_role("alert").get_by_text("were not accepted")).to_be_visible()
    people.give_password(page, "renwick", people.installed.people["renwick"]["password"])
    wrong = f"{(int(code(people.installed.people['renwick']['secret'])) + 500_000) % 1_000_000:06d}"
    page.get_by_label("Code").fill(wrong)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("That code was not accepted")).to_be_visible()
    page.goto(people.url("/"))
    assert "/account/" in page.url


def test_invited_person_chooses_a_password_and_sets_up_a_second_factor_first(people: People) -> None:
    page = people.at("okwuosa", "/people/")
    page.get_by_role("button", name="Invite").first.click()
    dialog = page.locator("dialog[open]")
    dialog.locator("[name=person]").fill("Q. Thornbury")
    dialog.locator("[name=username]").fill("thornbury")
    dialog.locator("[name=role]").select_option("reviewer")
    dialog.locator("button[type=submit]").click()
    link = re.search(r"http://\S+/invitation/\S+/", page.get_by_text("Shown once").inner_text())
    assert link

    theirs = people.stranger(link[0].removeprefix(people.installed.base_url))
    for field in theirs.locator("input[type=password]").all():
        field.fill("slow-cedar-meadow-2231")
    theirs.get_by_role("button", name="Accept").click()
    set_up = theirs.get_by_role("heading", name="Set up your authenticator")
    expect(set_up).to_be_visible()
    theirs.goto(people.url("/alerts/"))
    expect(set_up, "nothing else opens").to_be_visible()
    theirs.get_by_label("Code").fill(code(theirs.locator("code.secret").inner_text().strip()))
    theirs.get_by_role("button", name="Switch it on").click()
    theirs.wait_for_url(lambda url: "activate" not in url)
    theirs.goto(people.url("/alerts/"))
    assert theirs.url.endswith("/alerts/")
    theirs.goto(link[0])
    expect(theirs.get_by_role("heading", name="This invitation does not work")).to_be_visible()


def test_who_leaves_is_signed_out_at_once(people: People) -> None:
    theirs = people.at("vanterpool", "/alerts/")
    assert theirs.url.endswith("/alerts/")
    page = people.at("okwuosa", "/people/")
    page.locator("tr", has_text="L. Vanterpool").locator("button[data-opens]").click()
    dialog = page.locator("dialog[open]")
    dialog.locator("[name=reason]").fill("Moves to another company.")
    dialog.locator("button[type=submit]").click()
    expect(page.get_by_text("has ended")).to_be_visible()
    theirs.reload()
    assert "/account/login/" in theirs.url


@pytest.mark.parametrize("path", ["signup/", "password/reset/", "email/", "confirm-email/"])
def test_nobody_signs_up_or_gets_a_password_by_mail(people: People, path: str) -> None:
    assert people.stranger("/account/login/").goto(people.url(f"/account/{path}")).status == 404
