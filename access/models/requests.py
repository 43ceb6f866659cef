"""Requests for accelerators and what the rules said of them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from django.db import models
from django.db.models import F, Q

from core.uuids import uuid7


class AllocationRequest(models.Model):
    """A tenant asks for accelerators at a site for a time."""

    class State(models.TextChoices):
        SUBMITTED = "submitted"
        DECIDED = "decided"
        """The rules spoke; approvals, answers or a licence are awaited, as the outcome says."""
        APPROVED = "approved"
        GRANTED = "granted"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"
        ENDED = "ended"

    class Supply(models.TextChoices):
        REMOTE_ACCESS = "remote_access"
        HARDWARE_TRANSFER = "hardware_transfer"

    LIVE = (State.APPROVED, State.GRANTED)
    OPEN = (State.SUBMITTED, State.DECIDED, *LIVE)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.BigIntegerField(unique=True)
    tenant = models.ForeignKey("kyc.Tenant", on_delete=models.PROTECT, related_name="requests")
    site = models.ForeignKey("access.Site", on_delete=models.PROTECT, related_name="requests")
    cluster = models.ForeignKey("access.Cluster", null=True, on_delete=models.PROTECT, related_name="+")
    accelerator = models.CharField(max_length=100)
    count = models.PositiveIntegerField()
    starts_on = models.DateField()
    days = models.PositiveIntegerField()
    purpose = models.CharField(max_length=20)
    supply = models.CharField(max_length=20, choices=Supply.choices, default=Supply.REMOTE_ACCESS)
    project = models.SlugField(max_length=60, blank=True)
    answers = models.JSONField(default=dict)
    """What was declared: end_user_country, remote_access_countries, expected_flop, red_flags."""
    state = models.CharField(max_length=16, choices=State.choices, default=State.SUBMITTED)
    asked_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decision = models.ForeignKey("access.Decision", null=True, on_delete=models.PROTECT, related_name="+")
    """The latest one. Staff's own: what the tenant may read of it stands in `told` and `conditions`."""
    told = models.JSONField(default=list)
    """Sentences that the rules disclose to the tenant."""
    conditions = models.JSONField(default=list)
    accepted_conditions = models.JSONField(default=list)
    accepted_conditions_at = models.DateTimeField(null=True)
    licence = models.ForeignKey(
        "access.Licence", null=True, on_delete=models.PROTECT, related_name="requests"
    )
    """The licence that the approval rests on, where the rules ask for one."""
    withheld = models.JSONField(default=list)
    """Why no grant is issued although the request is approved; empty where nothing stands against it."""
    closed_at = models.DateTimeField(null=True)
    closed_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(count__gte=1), name="request_counts_at_least_one"),
            models.CheckConstraint(condition=Q(days__gte=1), name="request_lasts_at_least_a_day"),
        ]
        indexes = [models.Index(fields=["state", "asked_at"])]

    @property
    def label(self) -> str:
        return f"R-{self.number}"

    @property
    def hours(self) -> int:
        return self.days * 24

    @property
    def starts_at(self) -> datetime:
        return datetime.combine(self.starts_on, time(), tzinfo=UTC)

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(days=self.days)

    @property
    def is_live(self) -> bool:
        return self.state in self.LIVE


class Decision(models.Model):
    """What the rules said, with the frozen facts: decides again to the byte."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    request = models.ForeignKey(AllocationRequest, on_delete=models.PROTECT, related_name="decisions")
    tenant = models.ForeignKey("kyc.Tenant", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    as_of = models.DateField()
    outcome = models.CharField(max_length=24)
    facts = models.TextField()
    """The canonical JSON of the facts: `FactSet.from_canonical` reads it."""
    facts_digest = models.CharField(max_length=80)
    packs = models.JSONField()
    """[{"name", "version", "digest"}]"""
    result = models.TextField()
    """The canonical JSON of the decision, as it was given."""

    class Meta:
        indexes = [models.Index(fields=["request", "-at"])]


class Licence(models.Model):
    """A licence or authorisation that was recorded for a tenant's request."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("kyc.Tenant", on_delete=models.PROTECT, related_name="licences")
    reference = models.CharField(max_length=100)
    authority = models.CharField(max_length=100)
    accelerator = models.CharField(max_length=100)
    quantity = models.PositiveIntegerField()
    site = models.ForeignKey("access.Site", on_delete=models.PROTECT, related_name="+")
    end_user_country = models.CharField(max_length=2)
    valid_from = models.DateField()
    valid_until = models.DateField()
    recorded_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "reference"], name="licence_recorded_once")
        ]


class Inquiry(models.Model):
    """One point that a decision leaves open, answered by one person and resolved by another.

    What a rule may disclose is put to the tenant as a `kyc.Question`; the rest stays with staff, who
    answer it themselves. `fact` is the dotted path of the unknown fact, empty for a red flag.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("kyc.Tenant", on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey(AllocationRequest, on_delete=models.PROTECT, related_name="inquiries")
    question = models.OneToOneField(
        "kyc.Question", null=True, on_delete=models.PROTECT, related_name="inquiry"
    )
    rule = models.CharField(max_length=120, blank=True)
    """pack/rule, for a red flag."""
    fact = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    asked_at = models.DateTimeField()
    evidence = models.TextField(blank=True)
    """What staff found; a tenant's own answer is under the question's key."""
    answered_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    resolved_at = models.DateTimeField(null=True)
    resolution = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "rule", "fact"], name="asked_once_per_request"),
            models.CheckConstraint(
                condition=Q(resolved_by__isnull=True) | ~Q(resolved_by=F("answered_by")),
                name="resolver_is_not_the_answerer",
            ),
            models.CheckConstraint(
                condition=Q(resolved_by__isnull=True) | Q(answered_by__isnull=False),
                name="resolved_was_answered",
            ),
        ]


class PackText(models.Model):
    """The text of a pack that some decision was made under, so that it can be decided again."""

    digest = models.CharField(max_length=80, primary_key=True)
    name = models.CharField(max_length=60)
    version = models.CharField(max_length=40)
    text = models.TextField()
    stored_at = models.DateTimeField(auto_now_add=True)
