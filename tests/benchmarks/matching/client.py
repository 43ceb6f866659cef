"""A program that asks over keep-alive connections as fast as it is answered.

`python -m tests.benchmarks.matching.client URL TOKEN SECONDS CONNECTIONS QUERIES` prints one JSON object:
milliseconds of each answer, seconds, and how much of the processor the asking itself took. QUERIES is a file
of bodies, one a line, that are asked in turn; without it (`-`) the address is read with GET.
"""

from __future__ import annotations

import json
import resource
import socket
import sys
import threading
import time
from urllib.parse import urlsplit


class Asker:
    """One connection. Reads just enough of HTTP to know where an answer ends, so that asking costs little."""

    def __init__(self, url: str, token: str) -> None:
        self._address = urlsplit(url)
        self._head = f"Host: {self._address.netloc}\r\nAuthorization: ApiKey {token}\r\n"
        self._connect()

    def _connect(self) -> None:
        address = (self._address.hostname or "", self._address.port or 80)
        self._link = socket.create_connection(address, timeout=300)
        self._link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read = self._link.makefile("rb", buffering=1 << 16)

    def ask(self, body: bytes | None) -> bytes:
        """The body of the answer, which must be 200."""
        if body is None:
            request = f"GET {self._address.path} HTTP/1.1\r\n{self._head}\r\n".encode()
        else:
            request = (
                f"POST {self._address.path} HTTP/1.1\r\n{self._head}Content-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            ).encode() + body
        status = self._sent(request)
        if not status:  # a connection may be closed between two answers, when a worker is replaced
            self._connect()
            status = self._sent(request)
        length = 0
        while (line := self._read.readline().strip().lower()) != b"":
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        answer = self._read.read(length)
        if b" 200 " not in status:
            raise ValueError(f"{status!r} {answer[:300]!r}")
        return answer

    def _sent(self, request: bytes) -> bytes:
        """The first line of the answer; empty where the connection was closed."""
        try:
            self._link.sendall(request)
            return self._read.readline()
        except (BrokenPipeError, ConnectionResetError):
            return b""


def run(
    url: str, token: str, seconds: float, connections: int, bodies: list[bytes | None]
) -> dict[str, object]:
    """Ask for so many seconds over so many connections at a time."""
    times: list[float] = []
    failed: list[BaseException] = []
    until = time.perf_counter() + seconds

    def ask(first: int) -> None:
        try:
            asker = Asker(url, token)
            asked = 0
            while asked == 0 or time.perf_counter() < until:
                begun = time.perf_counter()
                asker.ask(bodies[(first + asked * connections) % len(bodies)])
                times.append((time.perf_counter() - begun) * 1000)
                asked += 1
        except (OSError, ValueError) as error:
            failed.append(error)

    begun = time.perf_counter()
    threads = [threading.Thread(target=ask, args=(first,)) for first in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "milliseconds": [round(one, 3) for one in times],
        "seconds": time.perf_counter() - begun,
        "processor_seconds": used.ru_utime + used.ru_stime,
    }


if __name__ == "__main__":
    url, token, seconds, connections, queries = sys.argv[1:]
    lines: list[bytes | None] = [None]
    if queries != "-":
        with open(queries, "rb") as file:
            lines = list(file.read().splitlines())
    print(json.dumps(run(url, token, float(seconds), int(connections), lines)))
