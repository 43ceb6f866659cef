"""GET /entities/ID/adjacent and /entities/ID/adjacent/PROPERTY: what stands beside a listed party.

Lists print no graph. What they say of a listing and of links is put into the words that FollowTheMoney has
for it: a `Sanction` for each list that the party stands on, an `UnknownLink` for each "Linked To: NAME" of
OFAC that means one party. A property that no list states is refused with 404: an
empty answer would say that there are no owners, where nobody was asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import reading
from accounts.rest import query
from core.errors import Absent
from kyc.api.matching.answered import entity_shown, moved, stated
from kyc.api.matching.asked import Asked
from kyc.api.matching.base import ANY, MatchingView
from kyc.api.matching.links import LINKS
from kyc.lists import store
from kyc.lists.entry import Entry as ListedParty
from kyc.lists.sources import DATASETS
from kyc.lists.store import Stated

#: Properties of an entity that name other entities, as far as lists state them.
PROPERTIES = ("sanctions", "unknownLinkTo", "unknownLinkFrom")
LIMIT, MOST_RESULTS, MOST_OFFSET = 10, 500, 9500
#: What a list prints of the listing itself, and the property of a `Sanction` that says it.
_OF_LISTING = ("program", "programId", "listingDate", "reason")


def adjacent(listed: Stated) -> dict[str, list[dict[str, Any]]]:
    """The adjacent entities of a listed party, by property; properties without any are left out."""
    party, links = listed.party, LINKS.now()
    to, from_ = (sorted(found.get(party.key, ())) for found in (links.to, links.from_))
    others = store.stated([*to, *from_]) if to or from_ else {}
    found = {
        "sanctions": [_sanction(party, dataset) for dataset in party.datasets],
        "unknownLinkTo": [
            _link(party, others[key].party, "object", others[key]) for key in to if key in others
        ],
        "unknownLinkFrom": [
            _link(others[key].party, party, "subject", others[key]) for key in from_ if key in others
        ],
    }
    return {name: entities for name, entities in found.items() if entities}


def _sanction(party: ListedParty, dataset: str) -> dict[str, Any]:
    known = DATASETS.get(dataset)
    properties: dict[str, list[Any]] = {}
    if known:
        properties = {"authority": [known.publisher], "country": [known.country.lower()]}
    if len(party.datasets) == 1:  # of several lists nobody says which of them a programme belongs to
        properties |= {name: list(party.properties[name]) for name in _OF_LISTING if name in party.properties}
    caption = known.caption if known else dataset
    return _edge(f"{party.key}-{dataset}", "Sanction", caption, [dataset], properties)


def _edge(
    key: str, schema: str, caption: str, datasets: Iterable[str], properties: Mapping[str, list[Any]]
) -> dict[str, Any]:
    return {
        "id": key,
        "caption": caption,
        "schema": schema,
        "datasets": list(datasets),
        "referents": [],
        "target": False,
        "first_seen": None,
        "last_seen": None,
        "last_change": None,
        "properties": {name: [v for v in values if v] for name, values in properties.items() if any(values)},
    }


def _link(subject: ListedParty, object_: ListedParty, end: str, other: Stated) -> dict[str, Any]:
    """A link without the end that was asked for, as yente nests it."""
    key = f"{subject.key}-{object_.key}"
    properties: dict[str, list[Any]] = {"role": ["Linked To"], end: [entity_shown(other)]}
    return _edge(key, "UnknownLink", "Linked To", subject.datasets, properties)


class _AdjacentView(MatchingView):
    def found(self, request: Request, key: str) -> tuple[Stated | None, int, int]:
        asked = Asked(request, ("limit", "offset"))
        limit = asked.number("limit", LIMIT, 0, MOST_RESULTS)
        return stated(key), limit, asked.number("offset", 0, 0, MOST_OFFSET)


_PAGE = [query("limit", "Most entities of a property."), query("offset", "Entities to skip.")]


class AdjacentView(_AdjacentView):
    """What stands beside a listed party, a page of each property."""

    @extend_schema(
        operation_id="adjacent", tags=["matching"], responses={200: ANY, 308: None}, parameters=_PAGE
    )
    def get(self, request: Request, key: str) -> Response | HttpResponse:
        with reading():
            listed, limit, offset = self.found(request, key)
            if listed is None:
                return moved(key, "/adjacent")
            pages = {name: _page(all_, limit, offset) for name, all_ in adjacent(listed).items()}
            return Response({"entity": entity_shown(listed), "adjacent": pages})


class AdjacentPropertyView(_AdjacentView):
    """One property of what stands beside a listed party, page by page."""

    @extend_schema(
        operation_id="adjacent_property",
        tags=["matching"],
        responses={200: ANY, 308: None},
        parameters=_PAGE,
    )
    def get(self, request: Request, key: str, name: str) -> Response | HttpResponse:
        with reading():
            listed, limit, offset = self.found(request, key)
            if name not in PROPERTIES:
                raise Absent(f"No list states this property; stated are {', '.join(PROPERTIES)}.")
            if listed is None:
                return moved(key, f"/adjacent/{name}")
            return Response(_page(adjacent(listed).get(name, []), limit, offset))


def _page(entities: list[dict[str, Any]], limit: int, offset: int) -> dict[str, Any]:
    return {
        "results": entities[offset : offset + limit],
        "total": {"value": len(entities), "relation": "eq"},
        "limit": limit,
        "offset": offset,
    }
