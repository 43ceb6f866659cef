"""What the API says of the log."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.rest import Strict
from audit import export, reading

_Out = serializers.Serializer[Any]


class SubjectShown(_Out):
    kind = serializers.CharField()
    id = serializers.CharField()


class EventShown(_Out):
    """An event and its place in the log. Personal values are commitments, never in the clear."""

    id = serializers.UUIDField(source="event.id")
    at = serializers.DateTimeField(source="event.at")
    verb = serializers.CharField(source="event.verb")
    actor_kind = serializers.CharField(source="event.actor_kind")
    actor = serializers.CharField(source="event.actor_id")
    subjects = SubjectShown(source="event.subjects", many=True)
    reason = serializers.CharField(source="event.reason")
    payload = serializers.JSONField(source="event.payload")
    versions = serializers.JSONField(source="event.versions")
    commitments = serializers.JSONField(source="event.commitments")
    scopes = serializers.SerializerMethodField()
    index = serializers.IntegerField(
        allow_null=True, help_text="Its leaf; null while the sequencer has not taken it."
    )
    is_signed = serializers.BooleanField(help_text="Whether a checkpoint covers it.")

    def get_scopes(self, entry: reading.Entry) -> list[str]:
        """The scopes of the event that this reader may read."""
        readable = self.context["scopes"]
        return [s for s in entry.event.scopes if s in readable or "all" in readable]


class EventPage(_Out):
    next = serializers.CharField(allow_null=True, help_text="The address of the page after this one.")
    results = EventShown(many=True)


class ProofShown(_Out):
    """An inclusion proof (RFC 6962): hashes in hex."""

    leaf = serializers.SerializerMethodField()
    index = serializers.IntegerField()
    path = serializers.SerializerMethodField()
    checkpoint = serializers.CharField(source="checkpoint.note")

    def get_leaf(self, proof: reading.Proof) -> str:
        return proof.leaf.hex()

    def get_path(self, proof: reading.Proof) -> list[str]:
        return [step.hex() for step in proof.path]


class EventInFull(EventShown):
    proof = serializers.SerializerMethodField()

    @extend_schema_field(ProofShown(allow_null=True))
    def get_proof(self, entry: reading.Entry) -> Any:
        return ProofShown(reading.proof(entry.event)).data if entry.is_signed else None


class CheckpointShown(_Out):
    size = serializers.IntegerField(source="checkpoint.size")
    at = serializers.DateTimeField(source="checkpoint.at")
    root = serializers.SerializerMethodField()
    added = serializers.IntegerField(help_text="Events since the checkpoint before.")
    grows = serializers.BooleanField(help_text="Proved to contain the checkpoint before.")
    note = serializers.CharField(source="checkpoint.note", help_text="The signed note (C2SP).")

    def get_root(self, line: reading.CheckpointLine) -> str:
        return bytes(line.checkpoint.root).hex()


class CheckpointPage(_Out):
    next = serializers.CharField(allow_null=True)
    results = CheckpointShown(many=True)


class ExportTaken(Strict):
    scope = serializers.CharField(max_length=100)
    recipient = serializers.UUIDField(
        required=False, help_text="An organisation; staff only. By default one's own."
    )
    since = serializers.DateTimeField(required=False, allow_null=True)
    until = serializers.DateTimeField(required=False, allow_null=True)
    legal_basis = serializers.CharField(required=False, allow_blank=True, max_length=300)
    with_personal = serializers.BooleanField(required=False)


class ExportShown(_Out):
    id = serializers.UUIDField()
    label = serializers.SerializerMethodField()
    recipient = serializers.CharField()
    scope = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)
    legal_basis = serializers.CharField()
    with_personal = serializers.BooleanField()
    state = serializers.CharField()
    stage = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    size = serializers.IntegerField(help_text="Bytes of the bundle.")
    digest = serializers.CharField(help_text="SHA-256 of the bundle, in hex.")
    tree_size = serializers.IntegerField(allow_null=True)
    error = serializers.CharField()
    asked_at = serializers.DateTimeField()
    ready_at = serializers.DateTimeField(allow_null=True)

    def get_label(self, row: Any) -> str:
        return export.label(row)
