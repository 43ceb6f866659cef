"""Four real months of the SDN list: searching for what each day changed finds what a whole pass would."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from audit.models import Event
from audit.record import SYSTEM
from core.scope import STAFF, acting_in
from kyc.lists import service as lists
from kyc.models import Alert, Party, RescreenItem, Weighing
from kyc.onboarding import parties, service
from kyc.screening import live
from kyc.screening.index import Snapshot
from kyc.screening.names import analyse
from kyc.screening.overlaid import Index, Overlaid
from kyc.screening.own import OwnParties
from tests import builders
from tests.kyc.screening import series
from tests.kyc.screening.listed import work_off
from tests.kyc.screening.series import Day

PARTIES, FLOOR = 2000, 0.7
Pairs = dict[tuple[str, str], float]


def listed_some_day(days: Iterable[Day]) -> list[dict[str, Any]]:
    """Entries to derive parties from: all that a later day added or changed, and as many of the others."""
    first, *later = [[entity for entity in day.changed.values() if entity] for day in days]
    recent = [entity for day in later for entity in day]
    gone = {key for day in days for key, entity in day.changed.items() if entity is None}
    leaving = [entity for entity in first if entity["id"] in gone]
    return [*recent, *leaving, *random.Random(3).sample(first, len(recent))]


def test_changes_alone_find_what_a_whole_pass_finds_over_all_days(tmp_path: Path) -> None:
    days = list(series.days(tmp_path))
    assert len(days) == 41
    ours = {party["id"]: party for party in series.parties(listed_some_day(days), PARTIES)}
    entries: dict[str, dict[str, Any]] = {}
    came = left = 0
    first, *later = days
    entries |= {key: entity for key, entity in first.changed.items() if entity}
    index = Snapshot.build(entries.values())
    weights = index.weights  # as a first import weighs them
    own = OwnParties.build(ours.values(), weights)
    # Some parties change: they are screened by themselves, and change in the index of our own.
    changed = renamed(ours)
    ours |= changed
    own = own.changed(changed)
    found = whole_pass(index, ours.values())
    for day in later:
        for key, entity in day.changed.items():
            if entity is None:
                del entries[key]
            else:
                entries[key] = entity
        before = found.keys()
        found = {pair: score for pair, score in found.items() if pair[1] not in day.changed}
        found |= search(own, [entity for entity in day.changed.values() if entity])
        came, left = came + len(found.keys() - before), left + len(before - found.keys())
    assert found == whole_pass(Snapshot.build(entries.values(), weights), ours.values())
    touched = {key for day in later for key in day.changed}
    overlaid = Overlaid(index, touched, (entries[key] for key in touched if key in entries))
    assert found == whole_pass(overlaid, ours.values())
    assert (len(found) > 500, came > 200, left > 20) == (True, True, True), (len(found), came, left)


def whole_pass(index: Index, ours: Iterable[dict[str, Any]]) -> Pairs:
    asked = [analyse(party) for party in ours]
    answers = index.search_many(asked, None, floor=FLOOR)
    return {(q.id, m.id): m.score for q, found in zip(asked, answers, strict=True) for m in found}


def search(own: OwnParties, entries: list[dict[str, Any]]) -> Pairs:
    asked = [analyse(entry) for entry in entries]
    answers = own.search_many(asked, floor=FLOOR)
    return {(m.id, q.id): m.score for q, found in zip(asked, answers, strict=True) for m in found}


def renamed(ours: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """A few parties under the names of others."""
    chance = random.Random(5)
    chosen = chance.sample(sorted(ours), 40)
    return {mine: {**ours[theirs], "id": mine} for mine, theirs in zip(chosen[:20], chosen[20:], strict=True)}


@pytest.mark.django_db
def test_the_whole_series_through_the_database(
    soak: bool, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same with imports, rows of work, alerts and the worker's part, compared every fifth day."""
    if not soak:
        pytest.skip("the long form: --soak")
    settings.LOCAL_DIR = tmp_path
    monkeypatch.setattr(live, "_lists", live._Lists())
    monkeypatch.setattr(live, "_parties", live._Parties())
    days = list(series.days(tmp_path))
    with acting_in(STAFF):
        user = builders.aldous()
        by = builders.actor(user)
        tenant = service.open_application(name="Crowded Ltd", country="SG", user=user, by=by).tenant
        for party in series.parties(listed_some_day(days), PARTIES):
            parties.enter_party(
                tenant,
                reference=party["id"],
                schema="Company" if party["schema"] == "Organization" else party["schema"],
                country="SG",
                properties=party["properties"],
                user=user,
                by=by,
            )
        for number, day in enumerate(days):
            path = tmp_path / "today" / "sdn.csv"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(day.file)
            as_of = date.fromisoformat(day.name[4:14])
            done = lists.import_version(source=series.SOURCE, path=path, as_of=as_of, by=SYSTEM)
            assert done.state == "in_force"
            work_off()
            assert not RescreenItem.objects.filter(done_at__isnull=True).exists()
            if number % 5 == 0:
                compare(day.name)
        assert Weighing.objects.count() == 1


def compare(day: str) -> None:
    """Every pair that a whole pass finds has an alert; an alert beyond those says that its entry changed."""
    rows = Party.objects.select_related("data_key")
    asked = [analyse(row.to_ftm()) for row in rows.iterator(chunk_size=500)]
    answers = live.lists().search_many(asked, None, floor=FLOOR)
    whole = {(q.id, m.id) for q, found in zip(asked, answers, strict=True) for m in found}
    open_ = {(str(a.party_id), a.entry_key): a for a in Alert.objects.filter(state="open")}
    assert whole - open_.keys() == set(), day
    notes = Event.objects.filter(verb="alert.annotated", reason__startswith="the entry changed")
    noted = {s["id"] for event in notes for s in event.subjects if s["kind"] == "alert"}
    assert {str(open_[pair].pk) for pair in open_.keys() - whole} <= noted, day
    print(day, len(whole), "pairs,", len(open_) - len(whole), "more that say their entry changed")
