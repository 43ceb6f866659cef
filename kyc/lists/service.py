"""Importing a version of a list: staged outside force, switched in one short transaction.

1. The file is read and its contents are staged in batches; a damaged file is refused whole.
2. The differences to the version in force are computed and staged as rows.
3. One transaction closes what left, opens what came, puts the version in force and records it.

Re-screening follows from the event `list.imported`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from accounts import approvals
from accounts.models import Approval, User
from accounts.roles import Act
from audit.record import Actor, record
from audit.verbs import Verb
from core.errors import Conflict, InvalidInput, NotAllowed
from core.normalise import fold
from core.numbers import next_number
from core.scope import staff_transaction
from kyc.lists.delta import Delta, Digests, diff, digests, shrinkage, version_digest
from kyc.lists.entry import Entry as ListedParty
from kyc.lists.reading import ReadResult, read_source
from kyc.lists.sources import SOURCES
from kyc.lists.store import from_row
from kyc.models import Entry, EntryChange, EntryContent, EntryName, ListVersion

BATCH = 1000
#: The act of an approval that puts a held version in force.
APPROVAL = "list"
Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class ImportResult:
    """What an import did; `as_json` is the line that `import_list` prints."""

    source: str
    version: int | None
    as_of: date
    state: str
    entities: int
    names: int
    added: int
    changed: int
    removed: int
    digest: str

    def as_json(self) -> dict[str, object]:
        return {**vars(self), "as_of": self.as_of.isoformat()}


def import_version(
    *,
    source: str,
    path: Path | str,
    by: Actor,
    as_of: date | None = None,
    published_at: datetime | None = None,
    dry_run: bool = False,
    now: datetime | None = None,
    progress: Progress = lambda stage, done: None,
) -> ImportResult:
    """Import one version of one source.

    `state` of the result: `in_force`, `history` (older than what is in force: stored, changes nothing)
    or `held` (a suspicious shrinkage: a second person puts it in force). Raises InvalidInput for a file
    that is not whole or dates that cannot be, Conflict where the source is being imported already; then
    the version before stays in force. `published_at`: when the publisher's server says the file changed.
    """
    now = now or timezone.now()
    if source not in SOURCES:
        raise InvalidInput("source", f"{source} is none of {', '.join(SOURCES)}")
    if str(path) != "-" and not Path(path).exists():
        raise InvalidInput("file", f"{path}: no such file")
    if dry_run:
        return _compare_only(_reading(source, path, now), source, as_of, now)
    with _one_at_a_time(source):
        version = _open(source, by, now, published_at)
        try:
            reading = _reading(source, path, now)
            found = _stage(reading, version, progress)
            stated = _date_of(reading, as_of, now)
        except InvalidInput as error:
            _refuse(version, error, by)
            raise
        return _finish(version, found, reading, stated, by=by, now=now, progress=progress)


def _reading(source: str, path: Path | str, now: datetime) -> ReadResult:
    """The file's entries; those of a delta file on top of the version in force."""
    return read_source(source, path, today=now.date(), base=lambda: _entries_in_force(source))


def _entries_in_force(source: str) -> dict[str, ListedParty]:
    with staff_transaction():
        if _in_force(source) is None:
            raise InvalidInput("file", "a delta file needs a version in force that it changes")
        rows = Entry.objects.filter(source=source, until__isnull=True).select_related("content")
        return {row.key: from_row(source, row.key, row.content.entity) for row in rows.iterator(2000)}


def ask_for_version(version: ListVersion, *, reason: str, user: User, by: Actor) -> Approval:
    """Give the first approval of a held version; asking again changes nothing.

    Raises NotAllowed, InvalidInput without a reason, Conflict (not held, or another person asked).
    """
    _check_approver(user, reason)
    with transaction.atomic():
        version = _held(version)
        return approvals.ask(version, APPROVAL, user=user, by=by, needs=Act.APPROVE_LISTS, reason=reason)


def approve_version(version: ListVersion, *, reason: str, user: User, by: Actor) -> approvals.Outcome | None:
    """Put a held version in force: the first person asks (None is returned), a second one approves.

    Raises NotAllowed, Conflict, InvalidInput without a reason.
    """
    _check_approver(user, reason)
    with transaction.atomic():
        version = _held(version)
        asked = approvals.open_for(version, APPROVAL)
        if asked is None:
            approvals.ask(version, APPROVAL, user=user, by=by, needs=Act.APPROVE_LISTS, reason=reason)
            return None
        outcome = approvals.approve(asked, version, user=user, by=by, needs=Act.APPROVE_LISTS, reason=reason)
        if outcome.given:
            _switch(version, by=by, now=timezone.now(), approved=True)
        return outcome


def reject_version(version: ListVersion, *, reason: str, user: User, by: Actor) -> None:
    """Leave a held version out of force for good; the one in force stays, and its freshness runs on.

    One approver suffices: nobody gets in by it, and where the publisher offers nothing else, the list
    becomes overdue and no grant is issued. Raises NotAllowed, InvalidInput without a reason, Conflict.
    """
    _check_approver(user, reason)
    with transaction.atomic():
        version = _of_state_held(version)
        asked = approvals.open_for(version, APPROVAL)
        if asked is not None:
            approvals.refuse(asked, version, user=user, by=by, needs=Act.APPROVE_LISTS, reason=reason)
        version.state, version.notes = ListVersion.State.REFUSED, {"rejected": reason}
        version.save(update_fields=["state", "notes"])
        record(Verb.LIST_REFUSED, [version], by=by, reason=reason, payload={"source": version.source})


def _check_approver(user: User, reason: str) -> None:
    if not user.may(Act.APPROVE_LISTS):
        raise NotAllowed("Only an approver puts a held version in force.")
    if not reason.strip():
        raise InvalidInput("reason", "say why the version is right")


def _held(version: ListVersion) -> ListVersion:
    """The version, locked, where it is held and still follows the one in force."""
    version = _of_state_held(version)
    before = _in_force(version.source)
    if version.previous_id != (before.pk if before else None):
        raise Conflict("Another version came into force since: import this file again.")
    return version


def _of_state_held(version: ListVersion) -> ListVersion:
    version = ListVersion.objects.select_for_update().get(pk=version.pk)
    if version.state != ListVersion.State.HELD:
        raise Conflict(f"Version {version.number} is {version.get_state_display().lower()}, not held.")
    return version


def _open(source: str, by: Actor, now: datetime, published_at: datetime | None) -> ListVersion:
    with staff_transaction():
        # What an import that was killed left behind never came into force.
        ListVersion.objects.filter(source=source, state=ListVersion.State.STAGED).update(
            state=ListVersion.State.REFUSED, notes={"interrupted": 1}
        )
        return ListVersion.objects.create(
            number=next_number("list_version"),
            source=source,
            as_of=now.date(),
            digest="",
            stage="reading",
            imported_by=by.id,
            imported_at=now,
            published_at=published_at,
        )


def _stage(reading: ReadResult, version: ListVersion, progress: Progress) -> dict[str, Digests]:
    """Store what is new in the contents, batch by batch; return the digests of every key."""
    found: dict[str, Digests] = {}
    batch: list[tuple[ListedParty, Digests]] = []
    for party in reading:
        both = digests(party)
        found[party.key] = both
        batch.append((party, both))
        if len(batch) >= BATCH:
            _store(batch, version, len(found))
            progress("reading", len(found))
            batch = []
    _store(batch, version, len(found))
    return found


def _store(batch: list[tuple[ListedParty, Digests]], version: ListVersion, done: int) -> None:
    with staff_transaction():
        wanted = {bytes.fromhex(both.content) for _, both in batch}
        there = set(map(bytes, EntryContent.objects.filter(pk__in=wanted).values_list("pk", flat=True)))
        fresh: dict[bytes, EntryContent] = {}
        names: list[EntryName] = []
        for party, both in batch:
            digest = bytes.fromhex(both.content)
            if digest in there or digest in fresh:
                continue
            fresh[digest] = EntryContent(
                digest=digest,
                match_digest=bytes.fromhex(both.match),
                schema=party.schema,
                caption=party.caption,
                entity=party.to_ftm(),
            )
            weak = set(party.properties.get("weakAlias", ()))
            names += [
                EntryName(content_id=digest, folded=fold(name), weak=name in weak)
                for name in dict.fromkeys(party.names)
            ]
        EntryContent.objects.bulk_create(fresh.values(), ignore_conflicts=True)
        EntryName.objects.bulk_create(names)
        ListVersion.objects.filter(pk=version.pk).update(done=done)


def _finish(
    version: ListVersion,
    found: Mapping[str, Digests],
    reading: ReadResult,
    as_of: date,
    *,
    by: Actor,
    now: datetime,
    progress: Progress,
) -> ImportResult:
    progress("comparing", len(found))
    with staff_transaction():
        before = _in_force(version.source)
        old = _digests_in_force(version.source)
    delta = diff(old, found)
    version.as_of = as_of
    version.previous = before
    version.digest = version_digest(found)
    version.entities, version.names = reading.entities, reading.names
    version.added, version.changed, version.removed = len(delta.added), len(delta.changed), len(delta.removed)
    version.notes = dict(reading.notes)
    version.done = len(found)
    if before is not None and as_of < before.as_of:
        return _keep_as_history(version, found, by=by)
    _stage_changes(version, delta, old, found)
    missing = _missing(delta, old, found, before, reading)
    if missing:
        return _hold(version, missing, by=by)
    progress("switching", len(found))
    with staff_transaction():
        _switch(version, by=by, now=now)
    return _result(version)


def _switch(version: ListVersion, *, by: Actor, now: datetime, approved: bool = False) -> None:
    """Put a staged version in force. Short: what is written grows with the change, not with the list."""
    if version.previous_id:
        ListVersion.objects.filter(pk=version.previous_id).update(state=ListVersion.State.HISTORY)
    version.state = ListVersion.State.IN_FORCE
    version.in_force_at = now
    version.stage = ""
    version.save()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE kyc_entry e SET until_id = c.version_id FROM kyc_entrychange c
            WHERE c.version_id = %s AND c.kind IN ('changed', 'removed')
              AND e.source = %s AND e.key = c.key AND e.until_id IS NULL
            """,
            [version.pk, version.source],
        )
        cursor.execute(
            """
            INSERT INTO kyc_entry (id, source, key, content_id, since_id)
            SELECT gen_random_uuid(), %s, c.key, c.after_id, c.version_id FROM kyc_entrychange c
            WHERE c.version_id = %s AND c.kind IN ('added', 'changed')
            """,
            [version.source, version.pk],
        )
    facts = {
        "source": version.source,
        "as_of": version.as_of.isoformat(),
        "entities": version.entities,
        "names": version.names,
        "added": version.added,
        "changed": version.changed,
        "removed": version.removed,
        "digest": version.digest,
    }
    if approved:
        record(Verb.LIST_APPROVED, [version], by=by, payload={"source": version.source})
    record(Verb.LIST_IMPORTED, [version], by=by, payload=facts, versions={version.source: version.number})


def _stage_changes(
    version: ListVersion, delta: Delta, old: Mapping[str, Digests], found: Mapping[str, Digests]
) -> None:
    relevant = set(delta.changed_match)
    kinds = EntryChange.Kind

    def change(key: str, kind: str, match_relevant: bool) -> EntryChange:
        return EntryChange(
            version=version,
            key=key,
            kind=kind,
            match_relevant=match_relevant,
            before_id=bytes.fromhex(old[key].content) if kind != kinds.ADDED else None,
            after_id=bytes.fromhex(found[key].content) if kind != kinds.REMOVED else None,
        )

    rows = [change(key, kinds.ADDED, True) for key in delta.added]
    rows += [change(key, kinds.CHANGED, key in relevant) for key in delta.changed]
    rows += [change(key, kinds.REMOVED, True) for key in delta.removed]
    for start in range(0, len(rows), BATCH):
        with staff_transaction():
            EntryChange.objects.bulk_create(rows[start : start + BATCH])


def _keep_as_history(version: ListVersion, found: Mapping[str, Digests], *, by: Actor) -> ImportResult:
    """An older version than the one in force: kept for the record, changes nothing."""
    rows = [
        Entry(
            source=version.source,
            key=key,
            content_id=bytes.fromhex(both.content),
            since=version,
            until=version,
        )
        for key, both in found.items()
    ]
    for start in range(0, len(rows), BATCH):
        with staff_transaction():
            Entry.objects.bulk_create(rows[start : start + BATCH])
    with staff_transaction():
        version.state, version.stage = ListVersion.State.HISTORY, ""
        version.save()
        record(
            Verb.LIST_HELD,
            [version],
            by=by,
            reason="older than the version in force: kept, changes nothing",
            payload={"source": version.source, "as_of": version.as_of.isoformat()},
        )
    return _result(version)


def _missing(
    delta: Delta,
    old: Mapping[str, Digests],
    found: Mapping[str, Digests],
    before: ListVersion | None,
    reading: ReadResult,
) -> str:
    """Why a version is suspiciously small, in words; empty where it is not.

    Names count as well as entries: a cut file of aliases keeps every entry and loses half of the names.
    """
    entries = shrinkage(len(old), len(found), len(delta.removed))
    if entries.suspicious:
        return f"{entries.share:.0%} of the entries in force are missing from it"
    names = shrinkage(before.names if before else 0, reading.names)
    if names.suspicious:
        return f"it has {names.share:.0%} fewer names than the version in force"
    return ""


def _hold(version: ListVersion, reason: str, *, by: Actor) -> ImportResult:
    with staff_transaction():
        version.state, version.stage = ListVersion.State.HELD, ""
        version.notes = {**version.notes, "held": reason}
        version.save()
        record(
            Verb.LIST_HELD,
            [version],
            by=by,
            reason=reason,
            payload={"source": version.source, "removed": version.removed},
        )
    return _result(version)


def _refuse(version: ListVersion, error: InvalidInput, by: Actor) -> None:
    with staff_transaction():
        version.state, version.stage = ListVersion.State.REFUSED, ""
        version.notes = {"refused": str(error)}
        version.save()
        record(Verb.LIST_REFUSED, [version], by=by, reason=str(error), payload={"source": version.source})


def _compare_only(reading: ReadResult, source: str, as_of: date | None, now: datetime) -> ImportResult:
    found = {party.key: digests(party) for party in reading}
    stated = _date_of(reading, as_of, now)
    with staff_transaction():
        before = _in_force(source)
        old = _digests_in_force(source)
    delta = diff(old, found)
    state = "in_force"
    if before is not None and stated < before.as_of:
        state = "history"
    elif _missing(delta, old, found, before, reading):
        state = "held"
    return ImportResult(
        source,
        None,
        stated,
        state,
        reading.entities,
        reading.names,
        len(delta.added),
        len(delta.changed),
        len(delta.removed),
        version_digest(found),
    )


def _date_of(reading: ReadResult, as_of: date | None, now: datetime) -> date:
    """The version's date: as told, else as the file states it, else today."""
    stated = as_of or reading.as_of or now.date()
    if as_of is None and reading.as_of is None:
        # A clock that was set back: what came later is not older than what is in force.
        with staff_transaction():
            before = _in_force(reading.source)
        stated = max(stated, before.as_of) if before else stated
    elif stated > now.date():
        raise InvalidInput("as_of", f"{stated} is in the future")
    newest = reading.newest_change
    if newest is not None and reading.as_of is None and stated < newest:
        raise InvalidInput("as_of", f"the file holds a change of {newest}: it cannot be of {stated}")
    return stated


def _in_force(source: str) -> ListVersion | None:
    return ListVersion.objects.filter(source=source, state=ListVersion.State.IN_FORCE).first()


def _digests_in_force(source: str) -> dict[str, Digests]:
    rows = Entry.objects.filter(source=source, until__isnull=True).values_list(
        "key", "content_id", "content__match_digest"
    )
    return {key: Digests(bytes(content).hex(), bytes(match).hex()) for key, content, match in rows.iterator()}


def _result(version: ListVersion) -> ImportResult:
    return ImportResult(
        version.source,
        version.number,
        version.as_of,
        str(version.state),
        version.entities,
        version.names,
        version.added,
        version.changed,
        version.removed,
        version.digest,
    )


@contextmanager
def _one_at_a_time(source: str) -> Iterator[None]:
    """Two imports of one source at once would both compare with the same version before.

    The lock is the session's: it goes with the connection when the process is killed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [f"import {source}"])
        if not cursor.fetchone()[0]:
            raise Conflict(f"{source} is being imported already.")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [f"import {source}"])
