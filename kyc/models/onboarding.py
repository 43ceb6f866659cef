"""The tenant, its application, the questions put to it and its ratings."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.fields import EncryptedJSONField
from core.uuids import uuid7


class Tenant(models.Model):
    """A customer organisation with its account; its key is its organisation's id."""

    class State(models.TextChoices):
        APPLICANT = "applicant"
        APPROVED = "approved"
        HELD = "held"
        """A match on a blocking list is under review: counts as listed until it is decided."""
        SUSPENDED = "suspended"
        DENIED = "denied"
        CLOSED = "closed"

    organisation = models.OneToOneField(
        "accounts.Organisation", on_delete=models.PROTECT, primary_key=True, related_name="tenant"
    )
    number = models.BigIntegerField(unique=True)
    reference = models.CharField(max_length=200, blank=True)
    """The provider's own customer number, where the tenant was imported."""
    state = models.CharField(max_length=16, choices=State.choices, default=State.APPLICANT)
    state_reason = models.TextField(blank=True)
    state_citation = models.CharField(max_length=200, blank=True)
    state_since = models.DateTimeField()
    country = models.CharField(max_length=2)
    region = models.CharField(max_length=6, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    approved_at = models.DateTimeField(null=True)
    subject = models.ForeignKey(
        "kyc.Party", null=True, on_delete=models.PROTECT, related_name="+", db_constraint=True
    )
    """The tenant itself as a party of its chain."""

    class Meta:
        indexes = [models.Index(fields=["state"])]
        constraints = [
            models.UniqueConstraint(
                fields=["reference"], condition=~Q(reference=""), name="customer_number_once"
            )
        ]

    def __str__(self) -> str:
        return self.organisation.name

    @property
    def label(self) -> str:
        return f"T-{self.number:04d}"

    @property
    def may_run(self) -> bool:
        return self.state == Tenant.State.APPROVED


class Application(models.Model):
    """What a tenant or the provider's staff entered, from draft to decision."""

    class State(models.TextChoices):
        DRAFT = "draft"
        SUBMITTED = "submitted"
        IN_REVIEW = "in_review"
        APPROVED = "approved"
        DENIED = "denied"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="applications")
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    opened_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(auto_now_add=True)
    saved_at = models.DateTimeField(auto_now=True)
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    decided_reason = models.TextField(blank=True)
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT)
    draft = EncryptedJSONField(default=dict)
    """Answers of the portal by step, as typed: what is saved is never lost, even where it is wrong."""
    facts = models.JSONField(default=dict)
    """Checked answers that are no personal data: legal form, formed on, business, staff, purpose."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant"],
                condition=Q(state__in=["draft", "submitted", "in_review"]),
                name="one_open_application_per_tenant",
            )
        ]


class Question(models.Model):
    """Something asked of a tenant: why, until when, and what it answered."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="questions")
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    text = models.TextField()
    why = models.TextField(blank=True)
    blocks = models.BooleanField(default=True)
    asked_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT)
    answer = EncryptedJSONField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")


class Rating(models.Model):
    """A risk rating as a sum of points that adds up, each with its reason."""

    class Level(models.TextChoices):
        LOW = "low"
        MEDIUM = "medium"
        HIGH = "high"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="ratings")
    at = models.DateTimeField()
    points = models.PositiveSmallIntegerField()
    level = models.CharField(max_length=8, choices=Level.choices)
    items = models.JSONField()
    """[{"reason", "points"}], strongest first."""
    next_review = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["tenant", "-at"])]
