"""Which FollowTheMoney property an identification document or number belongs to, by its printed label.

OFAC and the Consolidated Screening List use the same labels in remarks, tables and XML; the other
lists' labels are here as well, so that one table answers for all of them.
"""

from __future__ import annotations

import re

from kyc.lists.entry import Draft, clean

#: Label (folded by `_fold`) → property.
_PROPERTY = {
    # people
    "passport": "passportNumber",
    "diplomatic passport": "passportNumber",
    "stateless person passport": "passportNumber",
    "british national overseas passport": "passportNumber",
    "travel document number": "passportNumber",
    "numero de passeport": "passportNumber",
    "numéro de passeport": "passportNumber",
    "número de pasaporte": "passportNumber",
    "national passport": "passportNumber",
    "ssn": "idNumber",
    # tax
    "tax id": "taxNumber",
    "nit": "taxNumber",
    "rfc": "taxNumber",
    "ruc": "taxNumber",
    "rif": "taxNumber",
    "us fein": "taxNumber",
    "italian fiscal code": "taxNumber",
    "fiscal code": "taxNumber",
    "cuit": "taxNumber",
    "paraguayan tax id": "taxNumber",
    "fiscalcode": "taxNumber",
    "tax identification number": "taxNumber",
    "vat": "vatCode",
    "vat number": "vatCode",
    "inn": "innCode",
    # companies
    "registration number": "registrationNumber",
    "registration id": "registrationNumber",
    "business registration number": "registrationNumber",
    "business registration document": "registrationNumber",
    "business number": "registrationNumber",
    "commercial registry number": "registrationNumber",
    "company number": "registrationNumber",
    "company id": "registrationNumber",
    "cr": "registrationNumber",
    "folio mercantil": "registrationNumber",
    "matricula mercantil": "registrationNumber",
    "trade license": "registrationNumber",
    "license": "registrationNumber",
    "government gazette number": "registrationNumber",
    "economic register number": "registrationNumber",
    "central registration system number": "registrationNumber",
    "chamber of commerce number": "registrationNumber",
    "enterprise number": "registrationNumber",
    "legal entity number": "leiCode",
    "lei": "leiCode",
    "ogrn": "ogrnCode",
    "duns number": "dunsCode",
    "unified social credit code": "uscCode",
    "swift bic": "swiftBic",
    "bic": "swiftBic",
    "bik": "bikCode",
    "isin": "isinCode",
    "equity ticker": "ticker",
    "issuer name": "alias",
    # ships and aircraft
    "vessel registration identification": "imoNumber",
    "international maritime organization": "imoNumber",
    "imo": "imoNumber",
    "imo number": "imoNumber",
    "mmsi": "mmsi",
    "call sign": "callSign",
    "vessel call sign": "callSign",
    "aircraft tail number": "registrationNumber",
    "previous aircraft tail number": "registrationNumber",
    "aircraft mode s transponder code": "icaoCode",
    "aircraft serial identification": "serialNumber",
    "aircraft manufacturers serial number": "serialNumber",
    "aircraft construction number": "serialNumber",
    "aircraft model": "model",
    # how to reach
    "website": "website",
    "email address": "email",
    "email": "email",
    "phone number": "phone",
    "phone": "phone",
    "telephone": "phone",
    "telephone number": "phone",
}
_PAREN = re.compile(r"\s*\([^)]*\)")
_ENDING = re.compile(r"\s*(?:No\.?|#|:|-)+\s*$", re.I)
_IMO = re.compile(r"\bIMO[\s:#-]*(\d{7})\b", re.I)
_LEI = re.compile(r"[A-Z0-9]{18}\d{2}")
_CRYPTO = re.compile(r"^(?:alt\. )?digital currency address\b", re.I)
_SOME_NUMBER = re.compile(
    r"\b(?:ids?|number|identification|identifier|card|code|licen[sc]e|permit|certificate|register|registry"
    r"|cedula|curp|dni|cui|tazkira)\b"
)


def _fold(label: str) -> str:
    """`Tax ID No.` → `tax id`, `V.A.T. Number` → `vat number`, `SWIFT/BIC` → `swift bic`."""
    text = _ENDING.sub("", _PAREN.sub("", label).strip())
    text = (
        text.replace(".", "").replace("'", "").replace("’", "").replace("/", " ").replace("D-U-N-S", "DUNS")
    )
    return _ENDING.sub("", text).strip().casefold()


def property_of(label: str, schema: str) -> str | None:
    """The property that the label names; None where it names no number that is kept as one."""
    if _CRYPTO.match(label):
        return "publicKey"
    folded = _fold(label)
    if name := _PROPERTY.get(folded):
        return name
    if folded.endswith(("passport", "passport number")):
        return "passportNumber"
    # A label that says "number", "card", "code" or "licence" of something else is some national id.
    if _SOME_NUMBER.search(folded):
        return "idNumber" if schema == "Person" else "registrationNumber"
    return None


def add_identifier(draft: Draft, label: str, value: str, *, country: str | None = None) -> bool:
    """Add the number under the property that its label names; False where the label names none.

    `country` is a code and is kept with a company's registration only: a passport's issuer stands
    in the notes of the list and says less than the nationality.
    """
    value = clean(value).rstrip(".,;")
    name = property_of(label, draft.schema)
    if name is None or not value:
        return False
    if found := _IMO.search(value):
        # "Identification Number IMO 5163651" is a shipping company's number, a vessel's is alike.
        draft.add("imoNumber", f"IMO{found[1]}")
        return True
    if name == "imoNumber":
        digits = re.sub(r"\D", "", value)
        draft.add(
            "imoNumber" if len(digits) == 7 else "registrationNumber",
            f"IMO{digits}" if len(digits) == 7 else value,
        )
        return True
    if name == "leiCode" and not _LEI.fullmatch(value):
        name = "registrationNumber"
    draft.add(name, value)
    if country and name in {"registrationNumber", "uscCode", "ogrnCode"} and draft.schema != "Person":
        draft.add("jurisdiction", country)
    return True


_CLAUSE = re.compile(
    r"\b(?:issued|expires?|expired|valid|dated?|dob|under the name|under name)\b[^();,]*", re.I
)
_DATE = re.compile(r"\b(?:\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{4}-\d{2}-\d{2})\b")
_NUMBER = re.compile(r"\b(?:[A-Z]{1,4}[ -]?)?\d[\dA-Z]*(?:[-/.]\d+[A-Z]?)*\b")


def numbers_in(text: str) -> tuple[str, ...]:
    """Document numbers in free text such as `(1) K048787 (2) 486298 (issued 3 July 1999)`.

    At least five characters with four digits; dates and what was issued when are no numbers.
    """
    bare = _DATE.sub(" ", _CLAUSE.sub(" ", clean(text)))
    found = (match.strip() for match in _NUMBER.findall(bare))
    return tuple(dict.fromkeys(n for n in found if len(n) >= 5 and sum(c.isdigit() for c in n) >= 4))
