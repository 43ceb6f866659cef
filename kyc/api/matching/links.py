"""Links between listed parties that a list prints in words: OFAC's "Linked To: NAME"."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db import connection

from core.normalise import fold
from kyc.api.matching.remembered import Remembered

_LINKED = re.compile(r"\(?Linked To: (.+?)[\s;.]*\)?", re.IGNORECASE)


@dataclass(frozen=True)
class Links:
    """Key → keys of the parties that it is said to be linked to, and of those said to be linked to it."""

    to: Mapping[str, frozenset[str]]
    from_: Mapping[str, frozenset[str]]


def _find() -> Links:
    said = list(_said())
    bearers = _bearers([name for _, name in said])
    to: dict[str, set[str]] = defaultdict(set)
    from_: dict[str, set[str]] = defaultdict(set)
    for key, name in said:
        # A publisher means parties of its own numbering; a name that several of them bear says too little.
        meant = {bearer for bearer in bearers.get(name, ()) if _prefix(bearer) == _prefix(key)}
        if len(meant) == 1 and key not in meant:
            to[key] |= meant
            from_[meant.pop()].add(key)
    return Links(*({key: frozenset(keys) for key, keys in found.items()} for found in (to, from_)))


def _said() -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT e.key, note FROM kyc_entry e JOIN kyc_entrycontent c ON c.digest = e.content_id,
                 jsonb_array_elements_text(c.entity #> '{properties,notes}') AS note
            WHERE e.until_id IS NULL AND note ILIKE '%linked to: %'
            """
        )
        for key, note in cursor.fetchall():
            if named := _LINKED.fullmatch(note):
                yield key, fold(_natural(named[1]))


def _natural(name: str) -> str:
    """`GHANI, Mohammad Nadeem` as names are stored."""
    last, comma, first = name.partition(", ")
    return f"{first} {last}" if comma else name


def _bearers(names: list[str]) -> dict[str, list[str]]:
    """Folded name → keys of the parties in force that bear it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT n.folded, array_agg(DISTINCT e.key) FROM kyc_entryname n
            JOIN kyc_entry e ON e.content_id = n.content_id AND e.until_id IS NULL
            WHERE n.folded = ANY(%s) GROUP BY n.folded
            """,
            [names],
        )
        return dict(cursor.fetchall())


def _prefix(key: str) -> str:
    return key.partition("-")[0]


LINKS = Remembered(_find)
