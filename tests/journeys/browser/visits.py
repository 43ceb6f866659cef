"""People at their browsers: signing in, and what every page they open must keep."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests import chromium

DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}

#: A poor connection: a page comes in pieces, so that whoever does not wait for it reads half of it.
SLOW = {"offline": False, "latency": 100, "downloadThroughput": 20_000, "uploadThroughput": -1}


@dataclass(frozen=True)
class Installed:
    """What the stage said: addresses, sign-ins, and the references of what it played."""

    base_url: str
    people: dict[str, dict[str, str]]
    tenants: dict[str, str]
    applications: dict[str, str]
    requests: dict[str, str]
    grant: str
    version_2: str


def code(secret: str, at: float | None = None) -> str:
    """The six digits of a moment (RFC 6238, SHA-1, 30 s), as an authenticator app computes them."""
    counter = int((time.time() if at is None else at) // 30)
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", counter), hashlib.sha1).digest()
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def reload_until(page: Any, found: Any) -> None:
    """Open the page anew until what a worker does in its own time stands there, for at most 90 s."""
    until = time.monotonic() + 90
    while not found.count():
        assert time.monotonic() < until, f"{found} did not come on {page.url}"
        page.wait_for_timeout(250)
        page.reload()


class People:
    """One browser context a person, signed in at the first page that they open."""

    def __init__(self, browser: Any, installed: Installed, slow: bool = False) -> None:
        self._browser, self.installed, self._slow = browser, installed, slow
        self._contexts: dict[str, Any] = {}
        self._strangers: list[Any] = []
        self._said: list[str] = []

    def at(self, name: str, path: str = "/") -> Any:
        """A page of this person at an address."""
        if name not in self._contexts:
            self._contexts[name] = context = self._context()
            self.sign_in(self._page(context), name)
        page = self._page(self._contexts[name])
        page.goto(self.url(path))
        return page

    def stranger(self, path: str = "/") -> Any:
        """A page in a browser that nobody has used."""
        context = self._context()
        self._strangers.append(context)
        page = self._page(context)
        page.goto(self.url(path))
        return page

    def url(self, path: str) -> str:
        return f"{self.installed.base_url}{path}"

    def sign_in(self, page: Any, name: str) -> None:
        """Name and password, then the six digits. A code is good once: each person does it once."""
        secrets = self.installed.people[name]
        page.goto(self.url("/account/login/"))
        self.give_password(page, name, secrets["password"])
        field = page.get_by_label("Code")
        field.wait_for()  # a code that was computed before is an old one on a slow machine
        field.fill(code(secrets["secret"]))
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/account/" not in url)

    @staticmethod
    def give_password(page: Any, name: str, password: str) -> None:
        page.locator("input[autocomplete=username]").fill(name)
        page.locator("input[type=password]").fill(password)
        page.get_by_role("button", name="Next").click()

    def close_pages(self) -> list[str]:
        """Close every page of the test; return what went wrong on them."""
        for context in self._strangers:
            context.close()
        self._strangers.clear()
        for context in self._contexts.values():
            for page in context.pages:
                page.close()
        said, self._said = self._said, []
        return said

    def leave(self) -> None:
        for context in self._contexts.values():
            context.close()

    def _page(self, context: Any) -> Any:
        page = context.new_page()
        if self._slow:
            session = context.new_cdp_session(page)
            session.send("Network.enable")
            session.send("Network.emulateNetworkConditions", SLOW)
        return page

    def _context(self) -> Any:
        context = chromium.patient(self._browser, viewport=DESK, color_scheme="light", accept_downloads=True)
        context.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.error('CSP', e.violatedDirective))"
        )
        context.on("request", self._asked)
        context.on("console", self._complained)
        context.on("weberror", lambda error: self._said.append(f"{_where(error.page)}: {error.error}"))
        return context

    def _asked(self, request: Any) -> None:
        if urlsplit(request.url).hostname not in ("127.0.0.1", None):
            self._said.append(f"a request left this machine: {request.url}")

    def _complained(self, message: Any) -> None:
        if message.type != "error":
            return
        where = _where(message.page)
        # A refusal is a page with its status; the browser says that too. Parts of pages must not fail.
        if message.text.startswith("Failed to load resource") and message.location["url"] == where:
            return
        self._said.append(f"{where}: {message.text}")


def _where(page: Any) -> str:
    return "a closed page" if page is None else str(page.url)
