"""Published lists: versions, entries, and what each version changed."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from core.uuids import uuid7


class ListVersion(models.Model):
    """One import of one source: staged outside force, then in force in one short transaction."""

    class State(models.TextChoices):
        STAGED = "staged"
        IN_FORCE = "in_force"
        HISTORY = "history"
        HELD = "held"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.BigIntegerField(unique=True)
    source = models.CharField(max_length=40)
    as_of = models.DateField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.STAGED)
    digest = models.CharField(max_length=80, blank=True)
    entities = models.PositiveIntegerField(default=0)
    names = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    notes = models.JSONField(default=dict)
    stage = models.CharField(max_length=40, blank=True)
    done = models.PositiveIntegerField(default=0)
    imported_by = models.CharField(max_length=64)
    imported_at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    """When the publisher says that the files changed (`Last-Modified`); null where nobody said."""
    previous = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=Q(state="in_force"), name="one_version_in_force_per_source"
            )
        ]
        indexes = [models.Index(fields=["source", "-as_of"])]


class EntryContent(models.Model):
    """What a list said of one party, stored once per content (keyed by its digest)."""

    digest = models.BinaryField(primary_key=True)
    match_digest = models.BinaryField()
    schema = models.CharField(max_length=24)
    caption = models.TextField()
    entity = models.JSONField()
    """FollowTheMoney entity."""


class Entry(models.Model):
    """One listed party as one source states it, while one content of it was in force.

    `until` is null for what is in force now. `key` is the same in every source and version; where two
    sources name one party, `kyc.lists.store` makes one of them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.CharField(max_length=40)
    key = models.CharField(max_length=160)
    content = models.ForeignKey(EntryContent, on_delete=models.PROTECT, related_name="+")
    since = models.ForeignKey(ListVersion, on_delete=models.PROTECT, related_name="+")
    until = models.ForeignKey(ListVersion, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "key"],
                condition=Q(until__isnull=True),
                name="one_entry_in_force_per_source",
            )
        ]
        indexes = [models.Index(fields=["key"])]


class EntryChange(models.Model):
    """One difference between a version and the one before it."""

    class Kind(models.TextChoices):
        ADDED = "added"
        CHANGED = "changed"
        REMOVED = "removed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(ListVersion, on_delete=models.CASCADE, related_name="changes")
    key = models.CharField(max_length=160)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    match_relevant = models.BooleanField()
    before = models.ForeignKey(EntryContent, null=True, on_delete=models.PROTECT, related_name="+")
    after = models.ForeignKey(EntryContent, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "key"], name="one_change_per_entry")]


class EntryName(models.Model):
    """Folded names of the entries, for the durable index (pg_trgm) and the search pages."""

    id = models.BigAutoField(primary_key=True)
    content = models.ForeignKey(EntryContent, on_delete=models.CASCADE, related_name="names")
    folded = models.TextField()
    weak = models.BooleanField(default=False)

    class Meta:
        indexes = [
            GinIndex(fields=["folded"], opclasses=["gin_trgm_ops"], name="entry_name_trigrams"),
        ]


class ListDownload(models.Model):
    """What a publisher's server said of one file at the last import: the next refresh asks "changed since?".

    Written only once the version is stored, so a file that was refused is asked for whole again.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.CharField(max_length=40)
    address = models.TextField()
    etag = models.TextField(blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64)
    """SHA-256 of the file, in hex."""
    fetched_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "address"], name="one_download_per_source_and_address")
        ]


class ListLook(models.Model):
    """How the looking for new versions of one source stands: one row a source, written by who looks."""

    class Stage(models.TextChoices):
        NOTHING = ""
        ASKING = "asking"
        DOWNLOADING = "downloading"
        IMPORTING = "importing"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.CharField(max_length=40, unique=True)
    stage = models.CharField(max_length=16, choices=Stage.choices, blank=True)
    done = models.BigIntegerField(default=0)
    """Bytes or entries of the stage."""
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    """When it was last seen that the publisher has nothing newer than the version in force."""
    version = models.ForeignKey(ListVersion, null=True, on_delete=models.SET_NULL, related_name="+")
    """What the last file that was downloaded became."""
    failures = models.PositiveIntegerField(default=0)
    """Looks without success since the last one that had it; one that was killed counts."""
    failing_since = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    asked_at = models.DateTimeField(null=True)
    """A person asked for a look now; done once a look began later."""

    def __str__(self) -> str:
        return self.source
