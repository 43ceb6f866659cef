"""What every page keeps: axe's rules in light and dark, a phone's width, a visible focus."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH

from tests.journeys.browser import crawl
from tests.journeys.browser.visits import DESK, PHONE, People

pytestmark = pytest.mark.browser

RUN = """async rules => {
  const found = await axe.run(document, {resultTypes: ['violations'], ...rules});
  return found.violations.map(one => [one.id, one.nodes.map(node => node.html)]);
}"""
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
WIDTH = "document.documentElement.scrollWidth"


#: Everybody in turn: who comes later walks what nobody could open before.
STARTS = {
    "aldous": "/",
    "renwick": "/requests/",
    "okwuosa": "/people/",
    "onaruzawa": "/portal/",
    "tarvainen": "/portal/",
    "adnantara": "/oversight/",
}


def test_every_page_passes_axe_and_fits_a_phone(people: People) -> None:
    axe = AXE_FILE_PATH.read_text()
    refs = people.installed
    prefer = {
        "operator:request": f"/requests/{refs.requests['split']}/",
        "operator:grant": f"/grants/{refs.grant}/",
        "operator:tenant": f"/tenants/{refs.tenants['Veldmarin Robotics Pte. Ltd.']}/",
    }
    walked: set[str] = set()
    wrong = {}
    for name, start in STARTS.items():
        page = people.at(name, start)
        own = prefer if name == "aldous" else {}
        for route, path in crawl.walk(page, page.url, own, known=walked):
            found = look(page, axe)
            if found:
                wrong[f"{name} {route} {path}"] = found
        page.close()
    assert wrong == {}
    assert len(walked) > 40, sorted(walked)


def look(page: Any, axe: str) -> dict[str, Any]:
    """What is wrong with the open page, by how it was looked at."""
    page.evaluate(axe)
    found = {"light": page.evaluate(RUN, {})}
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("() => document.documentElement.dataset.bsTheme === 'dark'")
    found["dark"] = page.evaluate(RUN, COLOURS)
    page.set_viewport_size(PHONE)
    page.wait_for_function("width => innerWidth === width", arg=PHONE["width"])
    width = page.evaluate(WIDTH)
    found["phone"] = width if width > PHONE["width"] else 0
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="light")
    return {kind: what for kind, what in found.items() if what}


FOCUSED = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  const name = at === document.body ? 'BODY' : at.innerText || at.name || at.tagName;
  return [name.trim().slice(0, 40), ring || style.boxShadow !== 'none'];
}"""


def focus_marks(page: Any) -> list[tuple[str, bool]]:
    """What Tab reaches, and whether the ring around it shows."""
    marks = []
    for _ in range(25):
        page.keyboard.press("Tab")
        name, visible = page.evaluate(FOCUSED)
        marks.append((name, visible))
    return marks


@pytest.mark.parametrize("path", ["/", "/alerts/"])
def test_tab_shows_where_it_is(people: People, path: str) -> None:
    page = people.at("aldous", path)
    marks = focus_marks(page)
    assert len({name for name, _ in marks}) > 12
    assert [name for name, visible in marks if not visible and name != "BODY"] == []
