"""Entities in, answer lines out: what `screen` and `compare` print."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from core.errors import InvalidInput
from kyc.screening.explain import explanation, result
from kyc.screening.names import Analysed, analyse
from kyc.screening.overlaid import Index
from kyc.screening.score import THRESHOLD, Match, score
from kyc.screening.weights import BUILT_IN, Weights

#: Results below this are not shown at all (yente's cut-off).
CUTOFF = 0.50


def line(analysed: Analysed, matches: Iterable[Match], threshold: float = THRESHOLD) -> dict[str, Any]:
    """The answer line of one screened entity."""
    return {"id": analysed.id, "results": [result(match, threshold) for match in matches]}


def screen(
    index: Index,
    entities: Iterable[Mapping[str, Any]],
    threshold: float = THRESHOLD,
    limit: int = 20,
    *,
    cutoff: float | None = None,
    datasets: Collection[str] | None = None,
    exclude: Mapping[str, Collection[str]] | None = None,
) -> Iterator[dict[str, Any]]:
    """Screen entities against an index, in their order. Raises InvalidInput at a malformed one.

    `exclude` maps an entity's id to the entry ids dismissed for it. `cutoff` is the least score shown,
    by default the lower of 0.5 and the threshold.
    """
    shown = min(CUTOFF, threshold) if cutoff is None else cutoff
    analysed = [analyse(entity) for entity in entities]
    dismissed = [(exclude or {}).get(each.id, frozenset()) for each in analysed]
    found = index.search_many(analysed, limit, excluded=dismissed, datasets=datasets, floor=shown)
    for each, matches in zip(analysed, found, strict=True):
        yield line(each, matches, threshold)


def compare(pair: Any, threshold: float = THRESHOLD, weights: Weights = BUILT_IN) -> dict[str, Any]:
    """Compare the entities `a` and `b` of a pair, without an index. Raises InvalidInput naming the field."""
    if not isinstance(pair, dict):
        raise InvalidInput("pair", "not a JSON object")
    sides = []
    for side in ("a", "b"):
        if side not in pair:
            raise InvalidInput(side, "missing")
        try:
            sides.append(analyse(pair[side]))
        except InvalidInput as error:
            raise InvalidInput(f"{side}.{error.field}", error.reason) from error
    match = score(sides[0], sides[1], weights)
    return {
        "score": round(match.score, 4),
        "match": match.score >= threshold,
        "explanation": explanation(match),
    }
