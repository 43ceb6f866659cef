"""What changed between two versions of a list, decided by digests of each entry."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from kyc.lists.entry import MATCH_PROPERTIES, Entry

#: A version that loses more than this share of what the one in force holds waits for a person.
SHRINKAGE = 0.20
#: Below this many entries in force a share says nothing.
SMALL = 10


class Digests(NamedTuple):
    """Two SHA-256 digests of an entry, in hex: of all it says, and of what a matcher reads."""

    content: str
    match: str


@dataclass(frozen=True)
class Delta:
    """Keys by what happened to them, each sorted. `changed_match` is a part of `changed`."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    changed_match: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def to_screen(self) -> tuple[str, ...]:
        """The keys that reverse screening must look at: new ones and those that match otherwise now."""
        return tuple(sorted((*self.added, *self.changed_match)))

    @property
    def empty(self) -> bool:
        """Nothing changed at all."""
        return not (self.added or self.changed or self.removed)


@dataclass(frozen=True)
class Shrinkage:
    """How much smaller a version is, and whether that is suspicious."""

    before: int
    after: int
    lost: int
    share: float
    suspicious: bool


def digests(entry: Entry) -> Digests:
    """The entry's digests. The order of values does not count, but which name comes first does."""
    properties = {name: sorted(values) for name, values in entry.properties.items()}
    whole: dict[str, Any] = {
        "key": entry.key,
        "schema": entry.schema,
        "datasets": sorted(entry.datasets),
        "referents": sorted(entry.referents),
        "caption": entry.caption,
        "properties": properties,
    }
    match = {
        # Which list it is on decides what an alert does, so a move counts as a change.
        "datasets": whole["datasets"],
        "schema": entry.schema,
        "properties": {name: properties[name] for name in MATCH_PROPERTIES if name in properties},
    }
    return Digests(_sha256(whole), _sha256(match))


def _sha256(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def diff(old: Mapping[str, tuple[str, str]], new: Mapping[str, tuple[str, str]]) -> Delta:
    """The delta between two versions, each a mapping of key to its digests."""
    common = old.keys() & new.keys()
    changed = sorted(key for key in common if old[key][0] != new[key][0])
    return Delta(
        added=tuple(sorted(new.keys() - old.keys())),
        changed=tuple(changed),
        changed_match=tuple(key for key in changed if old[key][1] != new[key][1]),
        removed=tuple(sorted(old.keys() - new.keys())),
    )


def version_digest(entries: Mapping[str, tuple[str, str]] | Iterable[tuple[str, str]]) -> str:
    """`sha256:` and the digest over every (key, content digest), sorted by key: names a version."""
    if isinstance(entries, Mapping):
        pairs = sorted((key, both[0]) for key, both in entries.items())
    else:
        pairs = sorted(entries)
    state = hashlib.sha256()
    for key, content in pairs:
        state.update(f"{key}\x1f{content}\n".encode())
    return f"sha256:{state.hexdigest()}"


def shrinkage(before: int, after: int, lost: int | None = None, *, limit: float = SHRINKAGE) -> Shrinkage:
    """Whether a version lost suspiciously much.

    `before` and `after` count entries (or names: a cut file of aliases keeps every entry); `lost`
    counts what of the old is gone, by default the plain difference, so that a list of which half
    was replaced overnight is seen too. More than the share `limit` of `before` is suspicious.
    """
    gone = max(0, before - after) if lost is None else lost
    share = gone / before if before else 0.0
    return Shrinkage(before, after, gone, share, before >= SMALL and share > limit)
