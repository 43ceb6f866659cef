"""The three processes of an installation, as children for a supervisor: web, worker, beat.

`env` is their whole environment; it must hold `DATABASE_URL` and `REDIS_URL` (`Services.environment`).
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path

from celery import Celery

from config.celery import QUEUES
from config.services import BASE_DIR
from config.supervisor import Child


def web(*, port: int, log: Path, env: Mapping[str, str], workers: int = 2, host: str = "127.0.0.1") -> Child:
    """gunicorn with threads on `host`:`port`; ready when it answers any request.

    Several workers are forked from a process that holds the tables of names already; a single one shares them
    with nobody, and reads them when the first name is asked for.
    """
    shared = ("config.preloaded:application", "--preload")
    application = shared if workers > 1 else ("config.wsgi:application",)
    scratch = Path("/dev/shm")  # noqa: S108  (heartbeat files: a slow disk must not look like a hung worker)
    argv = [
        *(sys.executable, "-m", "gunicorn", *application),
        *("--bind", f"{host}:{port}", "--worker-class", "gthread"),
        *("--workers", str(workers), "--threads", "8", "--timeout", "120", "--graceful-timeout", "10"),
        *("--keep-alive", "5", "--max-requests", "20000", "--max-requests-jitter", "2000"),
        "--no-control-socket",
        *(("--worker-tmp-dir", str(scratch)) if scratch.is_dir() else ()),
    ]
    return Child(
        name="web",
        argv=argv,
        log=log,
        env=_python(env),
        cwd=BASE_DIR,
        ready=lambda: _answers_http(host, port),
        orphan_signal=signal.SIGTERM,
        grace=15.0,
    )


def worker(*, log: Path, env: Mapping[str, str], concurrency: int = 2) -> Child:
    """A Celery worker with processes of its own; ready when it answers a ping over the broker."""
    node = f"lockgate-{uuid.uuid4().hex[:8]}@{socket.gethostname()}"
    argv = [
        *(sys.executable, "-m", "celery", "--app", "config.celery", "worker", "--hostname", node),
        *("--pool", "prefork", "--concurrency", str(concurrency), "--queues", ",".join(QUEUES)),
        *("--without-mingle", "--without-gossip", "--loglevel", "INFO"),
    ]
    return Child(
        name="worker",
        argv=argv,
        log=log,
        env=_python(env),
        cwd=BASE_DIR,
        ready=lambda: _answers_ping(env["REDIS_URL"], node),
        # With the supervisor gone the broker goes too, and any orderly end waits for it for ever. What is
        # cut off is done again: tasks are acknowledged late, and the truth is a row.
        orphan_signal=signal.SIGKILL,
        grace=20.0,
    )


def beat(*, log: Path, env: Mapping[str, str], schedule: Path) -> Child:
    """Celery's clock. `schedule` is the file where it remembers when each entry ran last."""
    argv = [
        *(sys.executable, "-m", "celery", "--app", "config.celery", "beat"),
        *("--schedule", str(schedule), "--pidfile=", "--loglevel", "INFO"),
    ]
    return Child(name="beat", argv=argv, log=log, env=_python(env), cwd=BASE_DIR, grace=10.0)


def _python(env: Mapping[str, str]) -> dict[str, str]:
    return {"DJANGO_SETTINGS_MODULE": "config.settings", **env, "PYTHONUNBUFFERED": "1"}


def _answers_http(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=20)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status > 0
    except OSError:
        return False
    finally:
        connection.close()


def _answers_ping(broker: str, node: str) -> bool:
    with Celery("ready", broker=broker, set_as_current=False) as app:
        replies = app.control.ping(destination=[node], timeout=0.5, limit=1)
    return bool(replies)


def default_concurrency() -> int:
    """Processes for the worker: one a core, at least two, so that one long task never blocks the rest."""
    return max(2, os.cpu_count() or 2)
