"""FollowTheMoney entities, one JSON object a line: whole datasets, and delta files with operations.

A whole file holds entities; a line of a delta file is `{"op": "ADD|MOD|DEL", "entity": …}`
(https://www.opensanctions.org/docs/bulk/delta/). A delta is no version by itself: `read_delta`
gives its operations, `apply_delta` the version that they make of an earlier one; delta files that are
imported change the version in force, several of them in the order of their paths.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from core.errors import InvalidInput
from kyc.lists.entry import SCHEMAS, Draft, Entry
from kyc.lists.files import ListFile, TextLines, read_all
from kyc.lists.readers.layout import Head, Layout
from kyc.lists.report import Report

Operation = Literal["ADD", "MOD", "DEL"]
#: Properties that point to other entities; an entry stands for itself.
_REFERENCES = frozenset({"holder", "owner", "asset", "addressEntity", "parent"})
_NO_DATASET = "ftm"
_OPERATION = re.compile(r'^\s*\{\s*"op"\s*:')


@dataclass(frozen=True)
class Change:
    """One line of a delta file; `entry` is None for a removal or an entity that is no party."""

    operation: Operation
    key: str
    entry: Entry | None


def _read(files: Sequence[ListFile], report: Report) -> Iterator[Entry]:
    for line, item in _objects(files[0], report):
        report.records += 1
        if (entry := _entry(item, line, report)) is not None:
            yield entry


def _read_deltas(files: Sequence[ListFile], report: Report) -> Iterator[Entry]:
    if report.base is None:
        raise InvalidInput("op", f"{files[0].name}: a delta file is not a whole version")
    version = dict(report.base())
    for file in files:
        version = apply_delta(version, read_delta(file, report))
    yield from version.values()


def read_delta(file: ListFile, report: Report) -> Iterator[Change]:
    """The operations of a delta file, in order. Raises InvalidInput for a line that is none."""
    for line, item in _objects(file, report):
        report.records += 1
        operation: Any = item.get("op")
        entity = item.get("entity")
        if operation not in ("ADD", "MOD", "DEL") or not isinstance(entity, dict):
            raise InvalidInput("op", f"{file.name}: not ADD, MOD or DEL of an entity", line=line)
        entry = _entry(entity, line, report) if operation != "DEL" else None
        yield Change(operation, _identity(entity, line), entry)


def apply_delta(entries: Mapping[str, Entry], changes: Iterator[Change]) -> dict[str, Entry]:
    """The version that `changes` make of `entries`.

    Raises InvalidInput where a change contradicts the version: it adds what is there, or modifies
    or removes what is not. Entities that are no parties are not in a version and pass.
    """
    version = dict(entries)
    for change in changes:
        if change.operation == "DEL":
            version.pop(change.key, None)
        elif change.entry is not None:
            if change.operation == "ADD" and change.key in version:
                raise InvalidInput("op", f"{change.key} is added but was there: another base version?")
            if change.operation == "MOD" and change.key not in version:
                raise InvalidInput("op", f"{change.key} is modified but was not there: another base version?")
            version[change.key] = change.entry
    return version


def _objects(file: ListFile, report: Report) -> Iterator[tuple[int, dict[str, Any]]]:
    if Head.of(file).text.lstrip().startswith("["):
        yield from _array(file)
        return
    lines = TextLines(file, report)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InvalidInput("json", f"{file.name}: not whole or not JSON: {error}", line=number) from error
        yield number, _object(item, number)


def _array(file: ListFile) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        items = json.loads(read_all(file))
    except (ValueError, RecursionError) as error:
        raise InvalidInput("json", f"{file.name}: not whole or not JSON: {error}") from error
    for number, item in enumerate(items, start=1):
        yield number, _object(item, number)


def _object(item: Any, line: int) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise InvalidInput("json", "not an object", line=line)
    return item


def _identity(item: Mapping[str, Any], line: int) -> str:
    key = item.get("id")
    if not isinstance(key, str) or not key.strip():
        raise InvalidInput("id", "missing", line=line)
    return key


def _strings(value: Any, name: str, line: int) -> list[str]:
    """A property's values; numbers are taken as text, anything else is refused."""
    values = value if isinstance(value, list) else [value]
    if any(isinstance(v, bool) or not isinstance(v, (str, int, float)) for v in values):
        raise InvalidInput(f"properties.{name}", "not a list of texts", line=line)
    return [str(v) for v in values]


def _entry(item: Mapping[str, Any], line: int, report: Report) -> Entry | None:
    key, schema = _identity(item, line), item.get("schema")
    properties = item.get("properties")
    if not isinstance(schema, str):
        raise InvalidInput("schema", "missing", line=line)
    if not isinstance(properties, dict):
        raise InvalidInput("properties", "not an object", line=line)
    if schema not in SCHEMAS:
        report.note(f"not a party: {schema[:40]}")
        return None
    draft = Draft(key, report.source, _datasets(item, report, line), schema)
    for referent in _strings(item.get("referents") or [], "referents", line):
        if referent != key:
            draft.referents[referent] = None
    if caption := item.get("caption"):
        # The caption is one of the names: it leads.
        names = _strings(properties.get("name", []), "name", line)
        if caption in names:
            draft.add("name", str(caption))
    for name, value in properties.items():
        if name not in _REFERENCES and not _nested(value):
            draft.add_all(name, _strings(value, name, line))
    entry = draft.build()
    if not entry.names:
        report.note("a party without a name")
        return None
    return entry


def _nested(value: Any) -> bool:
    """Whether the values are whole entities, as in nested exports."""
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(v, dict) for v in value))


def _datasets(item: Mapping[str, Any], report: Report, line: int) -> tuple[str, ...]:
    if report.source == "demo":
        return ("demo_list",)
    named = item.get("datasets") or []
    if not isinstance(named, list) or not all(isinstance(d, str) and d for d in named):
        raise InvalidInput("datasets", "not a list of names", line=line)
    return tuple(dict.fromkeys(named)) or (_NO_DATASET,)


def is_delta_name(name: str) -> bool:
    """Whether a file is a delta by its name: one without a line says that nothing changed."""
    return name.lower().split("/")[-1].startswith("entities.delta.json")


def _is_delta(head: Head) -> bool:
    return is_delta_name(head.file.name) or (head.is_json and _OPERATION.search(head.text) is not None)


def _deltas(heads: Sequence[Head]) -> list[ListFile]:
    return [head.file for head in heads if _is_delta(head)]


def _matches(head: Head) -> bool:
    return head.is_json and '"schema"' in head.text and '"properties"' in head.text and not _is_delta(head)


LAYOUT = Layout("ftm", "FollowTheMoney entities", ("ftm", "demo"), _matches, _read)
DELTA = Layout("ftm_delta", "a FollowTheMoney delta", ("ftm",), _is_delta, _read_deltas, _deltas)
