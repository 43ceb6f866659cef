"""How every command reads a file and answers: the conventions of the command line in one place.

FILE may be `-` (standard input); `.xz`, `.gz` and `.zip` are decompressed by their first bytes.
A file whose first byte is `[` is an array, else JSON lines. Bad input exits with 2.
"""

from __future__ import annotations

import gzip
import io
import json
import lzma
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, cast

from rich.console import Console
from rich.progress import Progress

from core.errors import InvalidInput

BAD_INPUT = 2
#: Seconds of work before a bar is shown.
SHOWN_AFTER = 2.0
#: Upper bound of an input after decompression, in bytes: a small archive must not fill the memory.
MAX_INPUT = 2 * 1024**3


class _Bounded(io.RawIOBase):
    """A reader that refuses to yield more than `limit` bytes (decompression bombs)."""

    def __init__(self, inner: BinaryIO, limit: int, under: Any = None) -> None:
        self._inner, self._left, self._under = inner, limit, under

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        """Close the decompressor and the file below it, which the decompressor leaves open."""
        if not self.closed:
            self._inner.close()
            if self._under is not None:
                self._under.close()
        super().close()

    def readinto(self, buffer: Any) -> int:
        try:
            chunk = self._inner.read(len(buffer))
        except (lzma.LZMAError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile, EOFError) as error:
            raise InvalidInput("file", f"a damaged archive: {error}") from error
        self._left -= len(chunk)
        if self._left < 0:
            raise InvalidInput("file", "larger than the limit after decompression")
        buffer[: len(chunk)] = chunk
        return len(chunk)


def open_input(path: str | Path, *, limit: int = MAX_INPUT) -> BinaryIO:
    """Open `path` (`-` for standard input) for reading, decompressed. Raises InvalidInput."""
    if str(path) == "-":
        raw: BinaryIO = sys.stdin.buffer
    else:
        try:
            raw = Path(path).open("rb")
        except OSError as error:
            raise InvalidInput("file", f"{path}: {error.strerror}") from error
    buffered = io.BufferedReader(cast(Any, raw)) if not hasattr(raw, "peek") else raw
    magic = cast(Any, buffered).peek(6)[:6]
    if magic.startswith(b"\xfd7zXZ\x00"):
        inner: BinaryIO = cast(BinaryIO, lzma.open(buffered))
    elif magic.startswith(b"\x1f\x8b"):
        inner = cast(BinaryIO, gzip.open(buffered))
    elif magic.startswith(b"PK\x03\x04"):
        archive = zipfile.ZipFile(io.BytesIO(buffered.read()))
        names = [n for n in archive.namelist() if not n.endswith("/")]
        if len(names) != 1:
            raise InvalidInput("file", f"the archive holds {len(names)} files, one is expected")
        inner = cast(BinaryIO, archive.open(names[0]))
    else:
        return buffered
    return cast(BinaryIO, io.BufferedReader(_Bounded(inner, limit, None if str(path) == "-" else buffered)))


def read_objects(path: str | Path) -> Iterator[tuple[int, Any | InvalidInput]]:
    """Yield (line number, object) from JSON lines or an array; a bad line yields its InvalidInput.

    In an array the number is the item's position, from 1. A damaged array is refused whole.
    """
    stream = open_input(path)
    try:
        yield from _objects(stream)
    finally:
        if str(path) != "-":
            stream.close()


def _objects(stream: BinaryIO) -> Iterator[tuple[int, Any | InvalidInput]]:
    first = cast(Any, stream).peek(1)[:1]
    if first == b"[":
        try:
            items = json.loads(stream.read(), parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise InvalidInput("file", f"not a JSON array: {error}") from error
        yield from enumerate(items, start=1)
        return
    for number, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            yield number, InvalidInput("json", str(error), line=number)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def answer_lines(
    path: str | Path,
    answer: Callable[[Any], dict[str, Any]],
    *,
    out: Any = None,
    strict: bool = False,
) -> int:
    """Answer each object of `path` with one JSON line; return the exit code.

    A bad line is answered by `{"line": n, "error": {"field", "reason"}}` and the code is 2 at the
    end; with `strict` the run stops there.
    """
    out = out or sys.stdout
    code = 0
    for number, item in read_objects(path):
        try:
            if isinstance(item, InvalidInput):
                raise item
            line = answer(item)
        except InvalidInput as error:
            code = BAD_INPUT
            line = {"line": number, "error": {"field": error.field, "reason": error.reason}}
        out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
        if code and strict:
            break
    out.flush()
    return code


def answer_batches(
    path: str | Path,
    check: Callable[[Any], Any],
    answer: Callable[[list[Any]], Iterable[dict[str, Any]]],
    *,
    size: int = 500,
    out: Any = None,
    strict: bool = False,
) -> int:
    """`answer_lines` for work that is quicker on many: `check` one object, `answer` those that are right.

    Lines stand in the order of the input; `check` raises InvalidInput for a bad one.
    """
    out = out or sys.stdout
    code, batch = 0, []
    for number, item in read_objects(path):
        try:
            if isinstance(item, InvalidInput):
                raise item
            batch.append((number, check(item)))
        except InvalidInput as error:
            code = BAD_INPUT
            batch.append((number, error))
        if len(batch) >= size or (code and strict):
            _write_batch(batch, answer, out)
            batch = []
        if code and strict:
            break
    _write_batch(batch, answer, out)
    return code


def _write_batch(
    batch: list[tuple[int, Any]], answer: Callable[[list[Any]], Iterable[dict[str, Any]]], out: Any
) -> None:
    answers = iter(answer([item for _, item in batch if not isinstance(item, InvalidInput)]))
    for number, item in batch:
        if isinstance(item, InvalidInput):
            line = {"line": number, "error": {"field": item.field, "reason": item.reason}}
        else:
            line = next(answers)
        out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
    out.flush()


@contextmanager
def progress_bar(title: str = "") -> Iterator[Callable[..., None]]:
    """A bar on standard error, where that is a terminal, once the work has taken two seconds.

    Yields `advance(done, total, title=…)`.
    """
    if not sys.stderr.isatty():
        yield lambda done, total, title="": None
        return
    started = time.monotonic()
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None, visible=False)

        def advance(done: int, total: int, title: str = title) -> None:
            slow = time.monotonic() - started > SHOWN_AFTER
            bar.update(task, completed=done, total=total, description=title, visible=slow)

        yield advance


def refuse(file: str | Path, error: InvalidInput) -> NoReturn:
    """One line on standard error naming file, line, field and reason; exit code 2."""
    where = f"{file}:{error.line}" if error.line is not None else str(file)
    sys.stderr.write(f"{where}: {error.field}: {error.reason}\n")
    raise SystemExit(BAD_INPUT)
