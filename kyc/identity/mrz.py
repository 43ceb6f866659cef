"""Machine-readable zones of travel documents: ICAO Doc 9303, parts 3 to 7 (8th edition).

TD1 (three lines of 30), TD2 and MRV-B (two of 36), TD3 and MRV-A (two of 44). Check digits: weights 7, 3, 1
modulo 10, letters from A = 10, the filler < = 0 (part 3, 4.9). What was read and what was computed stand
side by side; nothing is corrected silently.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import pycountry

from core.errors import InvalidInput

FILLER = "<"
_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<")

#: Codes of part 3, section 5, that ISO 3166-1 does not have, as alpha-2 where they are a state's.
_OWN_CODES = {
    "D": "DE",
    "GBD": "GB",
    "GBN": "GB",
    "GBO": "GB",
    "GBP": "GB",
    "GBS": "GB",
    "RKS": "XK",
}

#: Part 3, section 6.A: letters that do not lose a mark but become others.
_LATIN = dict(
    zip(
        "ÄÅÆÐÑÖØÜÞßẞĐĦıĲĸŁŊŒŦ",
        (
            "AE",
            "AA",
            "AE",
            "D",
            "N",
            "OE",
            "OE",
            "UE",
            "TH",
            "SS",
            "SS",
            "D",
            "H",
            "I",
            "IJ",
            "K",
            "L",
            "N",
            "OE",
            "T",
        ),
        strict=True,
    )
)


@dataclass(frozen=True)
class CheckDigit:
    """One check digit: over which field, as printed and as it should be."""

    field: str
    read: str
    computed: str | None
    """None where the field holds a character without a value."""

    @property
    def is_right(self) -> bool:
        return self.read == self.computed


@dataclass(frozen=True)
class MrzError:
    """What is wrong with one field."""

    field: str
    reason: str


@dataclass(frozen=True)
class Mrz:
    """A zone as read. `valid`: every check digit is right and every field has its form."""

    format: str
    document_code: str
    issuing_state: str
    surname: str
    given_names: str
    name_is_cut: bool
    """The name fills its field to the end: the printed name is probably longer (part 3, 4.6)."""
    document_number: str
    nationality: str
    birth_date: str | None
    """YYYY-MM-DD, YYYY-MM or YYYY as far as it is known."""
    sex: str
    """M, F, or X for unspecified."""
    expiry_date: str | None
    optional_data: str
    optional_data_2: str
    check_digits: tuple[CheckDigit, ...]
    errors: tuple[MrzError, ...]

    @property
    def valid(self) -> bool:
        return not self.errors

    def as_json(self) -> dict[str, Any]:
        """The answer of `manage.py read_mrz`."""
        return {
            "format": self.format,
            "valid": self.valid,
            "fields": {
                "document_code": self.document_code,
                "issuing_state": self.issuing_state,
                "issuing_country": country_of(self.issuing_state),
                "surname": self.surname,
                "given_names": self.given_names,
                "name_is_cut": self.name_is_cut,
                "document_number": self.document_number,
                "nationality": self.nationality,
                "nationality_country": country_of(self.nationality),
                "birth_date": self.birth_date,
                "sex": self.sex,
                "expiry_date": self.expiry_date,
                "optional_data": self.optional_data,
                "optional_data_2": self.optional_data_2,
            },
            "check_digits": [
                {"field": d.field, "read": d.read, "computed": d.computed, "valid": d.is_right}
                for d in self.check_digits
            ],
            "errors": [{"field": e.field, "reason": e.reason} for e in self.errors],
        }


def check_digit(text: str) -> str | None:
    """The check digit over `text`, or None where a character has no value."""
    total = 0
    for place, character in enumerate(text):
        if character not in _ALPHABET:
            return None
        value = 0 if character == FILLER else int(character, 36)
        total += value * (7, 3, 1)[place % 3]
    return str(total % 10)


def parse(lines: Sequence[str], today: date) -> Mrz:
    """Read one zone. `today` settles the century of two-digit years.

    Raises InvalidInput where number and length of the lines fit no format of Doc 9303.
    """
    rows = [re.sub(r"\s", "", line).upper() for line in lines]
    shape = (len(rows), *sorted({len(row) for row in rows}))
    if shape == (3, 30):
        return _td1(rows, today)
    if shape not in ((2, 36), (2, 44)):
        sizes = ", ".join(str(len(row)) for row in rows)
        raise InvalidInput("mrz", f"lines of {sizes or 'no'} characters fit no format of ICAO 9303")
    if rows[0].startswith("IDFRA") and re.match(r"\w{12}\d[A-Z<]{14}\d{6}", rows[1]):
        raise InvalidInput("mrz", "a French identity card of before 2021, which does not follow ICAO 9303")
    return _two_lines(rows, today)


@dataclass(frozen=True)
class _Layout:
    """A format of two lines: where its optional data ends, and whether it ends in a composite digit."""

    name: str
    optional_end: int
    personal_check: bool = False
    composite: bool = True


_LAYOUTS = {
    (44, False): _Layout("TD3", 42, personal_check=True),
    (36, False): _Layout("TD2", 35),
    (44, True): _Layout("MRV-A", 44, composite=False),
    (36, True): _Layout("MRV-B", 36, composite=False),
}


def _two_lines(rows: list[str], today: date) -> Mrz:
    first, second = rows
    layout = _LAYOUTS[len(first), first[0] == "V"]
    number, optional = second[0:9], second[28 : layout.optional_end]
    number, document, optional = _document(number, second[9], optional, may_be_long=layout.name == "TD2")
    digits = [
        document,
        CheckDigit("birth_date", second[19], check_digit(second[13:19])),
        CheckDigit("expiry_date", second[27], check_digit(second[21:27])),
    ]
    if layout.personal_check:
        computed = check_digit(second[28:42])
        empty = not second[28:42].strip(FILLER)
        # An empty personal number may leave the filler for its digit (part 4, 4.2.2.2).
        read = "0" if empty and second[42] == FILLER else second[42]
        digits.append(CheckDigit("optional_data", read, computed))
    if layout.composite:
        over = second[0:10] + second[13:20] + second[21 : len(second) - 1]
        digits.append(CheckDigit("composite", second[-1], check_digit(over)))
    return _built(
        layout.name,
        rows,
        digits,
        code=first[0:2],
        state=first[2:5],
        name=first[5:],
        number=number,
        nationality=second[10:13],
        birth=second[13:19],
        sex=second[20],
        expiry=second[21:27],
        optional=(optional, ""),
        today=today,
    )


def _td1(rows: list[str], today: date) -> Mrz:
    first, second, third = rows
    number, document, optional = _document(first[5:14], first[14], first[15:30], may_be_long=True)
    over = first[5:30] + second[0:7] + second[8:15] + second[18:29]
    digits = [
        document,
        CheckDigit("birth_date", second[6], check_digit(second[0:6])),
        CheckDigit("expiry_date", second[14], check_digit(second[8:14])),
        CheckDigit("composite", second[29], check_digit(over)),
    ]
    return _built(
        "TD1",
        rows,
        digits,
        code=first[0:2],
        state=first[2:5],
        name=third,
        number=number,
        nationality=second[15:18],
        birth=second[0:6],
        sex=second[7],
        expiry=second[8:14],
        optional=(optional, second[18:29]),
        today=today,
    )


def _document(number: str, digit: str, optional: str, *, may_be_long: bool) -> tuple[str, CheckDigit, str]:
    """Document number, its check digit and what is left of the optional data.

    A number longer than nine characters goes on in the optional data, with a filler in place of its
    check digit and the digit after its end (part 5, 4.2.4). Issuers differ on whether that filler
    counts among the weights: either is accepted, the one of the text (it is left out) comes first.
    """
    rest, _, after = optional.partition(FILLER)
    if may_be_long and digit == FILLER and len(rest) >= 2:
        tail, read = rest[:-1], rest[-1]
        without, counting = check_digit(number + tail), check_digit(number + FILLER + tail)
        computed = counting if read == counting else without
        return number + tail, CheckDigit("document_number", read, computed), after
    return number, CheckDigit("document_number", digit, check_digit(number)), optional


def _built(
    format_name: str,
    rows: Iterable[str],
    digits: list[CheckDigit],
    *,
    code: str,
    state: str,
    name: str,
    number: str,
    nationality: str,
    birth: str,
    sex: str,
    expiry: str,
    optional: tuple[str, str],
    today: date,
) -> Mrz:
    errors: list[MrzError] = []
    for place, row in enumerate(rows, start=1):
        strange = sorted(set(row) - _ALPHABET)
        if strange:
            errors.append(
                MrzError(f"line_{place}", f"characters outside A-Z, 0-9 and <: {' '.join(strange)}")
            )
    for field, text in (("issuing_state", state), ("nationality", nationality)):
        if not re.fullmatch(r"[A-Z]{1,3}<*", text):
            errors.append(MrzError(field, f"not a code of letters: {text}"))
    if not code[0].isalpha():
        errors.append(MrzError("document_code", f"does not begin with a letter: {code}"))
    surname, given, cut = _names(name)
    if not surname:
        errors.append(MrzError("surname", "empty"))
    for field, text in (("surname", surname), ("given_names", given)):
        if any(character.isdigit() for character in text):
            errors.append(MrzError(field, f"a digit in a name: {text}"))
    if not number.strip(FILLER):
        errors.append(MrzError("document_number", "empty"))
    if sex not in "MF<X":
        errors.append(MrzError("sex", f"not M, F or <: {sex}"))
    born = _date("birth_date", birth, today, errors, past=True)
    expires = _date("expiry_date", expiry, today, errors, past=False)
    for digit in digits:
        if digit.computed is None or not digit.is_right:
            should = f", computed {digit.computed}" if digit.computed is not None else ""
            errors.append(MrzError(digit.field, f"check digit read {digit.read}{should}"))
    return Mrz(
        format=format_name,
        document_code=code.rstrip(FILLER),
        issuing_state=state.rstrip(FILLER),
        surname=surname,
        given_names=given,
        name_is_cut=cut,
        document_number=_spaced(number),
        nationality=nationality.rstrip(FILLER),
        birth_date=born,
        sex=sex if sex in "MF" else "X",
        expiry_date=expires,
        optional_data=_spaced(optional[0]),
        optional_data_2=_spaced(optional[1]),
        check_digits=tuple(digits),
        errors=tuple(errors),
    )


def _names(field: str) -> tuple[str, str, bool]:
    """Primary and secondary identifier: `<<` parts them, a single `<` is a space or a hyphen."""
    primary, _, secondary = field.partition(FILLER * 2)
    if not secondary.strip(FILLER):
        secondary = ""
    return _spaced(primary), _spaced(secondary), not field.endswith(FILLER)


def _spaced(text: str) -> str:
    return " ".join(part for part in text.split(FILLER) if part)


def _date(field: str, text: str, today: date, errors: list[MrzError], *, past: bool) -> str | None:
    """YYMMDD → ISO, as far as known (`<<` for an unknown month, day or year: part 3, 4.8).

    A birth date is the latest such date that is not after `today`; an expiry date the one within
    fifty years of it.
    """
    parts = [text[0:2], text[2:4], text[4:6]]
    if any(part != FILLER * 2 and not part.isdecimal() for part in parts):
        errors.append(MrzError(field, f"not a date: {text}"))
        return None
    if parts[0] == FILLER * 2:
        return None
    month, day = (int(p) if p.isdecimal() else None for p in parts[1:])
    if month is None and day is not None:
        errors.append(MrzError(field, f"a day without a month: {text}"))
        return None
    short = int(parts[0])
    century = today.year - today.year % 100
    candidates = (century - 100 + short, century + short, century + 100 + short)
    moments = {year: date(year, month or 1, day or 1) for year in candidates if _exists(year, month, day)}
    if not moments:
        errors.append(MrzError(field, f"no such day: {text}"))
        return None
    if past:
        year = max((y for y, moment in moments.items() if moment <= today), default=min(moments))
    else:
        year = min(moments, key=lambda y: (abs((moments[y] - today).days), -y))
    return "-".join([f"{year:04d}", *(f"{n:02d}" for n in (month, day) if n is not None)])


def _exists(year: int, month: int | None, day: int | None) -> bool:
    try:
        return date(year, month or 1, day or 1) is not None
    except ValueError:
        return False


@cache
def country_of(code: str) -> str | None:
    """ISO 3166-1 alpha-2 of a three-letter state code of a zone; None for UTO, UNO, XXA and the like."""
    if code in _OWN_CODES:
        return _OWN_CODES[code]
    found = pycountry.countries.get(alpha_3=code) if len(code) == 3 else None
    return None if found is None else str(found.alpha_2)


def as_printed_in_mrz(name: str) -> str:
    """A Latin name as a zone spells it (part 3, 4.6 and 6.A), words parted by spaces, for comparison.

    Apostrophes and full stops vanish, hyphens and commas part, ä becomes AE, é becomes E.
    """
    upper = unicodedata.normalize("NFC", name).upper()
    spelt = "".join(_LATIN.get(letter, letter) for letter in upper)
    bare = "".join(c for c in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^A-Z0-9]+", " ", re.sub(r"['’ʼ.`]", "", bare)).split())


def zones(lines: Iterable[tuple[int, str]]) -> Iterable[tuple[int, list[str]]]:
    """Group numbered lines of text into zones: three lines of 30, two of others; a blank line ends a zone.

    A zone written on one line (90, 72 or 88 characters) is cut. Yields (number of the first line, lines).
    """
    held: list[str] = []
    start = 0
    for number, raw in lines:
        line = raw.strip().replace(" ", "")
        if not line:
            if held:
                yield start, held
            held = []
            continue
        width = {90: 30, 72: 36, 88: 44}.get(len(line))
        if width and not held:
            yield number, [line[at : at + width] for at in range(0, len(line), width)]
            continue
        if not held:
            start = number
        held.append(line)
        if len(held) == (3 if len(held[0]) < 36 else 2):
            yield start, held
            held = []
    if held:
        yield start, held
