"""People, organisations, what they may do, and second approval of any subject."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q

from accounts.roles import Act, Kind, Role, acts_of
from core.uuids import uuid7


class Organisation(models.Model):
    """The provider, a tenant or a regulator. Its id is the key of row-level security."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=16, choices=[(k.value, k.value) for k in Kind])
    name = models.CharField(max_length=300)
    country = models.CharField(max_length=2)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A person of one organisation. People are invited; nobody signs up."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="people")
    display_name = models.CharField(max_length=200)
    invited_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)
    left_at = models.DateTimeField(null=True, blank=True)
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]

    REQUIRED_FIELDS: ClassVar[list[str]] = []

    #: The scopes of the token that this person acts by in this request; None for the person themselves.
    limited_to: frozenset[str] | None = None

    def __str__(self) -> str:
        return self.display_name or self.username

    @property
    def roles(self) -> set[Role]:
        if not hasattr(self, "_roles"):
            self._roles = {Role(r) for r in self.role_grants.values_list("role", flat=True)}
        return self._roles

    def hold(self, roles: Iterable[str]) -> None:
        """Take roles that were read together with the person."""
        self._roles = {Role(role) for role in roles}

    @property
    def acts(self) -> frozenset[Act]:
        acts = acts_of(self.roles) if self.is_active else frozenset()
        return acts if self.limited_to is None else frozenset(act for act in acts if act in self.limited_to)

    def may(self, act: Act) -> bool:
        return act in self.acts

    @property
    def is_provider(self) -> bool:
        return self.organisation.kind == Kind.PROVIDER


class RoleGrant(models.Model):
    """One role held by one person."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="role_grants")
    role = models.CharField(max_length=32, choices=[(r.value, r.value) for r in Role])
    granted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="role_once_per_person")]


class Invitation(models.Model):
    """An invitation of one person, by a link that works once. Only the link's digest is stored."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    username = models.CharField(max_length=150)
    display_name = models.CharField(max_length=200)
    roles = models.JSONField()
    digest = models.BinaryField(unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)


class ApiToken(models.Model):
    """A scoped token of a person or a service. Only its digest is stored."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    digest = models.BinaryField(unique=True)
    scopes = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)


class Approval(models.Model):
    """Four eyes on any subject: asked by one person, approved by another.

    The approver neither asked nor invited the asker, and the asker did not invite the approver: one
    step, not transitive. The database holds this, not the page.
    """

    class State(models.TextChoices):
        ASKED = "asked"
        APPROVED = "approved"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    act = models.CharField(max_length=40)
    state = models.CharField(max_length=16, choices=State.choices, default=State.ASKED)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_by_inviter = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    asked_reason = models.TextField(blank=True)
    approved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    approved_by_inviter = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("asked_by")),
                name="approver_is_not_the_asker",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | Q(asked_by_inviter__isnull=True)
                | ~Q(approved_by=F("asked_by_inviter")),
                name="approver_did_not_invite_the_asker",
            ),
            models.CheckConstraint(
                condition=Q(approved_by_inviter__isnull=True) | ~Q(asked_by=F("approved_by_inviter")),
                name="asker_did_not_invite_the_approver",
            ),
            models.CheckConstraint(
                condition=Q(state="asked", approved_by__isnull=True) | ~Q(state="asked"),
                name="open_approval_has_no_approver",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(approved_by__isnull=False),
                name="approved_names_the_approver",
            ),
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "act"],
                condition=Q(state="asked"),
                name="one_open_approval_per_subject_and_act",
            ),
        ]
        indexes = [models.Index(fields=["subject_kind", "subject_id"])]


class IdempotencyKey(models.Model):
    """The answer to a POST, kept so that the same POST again does nothing new."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    key = models.CharField(max_length=255)
    request_digest = models.BinaryField()
    status = models.PositiveSmallIntegerField(null=True)
    response = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once")]


class Disclosure(models.Model):
    """Which scopes of the log a recipient may read and export, and on which legal basis."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recipient = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="disclosures")
    scope = models.CharField(max_length=100)
    legal_basis = models.CharField(max_length=300)
    granted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "scope"], condition=Q(ended_at__isnull=True), name="one_live_disclosure"
            )
        ]
