"""No page asks more of the database when there are more tenants."""

from __future__ import annotations

import pytest

from core.scope import STAFF, acting_in
from kyc.models import Alert, Application
from tests.console.operator.story import approved, counted, list_konrad, more_tenants

pytestmark = pytest.mark.django_db
MOST = 20
PAGES = (
    *("/", "/alerts/", "/alerts/?queue=second", "/applications/", "/tenants/", "/lists/"),
    *("tenant", "ownership", "application", "alert"),
)


def test_pages_cost_at_most_twenty_queries_and_the_same_for_more_tenants(
    reviewer, aldous, veldmarin, tmp_path
):
    approved(veldmarin.tenant)
    alert = list_konrad(tmp_path)
    with acting_in(STAFF):
        application = Application.objects.get(pk=veldmarin.pk)
    named = {
        "tenant": f"/tenants/{veldmarin.tenant.label}/",
        "ownership": f"/tenants/{veldmarin.tenant.label}/ownership/",
        "application": f"/applications/{application.pk}/",
        "alert": f"/alerts/{alert.label}/",
    }

    def costs() -> dict[str, int]:
        found = {}
        for name in PAGES:
            path = named.get(name, name)
            reviewer.get(path)  # what a process reads once is read
            with counted() as statements:
                assert reviewer.get(path).status_code == 200, path
            found[name] = len(statements)
        return found

    few = costs()
    more_tenants(aldous, 4)
    with acting_in(STAFF):
        assert Alert.objects.count() == 5
    assert costs() == few
    assert {name: cost for name, cost in few.items() if cost > MOST} == {}
