"""Erasure of a subject and rotation of key-encryption keys. Whoever calls records it; core does not."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from django.db import models, transaction

from core.fields import BlindIndexField
from core.keyring import keyring
from core.models import DataKey


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was destroyed. `indexes` counts the emptied blind indexes by column."""

    data_key: uuid.UUID
    subject_kind: str
    subject_id: uuid.UUID
    destroyed_at: datetime
    already_destroyed: bool = False
    indexes: dict[str, int] = field(default_factory=dict)


def erase(data_key: DataKey, *, now: datetime) -> Erasure:
    """Destroy a data key: every encrypted value and every commitment salt under it is gone for good.

    The wrapped key is overwritten, and the blind indexes of the subject's rows are emptied, because the
    hash of a name can be guessed. A second call changes nothing and says so. Backups and the write-ahead
    log still hold the wrapped key until they expire; dropping its key-encryption key ends those too.
    """
    with transaction.atomic():
        row = DataKey.objects.select_for_update().get(pk=data_key.pk)
        already = row.is_destroyed
        if not already:
            row.wrapped, row.destroyed_at = b"", now
            row.save(update_fields=["wrapped", "destroyed_at"])
        indexes = _empty_indexes(row)
    data_key.wrapped, data_key.destroyed_at = b"", row.destroyed_at
    data_key.forget()
    return Erasure(
        row.id,
        row.subject_kind,
        row.subject_id,
        row.destroyed_at or now,
        already_destroyed=already,
        indexes=indexes,
    )


def rewrap_data_keys(*, batch: int = 500) -> int:
    """Wrap up to `batch` live data keys anew under the active key-encryption key; 0 when none is left.

    Small transactions, so that rotation runs beside the work; call it until it returns 0.
    """
    ring = keyring()
    with transaction.atomic():
        stale = DataKey.objects.filter(destroyed_at__isnull=True).exclude(kek_id=ring.active_kek)
        rows = list(stale.select_for_update(skip_locked=True).order_by("pk")[:batch])
        for row in rows:
            row.rewrap(ring)
        DataKey.objects.bulk_update(rows, ["wrapped", "kek_id"])
    return len(rows)


def _empty_indexes(key: DataKey) -> dict[str, int]:
    emptied: dict[str, int] = {}
    # Hidden relations too: a foreign key with related_name="+" holds an index like any other.
    for relation in DataKey._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel):
            continue
        model: type[models.Model] = relation.related_model
        for column in model._meta.concrete_fields:
            if isinstance(column, BlindIndexField) and column.key == relation.field.name:
                rows = model._base_manager.filter(
                    **{relation.field.name: key, f"{column.name}__isnull": False}
                ).update(**{column.name: None})
                if rows:
                    emptied[f"{model._meta.label}.{column.name}"] = rows
    return emptied
