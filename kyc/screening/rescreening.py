"""Re-screening that never stops: what a new version of a list changed finds the parties it concerns.

The work is rows, unique per change, entity and shard; a task only says "look". A row is claimed, worked
and marked in one transaction, so a killed worker, a flushed broker or a second sweeper loses nothing and
doubles nothing; that it was begun is told before, so that what kills its worker is found out. The cost grows
with the change: each changed entry is searched in an index of our own parties. What fails waits longer each
time, alone, and is told of.
"""

from __future__ import annotations

import logging
import os
import socket
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from celery import current_app
from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from audit.models import Event
from audit.record import WORKER, record
from audit.verbs import Verb
from core.scope import STAFF, staff_transaction
from kyc.lists import store
from kyc.models import Alert, EntryChange, ListVersion, Party, RescreenItem
from kyc.screening import dismissals, live, merges, sample, thresholds, weighing
from kyc.screening.levels import Levels
from kyc.screening.names import analyse
from kyc.screening.score import Match
from kyc.screening.service import keep, screen_parties

log = logging.getLogger(__name__)

TASK = "kyc.tasks.rescreen"
Cause = RescreenItem.Cause
#: Items worked on in one transaction: short, so that the log's horizon never waits for it.
BATCH = 50
#: An item that failed alone is tried again after this long, then twice as long each time, at most this long.
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(hours=6)
#: Failed so often, an item is an event: somebody has to look.
STUCK_AFTER = 3
#: Begun so often and neither done nor failed, an item may be what workers die of.
SUSPECT_AFTER = 3


def run(event: Event) -> None:
    """Subscriber of `list.imported`: write the work down, then tell a worker to look."""
    key = next(subject["id"] for subject in event.subjects if subject["kind"] == "listversion")
    queue_version(ListVersion.objects.get(pk=key))


def queue_version(version: ListVersion) -> int:
    """Write the items of one version; return how many there are. Writing them twice changes nothing.

    Where a version changes more entries than we have parties, or calls for other weights, the parties are
    screened whole; of the entries only those remain that left.
    """
    changed = version.changes.filter(match_relevant=True)
    parties = Party.objects.filter(removed_at__isnull=True)
    with transaction.atomic():
        weighed = weighing.follow()
        whole = weighed is not None or parties.count() < changed.count()
        if whole:
            changed = changed.filter(kind=EntryChange.Kind.REMOVED, key__in=_hanging())
        keys = changed.values_list("key", flat=True)
        _write(((Cause.LIST, key) for key in keys), change=str(version.pk), version=version)
        items = len(keys)
        if whole:
            everybody = [(Cause.FULL, str(pk)) for pk in parties.values_list("pk", flat=True)]
            _write(everybody, change=str(version.pk), version=version)
            items += len(everybody)
        transaction.on_commit(wake, robust=True)
    return items


def _hanging() -> QuerySet[Alert, str]:
    """Keys of the entries that somebody works on or confirmed."""
    return Alert.objects.filter(state__in=[*Alert.UNDECIDED, Alert.State.TRUE_MATCH]).values("entry_key")


def queue_parties(parties: Iterable[Party], *, change: str, cause: Cause = Cause.PARTY) -> int:
    """Write an item for each party: a pass that somebody asked for, or that a threshold calls for."""
    items = [(cause, str(party.pk)) for party in parties]
    with transaction.atomic():
        _write(items, change=change, version=None)
        transaction.on_commit(wake, robust=True)
    return len(items)


def wake() -> None:
    """Tell a worker to look; a lost message costs seconds, the sweeper looks too."""
    current_app.send_task(
        TASK, queue="rescreening", headers={"lockgate_scope": STAFF.to_header()}, retry=False
    )


def work(*, batches: int = 1000, now: datetime | None = None) -> int:
    """Work on open items until none is left that is due and nobody holds; return how many were done.

    What fails is tried again later and keeps nothing else waiting. Raises DatabaseError where the database
    fails: that is not an item's fault.
    """
    done = 0
    for _ in range(batches):
        taken = _work_batch(now or timezone.now())
        if taken is None:
            break
        done += taken
    return done


def open_items() -> int:
    """Items that wait or are being worked on."""
    return RescreenItem.objects.filter(done_at__isnull=True).count()


def failing() -> QuerySet[RescreenItem]:
    """Open items that failed and wait for their next try."""
    return RescreenItem.objects.filter(done_at__isnull=True, next_at__isnull=False).order_by("created_at")


def retry() -> int:
    """Try at once what failed, once what it failed on is put right; return how many items that are."""
    with transaction.atomic():
        tried = failing().update(next_at=None)
        transaction.on_commit(wake, robust=True)
    return tried


def _work_batch(now: datetime) -> int | None:
    """Work on some items; how many were done, None where none is due."""
    begun = _begin(now)
    if not begun:
        return None
    claimed: list[RescreenItem] = []
    try:
        with staff_transaction():
            claimed = list(
                RescreenItem.objects.select_for_update(skip_locked=True)
                .filter(pk__in=begun, done_at__isnull=True)
                .order_by("created_at", "pk")
            )
            if not claimed:
                return 0  # another worker was quicker
            _rescreen(claimed, now)
            worker = f"{socket.gethostname()}:{os.getpid()}"
            for item in claimed:
                item.claimed_at, item.claimed_by, item.done_at = now, worker, timezone.now()
                item.attempts, item.last_error, item.next_at = item.attempts + 1, "", None
            RescreenItem.objects.bulk_update(
                claimed,
                ["claimed_at", "claimed_by", "done_at", "attempts", "touched", "last_error", "next_at"],
            )
        return len(claimed)
    except DatabaseError:
        raise
    except Exception as error:
        if not claimed:
            raise
        log.exception("re-screening of %d items failed", len(claimed))
        _note_failure(claimed, error, now)
        return 0


def _begin(now: datetime) -> list[UUID]:
    """Choose items to work on, and tell so in a transaction of its own, which outlives a worker that dies.

    What has failed, or was begun again and again, is tried alone: one bad item must not keep the others of
    its batch open. Its next try is set before this one.
    """
    with staff_transaction():
        due = list(
            RescreenItem.objects.select_for_update(skip_locked=True)
            .filter(Q(next_at__isnull=True) | Q(next_at__lte=now), done_at__isnull=True)
            .order_by("attempts", "created_at", "pk")[:BATCH]
        )
        plain = [item for item in due if item.attempts == 0 and item.begun < SUSPECT_AFTER]
        alone = [] if plain else due[:1]
        for item in alone:
            item.next_at = now + _wait(max(item.attempts + 1, item.begun - SUSPECT_AFTER + 1))
            if item.attempts == 0 and item.begun == SUSPECT_AFTER + STUCK_AFTER:
                _tell_stuck(item, "its worker ended")
        for item in plain or alone:
            item.begun += 1
        RescreenItem.objects.bulk_update(plain or alone, ["begun", "next_at"])
        return [item.pk for item in plain or alone]


def _wait(tries: int) -> timedelta:
    return min(FIRST_WAIT * 2 ** min(tries - 1, 16), LONGEST_WAIT)


def _tell_stuck(item: RescreenItem, error: str) -> None:
    record(
        Verb.RESCREENING_STUCK,
        [item],
        by=WORKER,
        payload={"cause": item.cause, "change": item.change, "error": error},
    )


def _note_failure(items: Sequence[RescreenItem], error: Exception, now: datetime) -> None:
    """Items that failed together are tried one by one at once; one that failed alone waits."""
    alone = len(items) == 1
    with staff_transaction():
        for item in RescreenItem.objects.select_for_update().filter(pk__in=[item.pk for item in items]):
            item.attempts += 1
            item.last_error = type(error).__name__
            if alone:
                item.next_at = now + _wait(item.attempts)
            item.save(update_fields=["attempts", "last_error", "next_at"])
            if alone and item.attempts == STUCK_AFTER:
                _tell_stuck(item, item.last_error)


def _rescreen(items: Sequence[RescreenItem], now: datetime) -> None:
    by_entry = [item for item in items if item.cause == Cause.LIST]
    by_party = {item.entity: item for item in items if item.cause not in (Cause.LIST, Cause.SAMPLE)}
    sampled = [item for item in items if item.cause == Cause.SAMPLE]
    if by_party:
        parties = Party.objects.filter(pk__in=by_party, removed_at__isnull=True)
        for screened in screen_parties(
            list(parties.select_related("data_key", "tenant").order_by("pk")),
            verb=Verb.PARTY_RESCREENED,
            by=WORKER,
            now=now,
            only_if_found=True,
        ):
            by_party[str(screened.party.pk)].touched = 1 if screened.raised else 0
        _settle_entries([a for p in parties for a in p.alerts.filter(state__in=Alert.UNDECIDED)], now)
    if by_entry:
        _rescreen_entries(by_entry, now)
    if sampled:
        differences = sample.check([item.entity for item in sampled], now)
        for item in sampled:
            item.touched = differences.get(item.entity, 0)


def _rescreen_entries(items: Sequence[RescreenItem], now: datetime) -> None:
    """Reverse search: the changed entries ask, our parties answer; the scores are the forward ones."""
    by_key: dict[str, list[RescreenItem]] = defaultdict(list)
    for item in items:
        by_key[item.entity].append(item)
    entries = {entry.key: entry for entry in store.entries_in_force(by_key)}
    known_as = {old for entry in entries.values() for old in entry.referents}
    grown = merges.follow({*by_key, *known_as}, now) - entries.keys()
    entries |= {entry.key: entry for entry in store.entries_in_force(grown)} if grown else {}
    found: dict[str, list[Match]] = defaultdict(list)
    levels = thresholds.in_force()
    if entries:
        dismissed = dismissals.of_entries(entries, now)
        questions = [analyse(entry.to_ftm()) for entry in entries.values()]
        answers = live.parties().search_many(questions, None, floor=levels.floor)
        for entry, matches in zip(entries.values(), answers, strict=True):
            matches = [m for m in matches if m.score >= levels.threshold(entry.datasets, m.schema)]
            _annotate_changed(entry.key, {match.id for match in matches})
            for match in matches:
                if (UUID(match.id), entry.key) not in dismissed:
                    found[match.id].append(
                        _as_entry(match, entry.key, entry.caption, entry.schema, entry.datasets)
                    )
                    for item in by_key[entry.key]:
                        item.touched += 1
    _keep(found, items, levels, now)
    for key in by_key.keys() - entries.keys():
        settled = _settle_entries(list(Alert.objects.filter(entry_key=key, state__in=Alert.UNDECIDED)), now)
        for item in by_key[key]:
            item.touched += settled
        _annotate_removed(key)


def _keep(
    found: dict[str, list[Match]], items: Sequence[RescreenItem], levels: Levels, now: datetime
) -> None:
    versions = store.in_force_numbers()
    parties = Party.objects.filter(pk__in=found, removed_at__isnull=True)
    for party in parties.select_related("data_key", "tenant").order_by("pk"):
        screened = keep(party, found[str(party.pk)], levels, by=WORKER, now=now)
        record(
            Verb.PARTY_RESCREENED,
            [party, party.tenant],
            by=WORKER,
            payload={
                "raised": [alert.number for alert in screened.raised],
                "standing": len(screened.standing),
                "scores": [f"{match.score:.3f}" for match in found[str(party.pk)]],
                "changes": sorted({item.change for item in items}),
            },
            versions=versions,
        )


def _as_entry(match: Match, key: str, caption: str, schema: str, datasets: tuple[str, ...]) -> Match:
    """A reverse match names the party; an alert names the entry."""
    return Match(
        key,
        schema,
        caption,
        datasets,
        match.score,
        match.name_score,
        match.features,
        match.names,
        match.secondary,
    )


def _annotate_changed(entry_key: str, matched: set[str]) -> None:
    """An alert whose entry changed so that it finds the party no more stays open, and says so."""
    row = store.content_of(entry_key)
    if row is None:
        return
    for alert in Alert.objects.filter(entry_key=entry_key, state__in=Alert.UNDECIDED).order_by("pk"):
        if str(alert.party_id) not in matched and bytes(alert.content_id) != bytes(row.content_id):
            record(
                Verb.ALERT_ANNOTATED,
                [alert, alert.party, alert.tenant],
                by=WORKER,
                reason="the entry changed and matches no more: it stays open until someone decides",
            )


def _settle_entries(alerts: Iterable[Alert], now: datetime) -> int:
    """Withdraw alerts whose entry is on no list any more; a decision that was made stands."""
    settled = 0
    for alert in alerts:
        if store.content_of(alert.entry_key) is None:
            alert.state, alert.decided_at = Alert.State.WITHDRAWN, now
            alert.save(update_fields=["state", "decided_at"])
            record(
                Verb.ALERT_ANNOTATED,
                [alert, alert.party, alert.tenant],
                by=WORKER,
                reason="the entry left the list before anyone decided",
            )
            settled += 1
    return settled


def _annotate_removed(entry_key: str) -> None:
    """A true match whose entry left the list is released by people, never silently."""
    for alert in Alert.objects.filter(entry_key=entry_key, state=Alert.State.TRUE_MATCH):
        record(
            Verb.ALERT_ANNOTATED,
            [alert, alert.party, alert.tenant],
            by=WORKER,
            reason="the entry left the list: decide whether the match still stands",
        )


def _write(items: Iterable[tuple[str, str]], *, change: str, version: ListVersion | None) -> None:
    now = timezone.now()
    RescreenItem.objects.bulk_create(
        [
            RescreenItem(cause=cause, entity=entity, change=change, version=version, created_at=now)
            for cause, entity in items
        ],
        ignore_conflicts=True,
        batch_size=2000,
    )
