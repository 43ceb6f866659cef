"""Clearing look-alikes from the queue."""

from __future__ import annotations

from datetime import timedelta

import pytest

from audit.record import SYSTEM
from core.scope import STAFF, acting_in
from kyc.lists import service as lists
from kyc.models import Alert
from kyc.screening import lots
from tests.console.operator.story import read, words, work_off
from tests.kyc.onboarding.test_path import SOMEBODY, a_list
from tests.kyc.screening.test_clear_many import ALIKE

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(veldmarin, tmp_path, monkeypatch):
    """Three alerts about one listed party: one drawn for a second look, one with too high a score."""
    with acting_in(STAFF):
        path = a_list(tmp_path, SOMEBODY, *ALIKE, name="v2.json")
        lists.import_version(source="ftm", path=path, by=SYSTEM)
    work_off()
    with acting_in(STAFF):
        Alert.objects.update(score=0.72, entry_key="demo-7", holds=False)
        found = list(Alert.objects.order_by("raised_at", "number"))
        Alert.objects.filter(pk=found[2].pk).update(score=0.884)
    monkeypatch.setattr(lots, "is_drawn", lambda pk: pk == found[1].pk)
    return found


def address(found):
    return "/alerts/clear/?" + "&".join(f"alert={alert.label}" for alert in found)


def states(found):
    with acting_in(STAFF):
        by_id = dict(Alert.objects.values_list("pk", "state"))
    return [by_id[alert.pk] for alert in found]


def test_rows_can_be_chosen_by_who_decides(reviewer, approver, waiting):
    page = read(reviewer, "/alerts/")
    boxes = page.xpath("//form[@action='/alerts/clear/']//input[@type='checkbox']")
    assert [box.get("value") for box in boxes] == [alert.label for alert in waiting]
    assert {box.get("data-entry") for box in boxes} == {"demo-7"}
    assert read(approver, "/alerts/").xpath("//input[@type='checkbox']") == []


def test_the_page_before_names_who_is_left_out_and_what_it_does(reviewer, waiting):
    page = read(reviewer, address(waiting))
    text = words(page)
    assert "Clear 2 look-alikes" in text
    assert "0.800 or more: decide it alone" in text
    assert "Drawn for a second lookby lot, by another person1 in 5" in text
    assert "3 − 2 = 1" in text
    assert "Number is not on both sides in 2 of 2." in text
    sent = page.xpath("//form[@method='post' and @action='/alerts/clear/']/input[@name='alert']/@value")
    assert sent == [alert.label for alert in waiting[:2]]
    assert states(waiting) == ["open"] * 3


def test_clearing_says_what_became_of_it_and_can_be_undone(reviewer, waiting):
    told = {"alert": [alert.label for alert in waiting], "reason": "Rare word differs."}
    answer = reviewer.post("/alerts/clear/", told)
    assert answer.status_code == 303
    assert states(waiting) == ["false_positive", "proposed", "open"]
    page = read(reviewer, "/alerts/")
    assert "1 alert is cleared, 1 waits for a second person, 1 left out." in words(page)
    assert page.xpath("//form[@action='/alerts/clear/undo/']//button[@data-key='z']")
    reviewer.post("/alerts/clear/undo/")
    assert states(waiting) == ["open"] * 3


def test_without_a_reason_the_page_comes_back_and_nothing_changes(reviewer, waiting):
    answer = reviewer.post("/alerts/clear/", {"alert": [waiting[0].label], "reason": " "})
    assert answer.status_code == 422
    assert "say why" in answer.content.decode()
    assert states(waiting) == ["open"] * 3


def test_nothing_chosen_and_nonsense_are_answered(reviewer, waiting):
    assert "None of these can be cleared together" in words(read(reviewer, "/alerts/clear/"))
    assert "No alert was chosen" in words(read(reviewer, "/alerts/clear/?alert=A-x&alert=7"))
    answer = reviewer.post("/alerts/clear/", {"reason": "Why not."}, follow=True)
    assert "Nothing was changed" in answer.content.decode()


def test_an_approver_clears_no_lot(approver, waiting):
    assert approver.get(address(waiting)).status_code == 403
    assert approver.post("/alerts/clear/", {"alert": [waiting[0].label], "reason": "x"}).status_code == 403
    assert states(waiting) == ["open"] * 3


def test_reasons_at_hand_are_the_readers_own_and_never_filled_in(reviewer, approver, waiting):
    told = {"alert": [waiting[0].label], "reason": "Rare word differs."}
    reviewer.post("/alerts/clear/", told)
    for address_ in (address(waiting[1:]), f"/alerts/{waiting[2].label}/"):
        page = read(reviewer, address_)
        (button,) = page.xpath("//button[@data-value='Rare word differs.']")
        assert button.get("type") == "button" and button.get("data-key").isdigit()
        assert page.xpath("//input[@name='reason']/@value") == [""]
    assert "Rare word differs." not in words(read(approver, f"/alerts/{waiting[2].label}/"))


def test_the_queue_narrows_by_score_and_says_what_was_cleared_before(reviewer, waiting):
    low, high = (read(reviewer, f"/alerts/?score={which}") for which in ("low", "high"))
    rows = "//tr[@data-row]"
    assert (len(low.xpath(rows)), len(high.xpath(rows))) == (2, 1)
    assert "opened again" not in words(low)
    reviewer.post("/alerts/clear/", {"alert": [waiting[0].label], "reason": "Rare word differs."})
    with acting_in(STAFF):  # the entry changed, and the pair is looked at again
        earlier, now = waiting[:2]
        Alert.objects.filter(pk=earlier.pk).update(raised_at=now.raised_at - timedelta(days=3))
        Alert.objects.filter(pk=now.pk).update(party=earlier.party_id)
    page = read(reviewer, "/alerts/")
    assert [row for row in map(words, page.xpath(rows)) if "opened again" in row] == [
        words(page.xpath(f"{rows}[.//input/@value='{waiting[1].label}']")[0])
    ]
    assert "“Opened again” was cleared before" in words(page)
