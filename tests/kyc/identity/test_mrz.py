"""Machine-readable zones: ICAO's specimens, national ones, wrong digits, dates and names."""

from __future__ import annotations

import io
import json
import lzma
import sys
from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InvalidInput
from kyc.identity.mrz import as_printed_in_mrz, check_digit, country_of, parse, zones
from tests.shared_data import shared_data

TODAY = date(2026, 11, 24)
TD3 = ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"]
TD2 = ["I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"]
MRV_A = ["V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<"]
MRV_B = ["V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L8988901C4XXX4009078F9612109<<<<<<<<"]


def changed(lines: list[str], line: int, at: int, text: str) -> list[str]:
    row = lines[line]
    return [*lines[:line], row[:at] + text + row[at + len(text) :], *lines[line + 1 :]]


def test_specimens_have_the_check_digits_that_their_collection_states() -> None:
    with lzma.open(shared_data("id-documents/mrz-specimens.json.xz")) as stream:
        specimens = [s for s in json.load(stream) if s["format"].startswith("TD")]
    assert len(specimens) > 10
    for specimen in specimens:
        mrz = parse(specimen["lines"], TODAY)
        assert mrz.format == specimen["format"]
        stated = list(specimen["check_digits"].values())
        assert [digit.is_right for digit in mrz.check_digits] == stated, specimen["lines"]
        assert mrz.valid == specimen["all_check_digits_valid"], mrz.errors


def test_documents_that_do_not_follow_icao_are_refused() -> None:
    with lzma.open(shared_data("id-documents/mrz-specimens.json.xz")) as stream:
        others = [s for s in json.load(stream) if not s["format"].startswith("TD")]
    for specimen in others:
        try:
            assert not parse(specimen["lines"], TODAY).valid
        except InvalidInput as error:
            assert error.field == "mrz"


def test_a_passport_is_read() -> None:
    mrz = parse(TD3, TODAY)
    assert (mrz.format, mrz.valid) == ("TD3", True)
    assert (mrz.surname, mrz.given_names, mrz.document_number) == ("ERIKSSON", "ANNA MARIA", "L898902C3")
    assert (mrz.birth_date, mrz.expiry_date, mrz.sex) == ("1974-08-12", "2012-04-15", "F")
    assert (mrz.issuing_state, mrz.nationality, mrz.optional_data) == ("UTO", "UTO", "ZE184226B")


def test_visas_have_no_composite_digit() -> None:
    for lines, name in ((MRV_A, "MRV-A"), (MRV_B, "MRV-B")):
        mrz = parse(lines, TODAY)
        assert (mrz.format, mrz.valid) == (name, True), mrz.errors
        assert [d.field for d in mrz.check_digits] == ["document_number", "birth_date", "expiry_date"]
        assert mrz.nationality == "XXX"


def test_a_wrong_digit_is_shown_beside_the_right_one() -> None:
    mrz = parse(changed(TD3, 1, 43, "5"), TODAY)
    assert not mrz.valid
    assert mrz.as_json()["errors"] == [{"field": "composite", "reason": "check digit read 5, computed 0"}]
    assert mrz.as_json()["check_digits"][-1] == {
        "field": "composite",
        "read": "5",
        "computed": "0",
        "valid": False,
    }


def test_a_long_document_number_goes_on_in_the_optional_data() -> None:
    lines = [
        "I<UTOD23145890<7349<<<<<<<<<<<",
        "3407127M9507122UTO<<<<<<<<<<<2",
        "STEVENSON<<PETER<JOHN<<<<<<<<<",
    ]
    mrz = parse(lines, TODAY)
    assert (mrz.document_number, mrz.optional_data, mrz.valid) == ("D23145890734", "", True)


@pytest.mark.parametrize(
    ("birth", "today", "born"),
    [
        ("261124", date(2026, 11, 24), "2026-11-24"),
        ("261125", date(2026, 11, 24), "1926-11-25"),
        ("740812", date(2026, 11, 24), "1974-08-12"),
        ("000229", date(2026, 11, 24), "2000-02-29"),
        ("74<<<<", date(2026, 11, 24), "1974"),
        ("7408<<", date(2026, 11, 24), "1974-08"),
        ("<<<<<<", date(2026, 11, 24), None),
    ],
)
def test_a_birth_date_is_the_latest_that_has_passed(birth: str, today: date, born: str | None) -> None:
    lines = changed(TD2, 1, 13, birth + str(check_digit(birth)))
    mrz = parse(lines, today)
    assert mrz.birth_date == born
    assert {e.field for e in mrz.errors} <= {"composite"}


def test_an_expiry_date_is_the_nearest() -> None:
    for expiry, expected in (("350101", "2035-01-01"), ("990101", "1999-01-01"), ("760101", "2076-01-01")):
        lines = changed(TD2, 1, 21, expiry + str(check_digit(expiry)))
        assert parse(lines, TODAY).expiry_date == expected


@pytest.mark.parametrize("text", ["740230", "741301", "74O812", "<<0812"[:2] + "9912"])
def test_days_that_do_not_exist_are_errors(text: str) -> None:
    mrz = parse(changed(TD2, 1, 13, text), TODAY)
    assert mrz.birth_date is None
    assert "birth_date" in {e.field for e in mrz.errors}


def test_a_name_that_fills_its_field_may_be_cut() -> None:
    assert not parse(TD3, TODAY).name_is_cut
    full = ["P<UTO" + "ERIKSSON<<ANNA<MARIA<KATARINA<ELISABETH"[:39].ljust(39, "X"), TD3[1]]
    assert parse(full, TODAY).name_is_cut


def test_one_name_alone_is_a_surname() -> None:
    mrz = parse(["P<UTOARKFREITH<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<", TD3[1]], TODAY)
    assert (mrz.surname, mrz.given_names, mrz.valid) == ("ARKFREITH", "", True)


def test_digits_in_names_and_foreign_characters_are_errors() -> None:
    fields = {e.field for e in parse(changed(TD3, 0, 5, "ER1KSSON"), TODAY).errors}
    assert fields == {"surname"}
    assert "line_1" in {e.field for e in parse(changed(TD3, 0, 5, "É"), TODAY).errors}


def test_lines_of_other_sizes_are_refused() -> None:
    for lines in ([], ["A" * 30], ["A" * 30] * 2, ["A" * 44, "A" * 43], ["A" * 36] * 3):
        with pytest.raises(InvalidInput, match="mrz"):
            parse(lines, TODAY)


def test_state_codes_of_the_zone_become_iso_codes() -> None:
    assert [country_of(c) for c in ("D", "GBD", "RKS", "CHE", "UTO", "XXA")] == [
        "DE",
        "GB",
        "XK",
        "CH",
        None,
        None,
    ]


def test_names_are_spelt_as_a_zone_spells_them() -> None:
    assert as_printed_in_mrz("Jean-Luc O’Brien") == "JEAN LUC OBRIEN"
    assert as_printed_in_mrz("Müller-Ørsted, Łódź") == "MUELLER OERSTED LODZ"
    assert as_printed_in_mrz("Strauß Þór Æbeltoft") == "STRAUSS THOR AEBELTOFT"


def test_text_is_grouped_into_zones() -> None:
    text = [*TD3, "", *TD2, "A" * 30, "B" * 30, "C" * 30, "".join(TD3), "odd"]
    found = list(zones(enumerate(text, 1)))
    assert [number for number, _ in found] == [1, 4, 6, 9, 10]
    assert [len(lines) for _, lines in found] == [2, 2, 3, 2, 1]


@settings(max_examples=80)
@given(st.integers(0, 8), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_a_changed_character_is_noticed_or_weighs_the_same(at: int, letter: str) -> None:
    lines = changed(TD3, 1, at, letter)
    same = (int(letter, 36) - int(TD3[1][at], 36)) * (7, 3, 1)[at % 3] % 10 == 0
    assert parse(lines, TODAY).valid == same


@settings(max_examples=80)
@given(st.lists(st.text("ABC123<.é ", min_size=30, max_size=44), min_size=1, max_size=3))
def test_anything_is_read_or_refused_and_never_breaks(lines: list[str]) -> None:
    try:
        mrz = parse(lines, TODAY)
    except InvalidInput:
        return
    json.dumps(mrz.as_json())


def answers(monkeypatch: pytest.MonkeyPatch, capsys: Any, text: str) -> tuple[int, list[dict[str, Any]]]:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    code = 0
    try:
        call_command("read_mrz", "-")
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_command_answers_each_zone_and_goes_on_after_a_bad_one(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    code, lines = answers(monkeypatch, capsys, "\n".join([*TD3, "", "short", "", *TD2]))
    assert code == 2
    assert [line.get("format") for line in lines] == ["TD3", None, "TD2"]
    assert lines[1]["line"] == 4
    assert lines[1]["error"]["field"] == "mrz"
    assert set(lines[0]) >= {"format", "valid", "fields", "errors"}


def test_the_command_reads_an_array_of_zones(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    code, lines = answers(monkeypatch, capsys, json.dumps([TD3, "\n".join(TD2)]))
    assert code == 0
    assert [line["valid"] for line in lines] == [True, True]
