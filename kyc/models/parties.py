"""People and organisations anywhere in a tenant's chain, as FollowTheMoney entities."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from core.fields import BlindIndexField, EncryptedJSONField, EncryptedTextField
from core.normalise import document_number
from core.uuids import uuid7


class Party(models.Model):
    """A person or organisation (FollowTheMoney `Person`, `Organization`, `Company`, `LegalEntity`).

    Names and every other property are encrypted under the party's own data key; what rules read
    (schema, country) stands in the clear.
    """

    class Schema(models.TextChoices):
        PERSON = "Person"
        ORGANIZATION = "Organization"
        COMPANY = "Company"
        LEGAL_ENTITY = "LegalEntity"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("kyc.Tenant", on_delete=models.PROTECT, related_name="parties")
    reference = models.CharField(max_length=200)
    """The name that statements use for it (BODS recordId), unique within the tenant."""
    schema = models.CharField(max_length=16, choices=Schema.choices)
    country = models.CharField(max_length=2, blank=True)
    region = models.CharField(max_length=6, blank=True)
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT)
    caption = EncryptedTextField()
    properties = EncryptedJSONField(default=dict)
    """FollowTheMoney properties: {"name": [...], "birthDate": [...], ...}."""
    roles = models.JSONField(default=list)
    """What it is in the chain: tenant, owner, director, controller."""
    match_digest = models.BinaryField()
    """Fingerprint of the match-relevant properties: a change re-opens dismissals. Keyed, not plain."""
    removed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "reference"], name="party_reference_once_per_tenant")
        ]
        # Control groups look up one identity under many tenants.
        indexes = [
            models.Index(fields=["match_digest"], name="party_by_match_digest"),
            # The index of our own parties in memory asks who changed since it looked.
            models.Index(fields=["changed_at"], name="party_by_change"),
        ]

    def __str__(self) -> str:
        return f"party {self.pk}"

    def to_ftm(self) -> dict[str, Any]:
        """The party as a FollowTheMoney entity, decrypted."""
        return {
            "id": str(self.pk),
            "schema": self.schema,
            "caption": str(self.caption),
            "datasets": [],
            "properties": dict(self.properties or {}),
        }


class PartyIdentifier(models.Model):
    """Blind index over identifiers: equality can be asked, the value cannot be read."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("kyc.Tenant", on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=40)
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT)
    value = EncryptedTextField()
    value_index = BlindIndexField("value", normaliser=document_number, domain="identifier")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party", "kind", "value_index"], name="identifier_once_per_party")
        ]


class PartyFlag(models.Model):
    """What a person found out of a party that no list forbids: a public office, bad press. Staff only.

    Source and note are personal data, encrypted under the party's own key. A flag that ended stays as a row.
    """

    class Kind(models.TextChoices):
        PEP = "role.pep", "Politically exposed"
        """FollowTheMoney's topic; FATF recommendation 12."""
        ADVERSE_MEDIA = "adverse_media", "Adverse media"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("kyc.Tenant", on_delete=models.PROTECT, related_name="party_flags")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="flags")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT)
    source = EncryptedTextField()
    """Where it is said: the list's name, or what a person read and when it appeared."""
    note = EncryptedTextField(default="")
    alert = models.ForeignKey("kyc.Alert", null=True, on_delete=models.PROTECT, related_name="party_flags")
    """The confirmed match of a list that says so; null where a person or a register said it."""
    set_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    ended_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "kind"], condition=Q(ended_at__isnull=True), name="one_live_flag_per_alert"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="flag_ends_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant"], name="live_party_flags", condition=Q(ended_at__isnull=True))
        ]
