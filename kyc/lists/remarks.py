"""OFAC's remarks: `DOB 03 Dec 1965; POB Quito, Ecuador; Passport A1 (Ecuador); Gender Male; …`.

The text is a list of labelled facts between semicolons
(https://ofac.treasury.gov/specially-designated-nationals-list-data-formats-data-schemas). What is
understood becomes a property; what is not is kept as a note, word for word.
"""

from __future__ import annotations

import re

from kyc.lists.countries import country_code
from kyc.lists.entry import Draft
from kyc.lists.identifiers import add_identifier
from kyc.lists.report import Report

_PART = re.compile(r";\s+|;$")
_ALT = re.compile(r"^alt\.?\s+", re.I)
_WEAK_NAME = re.compile(r"^(?:a\.k\.a\.|f\.k\.a\.|n\.k\.a\.)\s*'(.+?)'\.?$", re.I)
#: A label, its value and what stands behind: `National ID No. 99 (Iran) issued …`.
_LABELS = (
    r"Digital Currency Address - \w+",
    r"Aircraft Manufacturer's Serial Number \(MSN\)",
    r"Aircraft Construction Number \(also called L/N or S/N or F/N\)",
    r"Aircraft Mode S Transponder Code",
    r"Aircraft Serial Identification",
    r"(?:Previous )?Aircraft Tail Number",
    r"Aircraft Model",
    r"Vessel Registration Identification",
    r"International Maritime Organization No\.",
    r"Unified Social Credit Code \(USCC\)",
    r"Legal Entity Number",
    r"Email Address",
    r"Website",
    r"(?:Phone|Telephone)(?: Number| No\.)?",
    r"SWIFT/BIC",
    r"BIK \(RU\)",
    r"MMSI",
    r"ISIN",
    r"Equity Ticker",
    r"Issuer Name",
    r"(?:Diplomatic |Stateless Person |British National Overseas )?Passport",
    r"Identification Number",
    r"(?:Tazkira National |Stateless Person |Refugee )?(?:Registration ID|Personal ID Card|ID Card)",
    r"(?:C\.U\.R\.P\.|R\.F\.C\.|CURP|RFC|NIT|RUC|RIF|D\.N\.I\.|C\.U\.I\.|C\.U\.I\.T\.|SSN|I\.F\.E\.)(?: #)?",
    r"[A-Z][A-Za-z.'’&/() -]{0,60}?(?:No\.?|Number|#|Fiscal Code"
    r"|Commercial Code|Organization Code|US FEIN)",
    r"License",
    r"US FEIN",
)
_IDENTIFIER = re.compile(rf"^({'|'.join(_LABELS)})\s+(\S.*)$")
_TAIL = re.compile(
    r"^(?P<value>.+?)(?:\s+\((?P<country>[^()]*)\))?"
    r"(?:\s+(?:issued|expires|effective|Date of Issuance).*)?$",
    re.I,
)
_SECONDARY = ("secondary sanctions risk", "additional sanctions information")
_NOT_NUMBERS = ("executive order", "caatsa section", "listing date", "effective date", "purchase/sales")


def parse_remarks(draft: Draft, remarks: str, report: Report) -> None:
    """Add the facts of one party's remarks to its draft; the rest stays as notes."""
    for raw in _PART.split(remarks):
        part = raw.strip()
        if not part or part == "-0-":
            continue
        if part.endswith(".") and not part.endswith(("..", " S.A.", " Inc.", " Ltd.", " Co.")):
            part = part[:-1]
        if not _fact(draft, _ALT.sub("", part), report):
            draft.add("notes", part)


def _fact(draft: Draft, part: str, report: Report) -> bool:
    """Take one fact; False where it is none that is understood."""
    if named := _WEAK_NAME.match(part):
        # OFAC prints its weak aliases in the remarks of the CSV files and the strong ones in alt.csv.
        draft.add("weakAlias", named[1])
        return True
    word, _, rest = part.partition(" ")
    match word:
        case "DOB":
            report.add_dates(draft, "birthDate", [rest])
            return True
        case "POB":
            place_of_birth(draft, rest)
            return True
        case "nationality":
            report.add_country(draft, "nationality", rest)
            return True
        case "citizen":
            report.add_country(draft, "citizenship", rest)
            return True
        case "Gender":
            gender(draft, rest)
            return True
        case "Website" if rest:
            draft.add("website", rest)
            return True
    if part.startswith("Organization Established Date "):
        report.add_dates(draft, "incorporationDate", [part.removeprefix("Organization Established Date ")])
        return True
    if part.startswith(("Former Vessel Flag ", "Vessel Flag ")):
        report.add_country(
            draft, "pastFlags" if part.startswith("F") else "flag", part.rpartition("Flag ")[2]
        )
        return True
    if part.startswith("Registration Country "):
        report.add_country(draft, "country", part.removeprefix("Registration Country "))
        return True
    if part.casefold().startswith(_NOT_NUMBERS + _SECONDARY):
        return False
    return identifier(draft, part, report)


def identifier(draft: Draft, part: str, report: Report) -> bool:
    """`Tax ID No. 123 (Panama) issued …` as a number of its kind; False where it is no such thing."""
    found = _IDENTIFIER.match(part)
    if not found:
        return False
    label, rest = found.groups()
    tail = _TAIL.match(rest)
    value, printed = (tail["value"], tail["country"]) if tail else (rest, None)
    if label.startswith("Digital Currency"):
        value = value.split()[0]
    code = None
    if printed:
        code = country_code(printed) or None
    return add_identifier(draft, label, value, country=code)


def place_of_birth(draft: Draft, text: str) -> None:
    """A place of birth, and its country where the last part names one."""
    draft.add("birthPlace", text)
    if code := country_code(text.rpartition(",")[2].strip().rstrip(".")):
        draft.add("birthCountry", code)


def gender(draft: Draft, text: str | None) -> None:
    """`male` or `female`; anything else says nothing."""
    word = (text or "").strip().rstrip(".").casefold()
    if word in {"male", "m", "man"}:
        draft.add("gender", "male")
    elif word in {"female", "f", "woman"}:
        draft.add("gender", "female")


def labelled(draft: Draft, label: str, value: str, report: Report, *, country: str | None = None) -> None:
    """A fact of a table of labels and values, as OFAC's XML and the CSL print them.

    `country` is the code of the issuing country. What is no fact of its own becomes a note.
    """
    match label.rstrip(":- "):
        case "Gender":
            gender(draft, value)
        case "Birthdate" | "DOB":
            report.add_dates(draft, "birthDate", [value])
        case "Place of Birth":
            place_of_birth(draft, value)
        case "Nationality Country":
            report.add_country(draft, "nationality", value)
        case "Citizenship Country":
            report.add_country(draft, "citizenship", value)
        case "Organization Established Date":
            report.add_dates(draft, "incorporationDate", [value])
        case "Former Vessel Flag":
            report.add_country(draft, "pastFlags", value)
        case "Vessel Flag":
            report.add_country(draft, "flag", value)
        case "Nationality of Registration":
            report.add_country(draft, "jurisdiction", value)
        case "Vessel Type" | "VESSEL TYPE":
            draft.add("type", value)
        case known if not _explains(known) and add_identifier(draft, known, value, country=country):
            pass
        case other:
            draft.add("notes", f"{other}: {value}")


def _explains(label: str) -> bool:
    """Labels of explanations, whose text must not be taken for a number."""
    return label.casefold().startswith((*_NOT_NUMBERS, *_SECONDARY, "target type", "organization type"))
