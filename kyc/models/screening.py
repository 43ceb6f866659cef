"""Screenings, alerts, what people decided on them, and the work of re-screening."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.fields import EncryptedJSONField
from core.uuids import uuid7


class Screening(models.Model):
    """Against which versions a party was last screened: the freshness of a tenant is the oldest."""

    party = models.OneToOneField("kyc.Party", on_delete=models.CASCADE, primary_key=True)
    tenant = models.ForeignKey("kyc.Tenant", on_delete=models.PROTECT, related_name="screenings")
    at = models.DateTimeField()
    versions = models.JSONField()
    """{source: number of the list version in force at the time}"""
    scorer = models.CharField(max_length=40)


class Alert(models.Model):
    """A possible match of a party and an entry. One per party and listed party, however often seen."""

    class State(models.TextChoices):
        OPEN = "open"
        ESCALATED = "escalated"
        PROPOSED = "proposed"
        """A first person says true match (or clears a high score): a second one decides."""
        TRUE_MATCH = "true_match"
        FALSE_POSITIVE = "false_positive"
        INCONCLUSIVE = "inconclusive"
        WITHDRAWN = "withdrawn"
        """The entry left the list before anyone decided."""

    UNDECIDED = (State.OPEN, State.ESCALATED, State.PROPOSED, State.INCONCLUSIVE)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.BigIntegerField(unique=True)
    tenant = models.ForeignKey("kyc.Tenant", on_delete=models.PROTECT, related_name="alerts")
    party = models.ForeignKey("kyc.Party", on_delete=models.PROTECT, related_name="alerts")
    dataset = models.CharField(max_length=40)
    """The first, most restrictive list that the entry stands on; `datasets` are all of them."""
    datasets = models.JSONField()
    entry_key = models.CharField(max_length=160)
    content = models.ForeignKey("kyc.EntryContent", on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey("kyc.ListVersion", on_delete=models.PROTECT, related_name="+")
    score = models.FloatField()
    threshold = models.FloatField()
    holds = models.BooleanField()
    """At or above the list's hold_at, or an equal identifier, on a blocking list: counts as listed."""
    blocking = models.BooleanField()
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT)
    explanation = EncryptedJSONField(default=dict)
    scorer = models.CharField(max_length=40)
    party_digest = models.BinaryField()
    entry_digest = models.BinaryField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    raised_at = models.DateTimeField()
    due_at = models.DateTimeField()
    taken_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["party", "entry_key"],
                condition=Q(state__in=["open", "escalated", "proposed", "inconclusive", "true_match"]),
                name="one_live_alert_per_party_and_entry",
            )
        ]
        indexes = [
            models.Index(fields=["state", "raised_at"]),
            models.Index(fields=["entry_key"]),
        ]

    @property
    def label(self) -> str:
        return f"A-{self.number}"


class Resolution(models.Model):
    """What one person said of an alert: true match, false positive, inconclusive. Never changed."""

    class Kind(models.TextChoices):
        TRUE_MATCH = "true_match"
        FALSE_POSITIVE = "false_positive"
        INCONCLUSIVE = "inconclusive"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("kyc.Tenant", on_delete=models.PROTECT, related_name="+")
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="resolutions")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    final = models.BooleanField()
    """False for a proposal that waits for a second person."""
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    at = models.DateTimeField()


class Dismissal(models.Model):
    """A remembered false positive: holds while both sides stay as they were, at longest `until`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("kyc.Tenant", on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey("kyc.Party", on_delete=models.PROTECT, related_name="dismissals")
    entry_key = models.CharField(max_length=160)
    party_digest = models.BinaryField()
    entry_digest = models.BinaryField()
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="dismissals")
    reason = models.TextField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    until = models.DateField()
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["party", "entry_key"],
                condition=Q(ended_at__isnull=True),
                name="one_live_dismissal_per_pair",
            )
        ]


class RescreenItem(models.Model):
    """A piece of re-screening work: one changed entry against one shard of our parties, or one party.

    The row is the truth; a task only says "look". Unique per change, entity and shard, so that a
    retry, a second beat or a flushed broker loses nothing and doubles nothing.
    """

    class Cause(models.TextChoices):
        LIST = "list"
        PARTY = "party"
        FULL = "full"
        THRESHOLD = "threshold"
        SAMPLE = "sample"
        """A full pass that checks whether re-screening found everything."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cause = models.CharField(max_length=16, choices=Cause.choices)
    change = models.CharField(max_length=64)
    """What asked for it: the list version's id, or a name given by who asked."""
    version = models.ForeignKey("kyc.ListVersion", null=True, on_delete=models.PROTECT, related_name="+")
    entity = models.CharField(max_length=200)
    """The key of the changed entry, or the party's id."""
    shard = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    claimed_by = models.CharField(max_length=100, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    begun = models.PositiveSmallIntegerField(default=0)
    """How often a worker set to work on it: told before, since one that dies of it tells nothing after."""
    next_at = models.DateTimeField(null=True)
    """Not before this moment: an item that failed alone waits longer each time."""
    done_at = models.DateTimeField(null=True)
    touched = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["change", "entity", "shard"], name="one_item_per_change_entity_shard"
            )
        ]
        indexes = [
            models.Index(fields=["created_at"], name="rescreen_open", condition=Q(done_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.get_cause_display().lower()} {self.entity}"


class Weighing(models.Model):
    """The weights of words, taken of the lists as they were at one moment; the newest are in force.

    Rows are never changed: another weighing is another row, and every party is screened under it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.PositiveIntegerField(unique=True)
    names = models.PositiveIntegerField()
    """Names in force when it was made."""
    table = models.BinaryField()
    """{word: weight}, JSON, deflated."""
    made_at = models.DateTimeField()


class Threshold(models.Model):
    """From which score one list alerts about one kind of party. Proposed by one person, approved by another.

    Rows are the history: what was in force before stays, with its times.
    """

    class Kind(models.TextChoices):
        PERSON = "person"
        ORGANISATION = "organisation"

    class State(models.TextChoices):
        PROPOSED = "proposed"
        IN_FORCE = "in_force"
        HISTORY = "history"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    dataset = models.CharField(max_length=40)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    threshold = models.FloatField()
    """The lowest score that raises an alert, 0..1."""
    hold_at = models.FloatField()
    """The score from which an undecided alert of a blocking list counts as listed, 0..1."""
    was_threshold = models.FloatField()
    was_hold_at = models.FloatField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.PROPOSED)
    reason = models.TextField()
    proposed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    approved_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    in_force_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "kind"], condition=Q(state="in_force"), name="one_threshold_in_force"
            ),
            models.UniqueConstraint(
                fields=["dataset", "kind"], condition=Q(state="proposed"), name="one_threshold_proposed"
            ),
            models.CheckConstraint(
                condition=Q(threshold__gte=0.5, hold_at__lte=1.0, threshold__lte=models.F("hold_at")),
                name="threshold_within_bounds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dataset}, {self.get_kind_display().lower()}"
