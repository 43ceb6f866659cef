"""Labelled pairs of names, whole: split before use (`tuned.py`, `reported.py`)."""

from __future__ import annotations

import csv
import io
import lzma
from dataclasses import dataclass

from tests.shared_data import shared_data


@dataclass(frozen=True, slots=True)
class NamePair:
    """Two names of one schema, and whether they are the same party."""

    schema: str
    first: str
    second: str
    match: bool


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one shared CSV file."""
    with lzma.open(shared_data(name)) as raw:
        return list(csv.DictReader(io.TextIOWrapper(raw, "utf-8")))


def name_bench() -> list[NamePair]:
    """nomenklatura's name bench (MIT; two thirds of it are beside the checkout)."""
    return [
        NamePair(row["schema"], row["name1"], row["name2"], row["is_match"] == "true")
        for row in rows("name-pairs/nomenklatura-name-bench.csv.xz")
    ]
