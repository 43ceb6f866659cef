"""From an application's open points to its approval or its refusal."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.browser.visits import People

pytestmark = pytest.mark.browser


def application(people: People, who: str, tenant: str) -> Any:
    return people.at(who, f"/applications/{people.installed.applications[tenant]}/")


def decide(page: Any, opener: str, reason: str) -> None:
    page.locator(".acts, .page-head").get_by_role("button", name=opener).first.click()
    dialog = page.locator("dialog[open]")
    dialog.locator("[name=reason]").fill(reason)
    with page.expect_navigation():
        dialog.locator("button[type=submit]").click()


def test_reviewer_sees_what_is_open_and_may_not_approve(people: People) -> None:
    page = application(people, "aldous", "Harrowmere Compute LLP")
    answer = page.locator(".answer").inner_text()
    assert answer.startswith("Incomplete") and "not known" in answer, answer
    for button in page.get_by_role("button", name="Approve").all():
        expect(button).to_be_disabled()


def test_approver_approves_one_and_denies_another(people: People) -> None:
    page = application(people, "renwick", "Tallowgate Analytics Ltd")
    decide(page, "Approve", "Nothing is open; owners are known and screened.")
    expect(page.locator("main")).to_contain_text("approved", ignore_case=True)
    page.goto(people.url(f"/tenants/{people.installed.tenants['Tallowgate Analytics Ltd']}/"))
    expect(page.locator(".answer")).to_have_text(re.compile(r"^\s*Active"))

    page = application(people, "renwick", "Harrowmere Compute LLP")
    decide(page, "Deny", "Nobody says who owns the trustee.")
    page.goto(people.url(f"/tenants/{people.installed.tenants['Harrowmere Compute LLP']}/"))
    expect(page.locator(".answer")).to_have_text(re.compile(r"^\s*Denied"))
