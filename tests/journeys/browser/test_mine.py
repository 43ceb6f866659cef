"""The queue by keys: a row is made mine and given back, the order changes, and the keys stay on the row."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.browser.visits import People

pytestmark = pytest.mark.browser
WHOSE = "document.activeElement.closest('[data-row]')?.querySelector('[data-mine]').firstChild.textContent"


def after(page: Any, key: str, path: str) -> None:
    """Press a key that asks for a part of the page, and wait until it stands there."""
    with page.expect_response(lambda answer: path in answer.url and answer.request.method == "GET"):
        page.keyboard.press(key)
    page.wait_for_function("() => !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')")


def test_m_makes_the_row_mine_and_gives_it_back_in_place(people: People) -> None:
    page = people.at("aldous", "/alerts/")
    expect(page.locator("[data-row]").nth(1)).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    row = page.evaluate("document.activeElement.id")
    before = page.locator("h1").inner_text()
    after(page, "m", "/alerts/")
    assert page.evaluate(WHOSE) == "you"
    assert page.evaluate("document.activeElement.id") == row, "the keys stay on the row"
    expect(page.locator("[data-row]:has(:checked)"), "what was chosen stays chosen").to_have_count(1)
    expect(page.locator("h1")).not_to_have_text(before)
    after(page, "m", "/alerts/")
    assert page.evaluate(WHOSE) == "nobody"
    expect(page.locator("h1")).to_have_text(before)
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.id") != row


def test_s_goes_through_the_orders_and_says_which(people: People) -> None:
    page = people.at("aldous", "/alerts/")
    heads = []
    for _ in range(3):
        after(page, "s", "sort=")
        heads.append(
            (
                page.locator("[aria-sort]").inner_text().split()[0],
                page.locator("#filter-sort + [role=status]").inner_text(),
            )
        )
    assert heads == [("Score", "Score"), ("Age", "Newest first"), ("Age", "Oldest first")]
    scores = [float(one) for one in page.locator("[data-row] td.mid").all_inner_texts()]
    after(page, "s", "sort=score")
    assert [float(one) for one in page.locator("[data-row] td.mid").all_inner_texts()] == sorted(
        scores, reverse=True
    )
