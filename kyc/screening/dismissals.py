"""What people dismissed, and what of it still holds: asked in both directions, before any limit."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from kyc.lists import store
from kyc.lists.delta import digests
from kyc.models import Dismissal

#: A party and the key of a listed party.
Pair = tuple[UUID, str]


def of_parties(parties: Collection[UUID], now: datetime) -> set[Pair]:
    """Pairs that stay dismissed for these parties; what holds no more is ended, with the reason."""
    return _holding(Dismissal.objects.filter(party_id__in=list(parties)), now)


def of_entries(keys: Collection[str], now: datetime) -> set[Pair]:
    """Pairs that stay dismissed against these listed parties; what holds no more is ended."""
    return _holding(Dismissal.objects.filter(entry_key__in=list(keys)), now)


def fingerprints(keys: Iterable[str]) -> dict[str, bytes]:
    """Digest of what a matcher reads of each listed party, by key; who is on no list is left out.

    All sources count that are heard: another one may say more of the same party.
    """
    wanted = set(keys)
    entries = store.entries_in_force(wanted) if wanted else ()
    return {entry.key: bytes.fromhex(digests(entry).match) for entry in entries}


def end(dismissal: Dismissal, because: str, now: datetime) -> None:
    """A dismissal holds no more; it stays for the record."""
    dismissal.ended_at = now
    dismissal.ended_because = because
    dismissal.save(update_fields=["ended_at", "ended_because"])


def _holding(rows: QuerySet[Dismissal], now: datetime) -> set[Pair]:
    live = list(rows.filter(ended_at__isnull=True).select_related("party"))
    prints = fingerprints(row.entry_key for row in live)
    holding = set()
    for row in live:
        because = _over(row, prints.get(row.entry_key), now)
        if because:
            end(row, because, now)
        else:
            holding.add((row.party_id, row.entry_key))
    return holding


def _over(dismissal: Dismissal, entry: bytes | None, now: datetime) -> str:
    """Why a dismissal holds no more, empty while it does."""
    if dismissal.until < now.date():
        return "its time is over"
    if bytes(dismissal.party_digest) != bytes(dismissal.party.match_digest):
        return "the party changed"
    # An entry on no list matches nobody; if it comes back as it was, it was looked at.
    if entry is not None and entry != bytes(dismissal.entry_digest):
        return "the entry changed"
    return ""
