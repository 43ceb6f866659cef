"""An examiner: search in scope, an export that proves itself, and nothing beyond the scope."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.audit.proof.builders import flipped
from tests.journeys.browser.visits import People

pytestmark = pytest.mark.browser


def verdict(page: Any, name: str, data: bytes) -> str:
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/zip", "buffer": data}
    )
    with page.expect_navigation():
        page.locator("form:has(input[type=file]) button[type=submit]").first.click()
    return str(page.locator("main").inner_text())


def test_export_is_built_downloaded_and_verified_and_a_flipped_copy_is_not(
    people: People, tmp_path: Path
) -> None:
    page = people.at("adnantara", "/oversight/exports/new/")
    with page.expect_navigation():
        page.get_by_role("button", name="Build it").click()
    download = page.get_by_role("link", name="Download")
    download.first.wait_for()
    with page.expect_download() as got:
        download.first.click()
    bundle = Path(got.value.path()).read_bytes()

    page.goto(people.url("/oversight/verify/"))
    said = verdict(page, "bundle.zip", bundle)
    assert "Valid" in said and "Not valid" not in said
    said = verdict(page, "flipped.zip", flipped(bundle, 1 / 3))
    assert "Not valid" in said
    assert re.search(r"Step \d+, [^:]+: expected .+; found .+\.", said), said


def test_search_and_tenants_stay_in_scope(people: People) -> None:
    page = people.at("adnantara", "/oversight/tenants/")
    text = page.locator("main").inner_text()
    assert "Veldmarin Robotics" in text and "Kaimori" not in text and "Saffron" not in text
    page.goto(people.url("/oversight/search/?q=Kaimori"))
    assert "Kaimori Weather" not in page.locator("main").inner_text()
    page.goto(people.url("/oversight/search/?q=Veldmarin"))
    assert "Veldmarin" in page.locator("main").inner_text()
    foreign = people.installed.tenants["Kaimori Weather K.K."]
    for path in (f"/oversight/tenants/{foreign}/", f"/tenants/{foreign}/", "/log/", "/portal/"):
        assert page.goto(people.url(path)).status in (403, 404), path
