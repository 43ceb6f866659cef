"""One number of parties in a process of its own: `python -m tests.benchmarks.rescreening.measure COUNT`.

Prints one JSON object. An entry that changed searches all parties; a party that changed goes into the index.
"""

from __future__ import annotations

import gc
import json
import random
import resource
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil

from kyc.screening.index import Snapshot
from kyc.screening.names import analyse
from kyc.screening.own import OwnParties
from tests.benchmarks.screening.corpus import entities
from tests.benchmarks.screening.delta import parties

FLOOR = 0.7
CHANGES = (100, 200, 400)
ONE_BY_ONE = 300


@contextmanager
def timed(into: dict[str, float]) -> Iterator[None]:
    """Seconds of the processor and on the clock."""
    clock, worked = time.perf_counter(), time.process_time()
    yield
    into["seconds"] = round(time.process_time() - worked, 3)
    into["clock"] = round(time.perf_counter() - clock, 3)


def measure(count: int) -> dict[str, Any]:
    """The figures of one number of parties."""
    listed = list(entities())
    weights = Snapshot.build(listed).weights
    people = [entity for entity in listed if entity["schema"] == "Person"]
    chance = random.Random(6)
    chance.shuffle(people)
    gc.collect()
    before = psutil.Process().memory_info().rss
    build: dict[str, float] = {}
    with timed(build):
        own = OwnParties.build(parties(count), weights)
    gc.collect()
    after = psutil.Process().memory_info().rss
    gc.freeze()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    entries = [analyse(entity) for entity in people]
    list(own.search_many(entries[-20:], floor=FLOOR))  # caches, as in a process that has worked before
    changed: dict[str, Any] = {}
    for size in CHANGES:
        asked, entries = entries[:size], entries[size:]
        took: dict[str, float] = {}
        with timed(took):
            matches = sum(len(found) for found in own.search_many(asked, floor=FLOOR))
        changed[str(size)] = {**took, "matches": matches}
    return {
        "parties": count,
        "build": build,
        "index_megabytes": own.nbytes // 1_000_000,
        "resident_megabytes": (after - before) // 1_000_000,
        "peak_megabytes": peak,
        "changed": changed,
        "one_party": _one_by_one(own, count, people),
    }


def _one_by_one(own: OwnParties, count: int, people: list[dict[str, Any]]) -> dict[str, Any]:
    """Parties that change one after the other; `entries_100_after` searches the index with all its parts."""
    chance = random.Random(8)
    each = []
    for n in range(ONE_BY_ONE):
        identity = f"p{chance.randrange(count)}"
        party = {"id": identity, "schema": "Person", "properties": people[n]["properties"]}
        took: dict[str, float] = {}
        with timed(took):
            own = own.changed({identity: party})
        each.append(took["seconds"] * 1000)
    after: dict[str, float] = {}
    asked = [analyse(entity) for entity in people[-120:-20]]
    with timed(after):
        list(own.search_many(asked, floor=FLOOR))
    return {
        "median_ms": round(statistics.median(each), 2),
        "mean_ms": round(statistics.mean(each), 2),
        "most_ms": round(max(each), 1),
        "parts": len(own.parts),
        "entries_100_after": after,
    }


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
