"""A new version of a list comes in through the page; what follows from it is seen without asking."""

from __future__ import annotations

import pytest

from tests.journeys.browser.visits import People

pytestmark = pytest.mark.browser


def test_newly_listed_owner_holds_the_tenant_and_revokes_its_grant(people: People) -> None:
    installed = people.installed
    tenant = f"/tenants/{installed.tenants['Veldmarin Robotics Pte. Ltd.']}/"
    before = people.at("aldous", tenant)
    assert before.locator(".answer").inner_text().startswith("Active")

    home = people.at("renwick", "/")
    page = people.at("aldous", "/lists/import/")
    page.locator("[name=source]").select_option(label="Demo list")
    page.locator("[name=file]").set_input_files(installed.version_2)
    page.get_by_role("button", name="Import").click()
    page.wait_for_url("**/lists/")
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    # Both pages renew their living part by themselves.
    page.get_by_text("+31").first.wait_for(timeout=20_000)
    home.get_by_text("37 entries changed").first.wait_for(timeout=20_000)
    home.locator("main td:visible", has_text="Konrad Eszterlund").first.wait_for(timeout=20_000)
    assert loads == []

    for _ in range(40):
        before.reload()
        if before.locator(".answer").inner_text().startswith("Held"):
            break
        before.wait_for_timeout(250)
    answer = before.locator(".answer").inner_text()
    assert answer.startswith("Held") and "OFAC 50 Percent Rule" in answer, answer
    grant = people.at("renwick", f"/grants/{installed.grant}/")
    for _ in range(40):
        if "evoked" in grant.locator("main").inner_text():
            break
        grant.wait_for_timeout(250)
        grant.reload()
    assert "evoked" in grant.locator("main").inner_text()


def test_damaged_file_is_refused_in_words(people: People) -> None:
    page = people.at("aldous", "/lists/import/")
    page.locator("[name=source]").select_option("us_ofac_sdn")
    page.locator("[name=file]").set_input_files(
        {"name": "sdn.csv", "mimeType": "text/csv", "buffer": b"no,list,at\nall"}
    )
    page.get_by_role("button", name="Import").click()
    refused = page.get_by_text("The file was refused").or_(page.locator(".field.invalid .error")).first
    refused.wait_for()
    assert page.url.endswith("/lists/import/")
