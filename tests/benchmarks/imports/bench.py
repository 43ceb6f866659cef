"""Imports of real lists on servers of their own: seconds and peak memory, beside what cannot be beaten.

`python -m tests.benchmarks imports`. Each figure comes from a process of its own, so that its peak memory is
its own. The limit is reading the file and doing nothing with it; `may` is what the project allows an import.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from config.services import BASE_DIR
from tests import servers
from tests.shared_data import shared_data

#: Source, file, date, and what its import may take: seconds and megabytes.
LISTS: list[tuple[str, str, str, tuple[int, int] | None]] = [
    ("us_csl", "csl/csl-2026-07-31.json.xz", "2026-07-31", (60, 900)),
    ("us_ofac_sdn", "ofac/2022-01-21", "2022-01-21", None),
    ("us_ofac_sdn", "ofac/2023-12-28", "2023-12-28", None),
    ("un_sc", "un/un-consolidated-2025-11-15.xml.xz", "2025-11-15", None),
]
DATABASE = "bench_lockgate"
_HEAD = ("list", "parties", "s", "reading", "ratio", "may", "MB", "reading", "ratio", "may")
_LINE = "{:40} {:>8} {:>7} {:>8} {:>6} {:>5} {:>6} {:>8} {:>6} {:>5}"


def run() -> list[dict[str, Any]]:
    """One row a list, in the order in which they are imported into one database."""
    found = []
    print(_LINE.format(*_HEAD))
    with servers.cluster() as cluster:
        cluster.drop(DATABASE)
        cluster.as_owner("CREATE DATABASE {}", DATABASE)
        env = servers.environment(cluster.database(DATABASE))
        try:
            _measure(env, "migrate")
            for source, name, as_of, may in LISTS:
                given = (source, str(shared_data(name)), as_of)
                ours, limit = _measure(env, "import", *given), _measure(env, "read", *given)
                row = {"list": name, "parties": ours["parties"], "may": may, "ours": ours, "limit": limit}
                print(_LINE.format(*_cells(row)), flush=True)
                found.append(row)
        finally:
            cluster.drop(DATABASE)
    return found


def _measure(env: dict[str, str], *arguments: str) -> dict[str, Any]:
    argv = [sys.executable, "-m", "tests.benchmarks.imports.measure", *arguments]
    done = subprocess.run(argv, cwd=BASE_DIR, env=env, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout))


def _cells(row: dict[str, Any]) -> list[str]:
    ours, limit, may = row["ours"], row["limit"], row["may"] or ("", "")
    cells = [row["list"], f"{row['parties']:,}"]
    for name, shape, allowed in (("seconds", ".1f", may[0]), ("megabytes", ".0f", may[1])):
        ratio = f"{ours[name] / limit[name]:.1f}"
        cells += [format(ours[name], shape), format(limit[name], shape), ratio, str(allowed)]
    return cells
