"""After a new version what changed lies over the index before, until a worker has built another."""

from __future__ import annotations

import pytest

from core.scope import STAFF, acting_in
from kyc.lists import store
from kyc.screening import built, live, weighing
from kyc.screening.index import Snapshot
from kyc.screening.names import analyse
from kyc.screening.overlaid import Overlaid
from tests.kyc.screening.crowds import crowd
from tests.kyc.screening.listed import listed, put_in_force, start_anew
from tests.kyc.screening.people import person

pytestmark = pytest.mark.django_db
CROWD = crowd(40)


def found(name: str) -> list[str]:
    return [match.id for match in live.lists().search(analyse(person("q", name)), floor=0.7)]


@pytest.fixture(autouse=True)
def indexed(settings, tmp_path, monkeypatch):
    """A list in force under weights of its own, its index built and held."""
    settings.LOCAL_DIR = tmp_path
    monkeypatch.setattr(weighing, "LEAST_NAMES", 10)
    start_anew(monkeypatch)
    with acting_in(STAFF):
        put_in_force(tmp_path, *CROWD)
        assert isinstance(live.lists(), Snapshot)
        yield


@pytest.fixture
def read(monkeypatch) -> list[set[str] | None]:
    """What was read of the lists from now on; None stands for all of them."""
    asked: list[set[str] | None] = []
    real = store.entries_in_force

    def entries(keys=None):
        asked.append(None if keys is None else set(keys))
        return real(keys)

    monkeypatch.setattr(store, "entries_in_force", entries)
    return asked


@pytest.mark.parametrize("anew", [False, True], ids=["the process that held it", "another process"])
def test_only_what_changed_is_read(tmp_path, monkeypatch, read, anew):
    left = CROWD[7]
    others = [entry for entry in CROWD if entry is not left]
    put_in_force(tmp_path, *others, listed("k", "Konrad Eszterlund"))
    if anew:
        start_anew(monkeypatch)
    read.clear()
    assert found("Konrad Eszterlund") == ["k"]
    assert left["id"] not in found(left["caption"])
    assert read == [{left["id"], "k"}]
    put_in_force(tmp_path, *CROWD)
    assert (found("Konrad Eszterlund"), found(left["caption"])) == ([], [left["id"]])
    assert None not in read


def test_a_worker_builds_it_whole_and_all_turn_to_it(tmp_path, read):
    put_in_force(tmp_path, *CROWD, listed("k", "Konrad Eszterlund"))
    assert isinstance(live.lists(), Overlaid)
    assert built.settle() is True
    assert isinstance(live.lists(), Snapshot)
    assert found("Konrad Eszterlund") == ["k"]
    assert built.settle() is False


def test_little_is_not_worth_another_index(tmp_path, monkeypatch, read):
    monkeypatch.setattr(built, "WORTH_BUILDING", 0.5)
    put_in_force(tmp_path, *CROWD, listed("k", "Konrad Eszterlund"))
    assert built.settle() is False
    assert None not in read


def test_after_much_has_changed_the_index_is_built_before_the_answer(tmp_path):
    put_in_force(tmp_path, *CROWD, *(listed(f"k{n}", f"Konrad {name}") for n, name in enumerate("ABCDEF")))
    assert isinstance(live.lists(), Snapshot)
    assert "k0" in found("Konrad A")


def test_versions_that_are_not_before_todays_are_not_counted_on(tmp_path):
    (version,) = store.versions_in_force().values()
    assert store.changed_since({"ftm": str(version.pk)}) == set()
    assert store.changed_since({}) is None
    assert store.changed_since({"ftm": str(version.pk), "us_ofac_sdn": str(version.pk)}) is None
    put_in_force(tmp_path, *CROWD[1:])
    assert store.changed_since({"ftm": str(version.pk)}) == {CROWD[0]["id"]}
    assert store.changed_since({"ftm": "01900000-0000-7000-8000-000000000000"}) is None


def test_a_file_that_another_process_forgets_meanwhile_is_built_again(tmp_path, monkeypatch):
    real, forgotten = Snapshot.open, []

    def opened(path, weights):
        if not forgotten:
            forgotten.append(path)
            path.unlink()  # at the last moment: it was there when it was looked for
        return real(path, weights)

    monkeypatch.setattr(Snapshot, "open", opened)
    start_anew(monkeypatch)
    assert CROWD[3]["id"] in found(CROWD[3]["caption"])
    assert forgotten and forgotten[0].exists()
