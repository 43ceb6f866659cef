import pytest

from audit.record import SYSTEM, record
from audit.verbs import Verb
from core.scope import STAFF, acting_in


def test_an_event_outside_a_transaction_is_refused(committed_db):
    with acting_in(STAFF), pytest.raises(RuntimeError, match="transaction"):
        record(Verb.TENANT_HELD, [], by=SYSTEM)
