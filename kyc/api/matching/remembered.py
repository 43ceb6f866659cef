"""What costs reading through all entries, kept as long as the same versions of the lists are in force."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from kyc.lists import store

T = TypeVar("T")


class Remembered(Generic[T]):
    """The answer of `find` for the state of the lists that was asked for last."""

    def __init__(self, find: Callable[[], T]) -> None:
        self._find = find
        self._held: tuple[dict[str, str], T] | None = None

    def now(self) -> T:
        """The answer for the versions in force."""
        state, held = store.state_in_force(), self._held
        if held is None or held[0] != state:
            held = self._held = (state, self._find())
        return held[1]
