"""Up, ready, and how far behind: what watches an installation asks."""

from datetime import timedelta

import pytest
from django.core.cache.backends.redis import RedisCache
from django.db import connection
from django.test import Client
from django.utils import timezone

from audit import delivery
from audit.record import SYSTEM
from console.api import health
from core.scope import STAFF, acting_in
from kyc.lists import service as lists
from kyc.models import ListLook, ListVersion
from kyc.onboarding import service
from kyc.screening import rescreening
from kyc.screening import service as screening
from tests import builders
from tests.kyc.api.client import Api, ok, wrong
from tests.kyc.commands.lists import OSTAP, lines

pytestmark = pytest.mark.django_db


def figures(response):
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain")
    rows = [line for line in response.content.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (row.rsplit(" ", 1) for row in rows)}


def test_it_is_up():
    assert ok(Client().get("/healthz")) == {"status": "ok"}


def test_it_is_ready_with_database_broker_and_schema():
    assert ok(Client().get("/readyz")) == {"status": "ok"}


def test_a_missing_migration_makes_it_unready():
    with connection.cursor() as cursor:
        newest = "SELECT max(id) FROM django_migrations WHERE app = 'kyc'"
        cursor.execute(f"DELETE FROM django_migrations WHERE id = ({newest})")
    body = wrong(Client().get("/readyz"), 503)
    assert body["failing"] == ["schema"]


def test_a_broker_that_is_gone_makes_it_unready(monkeypatch):
    monkeypatch.setattr(health, "cache", RedisCache("redis://127.0.0.1:1/0", {}))
    assert wrong(Client().get("/readyz"), 503)["failing"] == ["redis"]


def test_figures_follow_the_rows(tmp_path):
    before = figures(Client().get("/metrics"))
    assert before['lockgate_queue_depth{queue="deliveries"}'] == 0
    with acting_in(STAFF):
        lists.import_version(source="ftm", path=lines(tmp_path / "list.json", OSTAP), by=SYSTEM)
        user = builders.aldous()
        application = service.open_application(name="V", country="SG", user=user, by=builders.actor(user))
        service.state_facts(application, {"staff": 3}, user=user, by=builders.actor(user))
    after = figures(Client().get("/metrics"))
    assert after['lockgate_queue_depth{queue="deliveries"}'] > 0
    assert after["lockgate_oldest_undelivered_event_seconds"] > 0
    assert after["lockgate_events_unsequenced"] > 0
    assert after['lockgate_tenants{state="applicant"}'] == 1
    assert 'lockgate_list_in_force_seconds{source="ftm"}' in after
    assert {"lockgate_horizon_age_seconds", "lockgate_alerts_overdue", "lockgate_grants_live"} <= after.keys()


def test_figures_are_for_this_machine_or_a_token():
    away = {"REMOTE_ADDR": "198.51.100.7"}
    wrong(Client().get("/metrics", **away), 401)
    wrong(Client().get("/metrics", headers={"X-Forwarded-For": "198.51.100.7"}), 401)
    with acting_in(STAFF):
        reader, other = Api(builders.aldous(), "grants:read"), Api(builders.renwick(), "tenants:read")
    assert reader.client.get("/metrics", headers=reader.headers, **away).status_code == 200
    wrong(other.client.get("/metrics", headers=other.headers), 403)
    assert Client().post("/metrics").status_code == 405


def test_figures_tell_how_fresh_lists_and_tenants_are(tmp_path, settings):
    settings.LOCKGATE_LISTS = "ftm,un_sc"
    with acting_in(STAFF):
        user = builders.aldous()
        application = service.open_application(name="V", country="SG", user=user, by=builders.actor(user))
        tenant = application.tenant
        published = timezone.now() - timedelta(minutes=10)
        lists.import_version(
            source="ftm", path=lines(tmp_path / "list.json", OSTAP), by=SYSTEM, published_at=published
        )
    first = figures(Client().get("/metrics"))
    assert first["lockgate_tenants_behind"] == 1
    assert first[f'lockgate_tenant_parties_behind{{tenant="{tenant.label}"}}'] == 1
    assert 'lockgate_screened_after_publication_seconds{source="ftm"}' not in first
    assert first['lockgate_list_overdue{source="un_sc"}'] == 1
    with acting_in(STAFF):
        while delivery.deliver_open():
            pass
        screening.screen_chain(tenant, by=SYSTEM)
        rescreening.work()
        version = ListVersion.objects.get()
        version.in_force_at -= timedelta(hours=27)
        version.save()
        ListLook.objects.create(source="ftm", failures=3, failing_since=published)
    after = figures(Client().get("/metrics"))
    assert after["lockgate_tenants_behind"] == 0
    assert 600 <= after['lockgate_screened_after_publication_seconds{source="ftm"}'] < 700
    assert after['lockgate_list_checked_seconds{source="ftm"}'] >= 27 * 3600
    assert after['lockgate_list_limit_seconds{source="ftm"}'] == 26 * 3600
    assert after['lockgate_list_overdue{source="ftm"}'] == 1
    assert after['lockgate_list_looks_failing{source="ftm"}'] == 3
