"""How several processes share the tests: what is dear to start is started in one of them."""

from __future__ import annotations

import pytest
from xdist.scheduler import LoadScopeScheduling

#: Tests that share one installation with a browser, or one worker; and what else takes long.
#: The longest come first, so that no process ends with one of them alone.
SHARED = {
    "browser": ("tests/journeys/browser/",),
    "worker": (
        "tests/journeys/test_path_with_worker.py",
        "tests/audit/test_export.py",
        "tests/config/test_test_database.py",
    ),
}
LONG = (
    "browser",
    "tests/config/test_serve.py",
    "tests/faults/test_killed_workers.py",
    "tests/journeys/test_demo_once.py",
    "worker",
    "tests/faults/test_cut_off.py",
)


class InLots(LoadScopeScheduling):
    """Hands out whole lots, in the order of collection."""

    def __init__(self, config: pytest.Config, log: object) -> None:
        # The library would begin with the lots of most tests, which are the quickest.
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return lot(nodeid)


def lot(nodeid: str) -> str:
    """The lot of a test: what it shares with others, else its file."""
    path = nodeid.partition("::")[0]
    return next((name for name, paths in SHARED.items() if path.startswith(paths)), path)


def rank(nodeid: str) -> int:
    """Where the lot stands among the long ones; the others come after them."""
    name = lot(nodeid)
    return LONG.index(name) if name in LONG else len(LONG)


def is_one_of_several(config: pytest.Config) -> bool:
    """Whether this process runs some of the tests only."""
    return hasattr(config, "workerinput")
