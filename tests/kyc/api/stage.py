"""A web server as `serve` starts it, with lists in force and a program's token, in processes of its own.

`python -m tests.kyc.api.stage WORKERS SOURCE=FILE@DATE …` brings the lists in, prints one line of JSON that
says where it answers and under which token, and ends with its standard input.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import django

from config.ports import free_port
from config.services import BASE_DIR, Services
from tests import servers


@dataclass(frozen=True)
class Served:
    """Where the matching API answers, and a token with the scope `match:read`."""

    url: str
    token: str
    #: Process id of the web server, whose children answer.
    process: int


@contextmanager
def served(found: Services, folder: Path, lists: Sequence[str], *, workers: int = 1) -> Iterator[Served]:
    """Run a stage on these servers, with its state in `folder`. `lists`: SOURCE=FILE@DATE."""
    folder.mkdir(parents=True, exist_ok=True)
    argv = [sys.executable, "-m", "tests.kyc.api.stage", str(workers), *lists]
    env = servers.environment(found, LOCKGATE_LOCAL_DIR=str(folder), DJANGO_SETTINGS_MODULE="config.settings")
    log = folder / "stage.log"
    with (
        log.open("w") as told,
        subprocess.Popen(
            argv, cwd=BASE_DIR, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=told, text=True
        ) as stage,
    ):
        assert stage.stdin is not None and stage.stdout is not None
        line = stage.stdout.readline()
        assert line, log.read_text()[-3000:]
        yield Served(**json.loads(line))
        stage.stdin.close()


def main(workers: int, lists: Sequence[str]) -> None:
    django.setup()
    import os

    from audit.record import SYSTEM
    from config import processes
    from config.services import local_dir
    from config.supervisor import Supervisor
    from core.scope import staff_transaction
    from kyc.lists.service import import_version
    from tests import builders
    from tests.kyc.api.client import Api

    with staff_transaction():
        token = Api(builders.aldous(), "match:read").headers["Authorization"].split()[1]
    for one in lists:
        source, file = one.split("=", 1)
        path, as_of = file.rsplit("@", 1)
        with staff_transaction():
            done = import_version(source=source, path=path, as_of=date.fromisoformat(as_of), by=SYSTEM)
        assert done.state == "in_force", done
    port = free_port()
    web = processes.web(port=port, log=local_dir() / "web.log", env=dict(os.environ), workers=workers)
    with Supervisor([web]) as running:
        told = {"url": f"http://127.0.0.1:{port}", "token": token, "process": running.pid("web")}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
