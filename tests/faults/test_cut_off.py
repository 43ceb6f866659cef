"""Processes and servers that end in the middle of a step."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import Error, connections

from audit import delivery
from audit.models import Delivery
from console.demo.story import Person, passport_lines
from core.scope import staff_transaction
from kyc.identity.service import record_evidence
from kyc.lists import service as lists
from kyc.lists import store
from kyc.models import Entry, EntryName, ListVersion, Question, RescreenItem
from kyc.onboarding import parties, service
from tests import builders
from tests.faults import crowd, dying
from tests.faults.conftest import Place
from tests.waiting import until

KILLED = -9


def test_an_import_killed_between_commit_and_message_is_re_screened_all_the_same(place: Place) -> None:
    """Guards: the delivery row of the event's own transaction, and beat's look for open deliveries."""
    crowd.enter(3)
    path = crowd.write_list(place.folder / "list.json", range(2))
    assert dying.run("import", str(path), env=place.environment) == KILLED
    with staff_transaction():
        assert store.versions_in_force()["ftm"].entities == 2
        row = Delivery.objects.get(done_at__isnull=True)
        assert (row.subscriber, row.attempts) == ("kyc.rescreen_list", 0)
    with place.broker() as broker:
        assert not broker.exists("rescreening", "default")  # nobody was told
    with place.running(beat=True):
        until(lambda: crowd.open_work() == 0)
    crowd.assert_done_once(items=2, listed=2)


def test_a_subscriber_killed_after_its_effects_and_before_its_mark_doubles_nothing(place: Place) -> None:
    """Guards: what a subscriber does and the mark of its delivery are one transaction; and each looks first
    whether its work is there already."""
    expired = Person("p", "Nadia Ferreyra", "UY", date(1979, 9, 14), "F", "D8830142", date(2020, 1, 19))
    with staff_transaction():
        user = builders.aldous()
        by = builders.actor(user)
        tenant = service.open_application(name="Late Ltd", country="SG", user=user, by=by).tenant
        party = parties.enter_party(
            tenant,
            reference="p",
            schema="Person",
            country="UY",
            properties=expired.properties(),
            user=user,
            by=by,
        )
        check = record_evidence(party, kind="passport", lines=passport_lines(expired), user=user, by=by)
        assert check.result == "expired"
    crowd.write_list(place.folder / "list.json", range(2))
    crowd.import_list(place.folder / "list.json")
    for subscriber, effect in (("kyc.ask_again", Question), ("kyc.rescreen_list", RescreenItem)):
        assert dying.run("deliver", subscriber, env=place.environment) == KILLED
        with staff_transaction():
            assert Delivery.objects.get(subscriber=subscriber).done_at is None
            assert not effect.objects.exists()  # it went with the mark
    until(delivery.deliver_open)  # the server notices a little later that its client is gone
    with staff_transaction():
        assert Question.objects.count() == 1
        assert RescreenItem.objects.count() == 2
        assert not Delivery.objects.exclude(done_at__isnull=False).exists()
    assert (crowd.count("question.asked"), crowd.count("list.imported")) == (1, 1)


def test_a_server_that_crashes_in_the_middle_of_an_import_keeps_the_version_before(
    place: Place, soak: bool
) -> None:
    """Guard: contents are staged outside force, and one transaction puts them in force."""
    first = crowd.import_list(crowd.write_list(place.folder / "first.json", range(20)))
    path = crowd.write_list(place.folder / "second.json", range(20_000 if soak else 3_500))

    def crash(stage: str, done: int) -> None:
        if (stage, done) == ("reading", 2 * lists.BATCH):
            place.crash_postgres()

    with pytest.raises(Error):
        lists.import_version(source="ftm", path=path, by=crowd.SYSTEM, progress=crash)
    connections.close_all()
    until(place.answers)
    with staff_transaction():
        assert store.versions_in_force()["ftm"].digest == first.digest
        assert Entry.objects.filter(until__isnull=True).count() == 20
        assert ListVersion.objects.filter(state="staged").count() == 1
    second = crowd.import_list(path)
    assert second.added == second.entities - 20
    with staff_transaction():
        assert store.versions_in_force()["ftm"].digest == second.digest
        assert Entry.objects.filter(until__isnull=True).count() == second.entities
        assert EntryName.objects.count() == second.entities  # what was staged before is not staged again
        states = ListVersion.objects.order_by("number").values_list("state", flat=True)
        assert list(states) == ["history", "refused", "in_force"]
    assert crowd.count("list.imported") == 2
