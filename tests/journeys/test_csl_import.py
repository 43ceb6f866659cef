"""The whole Consolidated Screening List comes into force; how fast and in how much memory is measured by
`make bench-imports`."""

from __future__ import annotations

from datetime import date

import pytest

from audit.models import Event
from core.scope import staff_transaction
from kyc.models import Entry, EntryName, ListVersion
from tests.journeys import acts
from tests.shared_data import shared_data

pytestmark = pytest.mark.usefixtures("committed_db")


def test_every_record_of_the_full_list_is_in_force() -> None:
    """25,921 records; the publisher lists some parties several times, so they are 25,627 parties."""
    result = acts.import_list("us_csl", shared_data("csl/csl-2026-07-31.json.xz"), now=None)
    assert (result.as_of, result.entities, result.added) == (date(2026, 7, 31), 25_627, 25_627)
    with staff_transaction():
        version = ListVersion.objects.get()
        assert (version.state, version.done) == ("in_force", 25_627)
        assert Entry.objects.filter(until__isnull=True, since=version).count() == 25_627
        # Names that are written alike are one row each per content, and none is lost.
        assert EntryName.objects.count() == version.names == result.names
        assert Event.objects.filter(verb="list.imported").count() == 1
