"""What `serve`, the demo and the journeys of the tests start alike: schema, static files, processes."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from config import processes, schema
from config.services import local_dir
from config.supervisor import Supervisor
from core.errors import Misconfigured


def prepare() -> None:
    """Migrate as the owner, or refuse where its address is not known; collect static files."""
    if os.environ.get("LOCKGATE_OWNER_DATABASE_URL"):
        schema.bring_up_to_date()
    elif missing := schema.missing_migrations():
        raise Misconfigured(
            f"the database lacks {missing} migrations: run `manage.py migrate` with "
            "LOCKGATE_OWNER_DATABASE_URL, or set it here"
        )
    collect_static()


def collect_static() -> bool:
    """Collect and compress static files where any of them changed; return whether that was so.

    Compressing takes seconds, and every start of `serve` would pay them.
    """
    root = Path(settings.STATIC_ROOT)
    stamp = root.with_name(root.name + ".digest")
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            file = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{file.st_size}\0{file.st_mtime_ns}\n".encode())
    current = digest.hexdigest()
    if (root / "staticfiles.json").exists() and stamp.exists() and stamp.read_text() == current:
        return False
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(current)
    return True


def installation(
    *,
    port: int,
    workers: int = 2,
    tell: Callable[[str], None] | None = None,
    env: Mapping[str, str] | None = None,
) -> Supervisor:
    """Web, worker and beat on the servers that `env` (default: this process's) names; not yet started."""
    log = local_dir() / "log"
    base_url = {"LOCKGATE_BASE_URL": f"http://127.0.0.1:{port}"}
    environment = {**base_url, **(os.environ if env is None else env)}
    return Supervisor(
        [
            processes.web(port=port, log=log / "web.log", env=environment, workers=workers),
            processes.worker(
                log=log / "celery.log", env=environment, concurrency=processes.default_concurrency()
            ),
            processes.beat(log=log / "beat.log", env=environment, schedule=local_dir() / "run" / "beat"),
        ],
        pids=local_dir() / "run" / "processes.json",
        tell=tell,
    )


@contextmanager
def until_signalled() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set; a second one ends the process, and the kernel its children."""
    stopped = threading.Event()

    def stop(number: int, frame: object) -> None:
        if stopped.is_set():
            os._exit(128 + number)
        stopped.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        sys.stdout.flush()
        for number, handler in before.items():
            signal.signal(number, handler)
