"""Data centers and the clusters that check grants."""

from __future__ import annotations

from django.db import models

from core.uuids import uuid7


class Site(models.Model):
    """A data center: where accelerators stand, and by which right."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100, unique=True)
    country = models.CharField(max_length=2)
    region = models.CharField(max_length=6, blank=True)
    authorisation = models.JSONField(null=True)
    """{"kind", "reference", "until"} where the site holds one (a Validated End User, a licence)."""
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Cluster(models.Model):
    """A scheduler at a site; its name is the audience of the grants it accepts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="clusters")
    name = models.SlugField(max_length=60, unique=True)
    accelerator = models.CharField(max_length=100)
    capacity = models.PositiveIntegerField()
    reporter = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    """The service account whose tokens speak for this cluster."""
    seen_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
