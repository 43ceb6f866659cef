"""A reviewer decides alerts with the keyboard alone; a true match needs a second person."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.browser.visits import People

pytestmark = pytest.mark.browser
SECOND = "Waits for a second person"


def walk_to(page: Any, name: str) -> str:
    """From anywhere in the queue to the alert of one party, by j; returns its address."""
    while name not in page.locator("table.sides thead").inner_text():
        expect(page.locator("a[data-key=j]").first, f"{name} is in the queue").to_be_attached()
        press(page, "j")
    return str(page.url)


def press(page: Any, key: str) -> None:
    """Press a key that leads to another page, and wait until that page stands there."""
    with page.expect_navigation():
        page.keyboard.press(key)


def decide(page: Any, key: str, reason: str) -> None:
    page.keyboard.press("r")
    assert page.evaluate("document.activeElement.id") == "reason"
    page.keyboard.type(reason)
    page.keyboard.press("Escape")
    press(page, key)


def test_enter_decides_nothing_and_two_keys_clear_an_alert(people: People) -> None:
    """A reason is one key, a decision another; the next alert opens by itself."""
    page = people.at("aldous", "/alerts/?score=low")
    address = page.get_by_role("link", name="Eskil Skarvhult").get_attribute("href")
    page.goto(people.url(address))
    page.keyboard.press("r")
    page.keyboard.type("Another name altogether.")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "BODY", "Enter gives the keys back"
    expect(page.locator("form.bar-foot")).to_be_visible()
    assert page.url.endswith(address)
    page.locator("#reason").fill("")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    assert page.locator("#reason").input_value() == page.locator("[data-key='1']").get_attribute("data-value")
    press(page, "c")
    assert not page.url.endswith(address), "the next alert opens"
    press(page, "z")


def test_a_lot_is_cleared_from_the_queue_by_five_keys(people: People) -> None:
    page = people.at("aldous", "/alerts/?score=low")
    before = page.locator("[data-row]").count()
    page.keyboard.press("j")
    page.keyboard.press("l")
    lot = page.locator("#lot")
    lot.get_by_role("button", name="Clear 1 alert").wait_for()
    expect(page.locator("[data-row]:has(:checked)")).to_have_count(1)
    page.keyboard.press("l")
    lot.get_by_role("button", name="Clear 1 alert").wait_for(state="detached")
    page.keyboard.press("x")
    lot.get_by_role("button", name="Clear 1 alert").wait_for()
    page.keyboard.press("r")
    page.keyboard.type("Rare word differs.")
    press(page, "Enter")
    page.goto(people.url("/alerts/?score=low"))
    expect(page.locator("[data-row]")).to_have_count(before - 1)
    press(page, "z")
    page.goto(people.url("/alerts/?score=low"))
    expect(page.locator("[data-row]")).to_have_count(before)


def test_reviewer_clears_undoes_and_proposes_by_keys(people: People) -> None:
    page = people.at("aldous", "/")
    press(page, "g")
    assert "/alerts/A-" in page.url, "g starts with the oldest"
    first = page.url
    press(page, "j")
    assert page.url != first
    press(page, "k")
    assert page.url == first

    skarvhult = walk_to(page, "Eskil Skarvhult")
    page.keyboard.press("c")
    assert page.evaluate("document.activeElement.id") == "reason", "without a reason the key leads to it"
    page.keyboard.press("Escape")
    decide(page, "c", "Another year and another country of birth.")
    assert page.url != skarvhult, "the next alert opens"
    expect(page.get_by_role("status").filter(has_text="is cleared")).to_be_visible()
    press(page, "z")
    expect(page.get_by_text("waits again")).to_be_visible()
    assert page.url == skarvhult
    decide(page, "c", "Another year and another country of birth.")
    page.goto(skarvhult)
    expect(page.locator(".bar-foot").get_by_text("Another year")).to_be_visible()


def test_true_match_takes_two_people_and_never_the_same_one(people: People) -> None:
    page = people.at("aldous", "/alerts/")
    page.keyboard.press("j")
    press(page, "Enter")
    address = walk_to(page, "Sable Arc Trading FZE")
    stale = people.at("aldous", address.removeprefix(people.installed.base_url))
    decide(page, "t", "Name and register number are those of the entry.")
    page.goto(address)
    foot = page.locator(".bar-foot")
    expect(foot.get_by_text(SECOND)).to_be_visible()
    expect(foot).to_contain_text("Not you")

    decide(stale, "t", "I confirm what I proposed.")
    expect(stale.get_by_text("Refused and recorded")).to_be_visible()

    other = people.at("renwick", address.removeprefix(people.installed.base_url))
    expect(other.locator(".rail"), "who proposed it stands beside the decision").to_contain_text("M. Aldous")
    decide(other, "t", "The register number is the entry's.")
    other.goto(address)
    expect(other.locator(".bar-foot").get_by_text("True match", exact=True)).to_be_visible()


def test_escalated_alert_keeps_its_note_and_waits_for_anyone(people: People) -> None:
    page = people.at("aldous", "/alerts/")
    page.keyboard.press("j")
    press(page, "Enter")
    address = walk_to(page, "Velidranov")
    decide(page, "e", "The place of birth needs a second look.")
    page.goto(address)
    expect(page.locator(".rail")).to_contain_text("The place of birth needs a second look")
    expect(page.locator("form.bar-foot")).to_be_visible()
