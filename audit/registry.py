"""What upper floors tell the log, filled in `AppConfig.ready`: audit never asks for their models."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import ObjectDoesNotExist, ValidationError

from audit.verbs import Verb

if TYPE_CHECKING:
    from audit.models import Event

#: The scope of the whole log, that every event belongs to.
ALL = "all"

ScopesOf = Callable[[str], Iterable[str]]
Caption = Callable[[str], str]
Finder = Callable[[str], str | None]


@dataclass(frozen=True)
class Subscriber:
    """`handle(event)` runs once per event, inside one transaction with its delivery mark.

    With `merge_by` (a kind of subject), one run serves every open event about the same subject: for
    subscribers that look at the present state, whatever the event says.
    """

    name: str
    verbs: frozenset[Verb]
    queue: str
    handle: Callable[[Event], None]
    merge_by: str | None = None


_scopes: dict[str, ScopesOf] = {}
_captions: dict[str, Caption] = {}
_finders: dict[str, Finder] = {}
_subscribers: dict[str, Subscriber] = {}


def subject(
    kind: str, *, scopes: ScopesOf, caption: Caption | None = None, find: Finder | None = None
) -> None:
    """Say which scopes an event about a subject of `kind` belongs to, how to name it and how to find it."""
    _scopes[kind] = scopes
    if caption is not None:
        _captions[kind] = caption
    if find is not None:
        _finders[kind] = find


def subscribe(
    name: str,
    verbs: Iterable[Verb],
    handle: Callable[[Event], None],
    *,
    queue: str,
    merge_by: str | None = None,
) -> None:
    _subscribers[name] = Subscriber(name, frozenset(verbs), queue, handle, merge_by)


def scopes_of(subjects: Iterable[tuple[str, str]]) -> list[str]:
    """The scopes of an event, in a fixed order. A kind that nobody registered is a bug."""
    found = {ALL}
    for kind, identifier in subjects:
        found.update(_scopes[kind](identifier))
    return sorted(found)


def caption_of(kind: str, identifier: str) -> str:
    """How to name a subject to a member of staff; the id where nobody said."""
    name = _captions.get(kind)
    return name(identifier) if name else identifier


def try_caption(kind: str, identifier: str) -> str:
    """`caption_of`, or the id where there is no such subject (any more)."""
    try:
        return caption_of(kind, identifier)
    except (ObjectDoesNotExist, ValidationError, ValueError):
        return identifier


def find(kind: str, text: str) -> str | None:
    """The id of the subject that people call `text`; None where there is none or no finder."""
    finder = _finders.get(kind)
    return finder(text) if finder else None


def subscribers_of(verb: Verb) -> list[Subscriber]:
    return [s for s in _subscribers.values() if verb in s.verbs]


def subscriber(name: str) -> Subscriber | None:
    return _subscribers.get(name)


def subscribers() -> list[Subscriber]:
    return list(_subscribers.values())
