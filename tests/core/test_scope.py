"""What a transaction sees is decided by Postgres, whatever the code above it forgot."""

import uuid

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.utils import Error, ProgrammingError

from core.scope import STAFF, acting_in, examiner_scope, tenant_scope
from kyc.models import Tenant
from tests import builders

pytestmark = pytest.mark.django_db

FLOORS = ["core", "audit", "accounts", "kyc", "access", "console"]


def _tables_under_row_level_security() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relkind = 'r'")
        return {name for (name,) in cursor.fetchall()}


def test_without_a_scope_no_row_of_a_tenant_is_seen():
    with acting_in(STAFF):
        builders.a_tenant()
        assert Tenant.objects.count() == 1
    assert Tenant.objects.count() == 0


def test_a_tenant_sees_its_own_row_only():
    with acting_in(STAFF):
        own, other = builders.a_tenant("One"), builders.a_tenant("Two")
    with acting_in(tenant_scope(own.pk)):
        assert list(Tenant.objects.values_list("pk", flat=True)) == [own.pk]
        assert not Tenant.objects.filter(pk=other.pk).update(country="XX")


def test_a_tenant_cannot_write_a_row_of_another():
    with acting_in(STAFF):
        organisation = builders.a_tenant("Two").organisation
        organisation.tenant.delete()
    with (
        acting_in(tenant_scope(uuid.uuid4())),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        Tenant.objects.create(
            organisation=organisation, number=1, country="SG", state_since="2026-01-01T00:00Z"
        )


def test_the_scope_before_is_back_after_the_block():
    with acting_in(STAFF):
        own = builders.a_tenant("One")
        builders.a_tenant("Two")
        with acting_in(tenant_scope(own.pk)):
            assert Tenant.objects.count() == 1
        assert Tenant.objects.count() == 2


def test_every_table_that_names_a_tenant_is_under_row_level_security():
    secured = _tables_under_row_level_security()
    named = {
        model._meta.db_table
        for model in apps.get_models()
        if model._meta.app_label in FLOORS
        and any(f.column in {"tenant_id", "organisation_id"} for f in model._meta.concrete_fields)
    }
    # People and invitations are read before a scope is known: sign-in has none yet.
    assert named - secured == {"accounts_user", "accounts_invitation"}


def test_the_application_is_neither_owner_nor_superuser_and_bypasses_nothing():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles "
            "WHERE rolname = session_user"
        )
        assert cursor.fetchone() == (False, False, False, False)
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname='public' AND tableowner=session_user")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("statement", ["UPDATE", "DELETE", "TRUNCATE"])
@pytest.mark.parametrize("scope", [STAFF, examiner_scope(("all",))], ids=["staff", "examiner"])
def test_nobody_changes_the_log(statement, scope):
    sql = {
        "UPDATE": "UPDATE audit_event SET reason = 'another'",
        "DELETE": "DELETE FROM audit_event",
        "TRUNCATE": "TRUNCATE audit_event CASCADE",
    }[statement]
    with acting_in(scope), pytest.raises(Error, match="permission denied"), transaction.atomic():
        connection.cursor().execute(sql)


def test_relations_point_to_the_same_floor_or_down():
    for model in apps.get_models():
        label = model._meta.app_label
        if label not in FLOORS:
            continue
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            if target is None or field.auto_created or target._meta.app_label not in FLOORS:
                continue
            assert FLOORS.index(target._meta.app_label) <= FLOORS.index(label), f"{model}.{field.name}"
