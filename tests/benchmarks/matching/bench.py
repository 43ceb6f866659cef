"""`/match` of a served installation with all lists of the US, the UN and the UK in force, on the clock.

`python -m tests.benchmarks matching`. The server runs as `serve` starts it, with two workers; a question is
one name, every third of them a listed party's, as often changed as not. Beside each figure stands its limit,
of the same run: the same server and clients with `/healthz`, which matches nothing. Clients share the cores
of the server. Seconds of the processor are told besides, because on a busy machine they alone mean something.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from config.services import BASE_DIR
from tests import servers
from tests.benchmarks.screening.queries import build
from tests.conftest import migrated_template
from tests.kyc.api.stage import Served, served
from tests.shared_data import shared_data

LISTS = (
    ("us_csl", "csl/csl-2026-07-31.json.xz", "2026-07-31"),
    ("us_ofac_cons", "ofac/cons-legacy-2025-03-28.xml.xz", "2025-03-28"),
    ("un_sc", "un/un-consolidated-2025-11-15.xml.xz", "2025-11-15"),
    ("uk_sanctions", "uk/uksl-2026-04-29", "2026-04-29"),
)
DATABASE = "bench_matching"
WORKERS = 2
QUESTIONS = 3000
#: Seconds of asking before anything is measured, and for each figure; clients at a time.
WARM, SECONDS = 10.0, 8.0
CONNECTIONS = (1, 2, 8)
#: What the project promises: of one client the slowest in a hundred, of eight the answers a second.
MOST_MILLISECONDS, LEAST_A_SECOND = 15.0, 300.0
_LINE = "{:32} {:>8} {:>8} {:>8} {:>8} {:>14} {:>14}"
_HEAD = ("", "p50 ms", "p95 ms", "p99 ms", "/s", "server ms each", "client ms each")


def run() -> dict[str, Any]:
    """Latency of one client, and answers a second of several, of `/match` and of `/healthz`."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    with servers.cluster() as cluster, tempfile.TemporaryDirectory() as scratch:
        found = cluster.copy(migrated_template(cluster), DATABASE)
        questions = Path(scratch) / "questions"
        questions.write_bytes(b"\n".join(_questions()))
        lists = [f"{source}={shared_data(name)}@{as_of}" for source, name, as_of in LISTS]
        try:
            with served(found, Path(scratch) / "state", lists, workers=WORKERS) as installation:
                return _measured(installation, questions)
        finally:
            cluster.drop(DATABASE)


def _questions() -> list[bytes]:
    """One-name bodies; every third asks for a listed party, as often changed as not."""
    queries = build("tuned")
    listed = [query for query in queries if query.answer]
    strangers = [query for query in queries if not query.answer]
    chosen = [(listed if x % 3 == 0 else strangers)[x % 2999 % 1000] for x in range(QUESTIONS)]
    return [
        json.dumps(
            {"queries": {"q": {"schema": q.entity["schema"], "properties": {"name": [q.name]}}}}
        ).encode()
        for q in chosen
    ]


def _measured(installation: Served, questions: Path) -> dict[str, Any]:
    match, health = f"{installation.url}/match/default", f"{installation.url}/healthz"
    first = _ask(installation, match, questions, seconds=0.0, connections=1)
    print(f"The first answer, for which the index is built: {first['p50'] / 1000:.1f} s")
    _ask(installation, match, questions, seconds=WARM, connections=8)
    print(_LINE.format(*_HEAD), flush=True)
    rows: dict[str, dict[str, float]] = {}
    memory: list[dict[str, float]] = []
    for connections in CONNECTIONS:
        for name, url, asked in (("/match", match, questions), ("/healthz, the limit", health, None)):
            row = _ask(installation, url, asked, seconds=SECONDS, connections=connections)
            label = f"{name}, {connections} at a time"
            rows[label] = row
            if asked:  # later a worker may have been replaced by one that has answered nothing
                memory = _memory(installation)
            cells = [f"{row[part]:.1f}" for part in ("p50", "p95", "p99")]
            each = [
                f"{row[part] / row['answers'] * 1000:.2f}" for part in ("server_seconds", "client_seconds")
            ]
            print(_LINE.format(label, *cells, f"{row['a_second']:.0f}", *each), flush=True)
    alone, crowd = (rows[f"/match, {connections} at a time"] for connections in (1, 8))
    print(f"p99 {alone['p99']:.1f} ms, promised {MOST_MILLISECONDS:.0f}; ", end="")
    print(f"{crowd['a_second']:.0f}/s, promised {LEAST_A_SECOND:.0f}; megabytes of each worker: {memory}")
    return {
        "first_answer_seconds": first["p50"] / 1000,
        "rows": rows,
        "memory": memory,
        "promised": {"p99_ms": MOST_MILLISECONDS, "a_second": LEAST_A_SECOND},
    }


def _ask(
    installation: Served, url: str, questions: Path | None, *, seconds: float, connections: int
) -> dict[str, float]:
    """The figures of some connections, asked by two processes of clients at the most."""
    split = [connections] if connections < 4 else [connections // 2, connections - connections // 2]
    before, begun = _used(installation), time.perf_counter()
    clients = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.benchmarks.matching.client", url, installation.token),
                *(str(seconds), str(share), str(questions or "-")),
            ],
            cwd=BASE_DIR,
            stdout=subprocess.PIPE,
        )
        for share in split
    ]
    told = [json.loads(client.communicate()[0]) for client in clients]
    wall = time.perf_counter() - begun
    times = sorted(one for answer in told for one in answer["milliseconds"])
    return {
        "p50": times[len(times) // 2],
        "p95": times[int(len(times) * 0.95)],
        "p99": times[int(len(times) * 0.99)],
        "answers": len(times),
        "a_second": sum(len(answer["milliseconds"]) / answer["seconds"] for answer in told),
        "seconds": wall,
        "server_seconds": _used(installation) - before,
        "client_seconds": sum(answer["processor_seconds"] for answer in told),
    }


def _used(installation: Served) -> float:
    """Seconds of the processor that the web server has used, with workers that it has replaced."""
    server = psutil.Process(installation.process)
    times = server.cpu_times()
    total = times.user + times.system + times.children_user + times.children_system
    for worker in server.children():
        times = worker.cpu_times()
        total += times.user + times.system
    return float(total)


def _memory(installation: Served) -> list[dict[str, float]]:
    """Megabytes of each worker: its own, and of the mapped index what it shares."""
    found = []
    for worker in psutil.Process(installation.process).children():
        whole = worker.memory_full_info()
        index = sum(one.rss for one in worker.memory_maps() if one.path.endswith(".index"))
        found.append({"private": round(whole.uss / 2**20, 1), "index_mapped": round(index / 2**20, 1)})
    return found
