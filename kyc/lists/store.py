"""The lists in force, out of Postgres: which versions, which entries, and one entry per listed party."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from kyc.lists.entry import Entry as ListedParty
from kyc.lists.entry import merge
from kyc.lists.sources import SOURCES, in_order, outranked
from kyc.models import Entry, ListVersion


def versions_in_force() -> dict[str, ListVersion]:
    """The version in force of each source that was ever imported."""
    return {
        version.source: version for version in ListVersion.objects.filter(state=ListVersion.State.IN_FORCE)
    }


def in_force_numbers() -> dict[str, int]:
    """Source → number of its version in force: names a state of all lists."""
    found = ListVersion.objects.filter(state=ListVersion.State.IN_FORCE).order_by("source")
    return dict(found.values_list("source", "number"))


def state_in_force() -> dict[str, str]:
    """Source → digest of its version in force: names what the lists say, whatever they are numbered."""
    with connection.cursor() as cursor:  # asked before every search: the statement stands written out
        cursor.execute("SELECT source, digest FROM kyc_listversion WHERE state = 'in_force' ORDER BY source")
        return dict(cursor.fetchall())


def changed_since(versions: Mapping[str, str]) -> set[str] | None:
    """Keys of the entries that may differ from what these versions (source → id) said together.

    None where that is not known: another source speaks now, or a version is not among those before today's.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE since AS (
                SELECT id, source, previous_id FROM kyc_listversion WHERE state = 'in_force'
                UNION ALL
                SELECT v.id, v.source, v.previous_id
                FROM since s JOIN kyc_listversion v ON v.id = s.previous_id
                WHERE NOT s.id = ANY(%(versions)s)
            )
            SELECT source, array_agg(id) FROM since GROUP BY source
            """,
            {"versions": [UUID(version) for version in versions.values()]},
        )
        later = dict(cursor.fetchall())
        if later.keys() != versions.keys() or any(UUID(versions[s]) not in ids for s, ids in later.items()):
            return None
        cursor.execute(
            "SELECT DISTINCT key FROM kyc_entrychange WHERE version_id = ANY(%s)",
            [[x for source, ids in later.items() for x in ids if x != UUID(versions[source])]],
        )
        return {key for (key,) in cursor.fetchall()}


def entries_in_force(keys: Iterable[str] | None = None) -> Iterator[ListedParty]:
    """One entry for each listed party in force, what several sources say of it put together.

    Where two sources fill one dataset, what the more specific one says of it counts alone.
    """
    in_force = set(in_force_numbers())
    rows = Entry.objects.filter(until__isnull=True).select_related("content")
    if keys is not None:
        rows = rows.filter(key__in=list(keys))
    parties = (from_row(row.source, row.key, row.content.entity) for row in _streamed(rows))
    yield from _together(parties, in_force)


@dataclass(frozen=True)
class Stated:
    """A listed party, and when the newest of what is said of it came into force."""

    party: ListedParty
    since: datetime | None


def stated(keys: Iterable[str]) -> dict[str, Stated]:
    """What the lists in force state of these parties, by key: one statement, for answers in milliseconds."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT e.source, e.key, c.entity, v.in_force_at,
                   ARRAY(SELECT source FROM kyc_listversion WHERE state = 'in_force')
            FROM kyc_entry e
            JOIN kyc_entrycontent c ON c.digest = e.content_id
            JOIN kyc_listversion v ON v.id = e.since_id
            WHERE e.until_id IS NULL AND e.key = ANY(%s) ORDER BY e.key
            """,
            [list(keys)],
        )
        rows = cursor.fetchall()
    since: dict[str, datetime | None] = {}
    for _, key, _, at, _ in rows:
        since[key] = max(filter(None, (since.get(key), at)), default=None)
    parties = (from_row(source, key, json.loads(entity)) for source, key, entity, _, _ in rows)
    in_force = set(rows[0][4]) if rows else set()
    return {party.key: Stated(party, since[party.key]) for party in _together(parties, in_force)}


def entry_in_force(key: str) -> ListedParty | None:
    """One listed party as the lists in force state it; None where it is on none."""
    return next(entries_in_force([key]), None)


def content_of(key: str) -> Entry | None:
    """The row of the most specific source that names the party: what an alert points to."""
    rows = Entry.objects.filter(until__isnull=True, key=key).select_related("content", "since")
    return min(rows, key=lambda row: SOURCES[row.source].rank, default=None)


def from_row(source: str, key: str, entity: Mapping[str, Any]) -> ListedParty:
    """A stored entity in the internal form."""
    return ListedParty(
        key=key,
        source=source,
        datasets=tuple(entity["datasets"]),
        schema=entity["schema"],
        properties={name: tuple(values) for name, values in entity["properties"].items()},
        referents=tuple(entity.get("referents", ())),
    )


def _together(parties: Iterable[ListedParty], in_force: set[str]) -> Iterator[ListedParty]:
    """One entry a key from what each source says."""
    by_key: dict[str, list[ListedParty]] = defaultdict(list)
    for party in parties:
        if (heard := _heard(party, in_force)) is not None:
            by_key[party.key].append(heard)
    for several in by_key.values():
        first, *others = sorted(several, key=lambda p: SOURCES[p.source].rank)
        yield _ordered(merge(first, *others))


def _heard(party: ListedParty, in_force: set[str]) -> ListedParty | None:
    silent = outranked(party.source, in_force)
    datasets = tuple(name for name in party.datasets if name not in silent)
    if not datasets:
        return None
    return ListedParty(party.key, party.source, datasets, party.schema, party.properties, party.referents)


def _ordered(party: ListedParty) -> ListedParty:
    datasets = in_order(party.datasets)
    return ListedParty(party.key, party.source, datasets, party.schema, party.properties, party.referents)


def _streamed(rows: QuerySet[Entry]) -> Iterator[Entry]:
    return rows.order_by("key").iterator(chunk_size=2000)
