"""How figures, times and shares are written; what a page answers in its title."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django import forms
from django.template import Context, Template

from console.frame import operator_frame, regulator_frame
from console.parts import Field, Viewer
from console.templatetags import lockgate
from tests.console.samples import NOW, account, alert, home, tenant

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (timedelta(hours=6, minutes=12), "6 h 12 min"),
        (timedelta(hours=3, minutes=5), "3 h 05 min"),
        (timedelta(days=3, hours=4, minutes=9), "3 d 4 h"),
        (timedelta(days=9), "9 d"),
        (timedelta(minutes=22), "22 min"),
        (timedelta(seconds=38), "38 s"),
        (timedelta(seconds=-5), "0 s"),
    ],
)
def test_durations_have_two_units(value: timedelta, said: str) -> None:
    assert lockgate.duration(value).replace(NBSP, " ") == said


def test_age_counts_hours_up_to_two_days() -> None:
    said = [lockgate.age(timedelta(hours=h)).replace(NBSP, " ") for h in (0.5, 26, 47, 72)]
    assert said == ["30 min", "26 h", "47 h", "3 d"]


def test_signs_are_said_and_minus_is_a_minus() -> None:
    assert [lockgate.signed(v) for v in (0.02, -0.06, 0.0, -0.0001)] == ["+0.020", "−0.060", "0.000", "0.000"]


def test_shares_stay_ranges() -> None:
    assert lockgate.share_text(57, 63).replace(NBSP, " ") == "57–63 %"
    assert lockgate.share_text(25, 25).replace(NBSP, " ") == "25 %"
    assert lockgate.percent(33.6).replace(NBSP, " ") == "33.6 %"


def test_times_are_local_with_utc_on_hover(settings: object) -> None:
    settings.TIME_ZONE = "Europe/Berlin"  # type: ignore[attr-defined]
    shown = lockgate.moment(datetime(2026, 11, 24, 13, 4, 58, tzinfo=UTC), "clock")
    assert ">14:04:58<" in shown
    assert 'title="2026-11-24 13:04:58 UTC"' in shown


def test_days_of_another_year_say_it() -> None:
    assert ">3 Mar 2025<" in lockgate.moment(date(2025, 3, 3), "day", NOW)
    assert ">24 Nov<" in lockgate.moment(date(2026, 11, 24), "day", NOW)


def test_home_answers_in_its_title() -> None:
    assert home.page().title == "10 things are yours, 4 are late, 1 list is stale"
    assert home.page().open == 37


def test_phone_shows_what_is_stale_and_two_more_lists() -> None:
    page = home.page()
    assert [line.name for line in page.few_lists] == ["Demo list", "OFAC SDN", "EU"]
    assert page.other_lists == 7


def test_alert_effects_add_up_to_its_score() -> None:
    page = alert.page()
    assert sum(row.effect or 0 for row in page.rows) == pytest.approx(page.score)
    assert page.compared == "2 agree, 2 close, 2 differ, 2 not compared"


def test_rating_is_the_sum_of_its_lines() -> None:
    rating = tenant.page().rating
    assert rating is not None and rating.points == 78


def test_field_of_a_django_form_keeps_value_choices_and_errors() -> None:
    class Ask(forms.Form):
        count = forms.IntegerField(label="How many", min_value=1)
        site = forms.ChoiceField(choices=[("a", "East"), ("b", "Johor-1")])
        true = forms.BooleanField()

    form = Ask({"count": "0", "site": "b", "true": "on"})
    count, site, true = (Field.from_bound(form[name]) for name in ("count", "site", "true"))
    assert (count.kind, count.value, count.label, bool(count.errors)) == ("number", "0", "How many", True)
    assert (site.kind, site.value, [o.text for o in site.options]) == ("select", "b", ["East", "Johor-1"])
    assert (true.kind, true.checked) == ("checkbox", True)
    assert Field.from_bound(account.Login()["password"]).kind == "password"


@pytest.mark.usefixtures("preview")
def test_texts_of_tenants_are_escaped() -> None:
    page = Template("{% load lockgate %}{% icon 'ok' title=word %}").render(Context({"word": "<b>&"}))
    assert "<b>" not in page and "&lt;b&gt;&amp;" in page


@pytest.mark.usefixtures("preview")
def test_frame_marks_the_place_that_is_open() -> None:
    viewer = Viewer("M. Aldous", "Reviewer", "CET")
    frame = operator_frame(
        provider="Northquay", viewer=viewer, path="/alerts/A-1/", counts={"alerts": 14, "requests": 5}
    )
    current = [item.text for group in frame.groups for item in group.items if item.current]
    assert current == ["Alerts"]
    assert [(p.text, p.count, p.current) for p in frame.places][1] == ("Decide", 19, True)
    oversight = regulator_frame(provider="Northquay", viewer=viewer, path="/oversight/", counts={})
    assert [i.text for g in oversight.groups for i in g.items if i.current] == ["Overview"]
