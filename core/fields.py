"""Encrypted columns and blind indexes.

A stored value is `form byte ‖ data key id ‖ nonce ‖ ciphertext`, authenticated with table, column and
row key, so that it opens neither in another column nor in another row. The row names its data key in
a foreign key to `core.DataKey` (`data_key`, or the name given as `key=`).

What a reader meets:
- attribute access decrypts, lazily and once; load rows with `select_related("data_key")`, else each
  row costs a query;
- after the subject's erasure the attribute is `ERASED` (a falsy `str`, "erased");
- `values()` and `values_list()` return `Ciphertext` (they know neither row nor key);
- `save()` and `bulk_create()` encrypt; `update()`, `bulk_update()` and look-ups with a plain value are
  refused, except `isnull`; look rows up through a `BlindIndexField`;
- serialisers (`dumpdata`) leave encrypted columns out; a copy of the data is `pg_dump`'s matter.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.core import checks
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import pre_save

from core.keyring import keyring
from core.keys import framed
from core.models import DataKey, key_id_of
from core.normalise import fold

_TOMBSTONE = b"\x00"


class Erased(str):
    """What stands where a value was whose data key is destroyed: falsy, reads "erased"."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "ERASED"

    def __reduce__(self) -> str:
        return "ERASED"


ERASED = Erased("erased")


class Ciphertext(bytes):
    """A stored value that was not decrypted. Its repr shows no bytes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<Ciphertext>"


class _Decrypting(DeferredAttribute):
    """Decrypts on first access. A data descriptor, so that the instance's dict does not hide it."""

    field: EncryptedField

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        value = super().__get__(instance, owner)
        if isinstance(value, Ciphertext):
            value = self.field.open(instance, value)
            if value is not ERASED:
                instance.__dict__[self.field.attname] = value
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class _NamesItsKey(models.Field):
    """A column whose row names its data key in the foreign key `self.key`."""

    def __init__(self, *args: Any, key: str = "data_key", **kwargs: Any) -> None:
        self.key = key
        # Django's serialisers read dates and numbers past the field, so they must not see it at all.
        super().__init__(*args, **{**kwargs, "serialize": False})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["serialize"]
        if self.key != "data_key":
            kwargs["key"] = self.key
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "BinaryField"

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return [*super().check(**kwargs), *self._check_key()]

    def _check_key(self) -> list[checks.CheckMessage]:
        for candidate in self.model._meta.get_fields():
            if candidate.name == self.key and candidate.related_model is DataKey:
                return []
        return [checks.Error(f"{self.key!r} is no foreign key to core.DataKey.", obj=self, id="core.E001")]

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = super().get_db_prep_value(value, connection, prepared)
        return None if value is None else connection.Database.Binary(value)


class EncryptedField(_NamesItsKey):
    """Base of the encrypted columns; subclasses say how a value becomes bytes and back."""

    descriptor_class = _Decrypting
    empty_strings_allowed = False

    def dump(self, value: Any) -> bytes:
        raise NotImplementedError

    def parse(self, raw: bytes) -> Any:
        raise NotImplementedError

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Ciphertext | None:
        return None if value is None else Ciphertext(value)

    def open(self, instance: models.Model, sealed: Ciphertext) -> Any:
        """The plain value, or ERASED. Raises core.keys.Undecryptable for bytes of another place."""
        if sealed[:1] == _TOMBSTONE:
            return ERASED
        key = self._key_of(instance, sealed)
        return ERASED if key.is_destroyed else self.parse(key.decrypt(sealed, bound_to=self._place(instance)))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = model_instance.__dict__.get(self.attname)
        if isinstance(value, Ciphertext):
            if not add and key_id_of(value) == getattr(model_instance, f"{self.key}_id"):
                return value  # untouched since it was read
            value = self.open(model_instance, value)
        if value is None or hasattr(value, "resolve_expression"):
            return value
        if getattr(model_instance, f"{self.key}_id") is None:
            raise ValueError(f"{self._column()}: the row names no data key in {self.key!r}")
        key = getattr(model_instance, self.key)
        if value is ERASED:
            return Ciphertext(_TOMBSTONE + key.id.bytes)
        return Ciphertext(key.encrypt(self.dump(value), bound_to=self._place(model_instance)))

    def get_prep_value(self, value: Any) -> Any:
        if value is None or isinstance(value, Ciphertext) or hasattr(value, "resolve_expression"):
            return value
        raise TypeError(
            f"{self._column()} is encrypted for its row: write it with save() or bulk_create(), "
            "and look rows up by a blind index"
        )

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self._column()} is encrypted: only isnull can be asked of it")
        return super().get_lookup(lookup_name)

    def _key_of(self, instance: models.Model, sealed: Ciphertext) -> DataKey:
        wanted = key_id_of(sealed)
        if getattr(instance, f"{self.key}_id") == wanted:
            return getattr(instance, self.key)
        return DataKey.objects.using(instance._state.db).get(pk=wanted)

    def _place(self, instance: models.Model) -> bytes:
        pk = instance.pk
        if pk is None:
            raise ValueError(f"{self._column()}: the row needs its key before it is saved (a UUIDv7 default)")
        row = pk.bytes if isinstance(pk, uuid.UUID) else str(pk).encode()
        return framed(self.model._meta.db_table.encode(), str(self.column).encode(), row)

    def _column(self) -> str:
        return f"{self.model._meta.label}.{self.name}"


class EncryptedTextField(EncryptedField):
    """Text of any length, encrypted under the row's data key."""

    empty_strings_allowed = True

    def dump(self, value: Any) -> bytes:
        return str(value).encode()

    def parse(self, raw: bytes) -> str:
        return raw.decode()

    def to_python(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str | Ciphertext) else str(value)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": forms.CharField, **kwargs})


class EncryptedJSONField(EncryptedField):
    """A JSON value, encrypted under the row's data key. NaN and infinities are refused."""

    def dump(self, value: Any) -> bytes:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode()

    def parse(self, raw: bytes) -> Any:
        return json.loads(raw)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": forms.JSONField, **kwargs})


class EncryptedDateField(EncryptedField):
    """A `datetime.date`, encrypted under the row's data key."""

    def dump(self, value: Any) -> bytes:
        return self.to_python(value).isoformat().encode()

    def parse(self, raw: bytes) -> date:
        return date.fromisoformat(raw.decode())

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value is not ERASED:
            return models.DateField().to_python(value)
        return value

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": forms.DateField, **kwargs})


class BlindIndexField(_NamesItsKey):
    """HMAC-SHA-256 of another field's normalised value, for exact look-ups of encrypted columns.

    `source` names the field; it is computed on save. Look up with plain text:
    `Party.objects.filter(passport_index="X 12-34")` normalises and hashes it. `domain` keeps indexes of
    different meaning apart; give two fields one domain where they must be comparable. Erasure empties it.
    """

    def __init__(
        self,
        source: str,
        *args: Any,
        normaliser: Callable[[str], str] = fold,
        domain: str = "",
        **kwargs: Any,
    ) -> None:
        self.source, self.normaliser, self.domain = source, normaliser, domain
        kwargs.update(editable=False, null=True)
        kwargs.setdefault("db_index", True)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["editable"], kwargs["null"]
        if kwargs.pop("db_index", False) is False:
            kwargs["db_index"] = False
        kwargs["source"] = self.source
        if self.normaliser is not fold:
            kwargs["normaliser"] = self.normaliser
        if self.domain:
            kwargs["domain"] = self.domain
        return name, path, args, kwargs

    def contribute_to_class(self, cls: Any, name: str, **kwargs: Any) -> None:
        super().contribute_to_class(cls, name, **kwargs)
        if not cls._meta.abstract:
            pre_save.connect(self._refuse_stale, sender=cls, weak=False)

    def digest(self, value: str) -> bytes | None:
        """The index of `value`, or None where its normal form is empty."""
        normalised = self.normaliser(value)
        domain = self.domain or f"{self.model._meta.db_table}.{self.column}"
        return keyring().blind_index(domain, normalised) if normalised else None

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes | None:
        value = getattr(model_instance, self.source)
        index = None if value is None or value is ERASED else self.digest(str(value))
        setattr(model_instance, self.attname, index)
        return index

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> bytes | None:
        return None if value is None else bytes(value)

    def get_prep_value(self, value: Any) -> Any:
        # A text whose normal form is empty must match nothing; b"" is never stored.
        return (self.digest(value) or b"") if isinstance(value, str) else value

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name not in {"exact", "in", "isnull"}:
            raise FieldError(f"{self.name} is a blind index: only exact, in and isnull can be asked of it")
        return super().get_lookup(lookup_name)

    def _refuse_stale(self, sender: Any, update_fields: Any, **_: Any) -> None:
        if update_fields and self.source in update_fields and self.name not in update_fields:
            raise ValueError(f"save(update_fields) names {self.source!r} without its index {self.name!r}")
