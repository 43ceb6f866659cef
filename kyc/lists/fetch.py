"""Getting lists from their publishers: conditional requests, then an import of what changed.

Only configured hosts are asked: those of `sources.yaml`, of the mirror, and those that the installation
adds (`LOCKGATE_LIST_HOSTS`); a redirect to any other is refused. What was downloaded is believed only when
it parses as a whole list (`kyc.lists.service.import_version`).
"""

from __future__ import annotations

import hashlib
import ipaddress
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
from django.utils import timezone

from audit.record import Actor
from core.errors import Conflict, InvalidInput
from core.scope import staff_transaction
from kyc.lists.service import ImportResult, Progress, import_version
from kyc.lists.sources import SOURCES
from kyc.models import ListDownload, ListVersion

#: A file of a list larger than this is none, in bytes.
MAX_FILE = 512 * 1024**2
#: Seconds between tries of one file.
BACK_OFF = (1.0, 4.0, 15.0)
TIMEOUT = httpx.Timeout(60.0, connect=15.0)
MOST_REDIRECTS = 5


class FetchFailed(Exception):
    """A file could not be had; the message says why, in words for the log of a scheduler."""


@dataclass(frozen=True)
class Seen:
    """What identifies the state of one file that was fetched."""

    etag: str = ""
    last_modified: str = ""
    digest: str = ""


@dataclass(frozen=True)
class Refreshed:
    """What became of one source: the state of the import, `unchanged` or `failed`."""

    source: str
    state: str
    result: ImportResult | None = None
    error: str = ""
    #: It failed because another import of the source runs: no fault of the publisher's.
    busy: bool = False

    def as_json(self) -> dict[str, object]:
        if self.result is not None:
            return self.result.as_json()
        line: dict[str, object] = {"source": self.source, "state": self.state}
        if self.error:
            line["error"] = self.error
        return line


@dataclass
class _Download:
    """Files on disk, ready to be read, and their state by address."""

    path: Path
    seen: dict[str, Seen] = field(default_factory=dict)

    def published_at(self, now: datetime) -> datetime | None:
        """When the newest of the files changed, by the server's word; a time to come is none."""
        found = [when for state in self.seen.values() if (when := _http_date(state.last_modified))]
        return max((when for when in found if when <= now), default=None)


def sources_of(mirror: str) -> list[str]:
    """Every source that can be refreshed: those with addresses, or with a place in the mirror's folder."""
    if _is_url(mirror) or not mirror:
        return [name for name, source in SOURCES.items() if source.addresses]
    return [name for name in SOURCES if _in_folder(Path(mirror), name)]


def refresh(
    source: str,
    *,
    by: Actor,
    mirror: str = "",
    hosts: Collection[str] = (),
    now: datetime | None = None,
    wait: Callable[[float], None] = time.sleep,
    progress: Progress = lambda stage, done: None,
) -> Refreshed:
    """Download one source if it changed, and import it.

    `mirror`: a folder (`FOLDER/SOURCE/…`) or a base URL (`URL/SOURCE/FILE`) in the place of the publisher's
    addresses. `hosts`: further hosts that a redirect may lead to. Raises InvalidInput for an unknown source
    or one that has no address; any other failure is in the answer, and the version before stays in force.
    """
    if source not in SOURCES:
        raise InvalidInput("source", f"{source} is none of {', '.join(SOURCES)}")
    now = now or timezone.now()
    with tempfile.TemporaryDirectory(prefix="lockgate-list-") as folder:
        try:
            found = _get(source, mirror, Path(folder), _seen(source), frozenset(hosts), wait, progress)
            if found is None:
                return Refreshed(source, "unchanged")
            result = import_version(
                source=source,
                path=found.path,
                by=by,
                published_at=found.published_at(now),
                now=now,
                progress=progress,
            )
        except FetchFailed as error:
            return Refreshed(source, "failed", error=str(error))
        except InvalidInput as error:
            if error.field == "source":
                raise
            return Refreshed(source, "failed", error=f"refused: {error}")
        except Conflict as error:
            return Refreshed(source, "failed", error=str(error), busy=True)
        _remember(source, found.seen, now)
        return Refreshed(source, result.state, result)


def _get(
    source: str,
    mirror: str,
    folder: Path,
    seen: Mapping[str, Seen],
    hosts: frozenset[str],
    wait: Callable[[float], None],
    progress: Progress,
) -> _Download | None:
    if mirror and not _is_url(mirror):
        return _from_folder(Path(mirror), source, seen)
    addresses = SOURCES[source].addresses
    if not addresses:
        raise InvalidInput("source", f"{source} is published as a document: import its file by import_list")
    allowed = hosts | {_host(a) for s in SOURCES.values() for a in s.addresses}
    if mirror:
        allowed |= {_host(mirror)}
        addresses = tuple(f"{mirror.rstrip('/')}/{source}/{_name(a)}" for a in addresses)
    with httpx.Client(timeout=TIMEOUT, headers={"User-Agent": "Lockgate"}) as client:

        def get(address: str, known: Seen | None) -> Seen | None:
            return _patiently(
                lambda: _fetch(client, address, folder / _name(address), known, allowed, progress), wait
            )

        fresh = {a: get(a, seen.get(a)) for a in addresses}
        if not any(fresh.values()):
            return None
        # A list of several files is one version: where one changed, all of them are needed.
        whole = {a: state or get(a, None) or Seen() for a, state in fresh.items()}
    if all(seen.get(a, Seen()).digest == state.digest for a, state in whole.items()):
        return None
    return _Download(folder if len(addresses) > 1 else folder / _name(addresses[0]), whole)


def _fetch(
    client: httpx.Client,
    address: str,
    path: Path,
    known: Seen | None,
    allowed: frozenset[str],
    progress: Progress,
) -> Seen | None:
    """Download one file; None where the server says that it is still as `known`."""
    headers = {}
    if known and known.etag:
        headers["If-None-Match"] = known.etag
    if known and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    with _answer(client, address, headers, allowed) as response:
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return None
        if response.status_code != httpx.codes.OK:
            response.raise_for_status()
            raise FetchFailed(f"{address}: unexpected answer {response.status_code}")
        digest, size = hashlib.sha256(), 0
        with path.open("wb") as file:
            for chunk in response.iter_bytes(1 << 16):
                size += len(chunk)
                if size > MAX_FILE:
                    raise FetchFailed(f"{address}: larger than {MAX_FILE} bytes")
                digest.update(chunk)
                file.write(chunk)
                progress("downloading", size)
        return Seen(
            response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""), digest.hexdigest()
        )


@contextmanager
def _answer(
    client: httpx.Client, address: str, headers: Mapping[str, str], allowed: frozenset[str]
) -> Iterator[httpx.Response]:
    """The final answer: redirects are followed to configured hosts alone."""
    for _ in range(MOST_REDIRECTS):
        host = _host(address)
        if host not in allowed:
            raise FetchFailed(f"{address}: {host} is no configured host (LOCKGATE_LIST_HOSTS adds one)")
        if urlsplit(address).scheme != "https" and not _is_loopback(host):
            raise FetchFailed(f"{address}: lists are fetched over https")
        with client.stream("GET", address, headers=dict(headers)) as response:
            if not response.has_redirect_location:
                yield response
                return
            address = urljoin(address, response.headers["Location"])
    raise FetchFailed(f"{address}: more than {MOST_REDIRECTS} redirects")


def _patiently(attempt: Callable[[], Seen | None], wait: Callable[[float], None]) -> Seen | None:
    """Try again, later and later, what may pass: a broken connection, a busy server."""
    for pause in (*BACK_OFF, None):
        try:
            return attempt()
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            reason = f"{error.request.url}: answer {status}"
            if status < 500 and status != httpx.codes.TOO_MANY_REQUESTS:
                raise FetchFailed(reason) from error
        except httpx.HTTPError as error:
            reason = f"{error.request.url}: {error or type(error).__name__}"
        if pause is None:
            raise FetchFailed(reason)
        wait(pause)
    raise AssertionError("the last try returns or raises")


def _from_folder(mirror: Path, source: str, seen: Mapping[str, Seen]) -> _Download | None:
    """The files of the mirror's folder, as they are; None where each is as at the last import."""
    place = _in_folder(mirror, source)
    if place is None:
        raise FetchFailed(f"{mirror}: nothing there for {source}")
    files = sorted(p for p in place.iterdir() if p.is_file()) if place.is_dir() else [place]
    found = {f"mirror:{file.name}": Seen(digest=_digest(file)) for file in files}
    if {a: s.digest for a, s in seen.items() if a.startswith("mirror:")} == {
        a: s.digest for a, s in found.items()
    }:
        return None
    return _Download(place, found)


def _in_folder(mirror: Path, source: str) -> Path | None:
    """`MIRROR/SOURCE` (a folder), or the one file `MIRROR/SOURCE.…`."""
    folder = mirror / source
    if folder.is_dir():
        return folder
    return next(iter(sorted(mirror.glob(f"{source}.*"))), None)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _seen(source: str) -> dict[str, Seen]:
    """The state of the files at the last import; empty where nothing of the source is kept."""
    with staff_transaction():
        kept = (ListVersion.State.IN_FORCE, ListVersion.State.HELD)
        if not ListVersion.objects.filter(source=source, state__in=kept).exists():
            return {}
        rows = ListDownload.objects.filter(source=source)
        return {row.address: Seen(row.etag, row.last_modified, row.digest) for row in rows}


def _remember(source: str, seen: Mapping[str, Seen], now: datetime) -> None:
    with staff_transaction():
        ListDownload.objects.filter(source=source).exclude(address__in=seen).delete()
        for address, state in seen.items():
            ListDownload.objects.update_or_create(
                source=source,
                address=address,
                defaults={
                    "etag": state.etag,
                    "last_modified": state.last_modified,
                    "digest": state.digest,
                    "fetched_at": now,
                },
            )


def _http_date(text: str) -> datetime | None:
    """`Last-Modified` (RFC 9110, 5.6.7); None for what is no such date."""
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    return when if when.tzinfo else None


def _is_url(text: str) -> bool:
    return text.startswith(("https://", "http://"))


def _host(address: str) -> str:
    return (urlsplit(address).hostname or "").lower()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _name(address: str) -> str:
    """The file's name in its address; a query decides nothing."""
    return Path(urlsplit(address).path).name or "list"
