"""The lists' own index after a version: `python -m tests.benchmarks.rescreening.laid_over` prints JSON.

What the first question waits for when so many entries have changed, beside building the index anew, and what
questions cost while the changes lie over it.
"""

from __future__ import annotations

import gc
import json
import random
import statistics
from typing import Any

from kyc.screening.index import Snapshot
from kyc.screening.names import analyse
from kyc.screening.overlaid import Index, Overlaid
from tests.benchmarks.rescreening.measure import CHANGES, timed
from tests.benchmarks.screening.corpus import entities
from tests.benchmarks.screening.queries import build

QUESTIONS, ROUNDS = 1500, 6


def measure() -> dict[str, Any]:
    """The figures of each number of changes; `whole`: building anew."""
    listed = list(entities())
    whole: dict[str, Any] = {}
    with timed(whole):
        base = Snapshot.build(listed)
    chance = random.Random(4)
    chance.shuffle(listed)
    queries = build("tuned")
    chance.shuffle(queries)
    asked = [analyse(query.entity) for query in queries[:QUESTIONS]]
    gc.collect()
    gc.freeze()
    changed: dict[str, dict[str, Any]] = {}
    indexes: dict[str, Index] = {"whole": base}
    for size in CHANGES:
        took = changed[str(size)] = {}
        with timed(took):
            indexes[str(size)] = Overlaid(base, {entry["id"] for entry in listed[:size]}, listed[:size])
    seconds: dict[str, list[float]] = {name: [] for name in indexes}
    for _ in range(ROUNDS):
        for name, index in indexes.items():
            searched: dict[str, float] = {}
            with timed(searched):
                list(index.search_many(asked, floor=0.7))
            seconds[name].append(searched["seconds"])
    # All share the memory of words compared: the first round fills it.
    whole_seconds = statistics.median(seconds["whole"][1:])
    for size, took in changed.items():
        took["search_ratio"] = round(statistics.median(seconds[size][1:]) / whole_seconds, 2)
    return {"entries": len(base), "names": base.names, "whole": whole, "changed": changed}


if __name__ == "__main__":
    print(json.dumps(measure()))
