"""Signed grants, the status lists they stand on, and their use."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from core.uuids import uuid7


class StatusList(models.Model):
    """A published list of one bit a grant; a grant keeps its place for ever."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.SlugField(max_length=40, unique=True)
    size = models.PositiveIntegerField(default=131072)
    next_index = models.PositiveIntegerField(default=0)
    revision = models.PositiveBigIntegerField(default=0)
    """Counts revocations: a list signed for an older revision is not served any more."""
    signed = models.TextField(blank=True)
    """The list as last signed, for `signed_revision` at `signed_at` (Unix seconds, never falling)."""
    signed_revision = models.PositiveBigIntegerField(default=0)
    signed_at = models.PositiveBigIntegerField(default=0)
    signed_kid = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(next_index__lte=F("size")), name="status_list_is_not_overfull")
        ]


class GrantQuerySet(models.QuerySet["Grant"]):
    def live_at(self, now: datetime) -> GrantQuerySet:
        """Grants that a cluster would accept at `now`."""
        return self.filter(revoked_at__isnull=True, not_before__lte=now, expires_at__gt=now)

    def of_tenant(self, tenant: object) -> GrantQuerySet:
        return self.filter(tenant=tenant)


class Grant(models.Model):
    """A signed, short-lived right to start jobs. What is signed is stored first, then compared."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.BigIntegerField(unique=True)
    tenant = models.ForeignKey("kyc.Tenant", on_delete=models.PROTECT, related_name="grants")
    request = models.ForeignKey("access.AllocationRequest", on_delete=models.PROTECT, related_name="grants")
    decision = models.ForeignKey("access.Decision", on_delete=models.PROTECT, related_name="+")
    cluster = models.ForeignKey("access.Cluster", on_delete=models.PROTECT, related_name="grants")
    accelerator = models.CharField(max_length=100)
    count = models.PositiveIntegerField()
    claims = models.JSONField()
    token = models.TextField(blank=True)
    kid = models.CharField(max_length=64)
    status_list = models.ForeignKey(StatusList, on_delete=models.PROTECT, related_name="grants")
    status_index = models.PositiveIntegerField()
    not_before = models.DateTimeField()
    expires_at = models.DateTimeField()
    issued_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)
    """A newer grant of the same request took its place; it lapses by itself."""
    revoked_at = models.DateTimeField(null=True)
    revoked_because = models.CharField(max_length=40, blank=True)
    revoked_reason = models.TextField(blank=True)
    revoked_by = models.CharField(max_length=64, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["status_list", "status_index"], name="one_grant_per_status_bit"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("not_before")), name="grant_has_a_life"),
            models.UniqueConstraint(
                fields=["request"],
                condition=Q(revoked_at__isnull=True, superseded_at__isnull=True),
                name="one_current_grant_per_request",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-issued_at"]), models.Index(fields=["expires_at"])]

    @property
    def label(self) -> str:
        return f"G-{self.number}"

    def is_live_at(self, now: datetime) -> bool:
        return self.revoked_at is None and self.not_before <= now < self.expires_at


class UsageRecord(models.Model):
    """What a cluster reported of a grant: a job started, ran, was stopped."""

    class Kind(models.TextChoices):
        STARTED = "started"
        STOPPED = "stopped"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("kyc.Tenant", on_delete=models.PROTECT, related_name="+")
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="usage")
    cluster = models.ForeignKey("access.Cluster", on_delete=models.PROTECT, related_name="+")
    job = models.CharField(max_length=100)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    accelerators = models.PositiveIntegerField()
    at = models.DateTimeField()
    reported_at = models.DateTimeField()
    detail = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["grant", "job", "kind"], name="usage_reported_once"),
        ]
