"""A request: cited reasons, what if, and two people who approve."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.browser.visits import People

pytestmark = pytest.mark.browser


def approve(page: Any) -> None:
    page.get_by_role("button", name="Approve").first.click()
    dialog = page.locator("dialog[open]")
    dialog.locator("[name=reason]").fill("Purpose and size fit the business.")
    dialog.locator("button[type=submit]").click()
    page.wait_for_load_state()


def test_reasons_cite_the_law_and_what_if_saves_nothing(people: People) -> None:
    split = people.installed.requests["split"]
    page = people.at("aldous", f"/requests/{split}/")
    reasons = page.locator("table.reasons")
    assert reasons.get_by_text("BIS policy statement 2025-05-13").first.is_visible()
    assert "Refer" in page.locator(".answer").inner_text()
    before = page.locator("#what-if").inner_text()
    with page.expect_response(lambda answer: f"/requests/{split}/" in answer.url and answer.ok):
        page.locator(".what-if [name=count]").fill("16")
        page.locator(".what-if [name=count]").blur()
    page.wait_for_function("was => document.getElementById('what-if').innerText !== was", arg=before)
    assert page.locator("#what-if .chip, #what-if .state").first.is_visible()
    page.reload()
    assert "512" in page.locator("h1").inner_text()
    assert page.locator(".what-if [name=count]").input_value() == "512"


def test_two_people_approve_and_the_same_one_cannot(people: People) -> None:
    path = f"/requests/{people.installed.requests['clean']}/"
    first = people.at("halloway", path)
    approve(first)
    first.goto(people.url(path))
    again = first.get_by_role("button", name="Approve").first
    assert again.is_disabled()
    assert len(again.inner_text()) > len("Approve"), "the button says why"

    second = people.at("renwick", path)
    assert "R. Halloway" in second.locator("ul.approvals").inner_text()
    approve(second)
    second.goto(people.url(path))
    assert "T. Renwick" in second.locator("ul.approvals").inner_text()
    # The grant is the worker's: it comes without anybody asking again.
    for _ in range(40):
        if (
            second.locator("a[href*='/grants/G-']").count()
            or "granted" in second.locator("main").inner_text()
        ):
            break
        second.wait_for_timeout(250)
        second.reload()
    assert "granted" in second.locator("main").inner_text().lower()
