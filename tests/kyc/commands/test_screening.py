"""`screen` and `rescreen`."""

import pytest

from audit.record import SYSTEM
from core.scope import STAFF, acting_in
from kyc.lists import service as lists
from kyc.models import RescreenItem
from tests import builders
from tests.kyc.commands.lists import KONRAD, OSTAP, entity, lines, run
from tests.kyc.onboarding.test_path import veldmarin

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_force(tmp_path):
    lists.import_version(source="ftm", path=lines(tmp_path / "list.json", OSTAP, KONRAD), by=SYSTEM)


def test_entities_are_answered_in_order_with_an_explanation(in_force, tmp_path):
    file = lines(
        tmp_path / "ask.json",
        entity("q1", "Konrad Esterlund", passportNumber="P4417720"),
        entity("q2", "Mirabel Quayside"),
    )
    answers, code, _ = run("screen", file)
    assert code == 0
    assert [answer["id"] for answer in answers] == ["q1", "q2"]
    (hit,) = answers[0]["results"]
    assert (hit["id"], hit["match"], hit["datasets"]) == ("demo-2", True, ["demo_list"])
    total = sum(line["score"] * line["weight"] for line in hit["explanation"])
    assert total == pytest.approx(hit["score"], abs=0.01)
    assert answers[1]["results"] == []


def test_a_bad_line_stands_in_its_place_and_the_others_are_answered(in_force, tmp_path):
    file = lines(tmp_path / "ask.json", entity("q1", "Konrad Eszterlund"), {"id": "q2"}, entity("q3", "X Y"))
    answers, code, _ = run("screen", file)
    assert code == 2
    assert answers[1] == {"line": 2, "error": {"field": "schema", "reason": "missing"}}
    assert [answer.get("id") for answer in answers] == ["q1", None, "q3"]
    strict, code, _ = run("screen", file, "--strict")
    assert (len(strict), code) == (2, 2)


def test_threshold_and_limit_hold(in_force, tmp_path):
    file = lines(tmp_path / "ask.json", entity("q1", "Konrad Esterlund"))
    (answer,), _, _ = run("screen", file, "--threshold", "0.999")
    assert [hit["match"] for hit in answer["results"]] == [False]


@pytest.mark.parametrize(
    "option", [("--dataset", "us_ofac_snd"), ("--threshold", "1.5"), ("--limit", "0")], ids=lambda o: o[0]
)
def test_an_option_that_cannot_be_is_refused(in_force, tmp_path, option, capsys):
    _, code, _ = run("screen", lines(tmp_path / "ask.json", entity("q1", "Konrad")), *option)
    assert code == 2
    assert f": {option[0][2:]}: " in capsys.readouterr().err


def test_another_list_finds_nothing(in_force, tmp_path):
    file = lines(tmp_path / "ask.json", entity("q1", "Konrad Eszterlund"))
    (answer,), code, _ = run("screen", file, "--dataset", "us_ofac_sdn")
    assert (answer["results"], code) == ([], 0)
    (answer,), _, _ = run("screen", file, "--dataset", "us_ofac_sdn", "--dataset", "demo_list")
    assert len(answer["results"]) == 1


def test_nothing_is_screened_while_no_list_is_in_force(tmp_path):
    answers, code, err = run("screen", lines(tmp_path / "ask.json", OSTAP))
    assert (answers, code) == ([], 1)
    assert "No list is in force" in err


def test_parties_are_queued_and_nothing_twice():
    with acting_in(STAFF):
        user = builders.aldous()
        tenant = veldmarin(user).tenant
        builders.a_tenant()
        (line,), code, _ = run("rescreen", "--tenant", tenant.label)
        assert code == 0
        count = tenant.parties.count()
        assert (line["parties"], line["tenants"], line["open"]) == (count, 1, count)
        (line,), _, _ = run("rescreen", "--full")
        assert (line["parties"], line["full"]) == (count, True)
        assert set(RescreenItem.objects.values_list("cause", flat=True)) == {"party"}
        _, code, err = run("rescreen", "--tenant", "T-9999")
        assert code == 2 and "No such tenant" in err
