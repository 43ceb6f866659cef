"""A listed party that was made part of another: what people work on and decided goes along.

A list says of an entry under which other ids it is or was known (FollowTheMoney's referents). Where one of
those left the lists, its alerts go over to the entry that names it. A dismissal goes along only while the
entry says the very same: a person looked at that and nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from django.db import connection

from audit.record import WORKER, record
from audit.verbs import Verb
from core.uuids import uuid7
from kyc.models import Alert, Dismissal, Entry
from kyc.screening import dismissals

#: States in which people work on an alert, least first: of two alerts that become one, this one stays.
_WEIGHT = (
    Alert.State.OPEN,
    Alert.State.INCONCLUSIVE,
    Alert.State.ESCALATED,
    Alert.State.PROPOSED,
    Alert.State.TRUE_MATCH,
)


def follow(keys: Collection[str], now: datetime) -> set[str]:
    """Carry over what hangs on these keys where they left the lists and one entry in force names them.

    Returns the keys of the entries that took something over. Runs in a transaction.
    """
    hanging = _hanging(keys)
    hanging -= set(Entry.objects.filter(until__isnull=True, key__in=hanging).values_list("key", flat=True))
    successors = _successors(hanging)
    prints = dismissals.fingerprints(successors.values())
    for old, new in sorted(successors.items()):
        for alert in _live(old):
            _move(alert, new, now)
        for dismissal in Dismissal.objects.filter(entry_key=old, ended_at__isnull=True).order_by("pk"):
            _dismiss_again(dismissal, new, prints.get(new), now)
    return set(successors.values())


def _hanging(keys: Collection[str]) -> set[str]:
    """Those of the keys that an undecided alert, a true match or a dismissal names."""
    wanted = list(keys)
    states = [*Alert.UNDECIDED, Alert.State.TRUE_MATCH]
    alerts = Alert.objects.filter(entry_key__in=wanted, state__in=states)
    cleared = Dismissal.objects.filter(entry_key__in=wanted, ended_at__isnull=True)
    return {*alerts.values_list("entry_key", flat=True), *cleared.values_list("entry_key", flat=True)}


def _successors(keys: Collection[str]) -> dict[str, str]:
    """For each key the one entry in force that names it as a referent; several are a split, no merge."""
    if not keys:
        return {}
    found: dict[str, set[str]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT named.id, e.key
            FROM kyc_entry e JOIN kyc_entrycontent c ON c.digest = e.content_id
                CROSS JOIN LATERAL jsonb_array_elements_text(c.entity -> 'referents') named(id)
            WHERE e.until_id IS NULL AND c.entity -> 'referents' ?| %(keys)s AND named.id = ANY(%(keys)s)
            """,
            {"keys": list(keys)},
        )
        for old, new in cursor.fetchall():
            found[old].add(new)
    return {old: next(iter(new)) for old, new in found.items() if len(new) == 1}


def _live(key: str) -> list[Alert]:
    rows = Alert.objects.filter(entry_key=key, state__in=[*Alert.UNDECIDED, Alert.State.TRUE_MATCH])
    return list(rows.select_for_update(of=("self",)).select_related("party", "tenant").order_by("number"))


def _move(alert: Alert, new: str, now: datetime) -> None:
    """One party and one listed party have one alert: of two the one that people have come further with."""
    there = next((other for other in _live(new) if other.party_id == alert.party_id), None)
    if there is not None:
        stays, goes = sorted((there, alert), key=lambda one: _WEIGHT.index(one.state), reverse=True)
        if goes.state == Alert.State.TRUE_MATCH:
            return  # two people decided on each of them: both stand
        goes.state, goes.decided_at = Alert.State.WITHDRAWN, now
        goes.save(update_fields=["state", "decided_at"])
        _note(goes, f"its entry is one with that of {stays.label}, which goes on")
        stays.holds = stays.holds or goes.holds
        alert = stays
    if alert.entry_key != new:
        _note(alert, f"its entry was merged into {new}")
    alert.entry_key = new
    alert.save(update_fields=["entry_key", "holds"])


def _dismiss_again(dismissal: Dismissal, new: str, entry: bytes | None, now: datetime) -> None:
    dismissals.end(dismissal, f"its entry was merged into {new}", now)
    other = Dismissal.objects.filter(party_id=dismissal.party_id, entry_key=new, ended_at__isnull=True)
    if entry != bytes(dismissal.entry_digest) or other.exists():
        _note(dismissal.alert, f"its entry was merged into {new}, which says more: it is screened again")
        return
    Dismissal.objects.create(
        id=uuid7(),
        tenant_id=dismissal.tenant_id,
        party_id=dismissal.party_id,
        entry_key=new,
        party_digest=dismissal.party_digest,
        entry_digest=dismissal.entry_digest,
        alert=dismissal.alert,
        reason=dismissal.reason,
        by_id=dismissal.by_id,
        at=dismissal.at,
        until=dismissal.until,
    )
    _note(dismissal.alert, f"its entry was merged into {new}, which says the same: it stays cleared")


def _note(alert: Alert, reason: str) -> None:
    record(Verb.ALERT_ANNOTATED, [alert, alert.party, alert.tenant], by=WORKER, reason=reason)
