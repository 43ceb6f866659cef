"""PostgreSQL and Valkey of our own: where they start, who may do what, and what survives."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config import postgres, services, valkey
from config.postgres import Profile
from config.services import BASE_DIR, Services, ensure, resolve
from core.errors import Misconfigured
from tests.processes import runs
from tests.real_parts import absent
from tests.waiting import until

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to act as another user")
linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's signal to orphans is Linux's")


@pytest.fixture(autouse=True)
def no_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "LOCKGATE_OWNER_DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


@contextmanager
def a_folder() -> Iterator[Path]:
    """A folder that any user may pass through (pytest's own are closed), removed afterwards."""
    outer = Path(tempfile.mkdtemp(prefix="lockgate-test-"))
    outer.chmod(0o755)
    (outer / "state").mkdir()
    try:
        yield outer / "state"
    finally:
        services.wipe(outer / "state")
        shutil.rmtree(outer)


@pytest.fixture
def local() -> Iterator[Path]:
    with a_folder() as folder:
        yield folder


def run_servers(local: Path) -> AbstractContextManager[Services]:
    return ensure(started_by="test", local=local, profile=Profile.THROWAWAY)


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question).fetchone()  # type: ignore[call-overload]
    return None if row is None else row[0]


@pytest.fixture(scope="module")
def running() -> Iterator[Services]:
    """Servers in a folder whose name holds what shells and settings trip over, far beyond a socket's path."""
    with a_folder() as folder:
        awkward = folder / "a folder, \"quoted\" and 'spaced' é" / ("long" * 40)
        with ensure(
            started_by="test", local=awkward, profile=Profile.THROWAWAY, export=False, environment=False
        ) as found:
            yield found


def test_servers_run_in_a_long_path_with_spaces_and_quotes(running: Services) -> None:
    assert ask(running.database_url, "SELECT current_user") == "lockgate_app"
    with redis.Redis.from_url(running.redis_url) as client:
        assert client.set("key", "value")


def test_the_application_is_neither_owner_nor_superuser(running: Services) -> None:
    roles = "SELECT rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole OR rolinherit FROM pg_roles"
    assert ask(running.database_url, f"{roles} WHERE rolname = current_user") is False
    assert (
        ask(
            running.database_url, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'lockgate'"
        )
        == "lockgate_owner"
    )
    assert ask(running.owner_database_url, "SELECT rolsuper FROM pg_roles WHERE rolname = user") is False


def test_the_staffs_rights_are_entered_and_never_inherited(running: Services) -> None:
    with psycopg.connect(running.owner_database_url) as owner:
        owner.execute("CREATE TABLE seen_by_staff AS SELECT 1 AS one")
        owner.execute("GRANT SELECT ON seen_by_staff TO lockgate_staff")
    with psycopg.connect(running.database_url) as application:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), application.transaction():
            application.execute("SELECT * FROM seen_by_staff")
        with application.transaction():
            application.execute("SET LOCAL ROLE lockgate_staff")
            assert application.execute("SELECT * FROM seen_by_staff").fetchone() == (1,)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(running.database_url, "SET ROLE lockgate_owner")


def test_nobody_gets_in_without_the_password(running: Services) -> None:
    for login in ("lockgate_app", "postgres"):
        wrong = postgres.with_login(running.database_url, login, "guess", "lockgate")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)
    port = int(running.redis_url.rsplit(":", 1)[1].split("/")[0])
    with (
        redis.Redis(port=port, retry=Retry(NoBackoff(), 0)) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_postgres_keeps_what_it_was_told_and_the_broker_never_drops_a_message(local: Path) -> None:
    with ensure(started_by="test", local=local) as found:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert ask(found.database_url, f"SHOW {setting}") == "on"
        assert ask(found.database_url, "SHOW listen_addresses") == ""
        with redis.Redis.from_url(found.redis_url) as client:
            assert client.config_get("appendonly") == {"appendonly": "yes"}
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            client.set("kept", "yes")
    assert stat.S_IMODE((local / "secrets" / "servers.json").stat().st_mode) == 0o600
    assert resolve(local) is None
    with ensure(started_by="test", local=local) as found, redis.Redis.from_url(found.redis_url) as client:
        assert client.get("kept") == b"yes"


def test_addresses_are_exported_for_the_block_alone(local: Path) -> None:
    with run_servers(local) as found:
        assert {name: os.environ[name] for name in found.environment()} == found.environment()
        assert resolve(local / "elsewhere") == Services(
            found.database_url, found.owner_database_url, found.redis_url, "environment"
        )
    assert "DATABASE_URL" not in os.environ


def test_the_environment_is_used_as_it_is_and_only_whole(
    local: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://app@db.internal/lockgate")
    with pytest.raises(Misconfigured, match="REDIS_URL is not set"):
        resolve(local)
    monkeypatch.setenv("REDIS_URL", "redis://broker.internal/0")
    with ensure(started_by="test", local=local / "untouched") as found:
        assert found.kind == "environment"
        assert found.owner_database_url == ""
    assert not (local / "untouched").exists()


def test_an_unknown_kind_of_server_is_refused(local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGATE_SERVERS", "cloud")
    with pytest.raises(Misconfigured, match="embedded or system"), run_servers(local):
        pass


def in_a_process(
    local: Path, code: str, *, prefix: tuple[str, ...] = (), **env: str
) -> subprocess.Popen[str]:
    """Run `code` with servers in `local`, in another process; `found` names them."""
    script = f"""
import sys, os, psycopg
from pathlib import Path
from config.services import ensure
with ensure(started_by="other", local=Path({str(local)!r}), environment=False) as found:
{textwrap.indent(textwrap.dedent(code), "    ")}
"""
    return subprocess.Popen(
        [*prefix, sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(BASE_DIR), "PYTHONDONTWRITEBYTECODE": "1", **env},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


TRIGRAMS = """
    with psycopg.connect(found.owner_database_url) as owner:
        owner.execute("CREATE EXTENSION pg_trgm")
        print(owner.execute("SELECT cardinality(show_trgm('Владимир'))").fetchone()[0])
"""


def test_trigrams_work_whatever_locale_the_caller_has(local: Path) -> None:
    with in_a_process(local, TRIGRAMS, LC_ALL="C", LANG="C", PGDATA="/nowhere", PGPORT="1") as other:
        out, err = other.communicate(timeout=180)
    assert out == "9\n", err


def test_a_database_without_unicode_is_refused(running: Services) -> None:
    with psycopg.connect(running.owner_database_url, autocommit=True) as owner:
        owner.execute("CREATE DATABASE blind TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
    blind = running.owner_database_url.replace("/lockgate?", "/blind?")
    with psycopg.connect(blind) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        with pytest.raises(Misconfigured, match="trigrams"):
            postgres.check_trigrams(connection)


@as_root
def test_servers_run_without_root(local: Path) -> None:
    nobody = 65534
    if shutil.which("setpriv") is None:
        absent("setpriv (util-linux)")
    # May read through folders that are closed to it, as a checkout under /root is; nothing more.
    capability = "+dac_read_search"
    prefix = ("setpriv", f"--reuid={nobody}", f"--regid={nobody}", "--clear-groups")
    prefix += (f"--inh-caps={capability}", f"--ambient-caps={capability}")
    os.chown(local, nobody, nobody)
    code = TRIGRAMS + "    print(os.geteuid())\n"
    with in_a_process(local, code, prefix=prefix) as other:
        out, err = other.communicate(timeout=180)
    assert out == f"9\n{nobody}\n", err
    assert (local / "postgres").stat().st_uid == nobody


@as_root
def test_root_in_a_closed_folder_needs_no_folder_opened(local: Path) -> None:
    local.parent.chmod(0o700)
    with run_servers(local) as found:
        assert ask(found.database_url, "SELECT 1") == 1
        data = Path(str(ask(services.maintenance_url(found, local), "SHOW data_directory")))
    assert stat.S_IMODE(local.parent.stat().st_mode) == 0o700
    assert data.parent == (local / "servers").resolve()
    assert data.stat().st_uid != 0
    services.wipe(local)
    assert not data.exists()


@linux
def test_a_killed_command_leaves_no_server_and_loses_nothing(local: Path) -> None:
    code = """
        with psycopg.connect(found.owner_database_url) as owner:
            owner.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        print("ready", flush=True)
        sys.stdin.read()
    """
    with in_a_process(local, code) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "ready\n"
        pids = [pid for pid, _, _ in json.loads((local / "run" / "servers.json").read_text())]
        assert len(pids) == 2
        killed.kill()
    until(lambda: not any(map(runs, pids)))
    with run_servers(local) as found:
        assert ask(found.owner_database_url, "SELECT answer FROM kept") == 42


def test_postgres_killed_at_work_comes_back_with_what_was_committed(local: Path) -> None:
    with ensure(started_by="test", local=local) as found:
        with psycopg.connect(found.owner_database_url) as owner:
            owner.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        postmaster = int((local / "postgres" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)
        until(lambda: not runs(postmaster))
        until(lambda: postgres.answers(found.database_url))
        assert ask(found.owner_database_url, "SELECT answer FROM kept") == 42


def test_a_lock_file_that_names_another_program_does_not_stop_the_start(local: Path) -> None:
    with run_servers(local):
        lock = (local / "postgres" / "postmaster.pid").read_text()
    stale = local / "postgres" / "postmaster.pid"
    stale.write_text(lock.replace(lock.split()[0], str(os.getppid()), 1))
    with run_servers(local) as found:
        assert ask(found.database_url, "SELECT 1") == 1


def test_commands_share_servers_and_the_starter_waits_for_the_others(local: Path) -> None:
    use = """
        print(found.database_url, flush=True)
        sys.stdin.read()
        with psycopg.connect(found.database_url) as connection:
            print(connection.info.status.name, flush=True)
    """
    with in_a_process(local, use) as first:
        assert first.stdout is not None and first.stdin is not None
        address = first.stdout.readline()
        with in_a_process(local, use) as second:
            assert second.stdout is not None and second.stdin is not None
            assert second.stdout.readline() == address
            first.stdin.close()
            assert first.stdout.readline() == "OK\n"
            until(lambda: not (local / "run" / "services.json").exists())
            assert first.poll() is None
            second.stdin.close()
            assert second.stdout.readline() == "OK\n"
            assert second.wait(120) == 0
        assert first.wait(120) == 0


def test_data_of_another_postgres_are_refused_by_name(local: Path) -> None:
    with run_servers(local):
        pass
    (local / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(Misconfigured, match="was made by PostgreSQL 9"), run_servers(local):
        pass


def test_lost_passwords_are_told(local: Path) -> None:
    with run_servers(local):
        pass
    (local / "secrets" / "servers.json").unlink()
    with pytest.raises(Misconfigured, match="passwords"), run_servers(local):
        pass


def test_the_machines_own_servers_do_as_well(local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if postgres.system() is None or valkey.system() is None:
        absent("PostgreSQL 15 or later and valkey-server or redis-server of the machine")
    monkeypatch.setenv("LOCKGATE_SERVERS", "system")
    with run_servers(local) as found:
        assert found.kind == "system"
        shown = str(ask(found.database_url, "SHOW server_version_num"))
        assert int(shown) >= 150000
        with redis.Redis.from_url(found.redis_url) as client:
            assert client.ping()


def test_one_serve_at_a_time(local: Path) -> None:
    with services.only_one("serve", local):
        message = rf"serve is already running here, process {os.getpid()}"
        with pytest.raises(services.AlreadyRuns, match=message), services.only_one("serve", local):
            pass
    with services.only_one("serve", local):
        pass
