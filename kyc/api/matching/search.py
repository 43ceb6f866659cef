"""GET /search/DATASET: listed parties by words of their names."""

from __future__ import annotations

from django.db import connection
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import reading
from accounts.rest import query
from core.normalise import fold
from kyc.api.matching.answered import entity_shown
from kyc.api.matching.asked import EVERYWHERE, Asked, filters_of
from kyc.api.matching.base import ANY, MatchingView
from kyc.api.matching.fields import FACETS, USUAL_FACETS, arranged, facet, sorts_of, terms_of
from kyc.lists import store
from kyc.models import Entry
from kyc.screening.schemata import KINDS

LIMIT, MOST_RESULTS, MOST_OFFSET = 10, 500, 9500
_OF_SEARCH = (
    *("q", "schema", "countries", "datasets", "filter", "filter_op"),
    *("sort", "fuzzy", "simple", "facets", "offset"),
)


class SearchView(MatchingView):
    """Search by text: every word stands in a name, or resembles one with `fuzzy`."""

    @extend_schema(
        operation_id="search",
        tags=["matching"],
        responses=ANY,
        parameters=[
            query("q", "Words of a name."),
            query("schema", "Only this schema and what is more specific.", enum=sorted(KINDS)),
            query("countries", "Only entities of these countries."),
            query("datasets", "Only entities on these lists."),
            query("filter", "Only entities with this value of a field, FIELD:VALUE; may be repeated."),
            query("filter_op", "Several values of one field: any (OR) or each (AND).", enum=("OR", "AND")),
            query("sort", "FIELD or FIELD:desc; may be repeated. Without: the nearest name first."),
            query("fuzzy", "Names that resemble the words too."),
            query("simple", "Accepted: the words are always read simply."),
            query("facets", "Count results by these; may be repeated.", enum=FACETS),
            query("limit", "Most results."),
            query("offset", "Results to skip."),
            query("include_dataset", "Further lists; may be repeated."),
            query("exclude_dataset", "No entity that stands on these lists alone."),
            query("exclude_schema", "No entity of these schemata."),
            query("topics", "Only entities with one of these topics."),
            query("changed_since", "Only entities that changed since this date."),
        ],
    )
    def get(self, request: Request, dataset: str) -> Response:
        asked = Asked(request, (*EVERYWHERE, *_OF_SEARCH))
        limit = asked.number("limit", LIMIT, 0, MOST_RESULTS)
        offset = asked.number("offset", 0, 0, MOST_OFFSET)
        facets = asked.many("facets", FACETS) or USUAL_FACETS
        asked.flag("simple", True)
        with reading():
            filters = filters_of(dataset, asked, schema=asked.one("schema", KINDS))
            terms, sorts = terms_of(asked), sorts_of(asked)
            ranked = _by_text(asked.one("q") or "", fuzzy=asked.flag("fuzzy", False))
            listed = store.stated(ranked)
            hits = [
                stated
                for key in ranked
                if (stated := listed.get(key)) and filters.allow(stated) and terms.allow(stated)
            ]
            page = arranged(hits, sorts)[offset : offset + limit]
            return Response(
                {
                    "results": [entity_shown(stated) for stated in page],
                    "facets": {name: facet(name, hits) for name in sorted(facets)},
                    "total": {"value": len(hits), "relation": "eq"},
                    "limit": limit,
                    "offset": offset,
                }
            )


def _by_text(text: str, *, fuzzy: bool) -> list[str]:
    """Keys of entries by their names: every word contained, or the name alike; the nearest first."""
    folded = fold(text)
    words = folded.split()
    if not words:
        rows = Entry.objects.filter(until__isnull=True).order_by("key").values_list("key", flat=True)
        return list(dict.fromkeys(rows))
    condition = "n.folded %% %s" if fuzzy else " AND ".join(["n.folded LIKE %s"] * len(words))
    values = [folded] if fuzzy else [f"%{_escaped(word)}%" for word in words]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT e.key, max(similarity(n.folded, %s)) AS near
            FROM kyc_entryname n JOIN kyc_entry e ON e.content_id = n.content_id AND e.until_id IS NULL
            WHERE {condition} GROUP BY e.key ORDER BY near DESC, e.key
            """,  # noqa: S608 - the condition is one of two of ours
            [folded, *values],
        )
        return [row[0] for row in cursor.fetchall()]


def _escaped(word: str) -> str:
    return word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
