"""Calibration: the installation's own decisions, and changing a threshold by two people."""

from __future__ import annotations

import json

import pytest

from audit.record import SYSTEM
from core.scope import STAFF, acting_in
from kyc.lists import service as lists
from kyc.models import Alert, RescreenItem, Threshold
from tests.console.operator.story import counted, more_tenants, read, words, work_off
from tests.kyc.onboarding.test_path import SOMEBODY, a_list
from tests.kyc.screening.test_clear_many import ALIKE

pytestmark = pytest.mark.django_db
PAGE = "/calibration/"


@pytest.fixture
def decided(veldmarin, tmp_path):
    """Two true matches (0.90 and 0.72), one cleared (0.74)."""
    with acting_in(STAFF):
        path = a_list(tmp_path, SOMEBODY, *ALIKE, name="v2.json")
        lists.import_version(source="ftm", path=path, by=SYSTEM)
    work_off()
    with acting_in(STAFF):
        found = list(Alert.objects.order_by("entry_key"))
        for alert, score, state in zip(
            found, (0.9, 0.72, 0.74), ("true_match", "true_match", "false_positive"), strict=True
        ):
            Alert.objects.filter(pk=alert.pk).update(score=score, state=state)
    return found


def propose(client, threshold="0.73", **more):
    told = {"dataset": "demo_list", "kind": "person", "threshold": threshold, "reason": "Measured.", **more}
    return client.post("/calibration/propose/", told, follow=True)


def the_change():
    with acting_in(STAFF):
        return Threshold.objects.get()


def cells(page, name):
    row = next(r for r in page.xpath("//table//tr") if r[0].text_content() == name)
    return [" ".join(cell.text_content().split()) for cell in row]


def test_without_decisions_the_page_says_that_there_is_nothing_to_go_by(reviewer, veldmarin):
    text = words(read(reviewer, PAGE))
    assert "0 alerts were decided here. Below 30 a figure is a guess" in text
    assert "No true match was decided yet." in text


@pytest.fixture
def measured(settings, tmp_path):
    """What `make bench-screening` leaves, cut down to what the page reads."""

    def point(threshold, recall, negatives):
        told = {"threshold": threshold, "recall": recall, "negatives_per_1000": negatives}
        return {**told, "look_alikes_per_1000": 53.75, "strangers_per_1000": 3.67}

    def engine(shift):
        curve = [
            point(0.5, 0.99 - shift, 116.0),
            point(0.7, 0.97 - shift, 14.2),
            point(0.9, 0.8 - shift, 0.0),
        ]
        return {"shipped": curve[1], "curve": curve, "by_kind": KINDS}

    def best(threshold, f1):
        return {"best": {"threshold": threshold, "f1": f1, "interval": [f1 - 0.04, f1 + 0.04]}}

    figures = {
        "name_pairs": {"pairs": 285, "engines": {"ours": best(0.72, 0.8696), "logic-v2": best(0.81, 0.8)}},
        "end_to_end": {
            "queries": 5899,
            "rates": {"logic-v2": {"names_per_second_scoring_alone": 627.9}},
            "engines": {"ours": engine(0.0), "logic-v2": engine(0.07)},
        },
        "speed": {"names_per_second_per_core": 1584},
    }
    settings.LOCAL_DIR = tmp_path
    path = tmp_path / "bench" / "screening.json"
    path.parent.mkdir()
    path.write_text(json.dumps(figures))
    return path


KINDS = {"person untouched": 1.0, "person two typos": 0.8, "UN customer": 0.95, "look-alike person": 0.05}


def test_figures_of_the_benchmark_stand_beside_the_peers(reviewer, veldmarin, measured):
    page = read(reviewer, PAGE)
    section = page.xpath("//section[@id='bench']")[0]
    assert "5,899 questions, measured" in words(section)
    assert section.xpath(".//svg//*[local-name()='path'][contains(@class, 'peer-1')]")
    (chart,) = section.xpath(".//svg[contains(@class, 'steps-wide')]")
    assert "At 0.70 97.0 % of the listed are found, and 14.2 of 1,000" in chart.get("aria-label")
    rows = [words(row) for row in page.xpath("//section[@id='peers']//tbody/tr")]
    assert rows == ["Lockgate0.720.8700.83–0.911,584", "logic-v20.810.8000.76–0.84628"]
    missed = words(page.xpath("//section[@id='missed-kinds']")[0])
    assert missed.index("Person, two typos20.0") < missed.index("UN, customer5.0")
    assert "untouched" not in missed and "look-alike" not in missed


def test_without_figures_the_page_says_which_command_makes_them(reviewer, veldmarin, measured):
    for spoilt in ('{"end_to_end": {}}', "no JSON", None):
        measured.unlink() if spoilt is None else measured.write_text(spoilt)
        page = read(reviewer, PAGE)
        text = words(page.xpath("//section[@id='bench']")[0])
        assert ("cannot be read" if spoilt else "Nothing was measured") in text
        assert "make bench-screening" in text
        assert not page.xpath("//section[@id='peers' or @id='missed-kinds']")


def test_figures_are_those_of_the_decisions(reviewer, decided):
    page = read(reviewer, PAGE)
    _name, persons, organisations, count, precision, *_, missed, state = cells(page, "Demo list")
    assert (persons, organisations, count, missed) == ("0.70", "0.70", "3", "0 of 2")
    assert precision.startswith("66.7")
    assert state == "Few pairs"
    assert (
        "At the thresholds in force 100.0 % of the true matches"
        in page.xpath("//svg[@role='img']/@aria-label")[0]
    )
    assert page.xpath("//nav//a[@href='/calibration/' and @aria-current='page']")


def test_a_try_says_what_would_change_and_saves_nothing(reviewer, decided):
    page = read(reviewer, f"{PAGE}?dataset=demo_list&kind=person&threshold=0.75")
    text = words(page.get_element_by_id("try"))
    assert "Threshold0.70 → 0.75" in text
    assert "True matches here missed1 of 2" in text
    assert "Cleared in vain1 → 0" in text
    assert page.xpath("//dialog[@id='propose']//input[@name='threshold']/@value") == ["0.750"]
    with acting_in(STAFF):
        assert not Threshold.objects.exists()
    assert "A threshold lies between 0.50 and 1." in words(read(reviewer, f"{PAGE}?threshold=7"))


def test_costs_are_those_of_the_alerts_here_from_the_threshold_in_force_on(reviewer, decided):
    section = read(reviewer, f"{PAGE}?dataset=demo_list&kind=person").get_element_by_id("costs")
    (chart,) = section.xpath(".//svg[contains(@class, 'steps-wide')]")
    said = chart.get("aria-label")
    assert said.startswith("Demo list, persons: 0.70: 3.0, 0.72: 3.0, 0.74: 2.0, 0.76: 1.0,")
    assert said.endswith("0.90: 1.0.")
    assert "3.0 now" in words(chart)
    assert "What scores below 0.70, the threshold in force, was never an alert" in words(section)
    assert "Until" not in words(section)
    tried = read(reviewer, f"{PAGE}?dataset=demo_list&kind=person&threshold=0.73").get_element_by_id("costs")
    assert "Demo list, persons · 1.0 a day less at 0.73" in words(tried)
    # Of a lower one nothing is known: the chart stays as it is.
    lower = read(reviewer, f"{PAGE}?dataset=demo_list&kind=person&threshold=0.6").get_element_by_id("costs")
    assert lower.xpath(".//svg/@aria-label")[0] == said


def test_costs_say_when_the_threshold_was_lowered_and_when_there_is_nothing(reviewer, approver, decided):
    propose(reviewer, "0.65")
    approver.post(f"/calibration/{the_change().pk}/approve/", {"reason": "Seen."})
    section = read(reviewer, f"{PAGE}?dataset=demo_list&kind=person").get_element_by_id("costs")
    assert "it was 0.70, so the lowest columns hold fewer days than the others." in words(section)
    assert section.xpath(".//svg/@aria-label")[0].startswith("Demo list, persons: 0.65: 3.0, 0.67: 3.0,")
    empty = read(reviewer, f"{PAGE}?dataset=demo_list&kind=organisation").get_element_by_id("costs")
    assert "No alerts yet." in words(empty) and empty.xpath(".//svg") == []


def test_a_proposal_names_the_true_matches_that_it_would_miss(reviewer, decided):
    assert "Proposed: a second person puts it in force." in propose(reviewer).content.decode()
    page = read(reviewer, PAGE)
    text = words(page)
    assert "1 threshold waits for a second person" in text
    assert "Demo list, persons from 0.70 to 0.73" in text
    assert "Of 2 true matches found here 1 would be missed." in text
    assert f"Nadia Ferreyra-Lund{decided[1].label} · Demo list0.720" in text.replace("\n", "")
    assert cells(page, "Demo list")[1] == "0.70 → 0.73"
    assert "Approve…, this needs the right to approve lists and thresholds" in text


def test_a_second_person_puts_it_in_force(reviewer, approver, decided):
    propose(reviewer, "0.65")
    key = the_change().pk
    assert "3 parties are screened again." in words(read(approver, PAGE))
    answer = approver.post(f"/calibration/{key}/approve/", {"reason": "Seen."})
    assert answer.status_code == 303
    assert the_change().state == "in_force"
    work_off()
    with acting_in(STAFF):
        assert RescreenItem.objects.filter(cause="threshold", done_at__isnull=False).count() == 3
    assert cells(read(reviewer, PAGE), "Demo list")[1] == "0.65"


def test_nobody_approves_alone_and_the_try_is_recorded(approver, decided):
    propose(approver)
    answer = approver.post(f"/calibration/{the_change().pk}/approve/", {"reason": "Mine."}, follow=True)
    assert "Refused and recorded: the second person must not be the first." in answer.content.decode()
    assert the_change().state == "proposed"


def test_a_proposal_can_be_refused(reviewer, approver, decided):
    propose(reviewer)
    answer = approver.post(f"/calibration/{the_change().pk}/refuse/", {"reason": "Too few."}, follow=True)
    assert "The threshold stays as it is." in answer.content.decode()
    assert the_change().state == "refused"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"threshold": "low"}, "a number between 0 and 1 is expected"),
        ({"threshold": "0.2"}, "not between 0.50 and 1"),
        ({"reason": " "}, "say why"),
    ],
    ids=lambda told: str(told),
)
def test_what_cannot_be_proposed_is_refused_in_words(reviewer, decided, told, said):
    assert said in propose(reviewer, **told).content.decode()
    with acting_in(STAFF):
        assert not Threshold.objects.exists()


def test_the_page_costs_the_same_for_more_tenants(reviewer, aldous, decided):
    propose(reviewer)

    def cost():
        reviewer.get(PAGE)
        with counted() as statements:
            assert reviewer.get(PAGE).status_code == 200
        return len(statements)

    few = cost()
    more_tenants(aldous, 2)
    assert cost() == few <= 20
