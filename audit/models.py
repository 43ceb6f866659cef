"""The log's tables. The event row never changes; positions and heads stand in tables of their own."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from audit.proof.leaf import MAX_SCOPE_NAME
from core.uuids import uuid7


class Event(models.Model):
    """What happened: written in the business transaction; leaf of the log and outbox at once.

    The table has one more column that no reader needs, `xid` (xid8, the writing transaction): the
    sequencer orders by the horizon of finished transactions, never by id or time.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField()
    verb = models.CharField(max_length=40)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    actor_session = models.CharField(max_length=64, blank=True)
    actor_address = models.CharField(max_length=64, blank=True)
    subjects = models.JSONField()
    reason = models.TextField(blank=True)
    versions = models.JSONField(default=dict)
    payload = models.JSONField(default=dict)
    commitments = models.JSONField(default=dict)
    scopes = ArrayField(models.TextField())

    class Meta:
        indexes = [
            GinIndex(fields=["scopes"], name="event_scopes"),
            models.Index(fields=["at"], name="event_at"),
            models.Index(fields=["verb", "at"], name="event_verb_at"),
            GinIndex(fields=["subjects"], name="event_subjects", opclasses=["jsonb_path_ops"]),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.id}"


class EventValue(models.Model):
    """A personal value that an event commits to, encrypted under its person's key.

    Not append-only: erasure destroys the key, and with it value and salt; the leaf stays.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="values_sealed")
    name = models.CharField(max_length=64)
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT)
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "name"], name="one_value_per_name")]


class Leaf(models.Model):
    """An event's place in the tree, and the bytes that the tree commits to. The sequencer alone writes it."""

    index = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="leaf")
    hash = models.BinaryField()
    data = models.BinaryField()

    class Meta:
        ordering = ["index"]


class ScopeLeaf(models.Model):
    """The number of an event in one scope: 1, 2, 3, ... without a gap."""

    pk = models.CompositePrimaryKey("scope", "number")
    scope = models.CharField(max_length=MAX_SCOPE_NAME)
    number = models.BigIntegerField()
    leaf = models.ForeignKey(Leaf, on_delete=models.PROTECT, related_name="scope_leaves", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["leaf", "scope"], name="leaf_once_per_scope")]


class Node(models.Model):
    """A full subtree's hash: the root of the leaves [index * 2**level, (index + 1) * 2**level).

    From level 1 up: level 0 is the leaf's own row.
    """

    pk = models.CompositePrimaryKey("level", "index")
    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField()


class ScopeHead(models.Model):
    """The last number and leaf hash of each scope."""

    scope = models.CharField(primary_key=True, max_length=MAX_SCOPE_NAME)
    number = models.BigIntegerField()
    digest = models.BinaryField()


class ScopeNode(models.Model):
    """Nodes of the second tree, the map of the scopes' heads, rewritten as heads move.

    `path` are the bits that lead to the node, "" for the root; `node` is what `audit.proof.scopes` made.
    """

    path = models.TextField(primary_key=True)
    node = models.BinaryField()


class Checkpoint(models.Model):
    """A signed note over the tree of `size` leaves and the scopes' heads at that size."""

    size = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    root = models.BinaryField()
    scope_count = models.BigIntegerField()
    scope_root = models.BinaryField()
    note = models.TextField()


class Delivery(models.Model):
    """One committed event for one subscriber. Done in the subscriber's own transaction."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries")
    subscriber = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "subscriber"], name="delivered_once_per_subscriber")
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="delivery_open",
                condition=models.Q(done_at__isnull=True),
            )
        ]


class Export(models.Model):
    """A bundle for a recipient: asked for, being built, ready. Its file is kept for some days only."""

    class State(models.TextChoices):
        ASKED = "asked"
        BUILDING = "building"
        READY = "ready"
        FAILED = "failed"
        STOPPED = "stopped"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.BigIntegerField(unique=True)
    recipient = models.CharField(max_length=300)
    recipient_id = models.UUIDField(null=True)
    scope = models.CharField(max_length=MAX_SCOPE_NAME)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    legal_basis = models.CharField(max_length=300, blank=True)
    with_personal = models.BooleanField(default=False)
    state = models.CharField(max_length=16, choices=State.choices, default=State.ASKED)
    stage = models.CharField(max_length=40, blank=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    tree_size = models.BigIntegerField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    file = models.CharField(max_length=300, blank=True)
    error = models.TextField(blank=True)
    asked_by = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
