"""The published status lists: a place for each grant, and the signed list of those revoked.

The signed list is kept in its row beside the count of revocations it was made for: a revocation raises
the count in its own transaction, so no reader can be given a list from before it, whatever caches hold.
Verifiers tell newer from older by `iat`, so it rises with every list; at most AHEAD seconds before the
clock, after that the last list serves on until the next second.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from access.grants import signer
from access.models import Grant, StatusList
from core.errors import Absent
from core.keyring import keyring
from enforcement import status

#: Seconds until a cluster should ask again, and until it must refuse.
TTL, LIFETIME = 30, 600
#: Seconds by which a list may be dated before its time; verifiers allow 30.
AHEAD = 5


@dataclass(frozen=True)
class Published:
    """A signed list as it is served."""

    name: str
    token: str
    issued_at: int

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.token.encode()).hexdigest()[:32]}"'


def uri_of(name: str) -> str:
    return f"{settings.LOCKGATE_BASE_URL}/grants/status/{name}"


def current(name: str, *, now: datetime | None = None) -> Published:
    """The list as it stands, signed anew after a revocation, a change of keys, or TTL seconds.

    Raises Absent. Needs the staff scope.
    """
    now = now or timezone.now()
    row = StatusList.objects.filter(name=name).first()
    if row is None:
        raise Absent("There is no such status list.")
    if not _is_current(row, now):
        with transaction.atomic():
            row = StatusList.objects.select_for_update().get(pk=row.pk)
            if not _is_current(row, now):
                _sign(row, now)
    return Published(row.name, row.signed, row.signed_at)


def _is_current(row: StatusList, now: datetime) -> bool:
    return (
        bool(row.signed)
        and row.signed_revision == row.revision
        and row.signed_kid == signer.active_kid()
        and now.timestamp() - row.signed_at < TTL
    )


def _sign(row: StatusList, now: datetime) -> None:
    second = int(now.timestamp())
    issued_at = max(second, row.signed_at + 1)
    if row.signed and issued_at > second + AHEAD:
        return
    revoked = Grant.objects.filter(status_list=row, revoked_at__isnull=False)
    bits = status.build(row.size, revoked.values_list("status_index", flat=True))
    kid, key = keyring().grant_signer
    row.signed = status.sign(
        bits, uri=uri_of(row.name), key=key, kid=kid, issued_at=issued_at, lifetime=LIFETIME, ttl=TTL
    )
    row.signed_revision, row.signed_at, row.signed_kid = row.revision, issued_at, kid
    row.save(update_fields=["signed", "signed_revision", "signed_at", "signed_kid"])


def lock_open_list() -> StatusList:
    """The list that new grants go on, locked until the transaction ends, so that places never collide."""
    newest = StatusList.objects.select_for_update().order_by("-pk").first()
    if newest is None or newest.next_index >= newest.size:
        number = StatusList.objects.count() + 1
        StatusList.objects.get_or_create(name=f"s{number}")
        newest = StatusList.objects.select_for_update().get(name=f"s{number}")
    return newest


def take_place(row: StatusList) -> int:
    """The next free place of a locked list; a place is never given twice."""
    index = row.next_index
    row.next_index = index + 1
    row.save(update_fields=["next_index"])
    return index


def note_revocation(list_id: object) -> None:
    """Make the next reader get a new list. In the transaction of the revocation."""
    StatusList.objects.filter(pk=list_id).update(revision=F("revision") + 1)
