"""What the demonstration prints: one line a step, its evidence below, seconds at the right.

On a terminal the line of a running step turns and counts; elsewhere there is one line a step, with "ok"
and "FAILED" in place of the signs.
"""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TextIO

WIDTH, NARROW = 96, 80
_TURNS = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_GREEN, _RED, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[0m"


@dataclass(frozen=True)
class Seen:
    """What a step observed: a line, and evidence below it."""

    text: str
    evidence: Sequence[str] = field(default=())


class NotSeen(Exception):
    """A step was not observed: what was awaited, and what is known."""

    def __init__(self, text: str, *evidence: str) -> None:
        super().__init__(text)
        self.text, self.evidence = text, evidence


class Board:
    """Runs steps and prints them. `progress` may be called from a step to say how far it is."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._terminal = out.isatty()
        self._width = min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns)
        self._note = ""
        self.seen = 0
        self.total = 0
        self.started = time.monotonic()

    def progress(self, note: str) -> None:
        self._note = note

    def step(self, part: str, act: Callable[[], Seen]) -> None:
        """Run one step and print it. Raises NotSeen after printing what was awaited."""
        self.total += 1
        self._note = ""
        begun = time.monotonic()
        turning = self._turn(part, begun) if self._terminal else None
        try:
            seen = act()
        except NotSeen as missed:
            self._stop(turning)
            self._print(False, part, missed.text, missed.evidence, time.monotonic() - begun)
            raise
        except BaseException:
            self._stop(turning)
            raise
        self._stop(turning)
        self.seen += 1
        self._print(True, part, seen.text, seen.evidence, time.monotonic() - begun)

    def say(self, text: str = "") -> None:
        self._out.write(f"{text}\n")
        self._out.flush()

    def _print(self, good: bool, part: str, text: str, evidence: Sequence[str], seconds: float) -> None:
        if self._terminal:
            mark = f" {_GREEN}✓{_PLAIN}" if good else f" {_RED}✗{_PLAIN}"
        else:
            mark = "ok    " if good else "FAILED"
        named = self._width >= NARROW
        head = f"{self.total:>3}  {part:<13} " if named else f"{self.total:>3}  "
        plain = (2 if self._terminal else 6) + len(head)
        room = self._width - plain - 9
        self._out.write(f"{mark}{head}{_fit(text, room):<{room}} {seconds:>6.1f} s\n")
        for line in evidence:
            self._out.write(" " * plain + _fit(line, self._width - plain) + "\n")
        self._out.flush()

    def _turn(self, part: str, begun: float) -> tuple[threading.Event, threading.Thread]:
        ended = threading.Event()

        def turn() -> None:
            n = 0
            while not ended.wait(0.1):
                sign = _TURNS[n % len(_TURNS)]
                line = f" {sign}{self.total:>3}  {part:<13} {self._note}"
                seconds = f"{time.monotonic() - begun:.1f} s"
                self._out.write(f"\r{line[: self._width - 9]:<{self._width - 9}}{seconds:>9}")
                self._out.flush()
                n += 1

        thread = threading.Thread(target=turn, daemon=True)
        thread.start()
        return ended, thread

    def _stop(self, turning: tuple[threading.Event, threading.Thread] | None) -> None:
        if turning is not None:
            turning[0].set()
            turning[1].join()
            self._out.write(f"\r{' ' * self._width}\r")


def _fit(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"
