"""The queue by keys: a row is made mine and given back, the order changes, and the keys stay on the row."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.browser.visits import People

pytestmark = pytest.mark.browser


def test_m_makes_the_row_mine_and_gives_it_back_in_place(people: People) -> None:
    page = people.at("aldous", "/alerts/")
    expect(page.locator("[data-row]").nth(1)).to_be_visible()
    for key in ("j", "j", "x"):
        page.keyboard.press(key)
    at = page.evaluate("document.activeElement.id")
    row, whose = page.locator(f"#{at}"), page.locator(f"#{at.replace('row-', 'mine-')}")
    before = page.locator("h1").inner_text()
    page.keyboard.press("m")
    expect(whose).to_have_text(re.compile("^you"))
    expect(row, "the keys stay on the row").to_be_focused()
    expect(page.locator("[data-row]:has(:checked)"), "what was chosen stays chosen").to_have_count(1)
    expect(page.locator("h1")).not_to_have_text(before)
    page.keyboard.press("m")
    expect(whose).to_have_text(re.compile("^nobody"))
    expect(page.locator("h1")).to_have_text(before)
    expect(row).to_be_focused()
    page.keyboard.press("k")
    expect(row).not_to_be_focused()


def test_s_goes_through_the_orders_and_says_which(people: People) -> None:
    page = people.at("aldous", "/alerts/")
    said, head = page.locator("#filter-sort + [role=status]"), page.locator("[aria-sort]")
    scores = page.locator("[data-row] td.mid")
    for order, column in (("Score", "Score"), ("Newest first", "Age"), ("Oldest first", "Age")):
        page.keyboard.press("s")
        expect(said).to_have_text(order)
        expect(head).to_contain_text(column)
    falling = sorted(scores.all_inner_texts(), key=float, reverse=True)
    page.keyboard.press("s")
    expect(scores).to_have_text(falling)


def test_a_look_for_news_takes_neither_the_rows_nor_the_keys(people: People) -> None:
    """The queue asks for news by itself: on a slow server its rows stay, and so does the row of the keys."""
    page = people.at("aldous", "/alerts/")
    page.clock.install()
    page.reload()
    page.keyboard.press("j")
    row = page.locator("[data-row] a.name").first
    expect(row).to_be_focused()
    held: list[Any] = []
    page.route("**/alerts/", lambda route: held.append(route))
    with page.expect_request("**/alerts/"):
        page.clock.run_for(15_000)
    page.clock.run_for(1_000)
    expect(row).to_be_visible()
    expect(row).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator("[data-row]:has(:checked)")).to_have_count(1)
    with page.expect_response("**/alerts/"):
        held.pop().continue_()
    page.clock.run_for(1_000)
    expect(row, "the keys stay on the row").to_be_focused()
    expect(page.locator("[data-row]:has(:checked)"), "what was chosen stays chosen").to_have_count(1)
