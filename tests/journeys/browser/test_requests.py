"""A request: cited reasons, what if, and two people who approve."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.browser.visits import People, reload_until

pytestmark = pytest.mark.browser


def approve(page: Any) -> None:
    page.get_by_role("button", name="Approve").first.click()
    dialog = page.locator("dialog[open]")
    dialog.locator("[name=reason]").fill("Purpose and size fit the business.")
    with page.expect_navigation():
        dialog.locator("button[type=submit]").click()


def test_reasons_cite_the_law_and_what_if_saves_nothing(people: People) -> None:
    split = people.installed.requests["split"]
    page = people.at("aldous", f"/requests/{split}/")
    reasons = page.locator("table.reasons")
    expect(reasons.get_by_text("BIS policy statement 2025-05-13").first).to_be_visible()
    expect(page.locator(".answer")).to_contain_text("Refer")
    before = page.locator("#what-if").inner_text()
    with page.expect_response(lambda answer: f"/requests/{split}/" in answer.url and answer.ok):
        page.locator(".what-if [name=count]").fill("16")
        page.locator(".what-if [name=count]").blur()
    page.wait_for_function("was => document.getElementById('what-if').innerText !== was", arg=before)
    expect(page.locator("#what-if .chip, #what-if .state").first).to_be_visible()
    page.reload()
    expect(page.locator("h1")).to_contain_text("512")
    expect(page.locator(".what-if [name=count]")).to_have_value("512")


def test_two_people_approve_and_the_same_one_cannot(people: People) -> None:
    path = f"/requests/{people.installed.requests['clean']}/"
    first = people.at("halloway", path)
    approve(first)
    first.goto(people.url(path))
    again = first.get_by_role("button", name="Approve").first
    expect(again).to_be_disabled()
    expect(again, "the button says why").to_have_text(re.compile("Approve.+"))

    second = people.at("renwick", path)
    expect(second.locator("ul.approvals")).to_contain_text("R. Halloway")
    approve(second)
    second.goto(people.url(path))
    expect(second.locator("ul.approvals")).to_contain_text("T. Renwick")
    # The grant is the worker's: it comes without anybody asking again.
    link = second.locator("a[href*='/grants/G-']")
    reload_until(second, link)
    expect(second.locator("dd").filter(has=link)).to_contain_text("renews itself")
    expect(second.locator("main")).to_contain_text("granted", ignore_case=True)
