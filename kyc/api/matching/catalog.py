"""GET /entities/ID, /catalog and /algorithms: what is listed, in which versions, compared how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import reading
from accounts.rest import query
from kyc.api.matching.adjacent import adjacent
from kyc.api.matching.answered import entity_shown, feature_docs, moved, stated
from kyc.api.matching.asked import DEFAULT, Asked
from kyc.api.matching.base import ANY, MatchingView
from kyc.lists import store
from kyc.lists.sources import DATASETS, SOURCES, in_order, outranked
from kyc.models import ListVersion
from kyc.screening.thresholds import SCORER


class EntityView(MatchingView):
    """One listed party as the lists in force state it."""

    @extend_schema(
        operation_id="entity",
        tags=["matching"],
        responses={200: ANY, 308: None},
        parameters=[query("nested", "With the entities beside it (default), or its own values alone.")],
    )
    def get(self, request: Request, key: str) -> Response | HttpResponse:
        nested = Asked(request, ("nested",)).flag("nested", True)
        with reading():
            listed = stated(key)
            if listed is None:
                return moved(key)
            shown = entity_shown(listed)
            if nested:
                shown["properties"] |= adjacent(listed)
            return Response(shown)


class CatalogView(MatchingView):
    """The lists, and which version of each is in force."""

    @extend_schema(operation_id="catalog", tags=["matching"], responses=ANY)
    def get(self, request: Request) -> Response:
        Asked(request, ())
        with reading():
            versions = store.versions_in_force()
            counts = _counts()
        names = in_order({*DATASETS, *counts})
        datasets = [_dataset(name, versions, counts.get(name, 0)) for name in names]
        current = [d["name"] for d in datasets if d["load"]]
        whole = {
            "name": DEFAULT,
            "title": "All lists in force",
            "load": False,
            "version": "-".join(str(v.number) for v in versions.values()) or "0",
            "index_version": None,
            "index_current": bool(current),
            "entity_count": None,
            "children": current,
        }
        return Response(
            {"datasets": [whole, *datasets], "current": current, "outdated": [], "index_stale": False}
        )


def _counts() -> dict[str, int]:
    """How many entries stand on each dataset, as the sources state them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT name, count(DISTINCT e.key) FROM kyc_entry e
            JOIN kyc_entrycontent c ON c.digest = e.content_id,
            LATERAL jsonb_array_elements_text(c.entity -> 'datasets') AS name
            WHERE e.until_id IS NULL GROUP BY name
            """
        )
        return dict(cursor.fetchall())


def _dataset(name: str, versions: Mapping[str, ListVersion], count: int) -> dict[str, Any]:
    filling = [
        v for s, v in versions.items() if name in SOURCES[s].datasets and name not in outranked(s, versions)
    ]
    if not filling and count:  # named by a FollowTheMoney file
        filling = [version for source, version in versions.items() if not SOURCES[source].datasets]
    version = filling[0] if filling else None
    known = DATASETS.get(name)
    return {
        "name": name,
        "title": known.caption if known else name,
        "load": version is not None,
        "version": str(version.number) if version else "0",
        "index_version": str(version.number) if version else None,
        "index_current": version is not None,
        "updated_at": version.in_force_at.isoformat() if version and version.in_force_at else None,
        "entity_count": count,
        "publisher": {"name": known.publisher, "country": known.country or None} if known else None,
        "children": [],
    }


class AlgorithmsView(MatchingView):
    """The one scorer."""

    @extend_schema(operation_id="algorithms", tags=["matching"], responses=ANY)
    def get(self, request: Request) -> Response:
        Asked(request, ())
        scorer = {
            "name": SCORER,
            "description": "Names by their words in any script, then what other fields say; it adds up.",
            "features": feature_docs(),
            "docs": feature_docs(),
        }
        return Response({"algorithms": [scorer], "default": SCORER, "best": SCORER})
