"""Where a cluster gets key set and status list from: a file, a URL, and the copy it keeps."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

#: Bytes read from a source at most.
MAX_BYTES = 4 * 1024 * 1024
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Unreachable(Exception):
    """A source gave nothing; the text says which and why."""


def reader(location: str, *, timeout: float = 5.0) -> Callable[[], str]:
    """A function that reads `location` (file path or http(s) URL) anew at each call, raising Unreachable.

    Plain http is accepted from this machine only: whoever can change a key set can forge grants.
    Raises ValueError for another scheme. `timeout` in seconds.
    """
    if "://" not in location:
        return lambda: _read_file(Path(location))
    parts = urlsplit(location)
    local = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if parts.scheme != "https" and not local:
        raise ValueError(f"{location}: only https, or http on this machine, is read")
    return lambda: _read_url(location, timeout)


def status_reader(location: str | None = None, *, timeout: float = 5.0) -> Callable[[str], str]:
    """A function from a status list's URI to the signed list; `location` overrides where it is read."""
    if location is not None:
        fixed = reader(location, timeout=timeout)
        return lambda _uri: fixed()

    def read(uri: str) -> str:
        try:
            return reader(uri, timeout=timeout)()
        except ValueError as error:
            raise Unreachable(str(error)) from error

    return read


class Store:
    """Small texts that outlive the process, each written whole or not at all; without a folder, none."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def get(self, name: str) -> str | None:
        try:
            return self._path(name).read_text(encoding="utf-8") if self._folder else None
        except (OSError, UnicodeDecodeError):
            return None

    def put(self, name: str, text: str) -> None:
        """Best effort: what is lost with a full disk is only the memory across a restart."""
        with contextlib.suppress(OSError):
            self._put(name, text)

    def _put(self, name: str, text: str) -> None:
        if not self._folder:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=self._folder)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(temporary, self._path(name))
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def _path(self, name: str) -> Path:
        assert self._folder is not None
        return self._folder / hashlib.sha256(name.encode()).hexdigest()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> NoReturn:
        raise Unreachable(f"{req.full_url}: answers with a redirect ({code})")


_OPENER = urllib.request.build_opener(_NoRedirect)


def _read_url(location: str, timeout: float) -> str:
    try:
        with _OPENER.open(location, timeout=timeout) as answer:
            raw: bytes = answer.read(MAX_BYTES + 1)
    except urllib.error.HTTPError as error:
        error.close()
        raise Unreachable(f"{location}: answers {error.code}") from error
    except (OSError, HTTPException) as error:
        raise Unreachable(f"{location}: {type(error).__name__}") from error
    return _text(location, raw)


def _read_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Unreachable(f"{path}: {error.strerror}") from error
    return _text(str(path), raw)


def _text(location: str, raw: bytes) -> str:
    if len(raw) > MAX_BYTES:
        raise Unreachable(f"{location}: longer than {MAX_BYTES} bytes")
    try:
        return raw.decode().strip()
    except UnicodeDecodeError as error:
        raise Unreachable(f"{location}: not text") from error
