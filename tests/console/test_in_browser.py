"""The pages in a real browser: the content security policy, keys, themes, and a phone's width."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from playwright.sync_api import expect

from tests.chromium import launched, patient

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("preview")]

#: Pages that differ most in their parts, with texts longer than the demonstration's. Axe looks at every page
#: of a real installation in `tests/journeys/browser/test_pages.py`.
PHONE_PAGES = (
    *("alert", "tenant", "request", "calibration", "alerts_clear", "portal_application", "regulator_home"),
    *("home", "alerts", "grants", "application", "lists", "log", "export", "portal_home"),
)


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Requests of a test need no log."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with launched() as browser:
        yield browser


@pytest.fixture
def address(preview: None) -> Iterator[str]:
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.wsgi import get_wsgi_application

    server = make_server(
        "127.0.0.1", 0, StaticFilesHandler(get_wsgi_application()), server_class=_Server, handler_class=_Quiet
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def _open(chromium: Any, url: str, **context: Any) -> tuple[Any, list[str]]:
    """A page and what its console complained of (a breach of the policy stands there)."""
    said: list[str] = []
    page = patient(chromium, viewport={"width": 1440, "height": 1000}, **context).new_page()
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    assert page.goto(url).status == 200
    return page, said


def test_pages_keep_the_policy_and_fit_a_phone(chromium: Any, address: str) -> None:
    wrong = {}
    context = patient(chromium, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    for name in PHONE_PAGES:
        page = context.new_page()
        said: list[str] = []
        page.on(
            "console",
            lambda message, said=said: said.append(message.text) if message.type == "error" else None,
        )
        page.goto(f"{address}/preview/{name}/")
        width = page.evaluate("document.documentElement.scrollWidth")
        if said or width > 390:
            wrong[name] = (width, said)
        page.close()
    context.close()
    assert wrong == {}


def test_keys_lead_to_the_reason_and_then_decide(chromium: Any, address: str) -> None:
    page, said = _open(chromium, f"{address}/preview/alert/")
    page.fill("#reason", "")
    page.locator("h1").click()
    page.keyboard.press("c")
    assert page.evaluate("document.activeElement.id") == "reason", "a decision without a reason asks for it"
    page.keyboard.type("born in another place: cte")
    assert page.url.endswith("/preview/alert/"), "letters of the reason decide nothing"
    page.keyboard.press("Escape")
    with page.expect_request("**/alerts/A-10482/decide/") as sent:
        page.keyboard.press("c")
    assert "resolution=false_positive" in sent.value.post_data
    assert said == []
    page.context.close()


def test_keys_walk_the_queue_and_find_the_search(chromium: Any, address: str) -> None:
    page, _said = _open(chromium, f"{address}/preview/alert/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"
    page.keyboard.press("Escape")
    with page.expect_navigation(url="**/alerts/A-10483/"):
        page.keyboard.press("j")
    page.context.close()


def test_dialog_opens_takes_focus_and_closes_without_acting(chromium: Any, address: str) -> None:
    page, _said = _open(chromium, f"{address}/preview/grant/")
    page.get_by_role("button", name="Revoke…").click()
    dialog = page.get_by_role("dialog", name="Revoke G-7702 now?")
    expect(dialog).to_be_visible()
    page.keyboard.press("c")
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_be_hidden()
    assert page.url.endswith("/preview/grant/")
    page.context.close()


def test_theme_chosen_by_hand_is_kept(chromium: Any, address: str) -> None:
    page, _said = _open(chromium, f"{address}/preview/home/", color_scheme="light")
    page.get_by_role("button", name="Dark").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    page.context.close()


def test_error_gives_the_old_value_back(chromium: Any, address: str) -> None:
    page, _said = _open(chromium, f"{address}/preview/portal_application/")
    page.get_by_role("button", name="Put 25 % back").click()
    expect(page.get_by_label("Share", exact=True)).to_have_value("25")
    page.context.close()
