"""The indexes that a process keeps: never of a state of the database that has passed."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from audit.record import SYSTEM
from core.scope import STAFF, acting_in
from kyc.lists import service as lists
from kyc.lists import store
from kyc.models import Party
from kyc.onboarding import parties, service
from kyc.screening import live
from kyc.screening.names import analyse
from tests import builders
from tests.kyc.screening.listed import start_anew

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def staff(settings, tmp_path, monkeypatch):
    settings.LOCAL_DIR = tmp_path
    start_anew(monkeypatch)
    with acting_in(STAFF):
        yield builders.aldous()


def put_in_force(tmp_path, *names):
    path = tmp_path / "list.json"
    entities = [
        {"id": name, "caption": name, "schema": "Person", "datasets": ["a"], "properties": {"name": [name]}}
        for name in names
    ]
    path.write_text("".join(json.dumps(entity) + "\n" for entity in entities))
    lists.import_version(source="ftm", path=path, by=SYSTEM)


def found(snapshot, name):
    asked = {"id": "q", "caption": name, "schema": "Person", "datasets": [], "properties": {"name": [name]}}
    return [match.id for match in next(snapshot.search_many([analyse(asked)], 3))]


def test_a_version_that_comes_into_force_while_the_index_is_built_is_in_it_and_in_its_file(
    tmp_path, monkeypatch
):
    put_in_force(tmp_path, "Ostap Verkhovyna")
    real = store.entries_in_force

    def meanwhile():
        monkeypatch.setattr(store, "entries_in_force", real)
        put_in_force(tmp_path, "Ostap Verkhovyna", "Konrad Eszterlund")
        yield from real()

    monkeypatch.setattr(store, "entries_in_force", meanwhile)
    assert found(live.lists(), "Konrad Eszterlund") == ["Konrad Eszterlund"]
    # The list goes back to what it said first: its index must not know who was added in between.
    put_in_force(tmp_path, "Ostap Verkhovyna")
    assert found(live.lists(), "Konrad Eszterlund") == []


@pytest.fixture
def three(staff, tmp_path):
    """Three people of ours in the index."""
    put_in_force(tmp_path, "Ostap Verkhovyna")
    by = builders.actor(staff)
    tenant = service.open_application(name="Two Ltd", country="SG", user=staff, by=by).tenant
    entered = [
        parties.enter_party(
            tenant,
            reference=name,
            schema="Person",
            country="AT",
            properties={"name": [name]},
            user=staff,
            by=by,
        )
        for name in ("Imre Halasvari", "Nadia Ferreyra", "Teodor Brannigan")
    ]
    assert found(live.parties(), "Konrad Eszterlund") == []
    return entered


def rename(staff, party):
    parties.change_party(
        party, properties={"name": ["Konrad Eszterlund"]}, user=staff, by=builders.actor(staff)
    )


@pytest.mark.parametrize(
    "earlier", [timedelta(milliseconds=5), 3 * live.OVERLAP], ids=["a moment", "half an hour"]
)
def test_a_change_that_commits_after_a_later_one_is_in_the_index_of_our_parties(staff, three, earlier):
    first, second, _third = three
    now = timezone.now()
    Party.objects.filter(pk=second.pk).update(changed_at=now)
    live.parties()
    rename(staff, first)
    Party.objects.filter(pk=first.pk).update(changed_at=now - earlier)
    assert found(live.parties(), "Konrad Eszterlund") == [str(first.pk)]


@pytest.mark.parametrize("touched", [True, False])
def test_who_was_removed_is_found_no_more(three, touched):
    left = Party.objects.filter(pk=three[1].pk)
    assert found(live.parties(), "Nadia Ferreyra") == [str(three[1].pk)]
    left.update(removed_at=timezone.now(), **({"changed_at": timezone.now()} if touched else {}))
    assert found(live.parties(), "Nadia Ferreyra") == []
    left.update(removed_at=None)
    assert found(live.parties(), "Nadia Ferreyra") == [str(three[1].pk)]


def test_only_who_changed_is_decrypted(staff, three, monkeypatch):
    decrypted = []
    real = Party.to_ftm
    monkeypatch.setattr(Party, "to_ftm", lambda self: decrypted.append(self.pk) or real(self))
    live.parties()
    assert decrypted == []
    rename(staff, three[0])
    decrypted.clear()
    assert found(live.parties(), "Konrad Eszterlund") == [str(three[0].pk)]
    assert decrypted == [three[0].pk]
