"""Real servers for tests: a throw-away cluster a run, a migrated template, and copies of it.

A run takes the first free folder of `.local/test/KIND-N`, so that runs beside each other never meet; the
cluster stays there for the next run. The environment's servers are never used: they may be real.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import redis
from django.conf import settings
from psycopg import sql

from config import processes, services
from config.postgres import Profile
from config.services import BASE_DIR, Services
from config.supervisor import Child

FLOORS = ("core", "audit", "accounts", "kyc", "access", "console")


def kind() -> str:
    """Which servers this run uses: `LOCKGATE_SERVERS`, else the wheels'."""
    return os.environ.get("LOCKGATE_SERVERS") or "embedded"


@dataclass(frozen=True)
class Cluster:
    """A running throw-away cluster and the addresses of its databases."""

    services: Services
    local: Path

    def database(self, name: str) -> Services:
        """The addresses for another database of the same cluster."""
        return replace(
            self.services,
            database_url=_renamed(self.services.database_url, name),
            owner_database_url=_renamed(self.services.owner_database_url, name),
        )

    def superuser(self, database: str = "postgres") -> str:
        return services.maintenance_url(self.services, self.local, database)

    def as_owner(self, statement: str, *names: str) -> None:
        """Run one statement outside a transaction, with `names` quoted in the places of {}."""
        with psycopg.connect(_renamed(self.services.owner_database_url, "postgres"), autocommit=True) as link:
            link.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def exists(self, database: str) -> bool:
        with psycopg.connect(self.superuser()) as link:
            found = link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        return found is not None

    def drop(self, database: str) -> None:
        # As the superuser: the owner may not end a superuser's session that is just closing.
        with psycopg.connect(self.superuser(), autocommit=True) as link:
            link.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def copy(self, template: str, database: str) -> Services:
        """A new database that equals the template; 0.1 to 0.2 s."""
        self.drop(database)
        self.as_owner("CREATE DATABASE {} TEMPLATE {}", database, template)
        return self.database(database)


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """Run a cluster in the first free folder under `.local/test/`."""
    number = 0
    while True:
        local = BASE_DIR / ".local" / "test" / f"{kind()}-{number}"
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(services.only_one("pytest", local))
            except services.AlreadyRuns:
                number += 1
                continue
            found = stack.enter_context(
                services.ensure(
                    started_by="pytest",
                    local=local,
                    profile=Profile.THROWAWAY,
                    export=False,
                    exclusive=True,
                    environment=False,
                )
            )
            yield Cluster(found, local)
            return


def schema_digest() -> str:
    """Changes whenever something that shapes the schema does, and thereby names the template."""
    digest = hashlib.sha256()
    for floor in FLOORS:
        files = {
            *(BASE_DIR / floor).glob("**/migrations/*.py"),
            *(BASE_DIR / floor).glob("**/models/*.py"),
            *(BASE_DIR / floor / name for name in ("models.py", "apps.py", "rls.py")),
        }
        for path in sorted(files):
            if path.exists():
                digest.update(f"{path.relative_to(BASE_DIR)}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def celery_worker(log: Path, env: dict[str, str], *, concurrency: int = 2) -> Child:
    """A real worker in a process of its own, ready once it says so in its log."""
    return processes.worker(log=log, env=env, concurrency=concurrency)


def environment(found: Services, **more: str) -> dict[str, str]:
    """The environment of a process that works on these servers, with the files and keys of this one."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    ours = {
        "PYTHONPATH": str(BASE_DIR),
        "LOCKGATE_LOCAL_DIR": str(settings.LOCAL_DIR),
        "LOCKGATE_KEYRING": str(settings.LOCKGATE_KEYRING),
    }
    return {**inherited, **found.environment(), **ours, **more}


def with_redis_database(found: Services, number: int) -> Services:
    """The same servers with another of Valkey's numbered databases, emptied."""
    url = f"{found.redis_url.rsplit('/', 1)[0]}/{number}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return replace(found, redis_url=url)


def forget_messages(redis_url: str) -> None:
    """Empty the queues. Without its bindings a running worker would get no message any more: they stay."""
    with redis.Redis.from_url(redis_url) as client:
        keys = [key for key in client.scan_iter(count=1000) if not key.startswith(b"_kombu.binding.")]
        if keys:
            client.delete(*keys)


def send_to(redis_url: str) -> None:
    """Let this process's messages go to this broker from now on."""
    from config.celery import app

    app.conf.broker_url = redis_url
    app._pool = None  # connections are cached by the application, whatever its settings say
    app.amqp._producer_pool = None


@contextlib.contextmanager
def sending_to(redis_url: str) -> Iterator[None]:
    """Let this process's messages go to another broker for the length of the block."""
    from config.celery import app

    before = app.conf.broker_url
    send_to(redis_url)
    try:
        yield
    finally:
        send_to(before)


class Freshness:
    """Brings a database back to how migrations left it, append-only tables too, in milliseconds.

    As superuser with triggers and foreign keys out of force; only tables that hold rows are touched.
    Rows that migrations wrote are kept aside in a schema of their own.
    """

    def __init__(self, superuser: str, redis_url: str) -> None:
        self._superuser = superuser
        self._redis_url = redis_url
        with psycopg.connect(superuser, autocommit=True) as link:
            self._tables = [
                name
                for (name,) in link.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
                if name != "django_migrations"
            ]
            self._seeded = self._filled(link)
            link.execute("CREATE SCHEMA seed")
            for table in self._seeded:
                link.execute(
                    sql.SQL("CREATE TABLE seed.{0} AS TABLE public.{0}").format(sql.Identifier(table))
                )
            self._sequences = self._counters(link)

    def restore(self) -> None:
        forget_messages(self._redis_url)
        with psycopg.connect(self._superuser, autocommit=True) as link:
            self._await_quiet(link)
            with link.transaction():
                link.execute("SET LOCAL session_replication_role = replica")
                link.execute("SET LOCAL lock_timeout = '60s'")
                for table in self._filled(link):
                    link.execute(sql.SQL("DELETE FROM public.{}").format(sql.Identifier(table)))
                for table in self._seeded:
                    columns = self._stored_columns(link, table)
                    link.execute(
                        sql.SQL(
                            "INSERT INTO public.{0} ({1}) OVERRIDING SYSTEM VALUE SELECT {1} FROM seed.{0}"
                        ).format(sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)))
                    )
                for name, value in self._counters(link).items():
                    before = self._sequences[name]
                    if value != before:
                        link.execute(
                            "SELECT setval(%s::regclass, %s, %s)", [name, before or 1, before is not None]
                        )

    def _filled(self, link: psycopg.Connection[Any]) -> list[str]:
        one = "SELECT {} WHERE EXISTS (SELECT FROM public.{})"
        every = [sql.SQL(one).format(sql.Literal(name), sql.Identifier(name)) for name in self._tables]
        return [name for (name,) in link.execute(sql.SQL(" UNION ALL ").join(every))] if every else []

    def _stored_columns(self, link: psycopg.Connection[Any], table: str) -> list[str]:
        found = link.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
            "AND NOT attisdropped AND attgenerated = ''",
            [f'public."{table}"'],
        )
        return [name for (name,) in found]

    def _counters(self, link: psycopg.Connection[Any]) -> dict[str, int | None]:
        found = link.execute(
            "SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences "
            "WHERE schemaname = 'public'"
        )
        return dict(found.fetchall())

    def _await_quiet(self, link: psycopg.Connection[Any]) -> None:
        """Let a worker finish what it has begun, or its rows would come after the clearing."""
        deadline = time.monotonic() + 60
        busy = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND state <> 'idle' AND backend_type = 'client backend'"
        )
        while link.execute(busy).fetchone() != (0,):
            assert time.monotonic() < deadline, "a transaction is still open 60 s after the test's end"
            time.sleep(0.02)


def _renamed(url: str, database: str) -> str:
    head, tail = url.split("@/", 1)
    return f"{head}@/{database}?{tail.split('?', 1)[1]}"
