"""A provider's existing customers as a file: CSV rows or JSON lines → customers and their chains. Pure.

CSV: a row about the tenant itself (`party` empty) and one for each party or stake:

    tenant,party,name,country,schema,owns,percent
    c-17,,Kestrel Optics Ltd,IE,,,
    c-17,anna,Anna Ferreyra-Lund,UY,Person,self,60
    c-17,?,,,,self,40

JSON lines: one customer an object, with `parties` (FollowTheMoney) and `statements` (BODS interests).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from core.cli import open_input, read_objects
from core.errors import InvalidInput

SELF = "self"
UNKNOWN = "?"
#: Several values of one cell stand apart by this.
SEPARATOR = "|"

#: CSV column → FollowTheMoney property.
PROPERTIES: Mapping[str, str] = {
    "name": "name",
    "alias": "alias",
    "birth_date": "birthDate",
    "nationality": "nationality",
    "passport_number": "passportNumber",
    "id_number": "idNumber",
    "registration_number": "registrationNumber",
    "tax_number": "taxNumber",
    "lei": "leiCode",
    "address": "address",
}
FACTS = ("legal_form", "formed_on", "business", "staff", "purpose")
STAKE = ("owns", "interest", "percent", "percent_min", "percent_max")
COLUMNS = ("tenant", "party", "schema", "role", "country", "region", *PROPERTIES, *STAKE, *FACTS)
NEEDED = ("tenant", "party", "name", "country")


@dataclass(frozen=True)
class CustomerParty:
    """A person or organisation of one customer's chain, as `enter_party` takes it."""

    reference: str
    schema: str
    properties: Mapping[str, Sequence[str]]
    country: str = ""
    region: str = ""
    roles: tuple[str, ...] = ()
    line: int | None = None


@dataclass(frozen=True)
class CustomerStatement:
    """Who holds which interests in whom, as `enter_statement` takes it; no owner: not declared."""

    reference: str
    subject: str
    interested: str | None
    interests: tuple[Mapping[str, Any], ...]
    line: int | None = None


@dataclass(frozen=True)
class Customer:
    """One customer. `reference` is the provider's own number, by which it is imported once."""

    reference: str
    name: str
    country: str
    region: str = ""
    properties: Mapping[str, Sequence[str]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    parties: tuple[CustomerParty, ...] = ()
    statements: tuple[CustomerStatement, ...] = ()
    line: int | None = None


def read_customers(path: str | Path) -> Iterator[Customer | InvalidInput]:
    """The customers of a file; in the place of one that cannot be, its InvalidInput with the line.

    JSON lines or an array by their first byte, else CSV. Raises InvalidInput where it is neither.
    """
    stream = open_input(path)
    first = cast(Any, stream).peek(4)[:4].removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if first in (b"{", b"["):
        if str(path) != "-":
            stream.close()
        yield from _json(path)
    else:
        with io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
            yield from _csv(text)


def _json(path: str | Path) -> Iterator[Customer | InvalidInput]:
    for line, item in read_objects(path):
        try:
            if isinstance(item, InvalidInput):
                raise item
            yield _customer(item, line)
        except InvalidInput as error:
            yield InvalidInput(error.field, error.reason, line=line)


def _customer(item: Any, line: int) -> Customer:
    known = ("reference", "name", "country", "region", "properties", "facts", "parties", "statements")
    _object(item, "customer", known)
    parties = [
        CustomerParty(
            reference=_text(p, f"parties[{n}]", "reference"),
            schema=_text(p, f"parties[{n}]", "schema"),
            properties=_mapping(p, f"parties[{n}]", "properties"),
            country=_text(p, f"parties[{n}]", "country", needed=False),
            region=_text(p, f"parties[{n}]", "region", needed=False),
            roles=tuple(_array(p, f"parties[{n}]", "roles")),
            line=line,
        )
        for n, p in enumerate(_array(item, "", "parties"))
        if _object(p, f"parties[{n}]", ("reference", "schema", "properties", "country", "region", "roles"))
    ]
    statements = [
        CustomerStatement(
            reference=_text(s, f"statements[{n}]", "reference"),
            subject=_text(s, f"statements[{n}]", "subject"),
            interested=_text(s, f"statements[{n}]", "interested", needed=False) or None,
            interests=tuple(_array(s, f"statements[{n}]", "interests")),
            line=line,
        )
        for n, s in enumerate(_array(item, "", "statements"))
        if _object(s, f"statements[{n}]", ("reference", "subject", "interested", "interests"))
    ]
    return Customer(
        reference=_text(item, "", "reference"),
        name=_text(item, "", "name"),
        country=_text(item, "", "country"),
        region=_text(item, "", "region", needed=False),
        properties=_mapping(item, "", "properties"),
        facts=_mapping(item, "", "facts"),
        parties=tuple(parties),
        statements=tuple(statements),
        line=line,
    )


def _object(value: Any, path: str, known: Sequence[str]) -> bool:
    if not isinstance(value, dict):
        raise InvalidInput(path, "not an object")
    for name in value:
        if name not in known:
            raise InvalidInput(f"{path}.{name}", f"is none of {', '.join(known)}")
    return True


def _text(item: Mapping[str, Any], path: str, name: str, *, needed: bool = True) -> str:
    value = item.get(name)
    where = f"{path}.{name}".lstrip(".")
    if value is None or value == "":
        if needed:
            raise InvalidInput(where, "missing")
        return ""
    if not isinstance(value, str):
        raise InvalidInput(where, "not a text")
    return value


def _mapping(item: Mapping[str, Any], path: str, name: str) -> Mapping[str, Any]:
    value = item.get(name, {})
    if not isinstance(value, dict):
        raise InvalidInput(f"{path}.{name}".lstrip("."), "not an object")
    return value


def _array(item: Mapping[str, Any], path: str, name: str) -> list[Any]:
    value = item.get(name, [])
    if not isinstance(value, list):
        raise InvalidInput(f"{path}.{name}".lstrip("."), "not an array")
    return value


def _csv(text: io.TextIOWrapper) -> Iterator[Customer | InvalidInput]:
    rows = csv.DictReader(text, strict=True)
    groups: dict[str, list[tuple[int, dict[str, str]]]] = {}
    try:
        _check_header(rows.fieldnames or ())
        for row in rows:
            if None in row:
                raise InvalidInput("row", "has more cells than the header", line=rows.line_num)
            cells = {name: (value or "").strip() for name, value in row.items()}
            if not any(cells.values()):
                continue
            if not cells["tenant"]:
                raise InvalidInput("tenant", "missing", line=rows.line_num)
            groups.setdefault(cells["tenant"], []).append((rows.line_num, cells))
    except (csv.Error, UnicodeDecodeError) as error:
        raise InvalidInput("file", f"neither CSV nor JSON lines: {error}", line=rows.line_num) from error
    for reference, lines in groups.items():
        try:
            yield _from_rows(reference, lines)
        except InvalidInput as error:
            yield InvalidInput(error.field, error.reason, line=error.line or lines[0][0])


def _check_header(names: Sequence[str]) -> None:
    for name in names:
        if name not in COLUMNS:
            raise InvalidInput("header", f"{name!r} is none of {', '.join(COLUMNS)}", line=1)
    for name in NEEDED:
        if name not in names:
            raise InvalidInput("header", f"the column {name} is missing", line=1)


def _from_rows(reference: str, lines: Sequence[tuple[int, dict[str, str]]]) -> Customer:
    own = [(line, row) for line, row in lines if row["party"] in ("", SELF)]
    if len(own) != 1:
        raise InvalidInput("party", f"{reference} has {len(own)} rows about itself, one is needed")
    parties: dict[str, CustomerParty] = {}
    statements: list[CustomerStatement] = []
    for line, row in lines:
        name = row["party"]
        if name in ("", SELF):
            continue
        if row["name"] and name != UNKNOWN:
            if name in parties:
                raise InvalidInput("party", f"{name} is described twice", line=line)
            parties[name] = CustomerParty(
                reference=name,
                schema=row.get("schema") or "Company",
                properties=_properties(row),
                country=row["country"],
                region=row.get("region", ""),
                roles=tuple(_values(row.get("role", ""))),
                line=line,
            )
        elif name not in parties and name != UNKNOWN:
            raise InvalidInput("name", "missing", line=line)
        if any(row.get(column) for column in STAKE):
            statements.append(_stake(row, name, len(statements) + 1, line))
        elif name == UNKNOWN:
            raise InvalidInput("percent", "an unknown owner needs its share", line=line)
    line, row = own[0]
    return Customer(
        reference=reference,
        name=row["name"],
        country=row["country"],
        region=row.get("region", ""),
        properties=_properties(row),
        facts=_facts(row, line),
        parties=tuple(parties.values()),
        statements=tuple(statements),
        line=line,
    )


def _properties(row: Mapping[str, str]) -> dict[str, list[str]]:
    return {prop: _values(row[column]) for column, prop in PROPERTIES.items() if row.get(column)}


def _values(cell: str) -> list[str]:
    return [value.strip() for value in cell.split(SEPARATOR) if value.strip()]


def _facts(row: Mapping[str, str], line: int) -> dict[str, Any]:
    facts: dict[str, Any] = {name: row[name] for name in FACTS if row.get(name)}
    if "staff" in facts:
        if not facts["staff"].isdecimal():
            raise InvalidInput("staff", "not a whole number", line=line)
        facts["staff"] = int(facts["staff"])
    return facts


def _stake(row: Mapping[str, str], owner: str, number: int, line: int) -> CustomerStatement:
    share = {
        key: _percent(row[column], column, line)
        for column, key in (("percent", "exact"), ("percent_min", "minimum"), ("percent_max", "maximum"))
        if row.get(column)
    }
    if "exact" in share and len(share) > 1:
        raise InvalidInput("percent", "stands beside percent_min or percent_max", line=line)
    interest: dict[str, Any] = {"type": row.get("interest") or "shareholding", "directOrIndirect": "direct"}
    if share:
        interest["share"] = share
    return CustomerStatement(
        reference=f"stake-{number}",
        subject=row.get("owns") or SELF,
        interested=None if owner == UNKNOWN else owner,
        interests=(interest,),
        line=line,
    )


def _percent(cell: str, column: str, line: int) -> float:
    try:
        value = float(cell)
    except ValueError:
        raise InvalidInput(column, f"{cell!r} is no number", line=line) from None
    if not 0 <= value <= 100:
        raise InvalidInput(column, "outside 0 to 100", line=line)
    return value
