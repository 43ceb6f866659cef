"""Data keys: one a person or organisation. Everything personal about the subject lies under it."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.errors import Conflict
from core.keyring import keyring
from core.keys import KEY_BYTES, Keyring, Undecryptable, Wrapped, decrypt, encrypt, framed, subkey
from core.uuids import uuid7

_FORM = b"\x01"
_HEADER = len(_FORM) + 16


class DataKeyManager(models.Manager["DataKey"]):
    """Makes and finds the data key of a subject."""

    def make(
        self, subject_kind: str, subject_id: uuid.UUID, *, tenant_id: uuid.UUID | None = None
    ) -> DataKey:
        """A new data key for a subject. One live key a subject: a second raises IntegrityError."""
        key = self.model(subject_kind=subject_kind, subject_id=subject_id, tenant_id=tenant_id)
        key.fill(secrets.token_bytes(KEY_BYTES))
        key.save(force_insert=True, using=self.db)
        return key

    def of(self, subject_kind: str, subject_id: uuid.UUID, *, tenant_id: uuid.UUID | None = None) -> DataKey:
        """The subject's live data key, made where there is none; safe when two ask at once."""
        fresh = self.model(subject_kind=subject_kind, subject_id=subject_id, tenant_id=tenant_id)
        fresh.fill(secrets.token_bytes(KEY_BYTES))
        values = {
            "id": fresh.id,
            "tenant_id": tenant_id,
            "wrapped": fresh.wrapped,
            "kek_id": fresh.kek_id,
        }
        key, _ = self.get_or_create(
            subject_kind=subject_kind, subject_id=subject_id, destroyed_at=None, defaults=values
        )
        return key


class DataKey(models.Model):
    """The key of one subject, wrapped by a key-encryption key of the keyring.

    Destroying it is the whole erasure of the subject: encrypted fields and the salts of the log's
    commitments are both derived from it. `tenant_id` is the id of the tenant's organisation whose rows
    it opens, for row-level security; none means that only the provider's staff may.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject_kind = models.CharField(max_length=32)
    subject_id = models.UUIDField()
    tenant_id = models.UUIDField(null=True, db_index=True)
    wrapped = models.BinaryField()
    kek_id = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)
    destroyed_at = models.DateTimeField(null=True)

    objects = DataKeyManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id"],
                condition=Q(destroyed_at__isnull=True),
                name="core_datakey_one_live_key_a_subject",
            ),
            models.CheckConstraint(
                condition=Q(destroyed_at__isnull=True) & ~Q(wrapped=b"")
                | Q(destroyed_at__isnull=False) & Q(wrapped=b""),
                name="core_datakey_destroyed_means_gone",
            ),
        ]

    _secret: bytes | None = None

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id}"

    @property
    def is_destroyed(self) -> bool:
        return self.destroyed_at is not None

    def fill(self, secret: bytes) -> None:
        """Wrap `secret` as this row's key (a row that is being made)."""
        wrapped = keyring().wrap(secret, bound_to=self._place())
        self.wrapped, self.kek_id, self._secret = wrapped.blob, wrapped.kek_id, secret

    def encrypt(self, plaintext: bytes, *, bound_to: bytes) -> bytes:
        """Form byte ‖ id of this key ‖ nonce ‖ ciphertext; opens only beside the same `bound_to`.

        Raises Conflict when the key is destroyed: nothing new can be stored about an erased subject.
        """
        return _FORM + self.id.bytes + encrypt(self._derived(b"fields"), plaintext, bound_to)

    def decrypt(self, sealed: bytes, *, bound_to: bytes) -> bytes:
        """Raises Conflict when the key is destroyed, Undecryptable when `sealed` is not of this place."""
        if sealed[:1] != _FORM or sealed[1:_HEADER] != self.id.bytes:
            raise Undecryptable("the value was not encrypted under this data key")
        return decrypt(self._derived(b"fields"), sealed[_HEADER:], bound_to)

    def salt(self, event_id: uuid.UUID, name: str) -> bytes:
        """The 32-byte salt of one personal field of one event; it dies with this key. Raises Conflict."""
        return self._derived(b"commitment", event_id.bytes, name.encode())

    def rewrap(self, ring: Keyring) -> None:
        """The same key under the ring's active key-encryption key; saving is the caller's."""
        wrapped = ring.rewrap(Wrapped(self.kek_id, bytes(self.wrapped)), bound_to=self._place())
        self.wrapped, self.kek_id = wrapped.blob, wrapped.kek_id

    def forget(self) -> None:
        """Drop the unwrapped key from memory."""
        self._secret = None

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        self.forget()

    def _derived(self, *context: bytes) -> bytes:
        if self.is_destroyed:
            raise Conflict("the data key of this subject was destroyed")
        if self._secret is None:
            self._secret = keyring().unwrap(Wrapped(self.kek_id, bytes(self.wrapped)), bound_to=self._place())
        return subkey(self._secret, *context)

    def _place(self) -> bytes:
        # The subject is bound too, so that a wrapped key moved to another subject's row does not open.
        return framed(b"data key", self.id.bytes, self.subject_kind.encode(), _uuid(self.subject_id).bytes)


def key_id_of(sealed: bytes) -> uuid.UUID:
    """The id of the data key that `sealed` lies under."""
    return uuid.UUID(bytes=bytes(sealed[1:_HEADER]))


def _uuid(value: uuid.UUID | str) -> uuid.UUID:
    return value if isinstance(value, uuid.UUID) else uuid.UUID(value)
