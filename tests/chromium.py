"""Headless Chromium for tests: Debian's, driven by Playwright, and never on the way to another machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.real_parts import absent

PATH = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()

#: Milliseconds for anything to come: the other core may compile or import.
PATIENCE = 60_000


def patient(browser: Any, **options: Any) -> Any:
    """Somebody's browser, as patient as every test."""
    made = browser.new_context(**options)
    made.set_default_timeout(PATIENCE)
    return made


@contextmanager
def launched() -> Iterator[Any]:
    """A browser for the length of the block. While it runs, this thread's ORM refuses to work.

    Its contexts are made by `patient`.
    """
    if not Path(PATH).exists():
        absent("Chromium")
    try:
        from playwright.sync_api import expect, sync_playwright
    except ImportError:
        absent("Playwright")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PATH, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
