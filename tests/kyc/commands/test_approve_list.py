"""`approve_list` gives the first approval, never the second."""

import pytest

from audit.record import SYSTEM
from core.scope import STAFF, acting_in
from kyc.lists import service, store
from kyc.models import ListVersion
from tests import builders
from tests.kyc.commands.lists import entity, lines, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(tmp_path):
    with acting_in(STAFF):
        for size in (20, 10):
            many = [entity(f"x-{n}", f"Invented Party {n}") for n in range(size)]
            result = service.import_version(source="ftm", path=lines(tmp_path / "l.json", *many), by=SYSTEM)
        yield result.version


def test_one_person_asks_and_another_confirms_in_the_console(held):
    builders.renwick()
    second = builders.halloway()
    (line,), code, told = run("approve_list", held, "--reason", "announced", "--as", "renwick")
    assert (line["state"], line["asked_by"], code) == ("held", "renwick", 0)
    assert "in the console" in told
    _, code, told = run("approve_list", held, "--reason", "announced", "--as", "halloway")
    assert code == 1 and "Another person asked already" in told
    assert len(list(store.entries_in_force())) == 20
    version = ListVersion.objects.get(number=held)
    outcome = service.approve_version(version, reason="seen", user=second, by=builders.actor(second))
    assert outcome.given and len(list(store.entries_in_force())) == 10


def test_nobody_unknown_and_nobody_without_the_right_asks(held, capsys):
    builders.aldous()
    _, code, told = run("approve_list", held, "--reason", "announced", "--as", "aldous")
    assert code == 1 and "Only an approver" in told
    for arguments, field in (((held, "nobody"), "as"), ((9999, "aldous"), "version")):
        _, code, _ = run("approve_list", arguments[0], "--reason", "announced", "--as", arguments[1])
        assert code == 2
        assert f": {field}: " in capsys.readouterr().err
