"""The half of the labelled data that figures are reported on. Nothing that tunes may import this."""

from __future__ import annotations

from tests.benchmarks.screening.pairs import NamePair, name_bench
from tests.benchmarks.screening.queries import Query, build
from tests.benchmarks.screening.scripts import un_names
from tests.benchmarks.screening.split import REPORTED, side


def name_pairs() -> list[NamePair]:
    """The reported half of the name bench."""
    return [pair for pair in name_bench() if side(pair.first) == REPORTED]


def queries() -> list[Query]:
    """The reported half of the end-to-end questions."""
    return build(REPORTED)


def scripts() -> list[tuple[str, str, str]]:
    """The reported half of the UN list's names in two scripts: (schema, Latin, original)."""
    return [found for found in un_names() if side(found[1]) == REPORTED]
