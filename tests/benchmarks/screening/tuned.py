"""The half of the labelled data that constants may be chosen on."""

from __future__ import annotations

from tests.benchmarks.screening.pairs import NamePair, name_bench
from tests.benchmarks.screening.queries import Query, build
from tests.benchmarks.screening.scripts import un_names
from tests.benchmarks.screening.split import TUNED, side


def name_pairs() -> list[NamePair]:
    """The tuned half of the name bench."""
    return [pair for pair in name_bench() if side(pair.first) == TUNED]


def queries() -> list[Query]:
    """The tuned half of the end-to-end questions."""
    return build(TUNED)


def scripts() -> list[tuple[str, str, str]]:
    """The tuned half of the UN list's names in two scripts: (schema, Latin, original)."""
    return [found for found in un_names() if side(found[1]) == TUNED]
