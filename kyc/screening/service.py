"""Screening parties against the lists in force, and what follows from it: alerts and flags.

`screen_chain` screens everyone of a tenant; `flagged` says who is listed or counts as listed; how fresh
that is, `kyc.screening.freshness` says.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from audit.record import Actor, record
from audit.verbs import Verb
from core.numbers import next_number
from core.uuids import uuid7
from kyc.lists import store
from kyc.lists.sources import DATASETS, blocks, in_order
from kyc.models import Alert, Dismissal, ListVersion, Party, Screening, Tenant
from kyc.screening import dismissals, freshness, live, merges, thresholds
from kyc.screening.explain import result, sentences
from kyc.screening.levels import Levels
from kyc.screening.names import analyse
from kyc.screening.score import THRESHOLD, Match
from kyc.screening.screen import screen
from kyc.screening.thresholds import DECIDE_WITHIN, SCORER

#: Matches of one party that are looked at; dismissed entries never take a place.
MOST_MATCHES = 50


@dataclass(frozen=True)
class Screened:
    """What screening one party found: alerts that are new, and those that were there."""

    party: Party
    raised: tuple[Alert, ...]
    standing: tuple[Alert, ...]


@dataclass(frozen=True)
class Flag:
    """A party that is listed, or counts as listed while its match is under review."""

    party_id: uuid.UUID
    dataset: str
    status: str
    """`listed` or `under_review`"""
    alert_id: uuid.UUID


def screen_chain(
    tenant: Tenant,
    *,
    by: Actor,
    since: datetime | None = None,
    party: uuid.UUID | None = None,
    now: datetime | None = None,
) -> list[Screened]:
    """Screen a tenant's parties; records one `party.screened` a party, and the alerts.

    With `since`, those that were screened after that moment are left alone; with `party`, all others are.
    """
    parties = Party.objects.filter(tenant=tenant, removed_at__isnull=True).select_related(
        "data_key", "tenant"
    )
    if party is not None:
        parties = parties.filter(pk=party)
    if since is not None:
        parties = parties.exclude(screening__at__gte=since)
    return screen_parties(list(parties.order_by("pk")), verb=Verb.PARTY_SCREENED, by=by, now=now)


def screen_parties(
    parties: Sequence[Party],
    *,
    verb: Verb,
    by: Actor,
    now: datetime | None = None,
    only_if_found: bool = False,
    payload: Mapping[str, Any] | None = None,
) -> list[Screened]:
    """Screen parties against all lists in force. With `only_if_found`, a party without a new alert is
    left without an event (a pass over everybody says nothing about those it did not touch).
    """
    now = now or timezone.now()
    with transaction.atomic():
        snapshot = live.lists()
        levels = thresholds.in_force()
        numbers = store.in_force_numbers()
        keys = [party.pk for party in parties]
        merges.follow(_keys_of(keys), now)
        excluded: dict[uuid.UUID, set[str]] = defaultdict(set)
        for key, entry in dismissals.of_parties(keys, now):
            excluded[key].add(entry)
        questions = [analyse(party.to_ftm()) for party in parties]
        found = snapshot.search_many(
            questions, MOST_MATCHES, excluded=[excluded[key] for key in keys], floor=levels.floor
        )
        done = []
        for party, matches in zip(parties, found, strict=True):
            screened = keep(party, matches, levels, by=by, now=now)
            Screening.objects.update_or_create(
                party=party,
                defaults={"tenant_id": party.tenant_id, "at": now, "versions": numbers, "scorer": SCORER},
            )
            if screened.raised or not only_if_found:
                record(
                    verb,
                    [party, party.tenant],
                    by=by,
                    payload={
                        "raised": [alert.number for alert in screened.raised],
                        "standing": len(screened.standing),
                        **(payload or {}),
                    },
                    versions=numbers,
                )
            done.append(screened)
    return done


def keep(party: Party, matches: Iterable[Match], levels: Levels, *, by: Actor, now: datetime) -> Screened:
    """Raise an alert for each match that has none yet; one party and one listed party have one alert."""
    raised, standing = [], []
    live_alerts = {
        a.entry_key: a for a in party.alerts.filter(state__in=[*Alert.UNDECIDED, Alert.State.TRUE_MATCH])
    }
    for match in matches:
        if match.score < levels.threshold(match.datasets, party.schema):
            continue
        alert = live_alerts.get(match.id)
        if alert is None:
            raised.append(_raise(party, match, levels, by=by, now=now))
        else:
            standing.append(_follow(alert, match, levels, party.schema))
    return Screened(party, tuple(raised), tuple(standing))


def _raise(party: Party, match: Match, levels: Levels, *, by: Actor, now: datetime) -> Alert:
    entry = store.content_of(match.id)
    if entry is None:  # the list changed under a process that has not looked again yet
        raise RuntimeError(f"{match.id} is on no list in force")
    threshold = levels.threshold(match.datasets, party.schema)
    known_as = [match.id, *entry.content.entity.get("referents", ())]
    before = party.alerts.filter(entry_key__in=known_as).order_by("-raised_at").first()
    alert = Alert(
        id=uuid7(),
        number=next_number("alert"),
        tenant_id=party.tenant_id,
        party=party,
        dataset=match.datasets[0],
        datasets=list(match.datasets),
        entry_key=match.id,
        content=entry.content,
        version=_version_in_force(entry.source),
        score=round(match.score, 4),
        threshold=threshold,
        holds=levels.holds(match, party.schema),
        blocking=blocks(match.datasets),
        data_key=party.data_key,
        explanation=_explained(match, threshold),
        scorer=SCORER,
        party_digest=party.match_digest,
        entry_digest=dismissals.fingerprints([match.id])[match.id],
        raised_at=now,
        due_at=now + DECIDE_WITHIN,
    )
    alert.save(force_insert=True)
    again = before is not None and before.state == Alert.State.FALSE_POSITIVE
    record(
        Verb.ALERT_REOPENED if again else Verb.ALERT_RAISED,
        [alert, party, party.tenant],
        by=by,
        reason="one side changed since it was cleared" if again else "",
        payload={
            "score": f"{match.score:.3f}",
            "datasets": list(match.datasets),
            "entry": match.id,
            "holds": alert.holds,
        },
        versions={entry.source: alert.version.number},
        personal=[(party.data_key, {"name": str(party.caption)})],
    )
    return alert


def _follow(alert: Alert, match: Match, levels: Levels, schema: str) -> Alert:
    """A standing alert keeps its decision; what it shows follows the list."""
    entry = store.content_of(match.id)
    prints = dismissals.fingerprints([match.id])
    said = (bytes(alert.content_id), bytes(alert.entry_digest))
    if entry is not None and (bytes(entry.content_id), prints[match.id]) != said:
        alert.content = entry.content
        alert.version = _version_in_force(entry.source)
        alert.entry_digest = prints[match.id]
        alert.score = round(match.score, 4)
        alert.holds = alert.holds or levels.holds(match, schema)
        alert.datasets, alert.dataset = list(match.datasets), match.datasets[0]
        alert.explanation = _explained(match, levels.threshold(match.datasets, schema))
        alert.save()
    return alert


def flagged(tenant: Tenant) -> list[Flag]:
    """Who in the chain is listed (a true match), or counts as listed (an undecided alert that holds)."""
    alerts = tenant.alerts.filter(party__removed_at__isnull=True)
    flags = []
    for alert in alerts.filter(state=Alert.State.TRUE_MATCH).order_by("pk"):
        flags += [Flag(alert.party_id, name, "listed", alert.pk) for name in alert.datasets]
    for alert in alerts.filter(state__in=Alert.UNDECIDED, holds=True).order_by("pk"):
        flags += [Flag(alert.party_id, name, "under_review", alert.pk) for name in alert.datasets]
    return flags


def unscreened(tenant: Tenant) -> int:
    """How many parties are not screened against the lists in force as they stand now."""
    return freshness.behind(tenant).get(tenant.pk, 0)


def known_datasets() -> list[str]:
    """Every dataset that can be asked for: those of the table, and those that FollowTheMoney files named."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT jsonb_array_elements_text(c.entity -> 'datasets')
            FROM kyc_entry e JOIN kyc_entrycontent c ON c.digest = e.content_id WHERE e.until_id IS NULL
            """
        )
        named = {row[0] for row in cursor.fetchall()}
    return list(in_order({*DATASETS, *named}))


def screen_entities(
    entities: Iterable[Mapping[str, Any]],
    *,
    datasets: Collection[str] | None = None,
    cut: float = THRESHOLD,
    limit: int = 20,
) -> Iterator[dict[str, Any]]:
    """Answer lines for entities that are nobody's parties: `manage.py screen` and the matching API."""
    return screen(live.lists(), entities, cut, limit, datasets=datasets)


def _keys_of(parties: Collection[uuid.UUID]) -> set[str]:
    """Keys of the listed parties that these parties have alerts or dismissals of."""
    alerts = Alert.objects.filter(party_id__in=parties, state__in=[*Alert.UNDECIDED, Alert.State.TRUE_MATCH])
    cleared = Dismissal.objects.filter(party_id__in=parties, ended_at__isnull=True)
    return {*alerts.values_list("entry_key", flat=True), *cleared.values_list("entry_key", flat=True)}


def _explained(match: Match, threshold: float) -> dict[str, Any]:
    return {**result(match, threshold), "sentences": sentences(match)}


def _version_in_force(source: str) -> ListVersion:
    return ListVersion.objects.get(source=source, state=ListVersion.State.IN_FORCE)
