"""What clusters report of grants: a job started, stopped, or was refused."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from access.models import Cluster, Grant, UsageRecord
from accounts.models import User
from accounts.roles import Act
from audit.record import Actor, record
from audit.verbs import Verb
from core.errors import InvalidInput, NotAllowed

#: How far a cluster's clock may be ahead of ours.
AHEAD = timedelta(minutes=5)

_VERB = {
    UsageRecord.Kind.STARTED: Verb.GRANT_USED,
    UsageRecord.Kind.STOPPED: Verb.JOB_STOPPED,
    UsageRecord.Kind.REFUSED: Verb.ACCESS_REFUSED,
}


def report(
    *,
    grant: Grant,
    cluster: Cluster,
    job: str,
    kind: str,
    accelerators: int,
    at: datetime,
    detail: str = "",
    user: User,
    by: Actor,
    now: datetime | None = None,
) -> UsageRecord:
    """Take a cluster's report, once: the same job and kind again gives the record that is there.

    `user` is the service account that speaks for `cluster`. Raises NotAllowed, InvalidInput.
    """
    if not user.may(Act.REPORT_USAGE) or cluster.reporter_id != user.pk:
        raise NotAllowed(f"This account does not speak for {cluster.name}.")
    if grant.cluster_id != cluster.pk:
        raise InvalidInput("grant", f"{grant.label} is not for {cluster.name}")
    if kind not in UsageRecord.Kind.values:
        raise InvalidInput("kind", f"{kind!r} is none of {', '.join(UsageRecord.Kind.values)}")
    if not job.strip() or len(job) > 100:
        raise InvalidInput("job", "a text of 1 to 100 characters is expected")
    if accelerators < 0:
        raise InvalidInput("accelerators", "must not be negative")
    now = now or timezone.now()
    if at > now + AHEAD:
        raise InvalidInput("at", "lies in the future")
    with transaction.atomic():
        Cluster.objects.filter(pk=cluster.pk).update(seen_at=now)
        row, made = UsageRecord.objects.get_or_create(
            grant=grant,
            job=job,
            kind=kind,
            defaults={
                "tenant_id": grant.tenant_id,
                "cluster": cluster,
                "accelerators": accelerators,
                "at": at,
                "reported_at": now,
                "detail": detail[:200],
            },
        )
        if made:
            record(
                _VERB[UsageRecord.Kind(kind)],
                [grant, grant.tenant],
                by=by,
                payload={
                    "job": job,
                    "accelerators": accelerators,
                    "at": at.isoformat(),
                    "cluster": cluster.name,
                    "grant_was_live": grant.is_live_at(at),
                    "detail": detail[:200],
                },
            )
    return row
