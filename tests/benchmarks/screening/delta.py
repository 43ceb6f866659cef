"""A list changes: the changed entries search an index of our own parties."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

from kyc.screening.index import Snapshot
from kyc.screening.names import analyse
from tests.benchmarks.screening.corpus import entities
from tests.benchmarks.screening.pairs import rows

#: Every this many parties one bears a listed name.
_LISTED_EVERY = 50


def parties(count: int) -> Iterator[dict[str, Any]]:
    """Invented parties: the strangers of the fixtures, their names recombined, and some listed names."""
    draw = random.Random(5)
    strangers = [
        row for name in ("us", "global") for row in rows(f"name-pairs/yente-negatives_{name}.csv.xz")
    ]
    first = [row["first_name"] for row in strangers if row["first_name"]]
    last = [row["last_name"] for row in strangers if row["last_name"]]
    listed = [entity["properties"]["name"][0] for entity in entities() if entity["schema"] == "Person"]
    for x in range(count):
        born = f"{draw.randrange(1940, 2000)}-0{draw.randrange(1, 9)}-1{draw.randrange(9)}"
        if x % _LISTED_EVERY == 0:
            name, dates = draw.choice(listed), []
        elif x < len(strangers):
            name, dates = strangers[x]["full_name"], [strangers[x]["date_of_birth"]]
        else:
            name, dates = f"{draw.choice(first)} {draw.choice(last)}", [born]
        yield {"id": f"p{x}", "schema": "Person", "properties": {"name": [name], "birthDate": dates}}


def measure(lists: Snapshot, count: int, changes: tuple[int, ...] = (100, 200, 400)) -> dict[str, Any]:
    """Seconds of one core to index `count` parties and to search them for that many changed entries."""
    start = time.process_time()
    index = Snapshot.of_parties(parties(count), lists.weights)
    built = time.process_time() - start
    changed = [analyse(entity) for entity in entities() if entity["schema"] == "Person"]
    random.Random(6).shuffle(changed)
    found: dict[str, Any] = {
        "parties": count,
        "build_seconds": round(built, 1),
        "index_mib": index.nbytes >> 20,
    }
    list(index.search_many(changed[-20:], None, floor=0.7))
    for size in changes:
        asked, changed = changed[:size], changed[size:]
        start = time.process_time()
        hits = sum(len(matches) for matches in index.search_many(asked, None, floor=0.7))
        found[f"changed_{size}"] = {"seconds": round(time.process_time() - start, 2), "matches": hits}
    return found
