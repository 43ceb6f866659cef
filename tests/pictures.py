"""Pictures of the console, taken of the demonstration in a real browser: `python -m tests.pictures`.

Writes `docs/home.png` for the README; `--all FOLDER` writes every page that the demonstration's people can
reach, on a desk and on a telephone, for looking at. The demonstration runs in a folder of its own.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
from PIL import Image

from config.ports import free_port
from config.services import BASE_DIR
from tests import chromium
from tests.journeys.browser import crawl

HOME = BASE_DIR / "docs" / "home.png"
DESK, PHONE = {"width": 1440, "height": 840}, {"width": 390, "height": 844}
#: Where each audience begins, and which of many pages of a kind says most.
STARTS = {
    "aldous": "/",
    "renwick": "/requests/",
    "okwuosa": "/people/",
    "iyarat": "/portal/",
    "adnantara": "/oversight/",
}
PREFER = {
    "operator:tenant": "/tenants/T-0101/",
    "operator:request": "/requests/R-2205/",
    "operator:grant": "/grants/G-7701/",
}
COLOURS = 128


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="write every page into this folder")
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    with tempfile.TemporaryDirectory() as folder, demonstration(Path(folder)) as (url, passwords):
        take(url, passwords, Path(folder) / "codes", arguments.all)


def take(url: str, passwords: dict[str, str], codes: Path, everything: Path | None) -> None:
    """The picture of the README, and with `everything` all pages of everybody in that folder."""
    with chromium.launched() as browser:
        known: set[str] = set()
        for name, start in STARTS.items() if everything else [("aldous", "/")]:
            context = chromium.patient(browser, viewport=DESK, color_scheme="light", reduced_motion="reduce")
            page = context.new_page()
            sign_in(page, url, name, passwords[name], codes)
            if name == "aldous":
                page.goto(url)
                page.wait_for_load_state("networkidle")
                HOME.write_bytes(reduced(page.screenshot()))
            if everything:
                everything.mkdir(parents=True, exist_ok=True)
                prefer = PREFER if name == "aldous" else {}
                for route, _path in crawl.walk(page, f"{url}{start}", prefer, known):
                    save(page, everything, f"{name}-{route.replace(':', '-')}")
            context.close()


def save(page: Any, folder: Path, name: str) -> None:
    """The open page as a desk and as a telephone show it."""
    for kind, viewport in (("desk", DESK), ("phone", PHONE)):
        page.set_viewport_size(viewport)
        page.screenshot(path=folder / f"{name}-{kind}.png", full_page=True)
    page.set_viewport_size(DESK)


def sign_in(page: Any, url: str, name: str, password: str, codes: Path) -> None:
    page.goto(f"{url}/account/login/")
    page.locator("input[autocomplete=username]").fill(name)
    page.locator("input[type=password]").fill(password)
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Code").fill(dict(line.split() for line in codes.read_text().splitlines())[name])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda found: "/account/" not in found)


def reduced(picture: bytes) -> bytes:
    """A PNG with a palette: pages have few colours, and a repository keeps every version."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    small = image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    out = io.BytesIO()
    small.save(out, "PNG", optimize=True)
    return out.getvalue()


@contextmanager
def demonstration(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Play the demonstration; yield its address and everybody's password once it serves."""
    port = free_port()
    demo = subprocess.Popen(
        [sys.executable, "manage.py", "demo", "--port", str(port)],
        cwd=BASE_DIR,
        env={**os.environ, "LOCKGATE_LOCAL_DIR": str(folder), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert demo.stdout is not None
    passwords: dict[str, str] = {}
    try:
        for line in demo.stdout:
            sys.stdout.write(line)
            if found := re.match(r"   [\w-]+ +([\w-]+) +(\w+-\w+-\d{4}) ", line):
                passwords[found[1]] = found[2]
            if "Ctrl-C stops everything" in line:
                break
        else:
            raise SystemExit("the demonstration did not come to its end")
        yield f"http://127.0.0.1:{port}", passwords
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait(timeout=60)


if __name__ == "__main__":
    main()
