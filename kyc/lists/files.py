"""Files of a list: folders, archives and compression opened, text decoded, XML walked safely."""

from __future__ import annotations

import csv
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from lxml import etree

from core.cli import MAX_INPUT, open_input
from core.errors import InvalidInput
from kyc.lists.report import Report

#: How much of a file is looked at to tell its layout, in bytes.
HEAD = 4096
#: An archive's members are held in memory; more than this together is refused, in bytes.
MAX_ARCHIVE = 512 * 1024**2
#: JSON that is no JSON lines is parsed in memory: its limit in bytes.
MAX_JSON = 256 * 1024**2
#: More members than this is no list.
MAX_MEMBERS = 64
_TARS = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")
_COMPRESSED = (".xz", ".gz", ".zip")
_CTRL_Z = b"\x1a"


@dataclass(frozen=True)
class ListFile:
    """One file of a list: its name without a compression suffix, and how to open its plain bytes."""

    name: str
    open: Callable[[], BinaryIO]

    def head(self) -> bytes:
        """The first bytes, to recognise the layout."""
        with self.open() as stream, _damage(self.name):
            return read_exactly(stream, HEAD)

    @classmethod
    def of_bytes(cls, name: str, content: bytes) -> ListFile:
        """A file held in memory."""
        return cls(name, lambda: io.BytesIO(content))


def read_exactly(stream: BinaryIO, size: int) -> bytes:
    """Up to `size` bytes; fewer only at the end of the stream."""
    chunks: list[bytes] = []
    while size > 0 and (chunk := stream.read(size)):
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)


def list_files(path: str | Path) -> tuple[ListFile, ...]:
    """The files behind `path`: a file, a folder (not its subfolders), an archive, or `-`.

    Raises InvalidInput for a path that is absent, empty, or an archive that is damaged or too big.
    """
    if str(path) == "-":
        stream = open_input("-")
        return _members_or_file("-", "standard input", lambda: stream.read())
    path = Path(path)
    if path.is_dir():
        found = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
        if not found:
            raise InvalidInput("file", f"{path}: an empty folder")
        return tuple(_plain(p) for p in found)
    if not path.exists():
        raise InvalidInput("file", f"{path}: no such file")
    if path.name.endswith(_TARS):
        return _tar(path.name, path.open("rb"))
    if path.suffix == ".zip":
        return _zip(path.name, path.open("rb"))
    return (_plain(path),)


def _plain(path: Path) -> ListFile:
    name = path.name
    for suffix in _COMPRESSED:
        name = name.removesuffix(suffix)
    return ListFile(name, lambda: open_input(path))


def _members_or_file(path: str, name: str, read: Callable[[], bytes]) -> tuple[ListFile, ...]:
    """Standard input can be read once only: its bytes are kept."""
    content = read()
    if len(content) > MAX_INPUT:
        raise InvalidInput("file", f"{path}: larger than the limit")
    if content.startswith(b"PK\x03\x04"):
        return _zip(name, io.BytesIO(content))
    if content[257:262] == b"ustar":
        return _tar(name, io.BytesIO(content))
    return (ListFile.of_bytes(name, content),)


def _tar(name: str, stream: BinaryIO) -> tuple[ListFile, ...]:
    files: list[tuple[str, ListFile]] = []
    left = MAX_ARCHIVE
    try:
        with stream, tarfile.open(fileobj=stream, mode="r:*") as archive:
            for member in archive:
                if not member.isfile() or Path(member.name).name.startswith("."):
                    continue
                left -= member.size
                _check_archive(name, left, len(files))
                inner = archive.extractfile(member)
                content = inner.read() if inner else b""
                files.append((member.name, ListFile.of_bytes(Path(member.name).name, content)))
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise InvalidInput("file", f"{name}: a damaged archive: {error}") from error
    return _in_order(name, files)


def _zip(name: str, stream: BinaryIO) -> tuple[ListFile, ...]:
    files: list[tuple[str, ListFile]] = []
    left = MAX_ARCHIVE
    try:
        with stream, zipfile.ZipFile(cast(Any, stream)) as archive:
            for member in archive.infolist():
                if member.is_dir() or Path(member.filename).name.startswith("."):
                    continue
                with archive.open(member) as inner:
                    # The size in the directory may lie: what counts is what comes out.
                    content = read_exactly(cast(BinaryIO, inner), left + 1)
                left -= len(content)
                _check_archive(name, left, len(files))
                files.append((member.filename, ListFile.of_bytes(Path(member.filename).name, content)))
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise InvalidInput("file", f"{name}: a damaged archive: {error}") from error
    return _in_order(name, files)


def _check_archive(name: str, left: int, count: int) -> None:
    if left < 0:
        raise InvalidInput("file", f"{name}: larger than the limit after decompression")
    if count >= MAX_MEMBERS:
        raise InvalidInput("file", f"{name}: more than {MAX_MEMBERS} files in the archive")


def _in_order(name: str, files: Sequence[tuple[str, ListFile]]) -> tuple[ListFile, ...]:
    """The members in the order of their paths, as a folder gives its files."""
    if not files:
        raise InvalidInput("file", f"{name}: an archive without files")
    return tuple(file for _path, file in sorted(files, key=lambda member: member[0]))


def decode(raw: bytes, report: Report) -> str:
    """UTF-8, else Windows-1252, else Latin-1: some publishers mix them within one file."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        report.note("text that is not UTF-8 was read as Windows-1252")
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


class TextLines:
    """Lines of a text file, decoded one by one; says at the end whether the file looked whole."""

    def __init__(self, file: ListFile, report: Report) -> None:
        self._file, self._report = file, report
        #: The DOS end-of-file mark that OFAC's files close with was seen.
        self.end_mark = False
        #: The last line ended with a line break, or at least with the closing quote of its last field.
        self.whole_line = True

    def __iter__(self) -> Iterator[str]:
        with self._file.open() as stream:
            first = True
            for raw in _guarded(stream, self._file.name):
                if first:
                    raw, first = raw.removeprefix(b"\xef\xbb\xbf"), False
                if self.end_mark and raw.strip():
                    raise InvalidInput("file", f"{self._file.name}: text after the end mark")
                if raw.startswith(_CTRL_Z) and not raw.strip(_CTRL_Z + b"\r\n "):
                    self.end_mark = True
                    continue
                if b"\x00" in raw:
                    raise InvalidInput("file", f"{self._file.name}: a NUL byte in a text file")
                self.whole_line = raw.endswith((b"\n", b"\r", b'"'))
                yield raw.decode("ascii") if raw.isascii() else decode(raw, self._report)


def _guarded(stream: BinaryIO, name: str) -> Iterator[bytes]:
    """The lines of a stream; damage of its compression becomes InvalidInput."""
    lines = iter(stream)
    while True:
        with _damage(name):
            try:
                line = next(lines)
            except StopIteration:
                return
        yield line


@contextmanager
def _damage(name: str) -> Iterator[None]:
    """Turn what a damaged compression raises into InvalidInput."""
    try:
        yield
    except (EOFError, lzma.LZMAError, zlib.error, OSError) as error:
        raise InvalidInput("file", f"{name}: damaged compression: {error}") from error


def read_all(file: ListFile) -> bytes:
    """The whole of a JSON file. Raises InvalidInput where it is damaged or larger than MAX_JSON."""
    with file.open() as stream, _damage(file.name):
        content = read_exactly(stream, MAX_JSON + 1)
    if len(content) > MAX_JSON:
        raise InvalidInput("file", f"{file.name}: larger than the limit")
    return content


def csv_rows(
    file: ListFile, lines: Iterable[str], *, delimiter: str = ",", strict: bool = True, quoting: int = 0
) -> Iterator[tuple[int, list[str]]]:
    """(line number, fields) of each row that is not empty. Raises InvalidInput on a broken quote."""
    reader = csv.reader(lines, delimiter=delimiter, strict=strict, quoting=cast(Any, quoting))
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InvalidInput(
                "file", f"{file.name}: not whole or not CSV: {error}", line=reader.line_num
            ) from error
        if row and any(row):
            yield reader.line_num, row


def table_rows(
    file: ListFile, lines: TextLines, needs: Sequence[str], *, delimiter: str = ",", strict: bool = True
) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a table with a header, as dictionaries; a header repeated inside is skipped.

    Raises InvalidInput for a missing column, a row with another number of fields than the
    header, and an unfinished last line.
    """
    header: list[str] | None = None
    last = 0
    for number, row in csv_rows(file, lines, delimiter=delimiter, strict=strict):
        if header is None:
            header = [name.strip() for name in row]
            if absent := [name for name in needs if name not in header]:
                raise InvalidInput("header", f"{file.name}: no column {absent[0]}", line=number)
            continue
        if len(row) != len(header):
            raise InvalidInput(
                "row", f"{file.name}: {len(row)} fields instead of {len(header)}: not whole", line=number
            )
        if [name.strip() for name in row] == header:
            continue
        last = number
        yield number, dict(zip(header, row, strict=True))
    if header is None:
        raise InvalidInput("file", f"{file.name}: empty")
    if not lines.whole_line:
        raise InvalidInput("file", f"{file.name}: the last line is unfinished: not whole", line=last)


def xml_elements(file: ListFile, *tags: str, root: str) -> Iterator[Any]:
    """Each element named in `tags` (local names) once it is complete, freed after use.

    Nothing outside the file is read and no entity is expanded: a file with a DOCTYPE is refused,
    whatever it declares. The first value yielded is the root element (attributes only).
    Raises InvalidInput for anything but a well-formed document with the given root.
    """
    with file.open() as stream:
        context = etree.iterparse(
            _Guarded(stream, file.name),
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        wanted = frozenset(tags)
        top = None
        depth = 0
        try:
            for event, element in context:
                if event == "start":
                    if top is None:
                        top = element
                        _check_root(element, root, file.name)
                        yield element
                    if etree.QName(element).localname in wanted:
                        depth += 1
                    continue
                if etree.QName(element).localname in wanted:
                    depth -= 1
                    if depth == 0:
                        yield element
                        element.clear()
                        while element.getprevious() is not None:
                            del element.getparent()[0]
        except etree.XMLSyntaxError as error:
            line = error.lineno or None
            raise InvalidInput(
                "xml", f"{file.name}: not well-formed or not whole: {error.msg}", line=line
            ) from error
    if top is None:
        raise InvalidInput("xml", f"{file.name}: empty")


def _check_root(element: Any, root: str, name: str) -> None:
    info = element.getroottree().docinfo
    if info.doctype or info.internalDTD is not None:
        raise InvalidInput("xml", f"{name}: a DOCTYPE is not accepted")
    found = etree.QName(element).localname
    if found != root:
        raise InvalidInput("xml", f"{name}: the root is {found}, not {root}: another list?")


class _Guarded:
    """A stream whose damaged compression raises InvalidInput inside the XML parser's reads."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream, self._name = stream, name

    def read(self, size: int = -1) -> bytes:
        with _damage(self._name):
            return self._stream.read(size)


def text_of(element: Any, path: str) -> str:
    """The text of the first child at `path` (namespace-less), or ''."""
    found = element.find(path)
    return (found.text or "") if found is not None else ""
