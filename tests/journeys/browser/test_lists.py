"""A new version of a list comes in through the page; what follows from it is seen without asking."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.browser.visits import People, reload_until

pytestmark = pytest.mark.browser


def test_newly_listed_owner_holds_the_tenant_and_revokes_its_grant(people: People) -> None:
    installed = people.installed
    tenant = f"/tenants/{installed.tenants['Veldmarin Robotics Pte. Ltd.']}/"
    before = people.at("aldous", tenant)
    expect(before.locator(".answer")).to_have_text(re.compile(r"^\s*Active"))

    home = people.at("renwick", "/")
    page = people.at("aldous", "/lists/import/")
    page.locator("[name=source]").select_option(label="Demo list")
    page.locator("[name=file]").set_input_files(installed.version_2)
    page.get_by_role("button", name="Import").click()
    page.wait_for_url("**/lists/")
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    # Both pages renew their living part by themselves.
    page.get_by_text("+31").first.wait_for()
    home.get_by_text("37 entries changed").first.wait_for()
    home.locator("main td:visible", has_text="Konrad Eszterlund").first.wait_for()
    assert loads == []

    reload_until(before, before.locator(".answer").filter(has_text=re.compile(r"^\s*Held")))
    expect(before.locator(".answer")).to_contain_text("OFAC 50 Percent Rule")
    grant = people.at("renwick", f"/grants/{installed.grant}/")
    reload_until(grant, grant.locator("main").filter(has_text="evoked"))
    with grant.expect_navigation():
        grant.locator("main a[href*='/requests/R-']").first.click()
    expect(grant.locator("dd").filter(has_text=installed.grant)).to_contain_text("revoked")


def test_damaged_file_is_refused_in_words(people: People) -> None:
    page = people.at("aldous", "/lists/import/")
    page.locator("[name=source]").select_option("us_ofac_sdn")
    page.locator("[name=file]").set_input_files(
        {"name": "sdn.csv", "mimeType": "text/csv", "buffer": b"no,list,at\nall"}
    )
    page.get_by_role("button", name="Import").click()
    expect(
        page.get_by_text("The file was refused").or_(page.locator(".field.invalid .error")).first
    ).to_be_visible()
    assert page.url.endswith("/lists/import/")
