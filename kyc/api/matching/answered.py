"""Listed parties and matches in the shapes of yente."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import quote

from django.db import connection
from django.http import HttpResponse

from core.errors import Absent
from kyc.api.matching.remembered import Remembered
from kyc.lists import store
from kyc.lists.store import Stated
from kyc.screening.explain import explanation
from kyc.screening.score import Match

#: What `/algorithms` and a match say of each feature.
FEATURES: Mapping[str, str] = {
    "name": "The words of the best pair of names that stand for each other, rare words counting more.",
    "weak_alias": "The list calls the alias weak: a name by it alone counts less.",
    "kind": "A person is never an organisation.",
    "identifier": "A number (passport, register, tax, LEI, IMO) that both sides carry, or that contradicts.",
    "birth_date": "Birth dates agree to the day, month or year, or lie apart.",
    "incorporation_date": "Dates of incorporation agree or lie apart.",
    "nationality": "Nationalities and countries of persons agree or not.",
    "country": "Jurisdictions and countries of organisations agree or not.",
    "gender": "Genders agree or not.",
    "birth_place": "Places of birth agree or not.",
    "address": "Addresses agree.",
    "limit": "A score stays within 0 and 1.",
}


def entity_shown(stated: Stated) -> dict[str, Any]:
    """A listed party as yente shows an entity."""
    return {
        **stated.party.to_ftm(),
        "target": True,
        "first_seen": None,
        "last_seen": None,
        "last_change": stated.since.isoformat().replace("+00:00", "Z") if stated.since else None,
    }


def scored(shown: dict[str, Any], match: Match, threshold: float) -> dict[str, Any]:
    lines: dict[str, dict[str, Any]] = {}
    for line in explanation(match):
        name, number = line["feature"], 2
        while name in lines:
            name, number = f"{line['feature']}_{number}", number + 1
        lines[name] = {key: line[key] for key in ("score", "weight", "query", "candidate", "detail")}
    return {
        **shown,
        "score": round(match.score, 4),
        "match": match.score >= threshold,
        "features": {name: round(line["score"] * line["weight"], 4) for name, line in lines.items()},
        "explanations": lines,
    }


def _referents() -> dict[str, frozenset[str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT referent, array_agg(DISTINCT e.key)
            FROM kyc_entry e JOIN kyc_entrycontent c ON c.digest = e.content_id,
                 jsonb_array_elements_text(c.entity -> 'referents') AS referent
            WHERE e.until_id IS NULL GROUP BY referent
            """
        )
        return {referent: frozenset(keys) for referent, keys in cursor.fetchall()}


#: Id by which a party was known → the keys that it has now.
REFERENTS = Remembered(_referents)


def canonical(identifiers: Collection[str]) -> set[str]:
    """The keys behind ids and referents."""
    behind = REFERENTS.now() if identifiers else {}
    return {*identifiers, *(key for identifier in identifiers for key in behind.get(identifier, ()))}


def stated(key: str) -> Stated | None:
    """The listed party with this id."""
    return store.stated([key]).get(key)


def moved(key: str, tail: str = "") -> HttpResponse:
    """Where an entity is found that bore this id before. Raises Absent where none did."""
    others = canonical([key]) - {key}
    if not others:
        raise Absent("No such entity.")
    answer = HttpResponse(status=308)
    answer["Location"] = f"/entities/{quote(min(others), safe='')}{tail}"
    return answer


def feature_docs() -> dict[str, Any]:
    return {name: {"description": text, "coefficient": 1.0, "url": ""} for name, text in FEATURES.items()}
