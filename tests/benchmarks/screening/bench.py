"""The screening benchmark: ours beside nomenklatura's logic-v1 and logic-v2, on the reported half.

`python -m tests.benchmarks screening` prints the figures and writes `.local/bench/screening.json`. Constants
were chosen on the other half (`tune.py`). The peers compare at most ten candidates a question, those that
our index finds, the right one always among them: their figures pay for no search engine, miss nothing that
one would miss, and raise no false alert that our index has ruled out.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import cdist

from config.resident import settle
from core.errors import InvalidInput
from kyc.screening.index import Snapshot
from kyc.screening.names import Analysed, analyse
from kyc.screening.score import THRESHOLD, score
from kyc.screening.screen import line
from tests.benchmarks.screening import corpus, delta, peers, reported
from tests.benchmarks.screening.figures import PairFigures, SearchFigures
from tests.benchmarks.screening.pairs import NamePair
from tests.benchmarks.screening.queries import Query
from tests.benchmarks.screening.scripts import WIKIDATA, wikidata_words
from tests.benchmarks.screening.split import digest

#: The peers' own default threshold.
PEER_THRESHOLD = 0.70
#: Candidates a question that the peers compare.
PEER_CANDIDATES = 10


def run() -> dict[str, Any]:
    """All figures of the screening benchmark."""
    peers.prepare()
    found: dict[str, Any] = {"name_pairs": _name_pairs(reported.name_pairs())}
    print(_table("F1 on labelled name pairs (reported half)", found["name_pairs"]), flush=True)
    queries = reported.queries()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lists.snapshot"
        start = time.process_time()
        snapshot = Snapshot.build(corpus.entities())
        built = time.process_time() - start
        snapshot.write(path)
        found["index"] = _cost(snapshot, path, built)
        print("index", json.dumps(found["index"]), flush=True)
        found["end_to_end"] = _end_to_end(snapshot, queries)
        for name, engine in found["end_to_end"]["engines"].items():
            print(f"{name:10s} shipped {engine['shipped']}  {engine['interval']}", flush=True)
        found["scripts"] = _scripts()
        print("scripts", json.dumps(found["scripts"]), flush=True)
        found["speed"] = _speed(path, queries)
        print("speed", json.dumps(found["speed"]), flush=True)
        found["delta"] = delta.measure(snapshot, 100_000)
        print("delta", json.dumps(found["delta"]), flush=True)
        found["memory"] = _memory(path)
        print("memory", json.dumps(found["memory"]), flush=True)
    return found


def _table(title: str, figures: dict[str, Any]) -> str:
    lines = [title]
    for engine, each in figures["engines"].items():
        for kind in ("shipped", "best"):
            at = each[kind]
            lines.append(
                f"  {engine:10s} {kind:8s} @{at['threshold']:.2f}  F1 {at['f1']:.3f} "
                f"[{at['interval'][0]:.3f}, {at['interval'][1]:.3f}]"
                f"  P {at['precision']:.3f} R {at['recall']:.3f}"
            )
    for engine, lead in figures["leads"].items():
        low, high = lead["interval"]
        lines.append(f"  ours leads {engine} by {lead['f1']:.3f} [{low:.3f}, {high:.3f}], each at its best")
    return "\n".join(lines)


def _entity(identity: str, schema: str, name: str) -> dict[str, Any]:
    return {"id": identity, "schema": schema, "properties": {"name": [name]}}


def _compare(a: dict[str, Any], b: dict[str, Any]) -> float:
    try:
        return score(analyse(a), analyse(b)).score
    except InvalidInput:
        return 0.0


def _name_pairs(pairs: Sequence[NamePair]) -> dict[str, Any]:
    rows = [
        (_entity(f"a{x}", pair.schema, pair.first), [_entity(f"b{x}", pair.schema, pair.second)])
        for x, pair in enumerate(pairs)
    ]
    labels = [pair.match for pair in pairs]
    for a, b in rows[:50]:
        _compare(a, b[0])
    start = time.process_time()
    ours = [_compare(a, b[0]) for a, b in rows]
    seconds = time.process_time() - start
    judged = PairFigures.of(ours, labels)
    engines, leads = {"ours": judged.summary(THRESHOLD)}, {}
    rates = {"ours": round(len(rows) / seconds)}
    for algorithm in peers.ALGORITHMS:
        scored = peers.score(algorithm, rows)
        theirs = PairFigures.of([s[0] for s in scored.scores], labels)
        engines[algorithm], leads[algorithm] = theirs.summary(PEER_THRESHOLD), judged.lead(theirs)
        rates[algorithm] = round(scored.comparisons / scored.seconds)
    return {
        "pairs": len(pairs),
        "digest": digest(f"{p.first}|{p.second}" for p in pairs),
        "engines": engines,
        "leads": leads,
        "comparisons_per_second": rates,
    }


def _analysed(queries: Sequence[Query]) -> list[tuple[Query, Analysed]]:
    found = []
    for query in queries:
        try:
            found.append((query, analyse(query.entity)))
        except InvalidInput:
            found.append((query, analyse(_entity("none", "Person", "Nobody"))))
    return found


def _end_to_end(snapshot: Snapshot, queries: Sequence[Query]) -> dict[str, Any]:
    asked = _analysed(queries)
    kinds = [query.kind for query in queries]
    right, best, rows = [], [], []
    by_id = {entity["id"]: entity for entity in corpus.entities()}
    for (query, _), matches in zip(
        asked, snapshot.search_many([a for _, a in asked], 40, floor=0.0), strict=True
    ):
        right.append(max([m.score for m in matches if m.id == query.answer], default=0.0))
        best.append(max([m.score for m in matches], default=0.0))
        # The peers get the ten best by our score, the right one among them wherever we found it at all.
        near = [by_id[m.id] for m in matches[:PEER_CANDIDATES]]
        if query.answer and query.answer not in {e["id"] for e in near}:
            near.append(by_id[query.answer])
        rows.append((query.entity, near))
    engines = {"ours": SearchFigures(kinds, np.array(right), np.array(best))}
    rates: dict[str, Any] = {}
    for algorithm in peers.ALGORITHMS:
        scored = peers.score(algorithm, rows)
        rates[algorithm] = {
            "comparisons_per_second": round(scored.comparisons / scored.seconds),
            "names_per_second_scoring_alone": round(len(rows) / scored.seconds, 1),
        }
        theirs_right = [
            max([s for s, e in zip(each, near, strict=True) if e["id"] == query.answer], default=0.0)
            for query, each, (_, near) in zip(queries, scored.scores, rows, strict=True)
        ]
        engines[algorithm] = SearchFigures(
            kinds, np.array(theirs_right), np.array([max(each, default=0.0) for each in scored.scores])
        )
    return {
        "queries": len(queries),
        "digest": digest(f"{q.kind}|{q.name}|{q.answer}" for q in queries),
        "rates": rates,
        "engines": {
            name: {
                "shipped": figures.point(THRESHOLD if name == "ours" else PEER_THRESHOLD),
                "interval": figures.interval(THRESHOLD if name == "ours" else PEER_THRESHOLD),
                "by_kind": figures.by_kind(THRESHOLD if name == "ours" else PEER_THRESHOLD),
                "curve": figures.curve(),
            }
            for name, figures in engines.items()
        },
    }


def _scripts() -> dict[str, Any]:
    names = reported.scripts()
    rows = [
        (_entity(f"a{x}", schema, written), [_entity(f"b{x}", schema, name)])
        for x, (schema, name, written) in enumerate(names)
    ]
    person = np.array([schema == "Person" for schema, _, _ in names])
    scores = {"ours": np.array([_compare(a, b[0]) for a, b in rows])}
    for algorithm in peers.ALGORITHMS:
        scores[algorithm] = np.array([each[0] for each in peers.score(algorithm, rows).scores])
    found: dict[str, Any] = {"names": len(names), "persons": int(person.sum())}
    for engine, values in scores.items():
        alerts = values >= THRESHOLD - 1e-9
        found[engine] = {
            "persons": round(float(alerts[person].mean()), 4),
            "all": round(float(alerts.mean()), 4),
        }
    return {**found, "wikidata_words": {name: _words(name) for name in WIKIDATA}}


def _words(name: str) -> dict[str, float]:
    """Share of Wikidata's pairs of single words that every engine finds alike."""
    rows = [
        (_entity(f"a{x}", "Person", written), [_entity(f"b{x}", "Person", word)])
        for x, (word, written) in enumerate(list(wikidata_words(name))[::50][:300])
    ]
    scores = {"ours": [_compare(a, b[0]) for a, b in rows]}
    for algorithm in peers.ALGORITHMS:
        scores[algorithm] = [each[0] for each in peers.score(algorithm, rows).scores]
    return {
        engine: round(float(np.mean(np.array(found) >= THRESHOLD - 1e-9)), 4)
        for engine, found in scores.items()
    }


def _speed(path: Path, queries: Sequence[Query]) -> dict[str, Any]:
    """Names per second of one process: analysis, search, explanation of every result from 0.5."""
    order = np.random.default_rng(1).permutation(len(queries))
    mixed = [queries[x] for x in order]
    positives = [q for q in mixed if q.answer][: len(mixed) // 3]
    negatives = [q for q in mixed if not q.answer][: 2 * len(positives)]
    mixed = [q for three in zip(positives, negatives[::2], negatives[1::2], strict=False) for q in three]
    snapshot = Snapshot.open(path)
    warm, measured = mixed[:1500], mixed[1500:]
    _screen(snapshot, warm)
    settle()
    start, wall = time.process_time(), time.perf_counter()
    hits = _screen(snapshot, measured)
    seconds, wall = time.process_time() - start, time.perf_counter() - wall
    latencies = []
    for query in measured[:1500]:
        start = time.perf_counter()
        _screen(snapshot, [query])
        latencies.append(time.perf_counter() - start)
    names = [name for entity in corpus.entities() for name in entity["properties"]["name"]]
    asked = [query.name for query in measured[:200]]
    start = time.process_time()
    cdist(asked, names, scorer=ratio, workers=1, score_cutoff=80, dtype=np.uint8)
    raw = len(asked) * len(names) / (time.process_time() - start)
    return {
        "names_per_second_per_core": round(len(measured) / seconds),
        "names_per_second_wall": round(len(measured) / wall),
        "names": len(measured),
        "with_results": hits,
        "one_name_ms": {
            f"p{q}": round(1000 * float(np.quantile(latencies, q / 100)), 2) for q in (50, 95, 99)
        },
        "raw_cdist_pairs_per_second": round(raw),
        "raw_cdist_names_per_second": round(raw / len(names)),
    }


def _screen(snapshot: Snapshot, queries: Sequence[Query]) -> int:
    asked = [a for _, a in _analysed(queries)]
    lines = [line(a, found) for a, found in zip(asked, snapshot.search_many(asked), strict=True)]
    return sum(bool(each["results"]) for each in lines)


def _cost(snapshot: Snapshot, path: Path, built: float) -> dict[str, Any]:
    """What a snapshot costs: on disk (pages that processes share), and what mapping it costs a process."""
    code = f"{_PRIVATE}before = private()\nsnapshot = Snapshot.open(sys.argv[1])\nprint(private() - before)"
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True, cwd=peers.ROOT
    )
    share = 100_000 / snapshot.names
    return {
        "entities": len(snapshot),
        "names": snapshot.names,
        "build_seconds": round(built, 1),
        "bytes_on_disk": path.stat().st_size,
        "bytes_on_disk_per_100000_names": round(path.stat().st_size * share),
        "private_kib_per_100000_names_when_opened": round(int(done.stdout) * share),
    }


_PRIVATE = """
import sys
from kyc.screening.index import Snapshot
from kyc.screening.screen import screen
def private():
    memory = dict(l.split(":") for l in open("/proc/self/smaps_rollup").read().splitlines()[1:])
    return sum(int(memory[key].split()[0]) for key in ("Private_Clean", "Private_Dirty"))
"""
_WORKER = """
import sys
from kyc.screening.index import Snapshot
from kyc.screening.screen import screen
snapshot = Snapshot.open(sys.argv[1])
names = open(sys.argv[2], encoding="utf-8").read().split("\\n")
entities = [{"id": str(x), "schema": "Person", "properties": {"name": [n]}} for x, n in enumerate(names)]
for start in range(0, len(entities), 500):
    for _ in screen(snapshot, entities[start : start + 500]):
        pass
memory = dict(l.split(":") for l in open("/proc/self/smaps_rollup").read().splitlines()[1:])
kb = lambda key: int(memory[key].split()[0])
print((kb("Private_Clean") + kb("Private_Dirty")) // 1024, kb("Rss") // 1024)
"""


def _memory(path: Path) -> dict[str, Any]:
    """Private memory of a process of its own after 10,000 names, in MiB."""
    from tests.benchmarks.screening.pairs import rows

    names = [row["full_name"] for row in rows("name-pairs/yente-negatives_global.csv.xz")[:10_000]]
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write("\n".join(names))
        file.flush()
        done = subprocess.run(
            [sys.executable, "-c", _WORKER, str(path), file.name],
            capture_output=True,
            text=True,
            check=True,
            cwd=peers.ROOT,
        )
    private, resident = done.stdout.split()
    return {"private_mib_after_10000_names": int(private), "resident_mib": int(resident)}
