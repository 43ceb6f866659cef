import pytest
from django.db import InternalError, connection

from accounts.access import reading
from core.scope import STAFF, acting_in, staff_transaction
from kyc.models import Tenant
from tests import builders


def test_a_page_reads_in_its_scope_and_cannot_write(committed_db):
    with acting_in(STAFF):
        with reading():
            assert Tenant.objects.count() == 0
        with pytest.raises(InternalError, match="read-only"), reading():
            builders.a_tenant()
        assert not connection.in_atomic_block


def test_what_comes_after_a_page_may_write_again(committed_db):
    with acting_in(STAFF), reading():
        pass
    with staff_transaction():
        builders.a_tenant()
        assert Tenant.objects.count() == 1
