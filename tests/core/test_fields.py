"""Encrypted columns: sealed in the database, plain on the row, gone after erasure."""

from __future__ import annotations

import copy
import json
import pickle
import uuid
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import FieldError, ValidationError
from django.db import connection, models, transaction
from django.db.migrations.writer import MigrationWriter
from django.utils import timezone

from core.erasure import erase
from core.errors import Conflict
from core.fields import (
    ERASED,
    BlindIndexField,
    Ciphertext,
    EncryptedDateField,
    EncryptedJSONField,
    EncryptedTextField,
)
from core.keys import Undecryptable
from core.models import DataKey
from core.normalise import document_number, fold
from core.scope import STAFF, acting_in
from core.uuids import uuid7

pytestmark = pytest.mark.django_db


class Card(models.Model):
    """A row of this test alone, in a temporary table."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    data_key = models.ForeignKey(DataKey, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    name = EncryptedTextField()
    nickname = EncryptedTextField(null=True)
    born = EncryptedDateField(null=True)
    facts = EncryptedJSONField(default=dict)
    number = EncryptedTextField(default="")
    number_index = BlindIndexField("number", normaliser=document_number)

    class Meta:
        app_label = "core_tests"
        managed = False
        db_table = "core_tests_card"


@pytest.fixture(autouse=True)
def _table() -> Iterator[None]:
    with acting_in(STAFF):
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMPORARY TABLE core_tests_card (id uuid PRIMARY KEY, data_key_id uuid, name bytea, "
                "nickname bytea, born bytea, facts bytea, number bytea, number_index bytea) ON COMMIT DROP"
            )
        yield


@pytest.fixture
def key() -> DataKey:
    return DataKey.objects.make("person", uuid7())


def a_card(key: DataKey, **values: Any) -> Card:
    return Card.objects.create(**{"data_key": key, "name": "Ada Ørsted", **values})


def stored(card: Card, column: str) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM core_tests_card WHERE id = %s", [card.pk])
        return bytes(cursor.fetchone()[0])


def test_what_is_saved_reads_back_in_its_own_type(key: DataKey) -> None:
    facts = {"names": ["Ада", "艾达"], "shares": [12.5, None, True]}
    card = a_card(key, born=date(1980, 2, 29), facts=facts, nickname="")
    found = Card.objects.get(pk=card.pk)
    assert (found.name, found.nickname) == ("Ada Ørsted", "")
    assert (found.born, found.facts) == (date(1980, 2, 29), facts)
    assert (card.name, card.born) == ("Ada Ørsted", date(1980, 2, 29))


def test_null_stays_null_and_can_be_asked_for(key: DataKey) -> None:
    card = a_card(key)
    assert Card.objects.get(nickname__isnull=True) == card
    assert Card.objects.get().nickname is None


def test_the_database_holds_form_key_id_nonce_and_ciphertext(key: DataKey) -> None:
    card = a_card(key)
    raw = stored(card, "name")
    assert raw[:1] == b"\x01"
    assert raw[1:17] == key.id.bytes
    assert len(raw) == 1 + 16 + 12 + len("Ada Ørsted".encode()) + 16
    assert b"Ada" not in raw


def test_two_rows_of_one_value_do_not_look_alike(key: DataKey) -> None:
    assert stored(a_card(key), "name")[17:] != stored(a_card(key), "name")[17:]


@pytest.mark.parametrize("target", ["nickname of the same row", "name of another row"])
def test_a_value_moved_to_another_place_does_not_open(key: DataKey, target: str) -> None:
    card, other = a_card(key), a_card(key, name="Someone Else")
    column, row = ("nickname", card) if target.startswith("nickname") else ("name", other)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE core_tests_card SET {column} = %s WHERE id = %s", [stored(card, "name"), row.pk]
        )
    with pytest.raises(Undecryptable):
        getattr(Card.objects.get(pk=row.pk), column)


def test_a_changed_byte_does_not_open(key: DataKey) -> None:
    card = a_card(key)
    raw = bytearray(stored(card, "name"))
    raw[-1] ^= 1
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_tests_card SET name = %s", [bytes(raw)])
    with pytest.raises(Undecryptable):
        _ = Card.objects.get().name


def test_reading_is_lazy_and_costs_no_query_with_the_key_joined(
    key: DataKey, django_assert_num_queries: Any
) -> None:
    a_card(key, born="1980-02-29", facts={"a": 1})
    with django_assert_num_queries(1):
        card = Card.objects.select_related("data_key").get()
        assert isinstance(card.__dict__["name"], Ciphertext)
        assert (card.name, card.born, card.facts) == ("Ada Ørsted", date(1980, 2, 29), {"a": 1})
        assert card.__dict__["name"] == "Ada Ørsted"


def test_a_deferred_column_is_read_when_asked_for(key: DataKey) -> None:
    a_card(key)
    assert Card.objects.only("id").get().name == "Ada Ørsted"
    assert Card.objects.defer("name").get().name == "Ada Ørsted"


def test_saving_an_untouched_row_keeps_the_bytes_and_a_changed_value_gets_new_ones(key: DataKey) -> None:
    card = a_card(key, nickname="Ada")
    before = stored(card, "name"), stored(card, "nickname")
    found = Card.objects.get()
    found.nickname = "Addie"
    found.save()
    assert stored(card, "name") == before[0]
    assert stored(card, "nickname") != before[1]
    assert Card.objects.get().nickname == "Addie"


def test_a_json_value_that_was_changed_in_place_is_saved(key: DataKey) -> None:
    a_card(key, facts={"names": []})
    card = Card.objects.get()
    card.facts["names"].append("Ada")
    card.save()
    assert Card.objects.get().facts == {"names": ["Ada"]}


def test_refresh_and_bulk_create_work_as_usual(key: DataKey) -> None:
    Card.objects.bulk_create([Card(data_key=key, name=f"Card {n}", number=f"N{n}") for n in range(3)])
    names = {card.name for card in Card.objects.select_related("data_key")}
    assert names == {"Card 0", "Card 1", "Card 2"}
    card = Card.objects.get(number_index="n-1")
    card.name = "unsaved"
    card.refresh_from_db()
    assert card.name == "Card 1"


def test_a_row_that_changes_its_data_key_is_sealed_under_the_new_one(key: DataKey) -> None:
    a_card(key)
    card, other = Card.objects.get(), DataKey.objects.make("person", uuid7())
    card.data_key = other
    card.save()
    assert stored(card, "name")[1:17] == other.id.bytes
    erase(key, now=timezone.now())
    assert Card.objects.get().name == "Ada Ørsted"


def test_a_row_without_a_data_key_cannot_be_saved() -> None:
    with pytest.raises(ValueError, match="names no data key"), transaction.atomic():
        Card(name="Ada").save()


def test_values_gives_ciphertext_whose_repr_says_nothing(key: DataKey) -> None:
    card = a_card(key)
    (value,) = Card.objects.values_list("name", flat=True)
    assert isinstance(value, Ciphertext)
    assert value == stored(card, "name")
    assert repr(value) == "<Ciphertext>"


def test_plain_values_cannot_be_looked_up_nor_written_past_the_row(key: DataKey) -> None:
    card = a_card(key)
    for look_up in ({"name": "Ada"}, {"name__icontains": "Ada"}, {"facts__a": 1}, {"number_index__gt": b"x"}):
        with pytest.raises(FieldError):
            Card.objects.filter(**look_up)
    with pytest.raises(TypeError, match="encrypted for its row"), transaction.atomic():
        Card.objects.update(name="Eve")
    card.name = "Eve"
    with pytest.raises(TypeError, match="encrypted for its row"), transaction.atomic():
        Card.objects.bulk_update([card], ["name"])
    assert Card.objects.get().name == "Ada Ørsted"


def test_a_dump_leaves_personal_columns_out(key: DataKey) -> None:
    a_card(key, facts=7, born=date(1980, 2, 29), number="AB 1")
    (dumped,) = json.loads(serializers.serialize("json", Card.objects.all()))
    assert dumped["fields"] == {"data_key": str(key.pk)}


def test_a_form_field_of_the_right_kind_is_offered() -> None:
    kinds = {
        name: type(Card._meta.get_field(name).formfield()).__name__ for name in ("name", "born", "facts")
    }
    assert kinds == {"name": "CharField", "born": "DateField", "facts": "JSONField"}


def test_a_date_that_is_none_is_refused(key: DataKey) -> None:
    with pytest.raises(ValidationError):
        a_card(key, born="1980-02-30")
    with pytest.raises(ValueError, match="Out of range float"):
        a_card(key, facts={"x": float("nan")})


# -- blind index ---------------------------------------------------------------------------------


def test_a_row_is_found_by_any_spelling_of_its_number(key: DataKey) -> None:
    card = a_card(key, number="AB 12-34 567")
    a_card(key, number="AB 99")
    for spelling in ("ab1234567", "AB-1234-567", " AB 12 34 567 "):
        assert Card.objects.get(number_index=spelling) == card
    assert list(Card.objects.filter(number_index__in=["ab1234567", "zz"])) == [card]
    assert len(stored(card, "number_index")) == 32
    assert card.number_index == stored(card, "number_index")


def test_an_empty_value_has_no_index_and_finds_nobody(key: DataKey) -> None:
    a_card(key, number=" - ")
    assert Card.objects.get().number_index is None
    assert not Card.objects.filter(number_index=" - ").exists()


def test_the_index_follows_its_value_and_cannot_be_left_behind(key: DataKey) -> None:
    a_card(key, number="AB 1")
    card = Card.objects.get()
    card.number = "AB 2"
    with pytest.raises(ValueError, match="without its index"):
        card.save(update_fields=["number"])
    card.save(update_fields=["number", "number_index"])
    assert Card.objects.filter(number_index="ab2").exists()
    assert not Card.objects.filter(number_index="ab1").exists()


def test_two_fields_agree_only_in_one_domain() -> None:
    def field(name: str, domain: str) -> BlindIndexField:
        index = BlindIndexField("number", domain=domain)
        index.model, index.column = Card, name
        return index

    assert field("a", "passport").digest("x") == field("b", "passport").digest("X ")
    assert field("a", "").digest("x") != field("b", "").digest("x")


@pytest.mark.parametrize(
    ("normaliser", "one", "two"),
    [
        (fold, "  JOSÉ  Núñez", "josé núñez"),
        (fold, "Stra\u00dfe", "STRASSE"),
        (fold, "e\u0301", "\u00e9"),
        (document_number, "P-12 34/5", "p12345"),
        (document_number, "\uff11\uff12", "12"),
    ],
)
def test_spellings_that_mean_the_same_normalise_alike(normaliser: Any, one: str, two: str) -> None:
    assert normaliser(one) == normaliser(two)


# -- erasure -------------------------------------------------------------------------------------


def test_after_erasure_every_value_reads_erased_and_the_row_can_still_be_saved(key: DataKey) -> None:
    card = a_card(key, born=date(1980, 2, 29), facts={"a": 1}, number="AB 1")
    erase(key, now=timezone.now())
    found = Card.objects.get()
    for value in (found.name, found.born, found.facts, found.number):
        assert value is ERASED
        assert not value
        assert str(value) == "erased"
    assert found.nickname is None
    found.refresh_from_db()
    found.save()
    assert found.number_index is None
    assert Card.objects.get().name is ERASED
    assert stored(card, "number") == b"\x00" + key.id.bytes


def test_nothing_new_can_be_stored_about_an_erased_subject(key: DataKey) -> None:
    card = a_card(key)
    erase(key, now=timezone.now())
    card = Card.objects.get()
    card.name = "Ada again"
    with pytest.raises(Conflict):
        card.save()


def test_the_erased_marker_stays_one_value_through_copies() -> None:
    assert copy.deepcopy(ERASED) is ERASED
    assert pickle.loads(pickle.dumps(ERASED)) is ERASED
    assert json.dumps({"name": ERASED}) == '{"name": "erased"}'


# -- migrations ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["name", "born", "facts", "number_index"])
def test_a_field_rebuilds_from_its_deconstruction(name: str) -> None:
    field = Card._meta.get_field(name)
    _, path, args, kwargs = field.deconstruct()
    rebuilt = type(field)(*args, **kwargs)
    assert rebuilt.deconstruct()[1:] == (path, args, kwargs)
    assert path.startswith("core.fields.")
    assert MigrationWriter.serialize(field)[0].startswith("core.fields.")


def test_a_field_that_names_no_data_key_fails_the_check() -> None:
    class Keyless(models.Model):
        name = EncryptedTextField(key="owner_key")

        class Meta:
            app_label = "core_tests"
            managed = False

    assert [message.id for message in Keyless._meta.get_field("name").check()] == ["core.E001"]
    assert Keyless._meta.get_field("name").deconstruct()[3] == {"key": "owner_key"}
    assert Card._meta.get_field("name").check() == []


def test_a_row_key_is_time_ordered_and_of_the_standard_type() -> None:
    keys = [uuid7() for _ in range(50)]
    assert keys == sorted(keys)
    assert {(type(k), k.version) for k in keys} == {(uuid.UUID, 7)}
