"""The facts that one decision reads: frozen, canonical, with a digest; an unknown fact is absent.

Two doors. `FactSet.from_case` reads a decision case, where an absent key means a documented default and
`null` means unknown. `FactSet.from_live` takes facts built from the database: there are no defaults,
absent is unknown. Both give the same canonical form, so a stored decision replays from its facts alone.
No fact is a personal value: countries, percentages, names of lists, booleans, opaque ids.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from access.inventory.tpp import Accelerator
from access.policy.countries import atlas
from access.policy.fact_types import FACTS, Holding, Owner, as_object, parse_date
from core.errors import InvalidInput

_SECTIONS: Final = ("tenant", "request", "aggregate")
_KEYS: Final = {
    section: tuple(path.partition(".")[2] for path in FACTS if path.startswith(f"{section}."))
    for section in _SECTIONS
}
_CASE_KEYS: Final = ("id", "as_of", "expected", "provider_countries", *_SECTIONS)
_REQUIRED: Final = (
    "tenant.country",
    "request.accelerator",
    "request.count",
    "request.site_country",
    "request.purpose",
)
#: What an absent key means in a decision case, where that is not the tenant's country.
_CASE_DEFAULTS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "tenant.covered_locality": False,
        "tenant.listed_self": (),
        "tenant.listed_owners": (),
        "tenant.owners": (),
        "tenant.unknown_owner_percent": 0.0,
        "tenant.red_flags": (),
        "tenant.identification_missing": (),
        "tenant.confirmed_signals": 0,
        "request.site_covered_locality": False,
        "request.site_authorisation": "none",
        "request.end_use": (),
        "request.supply": "remote_access",
        "aggregate.group_tpp": 0.0,
        "aggregate.group_accelerators": 0.0,
        "aggregate.group_flop": 0.0,
        "aggregate.group_limit_tpp": 0.0,
        "provider_countries": ("US",),
    }
)


@dataclass(frozen=True)
class Case:
    """One decision case: its facts and the day it is decided on."""

    id: str | None
    as_of: date
    facts: FactSet


@dataclass(frozen=True)
class FactSet:
    """Known facts by dotted path; what is not there is unknown. Build it by a constructor below."""

    values: Mapping[str, Any]

    @classmethod
    def from_case(cls, case: Any, *, as_of: date | None = None) -> Case:
        """Read a decision case; `as_of` replaces the case's own date. Raises InvalidInput."""
        document = as_object("", case, _CASE_KEYS)
        given = _flatten(document)
        values: dict[str, Any] = {}
        for path, value in given.items():
            if value is not None:
                values[path] = FACTS[path](path, value)
        for path in _REQUIRED:
            section = path.partition(".")[0]
            if path not in given and document.get(section, {}) is not None:
                raise InvalidInput(path, "is missing")
        _entries_complete(given)
        for section in _SECTIONS:  # a section that is null is unknown as a whole
            if section in document and document[section] is None:
                given.update({path: None for path in FACTS if path.startswith(f"{section}.")})
        for path, value in _CASE_DEFAULTS.items():
            if path not in given:
                values[path] = value
        if (country := values.get("tenant.country")) is not None:
            for path in ("tenant.headquarters_country", "request.end_user_country"):
                if path not in given:
                    values[path] = country
            if "request.remote_access_countries" not in given:
                values["request.remote_access_countries"] = (country,)
        facts = cls._checked(values)
        own = document.get("as_of")
        day = parse_date("as_of", own) if own is not None else None
        if (day := as_of or day) is None:
            raise InvalidInput("as_of", "is missing in the case and in the options")
        identifier = document.get("id")
        if identifier is not None and not isinstance(identifier, str):
            raise InvalidInput("id", "must be a string")
        if identifier is not None and any("\ud800" <= letter <= "\udfff" for letter in identifier):
            raise InvalidInput("id", "holds half of a character (a lone surrogate)")
        return Case(id=identifier, as_of=day, facts=facts)

    @classmethod
    def from_live(cls, **facts: Any) -> FactSet:
        """Facts from the database, as the same nested objects: no defaults, absent or None is unknown.

        `aggregate.group_limit_tpp` 0 means that no limit is set. Raises InvalidInput.
        """
        given = _flatten(as_object("", facts, ("provider_countries", *_SECTIONS)))
        return cls._checked(
            {path: FACTS[path](path, value) for path, value in given.items() if value is not None}
        )

    @classmethod
    def from_canonical(cls, text: str) -> FactSet:
        """The stored form read back; its digest is the stored one. Raises InvalidInput."""
        document = json.loads(text)
        return cls.from_live(**as_object("", document, ("provider_countries", *_SECTIONS)))

    @classmethod
    def _checked(cls, values: dict[str, Any]) -> FactSet:
        for country, region in (
            ("tenant.country", "tenant.region"),
            ("request.site_country", "request.site_region"),
        ):
            code, home = values.get(region), values.get(country)
            if code is not None and home is not None and code.partition("-")[0] != home:
                raise InvalidInput(region, f"{code} is a region of another country than {home}")
        if values.get("provider_countries") == ():
            raise InvalidInput("provider_countries", "is empty")
        for code in values.get("provider_countries", ()):
            if atlas().destination(code) is None:
                raise InvalidInput("provider_countries", f"{code} has no destination (15 CFR 738.3(b))")
        return cls(MappingProxyType(values))

    def get(self, path: str) -> Any:
        """The fact, or None where it is unknown. Paths into entries: `tenant.owners[0].percent`."""
        if path.endswith("]") or "]." not in path:
            return self.values.get(path)
        container, index, name = _entry(path)
        return getattr(self.values[container][index], name)

    def supposing(self, changes: Mapping[str, Any]) -> FactSet:
        """The same facts with some values (already parsed ones) put in; for what-if and unknown facts."""
        values = dict(self.values)
        for path, value in changes.items():
            if "]." in path:
                container, index, name = _entry(path)
                entries = list(values[container])
                entries[index] = replace(entries[index], **{name: value})
                values[container] = tuple(entries)
            else:
                values[path] = value
        return FactSet(MappingProxyType(values))

    def changed(self, changes: Mapping[str, Any]) -> FactSet:
        """The same facts with some values given as in a case; None makes one unknown. Raises InvalidInput."""
        values = dict(self.values)
        for path, value in changes.items():
            if path not in FACTS:
                raise InvalidInput(path, "unknown key")
            if value is None:
                values.pop(path, None)
            else:
                values[path] = FACTS[path](path, value)
        return self._checked(values)

    def shown(self, path: str) -> Any:
        """The fact as plain JSON, or None where it is unknown."""
        return _plain(self.values.get(path))

    def nested(self) -> dict[str, Any]:
        """The facts as nested plain objects, unknown ones left out."""
        document: dict[str, Any] = {}
        for path, value in self.values.items():
            section, _, name = path.rpartition(".")
            target = document.setdefault(section, {}) if section else document
            target[name] = _plain(value)
        return document

    @cached_property
    def canonical(self) -> str:
        """JSON with sorted keys and no spaces: one fact set, one text."""
        return json.dumps(
            self.nested(), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
        )

    @cached_property
    def digest(self) -> str:
        """`sha256:` and the hexadecimal digest of the canonical form."""
        return "sha256:" + hashlib.sha256(self.canonical.encode()).hexdigest()


def _entry(path: str) -> tuple[str, int, str]:
    container, _, rest = path.partition("[")
    index, _, name = rest.partition("].")
    return container, int(index), name


def _flatten(document: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted paths of a nested document, nulls kept; unknown keys are refused."""
    flat: dict[str, Any] = {}
    for section in _SECTIONS:
        if document.get(section) is not None:
            for name, value in as_object(section, document[section], _KEYS[section]).items():
                flat[f"{section}.{name}"] = value
    if "provider_countries" in document:
        flat["provider_countries"] = document["provider_countries"]
    return flat


def _entries_complete(given: Mapping[str, Any]) -> None:
    """In a case, an entry must say list and percent, or country and percent; null there is unknown."""
    for path, needed in (
        ("tenant.listed_owners", ("list", "percent")),
        ("tenant.owners", ("country", "percent")),
    ):
        for index, entry in enumerate(given.get(path) or ()):
            for name in needed:
                if name not in entry:
                    raise InvalidInput(f"{path}[{index}].{name}", "is missing")


def _plain(value: Any) -> Any:
    if isinstance(value, Holding):
        known = {name: part for name, part in asdict(value).items() if part is not None}
        if not value.joint:
            del known["joint"]
        return known
    if isinstance(value, Owner):
        return {name: part for name, part in asdict(value).items() if part is not None}
    if isinstance(value, Accelerator):
        return value.name
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
