"""Weights of words are kept while lists change, and taken anew when the lists have drifted."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from core.scope import STAFF, acting_in
from kyc.models import Alert, RescreenItem, Weighing
from kyc.screening import live, weighing
from kyc.screening.names import analyse
from tests.kyc.screening.crowds import crowd, name
from tests.kyc.screening.listed import listed, put_in_force, start_anew, tenant_of
from tests.kyc.screening.people import person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("names", "weighed", "anew"),
    [
        (999, None, False),
        (1000, None, True),
        (1200, 1000, False),
        (1201, 1000, True),
        (799, 1000, False),
        (1600, 2000, False),
        (1599, 2000, True),
    ],
)
def test_lists_that_grew_or_shrank_by_more_than_a_fifth_are_weighed_anew(names, weighed, anew):
    assert weighing.drifted(names, weighed) is anew


@pytest.fixture
def tenant(settings, tmp_path, monkeypatch):
    settings.LOCAL_DIR = tmp_path
    monkeypatch.setattr(weighing, "LEAST_NAMES", 10)
    start_anew(monkeypatch)
    with acting_in(STAFF):
        yield tenant_of("Konrad Eszterlund")


def score(name):
    question = analyse(person("q", name))
    return [match.score for match in live.lists().search(question, floor=0.3)]


def test_a_version_that_adds_little_moves_no_score_of_the_rest(tenant, tmp_path):
    put_in_force(tmp_path, *crowd(30))
    before, asked = Weighing.objects.get(), name(3).replace(name(3)[:4], "Zzzz")
    said = score(asked)
    put_in_force(tmp_path, *crowd(30), *(listed(f"x{n}", f"{name(3).split()[1]} Nr{n}") for n in range(5)))
    assert Weighing.objects.get() == before
    assert said == score(asked) != []
    put_in_force(tmp_path, *crowd(60))
    assert Weighing.objects.count() == 2
    assert score(asked) != said


def test_under_new_weights_everybody_is_screened_whole(tenant, tmp_path):
    first = put_in_force(tmp_path, *crowd(30))
    assert set(RescreenItem.objects.filter(version=first).values_list("cause", flat=True)) == {"full"}
    second = put_in_force(tmp_path, *crowd(30), listed("k", "Konrad Eszterlund"))
    assert list(RescreenItem.objects.filter(version=second).values_list("cause", "entity")) == [("list", "k")]
    third = put_in_force(tmp_path, *crowd(80))
    causes = dict(RescreenItem.objects.filter(version=third).values_list("entity", "cause"))
    everybody = {str(pk): "full" for pk in tenant.parties.values_list("pk", flat=True)}
    assert causes == {**everybody, "k": "list"}  # an alert is told that its entry left
    assert Alert.objects.get().state == "withdrawn"


def test_new_weights_alone_call_for_a_whole_pass_and_another_index_of_ours(tenant, tmp_path, monkeypatch):
    put_in_force(tmp_path, *crowd(30))
    held = live.parties()
    monkeypatch.setattr(weighing, "DRIFT", 0.01)
    version = put_in_force(tmp_path, *crowd(31))  # one entry: fewer than there are parties
    assert set(RescreenItem.objects.filter(version=version).values_list("cause", flat=True)) == {"full"}
    now = live.parties()
    assert now is not held
    assert now.weights is live.lists().weights


def test_a_weighing_is_never_changed(tenant, tmp_path):
    put_in_force(tmp_path, *crowd(30))
    with pytest.raises(DatabaseError), transaction.atomic():
        Weighing.objects.update(names=1)


def test_our_parties_are_not_decrypted_again_because_a_list_changed(tenant, tmp_path, monkeypatch):
    put_in_force(tmp_path, *crowd(30))
    held = live.parties()
    put_in_force(tmp_path, *crowd(31))
    assert live.parties() is held
