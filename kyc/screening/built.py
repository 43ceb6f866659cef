"""Files with the index of the lists: built by one process of a machine, mapped by all.

A file belongs to one state of the lists. After a new version the file before it serves on with what has
changed laid over it, so that nobody waits for another to be built; a worker does that in its own time
(`settle`), and all turn to it once it is whole.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from kyc.lists import store
from kyc.screening import weighing
from kyc.screening.index import Snapshot
from kyc.screening.overlaid import Index, Overlaid
from kyc.screening.weights import Weights

log = logging.getLogger(__name__)

#: The share of entries that may be laid over an index, and the share from which another is worth building.
MOST_LAID_OVER, WORTH_BUILDING = 0.10, 0.005


@dataclass(frozen=True)
class State:
    """What the lists in force say (source → digest), and the weights in force with what they are called."""

    digests: dict[str, str]
    weighing: UUID | None
    weights: Weights | None = field(compare=False)

    @classmethod
    def read(cls) -> State:
        """The state of this moment."""
        return cls(store.state_in_force(), *(weighing.in_force() or (None, None)))

    @property
    def path(self) -> Path:
        """The file of this state."""
        return _folder() / f"{self.kind}-{_digest(sorted(self.digests.items()))}.index"

    @property
    def kind(self) -> str:
        """Files of one kind hold names that were taken apart and weighed in the same way."""
        return f"lists-{_digest([str(self.weighing), _code()])}"


def index_of(state: State, held: Snapshot | None = None) -> tuple[Index, Snapshot]:
    """The index of this state, and the whole one that it is or lies over; `held` is one that is mapped."""
    if not state.path.exists() and (earlier := _earlier(state, MOST_LAID_OVER, held)):
        base, changed = earlier
        log.info("%d changes laid over the index of %d entries", len(changed), len(base))
        now = (entry.to_ftm() for entry in store.entries_in_force(changed))
        return Overlaid(base, changed, now), base
    found = _built(state)
    return found, found


def settle() -> bool:
    """Build the file of the state there is where it is worth it; return whether that was done."""
    state = State.read()
    if state.weights is None or state.path.exists() or _earlier(state, WORTH_BUILDING):
        return False
    _built(state)
    return state.path.exists()


def _earlier(state: State, most: float, held: Snapshot | None = None) -> tuple[Snapshot, set[str]] | None:
    """An index of an earlier state and the keys changed since, where they are at most that share of it."""
    base = held if held and held.weights is state.weights else _newest(state)
    changed = None if base is None else store.changed_since(base.notes["versions"])
    if base is None or changed is None or len(changed) > most * len(base):
        return None
    return base, changed


def _built(state: State) -> Snapshot:
    """Map the file of this state; whoever comes first builds it, the others wait."""
    path = state.path
    while (found := _opened(path, state.weights)) is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with (path.parent / "building.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                # Read before the entries: what comes into force in between is found to have changed since.
                versions = {source: str(found.pk) for source, found in store.versions_in_force().items()}
                entries = (entry.to_ftm() for entry in store.entries_in_force())
                built = Snapshot.build(entries, state.weights, {"versions": versions})
                if store.state_in_force() != state.digests:
                    return built  # the file would not be what it says
                built.write(path)
                log.info("index of %d entries built", len(built))
                _forget_others(path)
    return found


def _opened(path: Path, weights: Weights | None) -> Snapshot | None:
    """The index in this file; None where there is none, or none any more: another process forgot it."""
    with suppress(FileNotFoundError):
        return Snapshot.open(path, weights)
    return None


def _newest(state: State) -> Snapshot | None:
    """The file built last under these weights; None where words have no weights but those of their list."""
    if state.weights is None:
        return None
    newest_first = reversed(_by_age(_folder().glob(f"{state.kind}-*.index")))
    return next(filter(None, (_opened(file, state.weights) for file in newest_first)), None)


def _forget_others(path: Path) -> None:
    """Delete older files; who has one mapped keeps it until it looks again."""
    for found in _by_age(path.parent.glob("lists-*.index"))[:-3]:
        found.unlink(missing_ok=True)


def _by_age(files: Iterable[Path]) -> list[Path]:
    """The files that are still there, the oldest first."""
    aged = []
    for file in files:
        with suppress(FileNotFoundError):
            aged.append((file.stat().st_mtime, file))
    return [file for _, file in sorted(aged)]


def _folder() -> Path:
    return Path(settings.LOCAL_DIR) / "index"


def _digest(what: Any) -> str:
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:20]


@cache
def _code() -> str:
    """A digest of how names are taken apart: another analysis needs another file."""
    digest = hashlib.sha256(version("rigour").encode())
    for file in sorted(resources.files("kyc.screening").iterdir(), key=lambda found: found.name):
        if file.name.endswith(".py"):
            digest.update(file.read_bytes())
    return digest.hexdigest()
