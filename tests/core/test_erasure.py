"""Destroying one key is the whole erasure; rotation touches keys and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from audit.proof.redaction import commit
from core import keyring as keyring_module
from core.commitments import commit_fields
from core.erasure import erase, rewrap_data_keys
from core.errors import Conflict
from core.keys import Undecryptable
from core.models import DataKey, key_id_of
from core.scope import STAFF, acting_in, tenant_scope
from core.uuids import uuid7
from kyc.models import Party, PartyIdentifier
from tests import builders

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _as_staff() -> Iterator[None]:
    with acting_in(STAFF):
        yield


def a_key() -> DataKey:
    return DataKey.objects.make("person", uuid7())


def raw(key: DataKey) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT wrapped FROM core_datakey WHERE id = %s", [key.pk])
        return bytes(cursor.fetchone()[0])


def test_a_key_opens_what_it_sealed_at_that_place_only() -> None:
    key = a_key()
    sealed = key.encrypt(b"secret", bound_to=b"here")
    found = DataKey.objects.get(pk=key.pk)
    assert found.decrypt(sealed, bound_to=b"here") == b"secret"
    assert key_id_of(sealed) == key.pk
    with pytest.raises(Undecryptable):
        found.decrypt(sealed, bound_to=b"there")
    with pytest.raises(Undecryptable):
        a_key().decrypt(sealed, bound_to=b"here")


def test_a_wrapped_key_moved_to_another_subject_does_not_open() -> None:
    key, other = a_key(), a_key()
    sealed = other.encrypt(b"secret", bound_to=b"here")
    DataKey.objects.filter(pk=other.pk).update(wrapped=raw(key), kek_id=key.kek_id)
    with pytest.raises(Undecryptable):
        DataKey.objects.get(pk=other.pk).decrypt(sealed, bound_to=b"here")


def test_a_subject_has_one_live_key_and_a_new_one_after_erasure() -> None:
    subject = uuid7()
    key = DataKey.objects.of("person", subject)
    assert DataKey.objects.of("person", subject) == key
    assert DataKey.objects.of("organisation", subject) != key
    with pytest.raises(IntegrityError), transaction.atomic():
        DataKey.objects.make("person", subject)
    erase(key, now=NOW)
    assert DataKey.objects.of("person", subject) != key


def test_erasure_overwrites_the_key_and_says_what_it_destroyed() -> None:
    key = a_key()
    sealed = key.encrypt(b"secret", bound_to=b"here")
    erasure = erase(key, now=NOW)
    assert (erasure.data_key, erasure.subject_kind, erasure.subject_id) == (key.pk, "person", key.subject_id)
    assert (erasure.destroyed_at, erasure.already_destroyed) == (NOW, False)
    assert raw(key) == b""
    for holder in (key, DataKey.objects.get(pk=key.pk)):
        with pytest.raises(Conflict):
            holder.decrypt(sealed, bound_to=b"here")
        with pytest.raises(Conflict):
            holder.salt(uuid7(), "name")


def test_a_second_erasure_changes_nothing_and_says_so() -> None:
    key = a_key()
    erase(key, now=NOW)
    again = erase(key, now=datetime(2027, 1, 1, tzinfo=UTC))
    assert (again.already_destroyed, again.destroyed_at) == (True, NOW)


def test_the_database_refuses_a_destroyed_key_that_is_still_there() -> None:
    key = a_key()
    for change in ({"destroyed_at": NOW}, {"wrapped": b""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            DataKey.objects.filter(pk=key.pk).update(**change)


def test_erasure_empties_the_blind_indexes_of_the_subject_alone() -> None:
    tenant = builders.a_tenant()
    kept, gone = _identified(tenant, "KEEP 1"), _identified(tenant, "GONE 2")
    erasure = erase(gone.data_key, now=NOW)
    assert erasure.indexes == {"kyc.PartyIdentifier.value_index": 1}
    assert list(PartyIdentifier.objects.filter(value_index__in=["keep1", "gone2"])) == [kept]


def test_a_tenant_reaches_its_own_keys_only() -> None:
    mine, theirs = uuid7(), uuid7()
    key = DataKey.objects.make("person", uuid7(), tenant_id=mine)
    DataKey.objects.make("person", uuid7(), tenant_id=theirs)
    DataKey.objects.make("person", uuid7())
    with acting_in(tenant_scope(mine)):
        assert list(DataKey.objects.all()) == [key]


def test_rotation_rewraps_live_keys_in_batches_and_leaves_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = keyring_module.keyring()
    keys = [a_key() for _ in range(5)]
    gone = a_key()
    erase(gone, now=NOW)
    sealed = [key.encrypt(b"secret", bound_to=b"here") for key in keys]
    rotated = ring.with_new_kek()
    _use(monkeypatch, rotated)
    counts = []
    while count := rewrap_data_keys(batch=2):
        counts.append(count)
    assert sum(counts) >= 5
    assert max(counts) == 2
    _use(monkeypatch, rotated.without_kek(ring.active_kek))
    for key, value in zip(keys, sealed, strict=True):
        assert DataKey.objects.get(pk=key.pk).decrypt(value, bound_to=b"here") == b"secret"
    assert raw(gone) == b""


def test_salts_are_the_logs_size_and_differ_by_subject_event_and_field() -> None:
    key, event = a_key(), uuid7()
    first = commit_fields(key, event, {"name": "Ada", "alias": "Ada"}, commit=commit)
    assert [c.digest for c in first] == [commit(c.salt, c.name, c.value) for c in first]
    salts = [c.salt for c in first]
    salts += [key.salt(uuid7(), "name"), a_key().salt(event, "name")]
    assert len(set(salts)) == 4
    assert commit_fields(DataKey.objects.get(pk=key.pk), event, {"name": "Ada"}, commit=commit) == first[:1]
    assert "Ada" not in repr(first)


def _use(monkeypatch: pytest.MonkeyPatch, ring: object) -> None:
    for module in ("core.models", "core.erasure", "core.fields"):
        monkeypatch.setattr(f"{module}.keyring", lambda: ring)


def _identified(tenant: object, number: str) -> PartyIdentifier:
    party = Party(tenant=tenant, reference=number, schema="Person", caption="Ada", match_digest=b"x" * 32)
    party.data_key = DataKey.objects.make("party", party.pk)
    party.save()
    return PartyIdentifier.objects.create(
        tenant=tenant, party=party, kind="passport", data_key=party.data_key, value=number
    )
