"""A publisher's web server on this machine: files by path, their ETags and dates, and its bad days."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

UN = (
    '<CONSOLIDATED_LIST dateGenerated="2026-02-01T00:00:00.000Z"><INDIVIDUALS>'
    "<INDIVIDUAL><DATAID>1</DATAID><VERSIONNUM>1</VERSIONNUM><FIRST_NAME>OSTAP</FIRST_NAME>"
    "<SECOND_NAME>VERKHOVYNA</SECOND_NAME><REFERENCE_NUMBER>XXi.001</REFERENCE_NUMBER>"
    "<UN_LIST_TYPE>Invented</UN_LIST_TYPE></INDIVIDUAL></INDIVIDUALS><ENTITIES/></CONSOLIDATED_LIST>"
)


def un(count: int, day: str = "2026-02-01") -> str:
    """The UN's list of so many invented people, as of a day."""
    people = "".join(
        f"<INDIVIDUAL><DATAID>{n}</DATAID><VERSIONNUM>1</VERSIONNUM><FIRST_NAME>OSTAP {n}</FIRST_NAME>"
        f"<SECOND_NAME>VERKHOVYNA</SECOND_NAME><REFERENCE_NUMBER>XXi.{n:03d}</REFERENCE_NUMBER>"
        "<UN_LIST_TYPE>Invented</UN_LIST_TYPE></INDIVIDUAL>"
        for n in range(count)
    )
    return (
        f'<CONSOLIDATED_LIST dateGenerated="{day}T00:00:00.000Z"><INDIVIDUALS>{people}</INDIVIDUALS>'
        "<ENTITIES/></CONSOLIDATED_LIST>"
    )


class Publisher(ThreadingHTTPServer):
    """Answers with files by path; `faults` are taken one a request: busy, broken, cut, or hang (half of the
    file, the rest once `released` is set). `log`: its answers.

    With `etags` off it knows a file's date alone (`changed_at`).
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.log: list[int] = []
        self.faults: list[str] = []
        self.redirect = ""
        self.etags = True
        self.changed_at: datetime | None = None
        self.hangs, self.released = threading.Event(), threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def serve(self, source: str, files: dict[str, str]) -> None:
        """Publish these files of one source, and nothing else."""
        self.files = {f"/{source}/{name}": text.encode() for name, text in files.items()}


class _Handler(BaseHTTPRequestHandler):
    server: Publisher

    def do_GET(self) -> None:
        server = self.server
        body = server.files.get(self.path)
        fault = server.faults.pop(0) if server.faults else None
        if server.redirect:
            self._end(302, Location=server.redirect)
        elif fault in ("busy", "broken"):
            self._end(503 if fault == "busy" else 500)
        elif body is None:
            self._end(404)
        elif self._has(body):
            self._end(304)
        else:
            self._note(200)
            self.send_response(200)
            if server.etags:
                self.send_header("ETag", _etag(body))
            if server.changed_at:
                self.send_header("Last-Modified", format_datetime(server.changed_at, usegmt=True))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            half = len(body) // 2
            self.wfile.write(body[:half])
            if fault == "hang":
                server.hangs.set()
                server.released.wait(60)
            if fault != "cut":
                self.wfile.write(body[half:])
            self.close_connection = True

    def _has(self, body: bytes) -> bool:
        """Whether the client has this state of the file (RFC 9110, 13.2.2: the ETag decides alone)."""
        server = self.server
        if "If-None-Match" in self.headers:
            return self.headers["If-None-Match"] == _etag(body)
        since = self.headers.get("If-Modified-Since")
        return bool(since and server.changed_at and server.changed_at <= parsedate_to_datetime(since))

    def _end(self, status: int, **headers: str) -> None:
        """An answer without a body."""
        self._note(status)
        self.send_response(status)
        for name, value in {**headers, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()

    def _note(self, status: int) -> None:
        """Before the answer leaves: whoever has it may look into the log at once."""
        self.server.log.append(status)

    def log_message(self, *_: object) -> None:
        pass


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:16]}"'


@contextmanager
def publishing() -> Iterator[Publisher]:
    """A publisher that runs within the block."""
    with Publisher() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
