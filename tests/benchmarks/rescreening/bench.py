"""Our own parties in memory: memory, seconds to build, and what a change costs.

`python -m tests.benchmarks rescreening`. Each number of parties has a process of its own, so that its memory
is its own. Names are made in memory; reading them from the database and decrypting them comes on top and is
measured for some. Seconds are the processor's; those on the clock stand in the JSON beside them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import psutil

from config.services import BASE_DIR

#: Parties, and what the project allows: gigabytes of the index, seconds for 100 changed entries.
SIZES: list[tuple[int, tuple[float, float]]] = [(100_000, (1.5, 1.0)), (1_000_000, (1.5, 5.0))]
#: Memory that must be free for a thousand parties while their index is built, in bytes.
BUILDING = 3_000_000
_HEAD = (
    "parties",
    "build s",
    "index MB",
    "resident",
    "peak MB",
    "100 entries s",
    "may",
    "200",
    "400",
    "one party ms",
)
_LINE = "{:>10} {:>9} {:>9} {:>9} {:>8} {:>14} {:>5} {:>7} {:>7} {:>13}"


def run() -> list[dict[str, Any]]:
    """One row a number of parties; what memory is too short for says so. First the lists' own index."""
    found: list[dict[str, Any]] = [_laid_over()]
    print(_LINE.format(*_HEAD))
    for count, (gigabytes, seconds) in SIZES:
        need, free = count // 1000 * BUILDING, psutil.virtual_memory().available
        if free < need:
            why = f"skipped: building takes about {need >> 20:,} MiB of memory, {free >> 20:,} are free"
            print(f"{count:>10,} {why}", flush=True)
            found.append({"parties": count, "skipped": why})
            continue
        row = {**_told("measure", str(count)), "may": {"index_gigabytes": gigabytes, "changed_100": seconds}}
        print(_LINE.format(*_cells(row)), flush=True)
        found.append(row)
    return found


def _laid_over() -> dict[str, Any]:
    row = _told("laid_over")
    whole = row["whole"]
    print(f"Index of {row['entries']:,} entries, {row['names']:,} names: ", end="")
    print(f"{whole['seconds']:.1f} s to build")
    for size, took in row["changed"].items():
        ratio = whole["seconds"] / took["seconds"]
        print(f"  {size} changed: {took['seconds']:.2f} s to lay over it, 1/{ratio:.0f} of that, ", end="")
        print(f"and questions cost {took['search_ratio']:.2f} times as much until then", flush=True)
    return row


def _told(module: str, *argv: str) -> dict[str, Any]:
    """What a measurement in a process of its own prints."""
    command = [sys.executable, "-m", f"tests.benchmarks.rescreening.{module}", *argv]
    done = subprocess.run(command, cwd=BASE_DIR, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _cells(row: dict[str, Any]) -> list[str]:
    changed = [row["changed"][size]["seconds"] for size in ("100", "200", "400")]
    return [
        f"{row['parties']:,}",
        f"{row['build']['seconds']:.1f}",
        f"{row['index_megabytes']:,}",
        f"{row['resident_megabytes']:,}",
        f"{row['peak_megabytes']:,}",
        f"{changed[0]:.2f}",
        f"{row['may']['changed_100']:.1f}",
        f"{changed[1]:.2f}",
        f"{changed[2]:.2f}",
        f"{row['one_party']['median_ms']:.1f}",
    ]
