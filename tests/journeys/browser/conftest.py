"""A real installation and a real browser, once for all journeys of this folder.

The installation runs in processes of its own, on a copy of the migrated template. Nothing here touches the
ORM: inside Playwright it would refuse.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from config import services
from config.services import BASE_DIR
from tests import chromium, servers
from tests.journeys.browser.visits import Installed, People
from tests.servers import Cluster


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    with chromium.launched() as found:
        yield found


@pytest.fixture(scope="package")
def installed(cluster: Cluster, test_template: str, browser: Any) -> Iterator[Installed]:
    """The installation; asked for after the browser, so that nothing starts where none is."""
    found = servers.with_redis_database(cluster.copy(test_template, "browser_lockgate"), 2)
    local = cluster.local / "browser"
    with services.only_one("pytest", local):
        services.wipe(local)
    log = (local / "stage.log").open("w")
    stage = subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.browser.stage"],
        cwd=BASE_DIR,
        env=servers.environment(
            found,
            LOCKGATE_LOCAL_DIR=str(local),
            LOCKGATE_UNDO_SECONDS="300",  # a slow machine opens a page or two in between
            DJANGO_SETTINGS_MODULE="config.settings",
        ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    try:
        assert stage.stdin is not None and stage.stdout is not None
        line = stage.stdout.readline()
        if not line:
            pytest.fail(f"the installation did not start:\n{(local / 'stage.log').read_text()[-3000:]}")
        yield Installed(**json.loads(line))
    finally:
        stage.communicate()
        log.close()
        cluster.drop("browser_lockgate")


@pytest.fixture(scope="package")
def _people(browser: Any, installed: Installed, request: pytest.FixtureRequest) -> Iterator[People]:
    people = People(browser, installed, slow=bool(request.config.getoption("--soak")))
    yield people
    people.leave()


@pytest.fixture
def people(_people: People) -> Iterator[People]:
    """Everybody with a browser of their own. At the end nothing may have gone wrong on any page."""
    yield _people
    said = _people.close_pages()
    assert said == []
