"""`calibrate`: the installation's own decisions."""

from __future__ import annotations

import pytest

from audit.record import SYSTEM
from core.scope import STAFF, acting_in
from kyc.lists import service as lists
from kyc.models import Alert
from kyc.screening import alerts
from tests import builders
from tests.kyc.commands.lists import run
from tests.kyc.onboarding.test_path import SOMEBODY, a_list, submitted, work_off

pytestmark = pytest.mark.django_db


@pytest.fixture
def decided(tmp_path):
    """Two alerts were decided, one each way, and one waits."""
    with acting_in(STAFF):
        first, second = builders.aldous(), builders.renwick()
        submitted(first, tmp_path)
        entries = [
            ("7", "Konrad Eszterlund", "Person", {}),
            ("8", "Nadia Ferreyra-Lund", "Person", {}),
            ("9", "Imre Halasvary", "Person", {}),
        ]
        path = a_list(tmp_path, SOMEBODY, *entries, name="v2.json")
        lists.import_version(source="ftm", path=path, by=SYSTEM)
        work_off()
        found = {alert.entry_key: alert for alert in Alert.objects.all()}

        def say(key, kind, *people):
            for user in people:
                alerts.decide(found[key], kind=kind, reason="Seen.", user=user, by=builders.actor(user))

        say("demo-7", "true_match", first, second)
        say("demo-8", "false_positive", first, second)
        say("demo-9", "true_match", first)
        scores = {"demo-7": 0.9, "demo-8": 0.75}
        for key, score in scores.items():
            Alert.objects.filter(pk=found[key].pk).update(score=score)


def test_every_threshold_has_its_figures_and_what_waits_counts_nowhere(decided):
    lines, code, _ = run("calibrate")
    assert code == 0
    together = {line["threshold"]: line for line in lines if line["dataset"] == "all"}
    assert together[0.7]["decided"] == 2
    assert (together[0.7]["precision"], together[0.7]["recall"]) == (0.5, 1.0)
    assert (together[0.8]["precision"], together[0.8]["recall"]) == (1.0, 1.0)
    assert (together[0.95]["precision"], together[0.95]["recall"]) == (None, 0.0)
    low, high = together[0.7]["precision_95"]
    assert 0 < low < 0.5 < high < 1
    assert {line["dataset"] for line in lines} == {"all", "demo_list"}


def test_lists_can_be_named(decided):
    lines, _, _ = run("calibrate", "--dataset", "demo_list")
    assert {line["dataset"] for line in lines} == {"together", "demo_list"}
    _, code, told = run("calibrate", "--dataset", "un_sc")
    assert (code, told) == (1, "No alert was decided yet: there is nothing to measure by.\n")


def test_an_unknown_list_is_refused(decided, capsys):
    _, code, _ = run("calibrate", "--dataset", "us_ofac_snd")
    assert code == 2
    assert "calibrate: dataset: us_ofac_snd is none of" in capsys.readouterr().err


def test_without_decisions_there_is_nothing_to_measure():
    assert run("calibrate")[1] == 1
