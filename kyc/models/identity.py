"""Identity evidence: documents as read, and what was checked on them."""

from __future__ import annotations

from django.db import models

from core.fields import BlindIndexField, EncryptedJSONField, EncryptedTextField
from core.normalise import document_number
from core.uuids import uuid7


class Document(models.Model):
    """A document of a party, its fields as read, encrypted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("kyc.Tenant", on_delete=models.PROTECT, related_name="documents")
    party = models.ForeignKey("kyc.Party", on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=40)
    """passport, identity_card, register_extract, ..."""
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT)
    fields = EncryptedJSONField(default=dict)
    number = EncryptedTextField(null=True)
    number_index = BlindIndexField("number", normaliser=document_number, domain="identifier")
    issuer_country = models.CharField(max_length=3, blank=True)
    expires_on = models.DateField(null=True)
    received_at = models.DateTimeField(auto_now_add=True)


class IdentityCheck(models.Model):
    """One check of a document: what was compared, and whether it is good."""

    class Result(models.TextChoices):
        GOOD = "good"
        BAD = "bad"
        EXPIRED = "expired"
        UNCLEAR = "unclear"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("kyc.Tenant", on_delete=models.PROTECT, related_name="identity_checks")
    party = models.ForeignKey("kyc.Party", on_delete=models.PROTECT, related_name="identity_checks")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="checks")
    method = models.CharField(max_length=40)
    result = models.CharField(max_length=16, choices=Result.choices)
    findings = models.JSONField(default=list)
    """[{"field", "agrees", "detail"}] without personal values."""
    checked_at = models.DateTimeField()
    checked_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
