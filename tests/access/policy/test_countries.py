"""Country tables over every ISO code, and against the official tables where they are at hand."""

from __future__ import annotations

import json
import lzma
from datetime import date

import pycountry
import pytest

from access.policy.countries import NO_DESTINATION, atlas
from tests.shared_data import shared_data

DAY = date(2026, 11, 1)
ISO = sorted(country.alpha_2 for country in pycountry.countries)

#: Where the official tables write a name otherwise than ours.
OTHER_NAMES = {
    "China (PRC)": "China",
    "Congo (Democratic Republic of)": "Congo (Democratic Republic of the)",
    "Seycheles": "Seychelles",
    "Sint Maarten (the Dutch two-fifths of the island of Saint Martin)": "Sint Maarten",
    "Micronesia (Federated State of)": "Micronesia",
}


def test_there_are_249_codes() -> None:
    assert len(ISO) == 249


@pytest.mark.parametrize("code", ISO)
def test_every_iso_code_has_a_destination_or_is_known_to_have_none(code: str) -> None:
    destination = atlas().destination(code)
    place = atlas().place(code, DAY)
    if code in {"AQ", "PS"}:
        assert destination is None
        assert place.territory == NO_DESTINATION
    else:
        assert destination in atlas().names
        assert place.groups == atlas().place(str(destination), DAY).groups


def test_tables_hold_nothing_but_iso_codes_and_kosovo() -> None:
    assert set(atlas().codes()) == {*ISO, "XK"} - {"AQ", "PS"}


@pytest.mark.parametrize(
    ("state", "territories"),
    [
        ("CN", "HK"),
        ("GB", "VG KY BM GI IM JE GG AI FK GS IO MS PN SH TC"),
        ("US", "PR GU VI AS MP UM"),
        ("FR", "GP MQ RE NC PF GF YT PM WF BL MF TF"),
        ("FI", "AX"),
        ("DK", "GL FO"),
        ("NL", "BQ"),
    ],
)
def test_a_territory_takes_its_state(state: str, territories: str) -> None:
    assert all(atlas().destination(code) == state for code in territories.split())


@pytest.mark.parametrize("code", ["AW", "CW", "SX", "XK", "MO", "TW"])
def test_these_have_rows_of_their_own(code: str) -> None:
    assert atlas().destination(code) == code


@pytest.mark.parametrize("code", ["ZZ", "UK", "EU", "AN", "AQ", "PS"])
def test_other_codes_have_no_destination(code: str) -> None:
    assert atlas().destination(code) is None


def test_macau_is_named_beside_d5() -> None:
    place = atlas().place("MO", DAY)
    assert "D:5" not in place.groups
    assert place.macau_or_d5
    assert place.restricted


@pytest.mark.parametrize(
    ("code", "restricted"),
    [
        ("CN", True),
        ("HK", True),
        ("SA", True),
        ("VN", True),
        ("AE", True),
        ("IL", False),
        ("CY", False),
        ("MY", False),
    ],
)
def test_where_3a090_needs_a_licence(code: str, restricted: bool) -> None:
    assert atlas().place(code, DAY).restricted is restricted


def test_the_programmes_of_territories() -> None:
    found = {code: atlas().place(code, DAY).territory for code in ISO}
    programmes = {code: name for code, name in found.items() if name not in ("none", NO_DESTINATION)}
    assert programmes == {"CU": "cuba", "IR": "iran", "KP": "north_korea", "SY": "syria", "UA": "ukraine"}


def test_blocs_are_as_the_law_lists_them() -> None:
    eu = {code for code in ISO if atlas().place(code, DAY).eu}
    uk = {code for code in ISO if atlas().place(code, DAY).uk}
    assert len(eu) == 27 + 7
    assert {"AX", "GF", "GP", "MF", "MQ", "RE", "YT"} < eu
    assert " ".join(sorted(uk)) == "AI BM FK GB GG GI GS IM IO JE KY MS PN SH TC VG"


def test_an_earlier_day_takes_the_oldest_edition() -> None:
    assert atlas().predates_editions(date(2026, 7, 22))
    assert not atlas().predates_editions(date(2026, 7, 23))
    assert atlas().edition(date(2020, 1, 1)).date == date(2026, 7, 23)


def test_samples_stand_for_every_code() -> None:
    def flags(code: str) -> tuple[object, ...]:
        place = atlas().place(code, DAY)
        return (place.us, place.macau_or_d5, place.restricted, place.territory, place.eu, place.uk)

    samples = {flags(code) for code in atlas().samples(DAY)}
    assert {flags(code) for code in (*ISO, "XK", "ZZ")} == samples


def test_groups_equal_the_official_ones() -> None:
    with lzma.open(shared_data("ear/country-groups.json.xz")) as stream:
        official = json.load(stream)
    assert official["ecfrIssueDate"] == "2026-07-23"
    ours = atlas().edition(DAY).groups
    for name, members in ours.items():
        named = {OTHER_NAMES.get(member, member) for member in official["groups"][name]}
        assert {atlas().names[code] for code in members} == named, name


def test_destinations_equal_the_rows_of_the_official_chart() -> None:
    with lzma.open(shared_data("ear/country-chart.json.xz")) as stream:
        official = json.load(stream)
    rows = {OTHER_NAMES.get(row, row) for row in (*official["countries"], *official["embargoed"])}
    assert set(atlas().names.values()) - {"United States"} == rows
