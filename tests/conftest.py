"""Database and broker of the tests: real, of our own, and never somebody's data.

- `django_db` (the usual marker): a transaction that is rolled back, as the application's role.
- `committed_db`: transactions that commit; afterwards the tables are as migrations left them. Never
  `django_db(transaction=True)`: its flush fails against append-only tables.
- `worker`: a Celery worker in a process of its own on the same database and broker; with `committed_db`.
- `database_copy`: a database of one test alone, for processes that a test starts.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from pytest_socket import socket_allow_hosts

from config.services import Services
from config.supervisor import Supervisor
from tests import lots, servers
from tests.servers import Cluster

DATABASE = "test_lockgate"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="long fault tests; browsers on a slow line")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "servers: talks to PostgreSQL or Valkey (set by itself)")
    # The same examples on every run, however slow the machine; others each time in the soak.
    hypothesis.settings.register_profile(
        "lockgate",
        deadline=None,
        derandomize=not config.getoption("--soak"),
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
    hypothesis.settings.load_profile("lockgate")
    # Installations that tests start take the packed fonts of this one: packing costs 8 s.
    os.environ.setdefault("LOCKGATE_FONT_DIR", str(settings.FONT_DIR))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what runs on real servers, so that CI can repeat it on others (`-m servers`)."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        if "cluster" in names or "db" in names or item.get_closest_marker("django_db"):
            item.add_marker("servers")
    if lots.is_one_of_several(config):
        items.sort(key=lambda item: lots.rank(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> lots.InLots:
    """How `-n 2` shares the tests out."""
    return lots.InLots(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Only this machine may be talked to."""
    socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """PostgreSQL and Valkey for this run. Starting costs about 0.2 s, the first time ever 0.7 s."""
    with servers.cluster() as found:
        yield found


@pytest.fixture(scope="session")
def test_services(
    cluster: Cluster, django_test_environment: None, django_db_blocker: Any
) -> Iterator[Services]:
    """Addresses of the run's database; settings point there from now on."""
    from django.conf import settings
    from django.db import connections

    real = {alias: connections[alias].settings_dict["NAME"] for alias in ("default", "owner")}
    with django_db_blocker.unblock():
        template = migrated_template(cluster)
        found = cluster.copy(template, DATABASE)
        point(found)
    # Files of this run alone: not of the run beside it, nor of the installation that somebody works with.
    state = cluster.local / "state"
    shutil.rmtree(state, ignore_errors=True)
    settings.LOCAL_DIR = state
    for alias, name in real.items():
        assert settings.DATABASES[alias]["NAME"] == DATABASE != name, f"{alias} is not the test database"
    yield found
    with django_db_blocker.unblock():
        connections.close_all()
    cluster.drop(DATABASE)


@pytest.fixture(scope="session")
def test_template(test_services: Services) -> str:
    """The name of the migrated, empty database that copies are made from."""
    return f"template_{servers.schema_digest()}"


@pytest.fixture(scope="session")
def django_db_setup(test_services: Services) -> None:
    """Takes the place of pytest-django's, which creates databases as a role that may not."""


@pytest.fixture(scope="session")
def _fresh(cluster: Cluster, test_services: Services) -> servers.Freshness:
    return servers.Freshness(cluster.superuser(DATABASE), test_services.redis_url)


@pytest.fixture
def committed_db(_fresh: servers.Freshness, django_db_blocker: Any) -> Iterator[None]:
    """A database whose transactions commit; its tables and queues are restored afterwards."""
    from django.db import connections

    with django_db_blocker.unblock():
        try:
            yield
        finally:
            connections.close_all()
            _fresh.restore()


@pytest.fixture(scope="session")
def _workers_services(test_services: Services) -> Services:
    """The worker listens on a broker of its own: what other tests commit is not its business."""
    # 0 is the tests' own, 1 a copy's, 2 the browser's installation.
    return servers.with_redis_database(test_services, 3)


@pytest.fixture(scope="session")
def _worker(_workers_services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisor]:
    log = tmp_path_factory.mktemp("worker") / "worker.log"
    child = servers.celery_worker(log, servers.environment(_workers_services))
    with Supervisor([child]) as supervisor:
        yield supervisor


@pytest.fixture
def worker(committed_db: None, _worker: Supervisor, _workers_services: Services) -> Iterator[Supervisor]:
    """A running Celery worker (`worker.pid("worker")`); it sees what is committed."""
    with servers.sending_to(_workers_services.redis_url):
        yield _worker
    servers.forget_messages(_workers_services.redis_url)


@pytest.fixture
def database_copy(cluster: Cluster, test_template: str, request: pytest.FixtureRequest) -> Iterator[Services]:
    """A migrated, empty database of this test alone, and a Valkey database number of its own."""
    found = cluster.copy(test_template, "copy_lockgate")
    yield servers.with_redis_database(found, 1)
    cluster.drop("copy_lockgate")


def migrated_template(cluster: Cluster) -> str:
    """The name of a database with the present schema and no data, made where it is not there yet.

    Leaves this process pointed at the template where it had to be made.
    """
    template = f"template_{servers.schema_digest()}"
    if not cluster.exists(template):
        # Migrated under another name: an interrupted run leaves no half-made template.
        unfinished = f"{template}_unfinished"
        cluster.drop(unfinished)
        cluster.as_owner("CREATE DATABASE {}", unfinished)
        point(cluster.database(unfinished))
        _migrate()
        cluster.as_owner("ALTER DATABASE {} RENAME TO {}", unfinished, template)
    return template


def point(found: Services) -> None:
    """Let settings, caches and Celery of this process use these servers."""
    from django.conf import settings
    from django.core.cache import caches
    from django.db import connections
    from psycopg.conninfo import conninfo_to_dict

    addresses = {"default": found.database_url, "owner": found.owner_database_url}
    for alias, url in addresses.items():
        parts = conninfo_to_dict(url)
        connections[alias].close()
        # The same dictionary is in settings.DATABASES and in the connection.
        connections[alias].settings_dict.update(
            NAME=parts["dbname"],
            USER=parts["user"],
            PASSWORD=parts["password"],
            HOST=parts["host"],
            PORT=str(parts["port"]),
        )
        settings.DATABASES[alias].update(connections[alias].settings_dict)
    settings.REDIS_URL = settings.CELERY_BROKER_URL = found.redis_url
    settings.CACHES["default"]["LOCATION"] = found.redis_url
    caches.close_all()
    servers.send_to(found.redis_url)


def _migrate() -> None:
    from django.db import connections

    from config.schema import bring_up_to_date

    bring_up_to_date()
    connections.close_all()


@pytest.fixture
def as_superuser(cluster: Cluster) -> Callable[[], str]:
    """The superuser's address of the run's database, for tests of what even the owner may not do."""
    return lambda: cluster.superuser(DATABASE)
