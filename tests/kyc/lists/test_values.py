"""Dates, countries, identifiers and remarks as lists print them."""

import pytest

from kyc.lists.countries import countries_in, country_code
from kyc.lists.dates import LONGEST_RANGE, parse_date, parse_dates
from kyc.lists.entry import Draft, clean, folded
from kyc.lists.identifiers import numbers_in, property_of
from kyc.lists.remarks import parse_remarks
from kyc.lists.report import Report


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("03 Dec 1965", ["1965-12-03"]),
        ("Dec 1965.", ["1965-12"]),
        ("August 1961", ["1961-08"]),
        ("1965", ["1965"]),
        ("1965-03-09", ["1965-03-09"]),
        ("circa 1965", ["1965"]),
        ("circa 07 Jul 1966", ["1966"]),
        ("1965 (approximative)", ["1965"]),
        ("1965 to 1967", ["1965", "1966", "1967"]),
        ("10 Jan 1960 to 20 Feb 1961", ["1960", "1961"]),
        ("between 1965 and 1966", ["1965", "1966"]),
        ("1955 - 1956 (approximative)", ["1955", "1956"]),
        ("1965 or 1966-01-02", ["1965", "1966-01-02"]),
        ("00/00/1980", ["1980"]),
        ("00/03/1980", ["1980-03"]),
        ("29/03/1965", ["1965-03-29"]),
        ("31 Feb 1960", []),
        ("Sep-99", []),
        ("some time ago", []),
        ("", []),
    ],
)
def test_printed_dates(text: str, dates: list[str]) -> None:
    assert list(parse_dates(text)) == dates


def test_american_dates_have_the_month_first() -> None:
    assert parse_date("06/09/2003", month_first=True) == "2003-06-09"
    assert parse_date("06/09/2003") == "2003-09-06"


def test_a_long_range_keeps_its_ends_only() -> None:
    assert parse_dates(f"1900 to {1900 + LONGEST_RANGE + 1}") == ("1900", f"{1900 + LONGEST_RANGE + 1}")
    assert len(parse_dates(f"1900 to {1900 + LONGEST_RANGE}")) == LONGEST_RANGE + 1


def test_a_date_that_cannot_be_read_stays_as_a_note() -> None:
    draft, report = Draft("k", "s", ("d",), "Person"), Report("s")
    report.add_dates(draft, "birthDate", ["in his thirties", None, "1965"])
    assert list(draft.properties["birthDate"]) == ["1965"]
    assert list(draft.properties["notes"]) == ["birthDate: in his thirties"]
    assert report.notes == {"a date could not be read": 1}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Ecuador", "ec"),
        ("ECU", "ec"),
        ("EC", "ec"),
        ("Korea, North", "kp"),
        ("Democratic People’s Republic of Korea", "kp"),
        ("KOREA, DEMOCRATIC PEOPLE'S REPUBLIC OF", "kp"),
        ("Congo, Democratic Republic of the", "cd"),
        ("Iran (Islamic Republic of)", "ir"),
        ("The Gambia", "gm"),
        ("Türkiye", "tr"),
        ("Côte d’Ivoire", "ci"),
        ("Palestinian", "ps"),
        ("Region: Crimea", "ua"),
        ("Kosovo", "xk"),
        ("Burma", "mm"),
        ("Afghan", "af"),
        ("undetermined", ""),
        ("USSR", ""),
        ("Atlantis", None),
    ],
)
def test_printed_countries(text: str, code: str | None) -> None:
    assert country_code(text) == code


@pytest.mark.parametrize(
    ("text", "codes", "unknown"),
    [
        ("(1) German (2) Moroccan", ["de", "ma"], []),
        ("a) Syrian Arab Republic b) State of Palestine", ["sy", "ps"], []),
        ("(1)-(2) Tunisia (3) Bosnia and Herzegovina", ["tn", "ba"], []),
        ("Russian and Ukrainian", ["ru", "ua"], []),
        ("Malian / Mauritanian", ["ml", "mr"], []),
        ("Kuwaiti citizenship withdrawn in 2002", ["kw"], []),
        ("Afghanistan (since 2009)", ["af"], []),
        ("Possibly Ethiopian", ["et"], []),
        ("Syrian Arab Republic as of September 2015", ["sy"], []),
        ("Atlantis, Ecuador", ["ec"], ["Atlantis"]),
    ],
)
def test_enumerations_of_countries(text: str, codes: list[str], unknown: list[str]) -> None:
    assert countries_in(text) == (codes, unknown)


def test_an_unknown_country_is_left_out_and_counted() -> None:
    draft, report = Draft("k", "s", ("d",), "Person"), Report("s")
    report.add_country(draft, "country", "Atlantis", "Peru", None, "unknown")
    assert list(draft.properties["country"]) == ["pe"]
    assert report.notes == {"unknown country: Atlantis": 1}


@pytest.mark.parametrize(
    ("label", "schema", "name"),
    [
        ("Passport", "Person", "passportNumber"),
        ("Diplomatic Passport", "Person", "passportNumber"),
        ("Tax ID No.", "Organization", "taxNumber"),
        ("V.A.T. Number", "Organization", "vatCode"),
        ("R.F.C.", "Person", "taxNumber"),
        ("SWIFT/BIC", "Organization", "swiftBic"),
        ("D-U-N-S Number", "Organization", "dunsCode"),
        ("Unified Social Credit Code (USCC)", "Organization", "uscCode"),
        ("Aircraft Manufacturer's Serial Number (MSN)", "Airplane", "serialNumber"),
        ("Digital Currency Address - ETH", "Person", "publicKey"),
        ("Cedula No.", "Person", "idNumber"),
        ("Public Registration Number", "Organization", "registrationNumber"),
        ("Linked To", "Person", None),
    ],
)
def test_labels_of_numbers(label: str, schema: str, name: str | None) -> None:
    assert property_of(label, schema) == name


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("(1) K048787 (2) 486298 (issued 3 July 1999)", ("K048787", "486298")),
        ("00344994 (Yemeni). Issued 3 July 1999", ("00344994",)),
        ("973406 (issued on 03/07/1996)", ("973406",)),
        ("D 000933", ("D 000933",)),
        ("no number", ()),
        ("2011", ()),
    ],
)
def test_numbers_in_free_text(text: str, numbers: tuple[str, ...]) -> None:
    assert numbers_in(text) == numbers


def remarked(text: str, schema: str = "Organization") -> dict[str, tuple[str, ...]]:
    draft = Draft("ofac-1", "us_ofac_sdn", ("us_ofac_sdn",), schema)
    draft.add("name", "Tulipworks")
    parse_remarks(draft, text, Report("us_ofac_sdn"))
    return dict(draft.build().properties)


@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        ("Registration ID 5117746015624 (Russia).", "registrationNumber", ("5117746015624",)),
        ("Legal Entity Number 856458879 (Netherlands).", "registrationNumber", ("856458879",)),
        ("Identification Number IMO 5163651.", "imoNumber", ("IMO5163651",)),
        ("Company Number IMO 5878561", "imoNumber", ("IMO5878561",)),
        ("alt. Digital Currency Address - ETH 0xInvented1", "publicKey", ("0xInvented1",)),
        ("Unified Social Credit Code (USCC) 91110000MA005UCQ5P (China)", "uscCode", ("91110000MA005UCQ5P",)),
        ("BIK (RU) 044525225", "bikCode", ("044525225",)),
        ("SWIFT/BIC INVTRUMM; SWIFT/BIC INVTRUM1", "swiftBic", ("INVTRUMM", "INVTRUM1")),
        ("National ID No. D489833(9) (Hong Kong)", "registrationNumber", ("D489833(9)",)),
        ("a.k.a. 'ROSE'; f.k.a. 'LILY'.", "weakAlias", ("ROSE", "LILY")),
        (
            "Executive Order 13846 information: BLOCKING No. 7",
            "notes",
            ("Executive Order 13846 information: BLOCKING No. 7",),
        ),
        ("All offices worldwide.", "notes", ("All offices worldwide",)),
    ],
)
def test_facts_of_remarks(text: str, name: str, values: tuple[str, ...]) -> None:
    assert remarked(text)[name] == values


def test_remarks_lose_nothing() -> None:
    text = "Linked To: ROSE, S.A.; Target Type State-Owned Enterprise; Something else entirely."
    assert remarked(text)["notes"] == (
        "Linked To: ROSE, S.A.",
        "Target Type State-Owned Enterprise",
        "Something else entirely",
    )


def test_text_is_cleaned_of_what_no_one_means() -> None:
    assert clean(" -0- ") == ""
    assert clean("a\u00a0\n b\u0092s\ufeff") == "a b’s"
    assert clean("Cafe\u0301") == "Café"
    assert folded("  Café-Tulip, S.A. ") == "cafe tulip s a"
