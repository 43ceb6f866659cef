"""Against which versions of the lists tenants stand screened, since when, and who is behind."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from kyc.models import ListLook, ListVersion, Party, Tenant


@dataclass(frozen=True)
class Fresh:
    """Against which version of one source a tenant stands screened."""

    version: ListVersion
    is_current: bool
    since: datetime | None
    """When the last of the tenant's parties was screened against it; None while work is open."""
    after: timedelta | None = None
    """From the publication to `since`; None where nobody said when it was published, or the tenant came
    after that."""


#: Versions that re-screening has not followed to the end: work is open, or not even written down.
_WAITING = """
waiting AS (
    SELECT v.id, v.source, v.number, v.in_force_at FROM kyc_listversion v
    WHERE v.in_force_at IS NOT NULL AND (
        v.id IN (SELECT version_id FROM kyc_rescreenitem WHERE done_at IS NULL)
        OR v.id::text IN (
            SELECT about ->> 'id' FROM audit_delivery d JOIN audit_event e ON e.id = d.event_id,
                jsonb_array_elements(e.subjects) about
            WHERE d.done_at IS NULL AND d.subscriber = 'kyc.rescreen_list'
        )
    )
)
"""
#: A party is behind while a version waits that it was not screened against: by the version's number as
#: well as by time, because a clock may have been set back in between.
_BEHIND = f"""
WITH {_WAITING}
SELECT p.tenant_id, count(*) FROM kyc_party p LEFT JOIN kyc_screening s ON s.party_id = p.id
WHERE p.removed_at IS NULL AND (%(tenant)s::uuid IS NULL OR p.tenant_id = %(tenant)s::uuid)
  AND (
    s.party_id IS NULL
    OR EXISTS (
        SELECT FROM waiting w
        WHERE s.at < w.in_force_at OR coalesce((s.versions ->> w.source)::bigint, 0) < w.number
    )
    OR EXISTS (SELECT FROM kyc_rescreenitem i WHERE i.done_at IS NULL AND i.entity = p.id::text
            AND i.cause <> 'sample')
  )
GROUP BY p.tenant_id
"""  # noqa: S608 - our own constant


def behind(tenant: Tenant | None = None) -> dict[uuid.UUID, int]:
    """How many parties of each tenant (or of this one) are not screened against the lists in force.

    Tenants without such a party are left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND, {"tenant": tenant.pk if tenant else None})
        return dict(cursor.fetchall())


#: The lists in force with when each was followed by re-screening and last looked at, as one JSON value:
#: a page that reads its tenant anyway reads them in the same query.
LISTS_NOW = f"""(
WITH {_WAITING}
SELECT coalesce(jsonb_agg(jsonb_build_object(
    'source', v.source, 'number', v.number, 'as_of', v.as_of, 'in_force_at', v.in_force_at,
    'published_at', v.published_at, 'confirmed_at', l.confirmed_at,
    'followed_at', CASE WHEN v.id NOT IN (SELECT id FROM waiting) THEN coalesce(
        (SELECT max(i.done_at) FROM kyc_rescreenitem i WHERE i.version_id = v.id), v.in_force_at
    ) END
) ORDER BY v.source), '[]')
FROM kyc_listversion v LEFT JOIN kyc_listlook l ON l.source = v.source WHERE v.state = 'in_force'
)"""  # noqa: S608 - our own constant


@dataclass(frozen=True)
class ListsNow:
    """The lists in force by source. `followed`: when re-screening had ended; None while it has not."""

    in_force: Mapping[str, ListVersion]
    looks: Mapping[str, ListLook]
    followed: Mapping[str, datetime | None]

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> ListsNow:
        """Out of the value of LISTS_NOW."""
        in_force, looks, followed = {}, {}, {}
        for row in rows:
            source = row["source"]
            in_force[source] = ListVersion(
                source=source,
                number=row["number"],
                as_of=date.fromisoformat(row["as_of"]),
                state=ListVersion.State.IN_FORCE,
                in_force_at=_time(row["in_force_at"]),
                published_at=_time(row["published_at"]),
            )
            looks[source] = ListLook(source=source, confirmed_at=_time(row["confirmed_at"]))
            followed[source] = _time(row["followed_at"])
        return cls(in_force, looks, followed)


def lists_now() -> ListsNow:
    """How the lists in force stand at this moment, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {LISTS_NOW}")
        found = cursor.fetchone()[0]
    return ListsNow.of(json.loads(found) if isinstance(found, str) else found)


def of_tenant(tenant: Tenant) -> list[Fresh]:
    """For each source in force: whether the tenant stands screened against it, since when, and how soon
    after its publication."""
    rows = Party.objects.filter(tenant=tenant, removed_at__isnull=True)
    return of_parties(list(rows.values_list("created_at", "screening__at")), lists_now())


def of_parties(parties: Sequence[tuple[datetime, datetime | None]], lists: ListsNow) -> list[Fresh]:
    """The same for parties of whom each is (entered at, screened at)."""
    complete = bool(parties) and all(at for _created, at in parties)
    found = []
    for source, version in sorted(lists.in_force.items()):
        ended = lists.followed[source]
        if not complete or ended is None:
            found.append(Fresh(version, False, None))
            continue
        # Who came after the version was screened on arrival; the others when re-screening had ended.
        late = [at for created, at in parties if at is not None and created > ended]
        since = max([ended, *late])
        published = version.published_at
        since_before = published is not None and all(created <= published for created, _at in parties)
        after = max(timedelta(), since - published) if published and since_before else None
        found.append(Fresh(version, True, since, after))
    return found


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
