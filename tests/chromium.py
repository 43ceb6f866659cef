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


@contextmanager
def launched() -> Iterator[Any]:
    """A browser for the length of the block. While it runs, this thread's ORM refuses to work."""
    if not Path(PATH).exists():
        absent("Chromium")
    try:
        from playwright.sync_api import expect, sync_playwright
    except ImportError:
        absent("Playwright")
    expect.set_options(timeout=60_000)  # a page may come while the other core compiles or imports
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PATH, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
