"""POST /match/DATASET: query by example."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import reading
from accounts.rest import query
from core.errors import InvalidInput
from kyc.api.matching.answered import canonical, entity_shown, feature_docs, scored
from kyc.api.matching.asked import EVERYWHERE, Asked, Filters, filters_of
from kyc.api.matching.base import ANY, MatchingView
from kyc.lists import store
from kyc.screening import live
from kyc.screening.names import Analysed, analyse
from kyc.screening.score import THRESHOLD, Match
from kyc.screening.screen import CUTOFF
from kyc.screening.thresholds import SCORER

ALGORITHMS = (SCORER, "best")
MOST_QUERIES, MOST_EXCLUDED = 100, 50
LIMIT, MOST_RESULTS = 5, 500


class _ExampleTaken(serializers.Serializer[Any]):
    id = serializers.CharField(required=False, allow_null=True)
    schema = serializers.CharField()
    properties = serializers.DictField()


class _QueriesTaken(serializers.Serializer[Any]):
    queries = serializers.DictField(child=_ExampleTaken())
    weights = serializers.DictField(child=serializers.FloatField(), required=False)
    config = serializers.DictField(required=False)


class MatchView(MatchingView):
    """Query by example."""

    @extend_schema(
        operation_id="match",
        tags=["matching"],
        request=_QueriesTaken,
        responses=ANY,
        parameters=[
            query("limit", "Most results of one query."),
            query("threshold", "A match from this score, 0..1."),
            query("cutoff", "No result below this score, 0..1."),
            query("algorithm", "The scorer.", enum=ALGORITHMS),
            query("include_dataset", "Further lists; may be repeated."),
            query("exclude_dataset", "No entity that stands on these lists alone."),
            query("exclude_schema", "No entity of these schemata."),
            query("topics", "Only entities with one of these topics."),
            query("changed_since", "Only entities that changed since this date."),
            query("exclude_entity_ids", "Not these entities, by id or referent."),
        ],
    )
    def post(self, request: Request, dataset: str) -> Response:
        known = (*EVERYWHERE, "threshold", "cutoff", "algorithm", "exclude_entity_ids")
        asked = Asked(request, known)
        limit = asked.number("limit", LIMIT, 1, MOST_RESULTS)
        threshold = asked.share("threshold", THRESHOLD)
        cutoff = min(asked.share("cutoff", CUTOFF), threshold)
        asked.one("algorithm", ALGORITHMS)
        examples = _examples(request.data)
        with reading():
            filters = filters_of(dataset, asked, topics=asked.many("topics"))
            excluded = asked.many("exclude_entity_ids")
            if len(excluded) > MOST_EXCLUDED:
                raise InvalidInput("exclude_entity_ids", f"more than {MOST_EXCLUDED}")
            found = _search(examples, filters, canonical(excluded), cutoff)
            responses = _answers(request.data["queries"], found, filters, threshold, limit)
        answer = Response({"responses": responses, "matcher": feature_docs(), "limit": limit})
        answer["X-Batch-Size"] = str(len(responses))
        return answer


def _examples(body: Any) -> dict[str, Analysed]:
    """The queries of a body, analysed. Raises InvalidInput naming the query and the field."""
    if not isinstance(body, dict):
        raise InvalidInput("body", "not an object")
    for name in body:
        if name not in ("queries", "weights", "config"):
            raise InvalidInput(name, "is not honoured here")
    for name in ("weights", "config"):
        if body.get(name):
            raise InvalidInput(name, "the scorer takes none")
    queries = body.get("queries")
    if not isinstance(queries, dict) or not queries:
        raise InvalidInput("queries", "no query")
    if len(queries) > MOST_QUERIES:
        raise InvalidInput("queries", f"more than {MOST_QUERIES}")
    examples = {}
    for name, example in queries.items():
        if not isinstance(example, dict) or not isinstance(example.get("properties"), dict):
            raise InvalidInput(f"queries.{name}.properties", "missing or not an object")
        for key in example:
            if key not in ("id", "schema", "properties"):
                raise InvalidInput(f"queries.{name}.{key}", "is not honoured here")
        try:
            examples[name] = analyse(_example(example))
        except InvalidInput as error:
            raise InvalidInput(f"queries.{name}.{error.field}", error.reason) from error
    return examples


def _example(example: Mapping[str, Any]) -> dict[str, Any]:
    """A query as an entity: one value may stand for a list of one."""
    properties = {
        name: values if isinstance(values, list) else [values]
        for name, values in example["properties"].items()
        if values not in (None, "", [])
    }
    return {
        "id": example.get("id") or "",
        "schema": example.get("schema"),
        "properties": {
            name: [str(v) if isinstance(v, int | float) and not isinstance(v, bool) else v for v in values]
            for name, values in properties.items()
        },
    }


def _search(
    examples: Mapping[str, Analysed], filters: Filters, excluded: Collection[str], cutoff: float
) -> dict[str, list[Match]]:
    """The matches of each query. Where they are filtered afterwards, all of them: what is left out must not
    take a place from what is not."""
    found = live.lists().search_many(
        examples.values(),
        None if filters.beyond_datasets else MOST_RESULTS,
        excluded=[excluded] * len(examples),
        datasets=filters.datasets,
        floor=cutoff,
    )
    return dict(zip(examples, found, strict=True))


def _answers(
    queries: Mapping[str, Any],
    found: Mapping[str, list[Match]],
    filters: Filters,
    threshold: float,
    limit: int,
) -> dict[str, Any]:
    keys = {
        match.id
        for matches in found.values()
        for match in (matches if filters.beyond_datasets else matches[:limit])
    }
    listed = store.stated(keys) if keys else {}
    responses = {}
    for name, matches in found.items():
        allowed = matches
        if filters.beyond_datasets:
            allowed = [m for m in matches if m.id in listed and filters.allow(listed[m.id])]
        responses[name] = {
            "status": 200,
            "results": [
                scored(entity_shown(listed[m.id]), m, threshold) for m in allowed[:limit] if m.id in listed
            ],
            "total": {"value": len(allowed), "relation": "eq"},
            "query": {**_example(queries[name]), "id": queries[name].get("id")},
        }
    return responses
