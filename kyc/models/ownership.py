"""Ownership and control statements (BODS) and what was computed from them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.uuids import uuid7


class OwnershipStatement(models.Model):
    """One BODS relationship statement: who holds which interest in whom. Parties by their rows."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("kyc.Tenant", on_delete=models.PROTECT, related_name="statements")
    reference = models.CharField(max_length=200)
    subject = models.ForeignKey("kyc.Party", on_delete=models.PROTECT, related_name="owned_by")
    interested = models.ForeignKey("kyc.Party", null=True, on_delete=models.PROTECT, related_name="owns")
    """Null: the owner is not declared."""
    interests = models.JSONField()
    """BODS interests: [{"type", "directOrIndirect", "share": {"exact"|"minimum"|"maximum"}}]."""
    stated_on = models.DateField(null=True)
    started_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    source = models.JSONField(default=dict)
    removed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "reference"], name="statement_reference_once_per_tenant"
            ),
            models.CheckConstraint(
                condition=Q(interested__isnull=True) | ~Q(interested=models.F("subject")),
                name="no_owner_is_itself",
            ),
            models.CheckConstraint(
                condition=Q(started_on__isnull=True)
                | Q(ended_on__isnull=True)
                | Q(ended_on__gte=models.F("started_on")),
                name="statement_ends_after_it_starts",
            ),
        ]


class Assessment(models.Model):
    """The chain as computed at one time, from which statements and which listed parties."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("kyc.Tenant", on_delete=models.PROTECT, related_name="assessments")
    at = models.DateTimeField()
    statements_digest = models.CharField(max_length=64)
    flagged_digest = models.CharField(max_length=64)
    result = models.JSONField()
    """The report of `manage.py ownership`, parties by id only, no names."""

    class Meta:
        indexes = [models.Index(fields=["tenant", "-at"])]
