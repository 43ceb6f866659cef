"""The tests' own plumbing: what it promises to every other test."""

from __future__ import annotations

import os

import psutil
import psycopg
import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, connections

from config.celery import app
from config.supervisor import Supervisor


@pytest.mark.django_db
def test_tests_act_as_the_application_role_on_a_database_of_their_own() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user, current_database()")
        assert cursor.fetchone() == ("lockgate_app", "test_lockgate")
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = session_user")
        assert cursor.fetchone() == (False, False)


def test_what_a_committed_test_wrote_is_gone_afterwards(
    _fresh, django_db_blocker, cluster, test_services
) -> None:
    with django_db_blocker.unblock():
        before = ContentType.objects.count()
        ContentType.objects.create(app_label="nobody", model="nothing")
        connections.close_all()
        with psycopg.connect(test_services.database_url) as other:
            assert other.execute("SELECT count(*) FROM django_content_type").fetchone() == (before + 1,)
        _fresh.restore()
        assert ContentType.objects.count() == before
        ContentType.objects.create(app_label="nobody", model="again")  # the sequence is sound
        connections.close_all()
        _fresh.restore()
        assert ContentType.objects.count() == before
        connections.close_all()


def test_the_worker_is_a_process_of_its_own_and_nothing_is_eager(worker: Supervisor) -> None:
    process = psutil.Process(worker.pid("worker"))
    assert process.pid != os.getpid()
    assert "prefork" in process.cmdline()
    assert not app.conf.task_always_eager
    assert app.control.ping(timeout=60, limit=1)
