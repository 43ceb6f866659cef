"""Names of parties, for the search box. They lie encrypted, so each process keeps what it has opened.

Nothing is written anywhere, and what was opened is dropped after a while: an erased name must not stay.
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime

from core.normalise import fold
from kyc.models import Party

#: A process opens at most so many names, the newest parties first.
MOST = 20_000
#: Seconds that an opened name is kept.
KEPT = 600.0


@dataclass
class _Opened:
    since: float = 0.0
    newest: datetime | None = None
    names: dict[str, str] = field(default_factory=dict)


_lock = threading.Lock()
_opened = _Opened()


def containing(text: str, most: int) -> list[str]:
    """Keys of parties of which some word begins with each word of `text`. Needs the staff scope."""
    wanted = _words(text)
    with _lock:
        _open_new()
        found = []
        for key, name in _opened.names.items():
            words = name.split(" ")
            if all(any(word.startswith(part) for word in words) for part in wanted):
                found.append(key)
                if len(found) == most:
                    break
        return found


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"\W+", fold(name)) if word]


def _open_new() -> None:
    global _opened
    if time.monotonic() - _opened.since > KEPT:
        _opened = _Opened(since=time.monotonic())
    rows = Party.objects.filter(removed_at__isnull=True).select_related("data_key")
    rows = rows.only("pk", "caption", "changed_at", "data_key")
    if _opened.newest is not None:
        rows = rows.filter(changed_at__gt=_opened.newest)
    for row in rows.order_by("-changed_at")[:MOST]:
        if row.caption:
            _opened.names[str(row.pk)] = " ".join(_words(str(row.caption)))
        if _opened.newest is None or row.changed_at > _opened.newest:
            _opened.newest = row.changed_at
