"""Named arrays in one file that many processes map into memory together.

Layout: 8 bytes magic, 8 bytes length of a JSON header, the header (what the caller notes, and name → type,
length, offset), then the arrays, each at a multiple of 64 bytes. Nothing in it is executable; a file that is
not whole is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import InvalidInput
from core.files import write_whole

Array = npt.NDArray[Any]
_MAGIC = b"LGSNAP04"
_ALIGNED = 64
_TYPES = {"uint8", "int32", "int64", "uint32", "uint64", "float32"}


def pack(notes: Mapping[str, Any], arrays: Mapping[str, Array]) -> Iterable[bytes]:
    """The pieces of a file, in order."""
    table: dict[str, tuple[str, int, int]] = {}
    offset = 0
    for name, array in arrays.items():
        table[name] = (array.dtype.name, len(array), offset)
        offset += -(-array.nbytes // _ALIGNED) * _ALIGNED
    header = json.dumps({"notes": notes, "arrays": table}, ensure_ascii=False).encode()
    start = len(_MAGIC) + 8 + len(header)
    padding = -start % _ALIGNED
    header += b" " * padding
    yield _MAGIC + len(header).to_bytes(8, "little") + header
    for array in arrays.values():
        yield np.ascontiguousarray(array).tobytes()
        yield b"\x00" * (-array.nbytes % _ALIGNED)


def write(path: Path, notes: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Write the file at once: readers see the old one or the new one, never a part."""
    write_whole(path, pack(notes, arrays))


def read(buffer: Any) -> tuple[dict[str, Any], dict[str, Array]]:
    """Notes and arrays of a mapped file or of bytes, without copying. Raises InvalidInput."""
    raw = np.frombuffer(buffer, dtype=np.uint8)
    if raw[: len(_MAGIC)].tobytes() != _MAGIC:
        raise InvalidInput("snapshot", "not a snapshot of this version")
    size = int.from_bytes(raw[len(_MAGIC) : len(_MAGIC) + 8].tobytes(), "little")
    start = len(_MAGIC) + 8
    try:
        header = json.loads(raw[start : start + size].tobytes())
    except ValueError as error:
        raise InvalidInput("snapshot", "the header is damaged") from error
    arrays = {}
    for name, (kind, length, offset) in header["arrays"].items():
        if kind not in _TYPES:
            raise InvalidInput("snapshot", f"array {name} has type {kind}")
        dtype = np.dtype(kind)
        begin = start + size + offset
        if begin + length * dtype.itemsize > len(raw):
            raise InvalidInput("snapshot", "the file ends early")
        arrays[name] = raw[begin : begin + length * dtype.itemsize].view(dtype)
    return header["notes"], arrays


class Strings:
    """Many strings in one array."""

    def __init__(self, text: Array, at: Array) -> None:
        self._text, self._at = text, at

    def __len__(self) -> int:
        return len(self._at) - 1

    def __getitem__(self, x: int) -> str:
        return self._text[self._at[x] : self._at[x + 1]].tobytes().decode()

    def raw(self, x: int) -> bytes:
        """One string as UTF-8."""
        return self._text[self._at[x] : self._at[x + 1]].tobytes()

    @staticmethod
    def arrays(name: str, values: Iterable[str | bytes]) -> dict[str, Array]:
        """The two arrays that hold the values."""
        encoded = [value if isinstance(value, bytes) else value.encode() for value in values]
        at = np.zeros(len(encoded) + 1, dtype=np.int64)
        np.cumsum([len(value) for value in encoded], out=at[1:])
        return {f"{name}.text": np.frombuffer(b"".join(encoded), dtype=np.uint8), f"{name}.at": at}


class Lists:
    """Key → a list of numbers, keys as 64-bit hashes in order."""

    def __init__(self, keys: Array, at: Array, values: Array) -> None:
        self._keys, self._at, self._values = keys, at, values

    def find(self, hashes: Sequence[int]) -> Array:
        """The numbers under all of these keys, one list after the other."""
        return self.find_many(hashes)[1]

    def find_many(self, hashes: Sequence[int]) -> tuple[Array, Array]:
        """Side by side: which of the keys (its place in `hashes`), and a number under it."""
        if not len(self._keys) or not hashes:
            return np.zeros(0, dtype=np.int64), self._values[:0]
        wanted = np.array(hashes, dtype=np.uint64)
        places = np.searchsorted(self._keys, wanted)
        places[places == len(self._keys)] = 0
        which = np.flatnonzero(self._keys[places] == wanted)
        hits = places[which]
        starts = self._at[hits]
        sizes = self._at[hits + 1] - starts
        ends = np.cumsum(sizes)
        at = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - ends + sizes, sizes)
        return np.repeat(which, sizes), self._values[at]

    @staticmethod
    def arrays(name: str, keys: Array, values: Array) -> dict[str, Array]:
        """The three arrays that hold (key, value) pairs given side by side."""
        order = np.lexsort((values, keys))
        keys, values = keys[order], values[order].astype(np.int32)
        starts = (
            np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]]) if len(keys) else np.zeros(0, dtype=np.int64)
        )
        return {
            f"{name}.keys": keys[starts].astype(np.uint64),
            f"{name}.at": np.r_[starts, len(keys)].astype(np.int64),
            f"{name}.values": values,
        }
