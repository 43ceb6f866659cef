"""The zip file that a bundle is, in one exact form, so that reading it leaves nothing to choose.

Each file stands once, deflated, without extra fields, comments, attributes or a time (1980-01-01), the
directory after the files in the same order, nothing before, between or behind. A reader rebuilds every
header from the files' names, sizes and checksums and compares the whole: one changed bit in a header is
refused. Two deflate streams that unpack to the same bytes are the same file.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from audit.proof.errors import ProofError

#: Limits of what is read, against archives made to exhaust memory.
MAX_ARCHIVE = 512 * 1024**2  # bytes of the zip file
MAX_FILES = 64
MAX_NAME = 100  # bytes
MAX_FILE = 1024**3  # bytes of one file, unpacked
MAX_TOTAL = 2 * 1024**3  # bytes of all files, unpacked
MAX_RATIO = 200  # unpacked bytes a packed one, beyond what SMALL allows
SMALL = 64 * 1024  # bytes that a file may have whatever the ratio

# PKWARE APPNOTE 4.3.7, 4.3.12 and 4.3.16. 20: version 2.0. 0x800: names are UTF-8. 8: deflate.
# 0x21: 1980-01-01, the first day that a zip file can say.
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_HOW = (20, 0x800, 8, 0, 0x21)


class InvalidArchive(ProofError):
    """The zip file is damaged, not of this form, or beyond a limit."""


@dataclass(frozen=True)
class _Packed:
    name: bytes
    checksum: int
    size: int
    data: bytes


def pack(files: Mapping[str, bytes]) -> bytes:
    """The zip file of `files`, in their order; the same files give the same bytes.

    Raises InvalidArchive where a limit would keep readers from opening it.
    """
    packed = [_deflate(name, data) for name, data in files.items()]
    _check_limits(packed)
    archive = _lay_out(packed)
    _check_size(archive)
    return archive


def unpack(archive: bytes) -> dict[str, bytes]:
    """The files of a zip file that `pack` could have made. Raises InvalidArchive."""
    _check_size(archive)
    packed = _split(archive)
    _check_limits(packed)
    if _lay_out(packed) != archive:
        raise InvalidArchive("the headers differ from those of a bundle: damaged, truncated or packed again")
    return {_shown(file): _inflate(file) for file in packed}


def _check_size(archive: bytes) -> None:
    if len(archive) > MAX_ARCHIVE:
        raise InvalidArchive(f"an archive of over {MAX_ARCHIVE} bytes")


def _check_limits(packed: list[_Packed]) -> None:
    """Before anything is unpacked: what the headers promise is within the limits."""
    if len(packed) > MAX_FILES:
        raise InvalidArchive(f"more than {MAX_FILES} files")
    if len({file.name for file in packed}) < len(packed):
        raise InvalidArchive("a file stands twice in the archive")
    total = 0
    for file in packed:
        total += file.size
        if len(file.name) > MAX_NAME:
            raise InvalidArchive(f"the name {_shown(file)} has over {MAX_NAME} bytes")
        if file.size > MAX_FILE or total > MAX_TOTAL:
            raise InvalidArchive(f"{_shown(file)} passes the limit of {MAX_FILE} bytes, {MAX_TOTAL} in all")
        if file.size > SMALL + MAX_RATIO * len(file.data):
            raise InvalidArchive(f"{_shown(file)} unpacks to more than {MAX_RATIO} times its size")


def _split(archive: bytes) -> list[_Packed]:
    """Walks over the local headers. What they say is checked by the caller before it is believed."""
    packed: list[_Packed] = []
    at = 0
    while archive[at : at + 4] == b"PK\x03\x04":
        if len(packed) > MAX_FILES:
            break  # Refused by the limits: no need to walk over more.
        if len(archive) < at + _LOCAL.size:
            raise InvalidArchive("the archive ends within a header")
        *_, checksum, packed_size, size, name_size, _extra = _LOCAL.unpack_from(archive, at)
        start = at + _LOCAL.size + name_size
        at = start + packed_size
        if at > len(archive):
            raise InvalidArchive("the archive ends within a file")
        packed.append(_Packed(archive[start - name_size : start], checksum, size, archive[start:at]))
    if not packed:
        raise InvalidArchive("not a zip file")
    return packed


def _lay_out(packed: list[_Packed]) -> bytes:
    files, directory, at = [], [], 0
    for file in packed:
        sizes = (file.checksum, len(file.data), file.size, len(file.name))
        files += [_LOCAL.pack(b"PK\x03\x04", *_HOW, *sizes, 0), file.name, file.data]
        directory += [_CENTRAL.pack(b"PK\x01\x02", 20, *_HOW, *sizes, 0, 0, 0, 0, 0, at), file.name]
        at += _LOCAL.size + len(file.name) + len(file.data)
    length = sum(map(len, directory))
    end = _END.pack(b"PK\x05\x06", 0, 0, len(packed), len(packed), length, at, 0)
    return b"".join([*files, *directory, end])


def _deflate(name: str, data: bytes) -> _Packed:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return _Packed(name.encode(), zlib.crc32(data), len(data), deflate.compress(data) + deflate.flush())


def _inflate(file: _Packed) -> bytes:
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        # One byte more than promised is enough to see that the promise is broken.
        data = inflate.decompress(file.data, file.size + 1)
    except zlib.error as error:
        raise InvalidArchive(f"{_shown(file)} is damaged: {error}") from None
    if len(data) != file.size or not inflate.eof or inflate.unused_data:
        raise InvalidArchive(f"{_shown(file)} does not unpack to the {file.size} bytes that it promises")
    if zlib.crc32(data) != file.checksum:
        raise InvalidArchive(f"{_shown(file)} has another checksum than its header")
    return data


def _shown(file: _Packed) -> str:
    name = file.name.decode("ascii", "replace")
    if not name.isprintable() or not name.isascii():
        raise InvalidArchive("a file's name is not plain ASCII")
    return name
