"""Control groups: who else stands under the same owner, recognised by blind indexes."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.scope import STAFF, acting_in
from kyc.models import Assessment, Party, PartyIdentifier, Tenant
from kyc.onboarding import parties
from kyc.onboarding.control import control_group
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _staff():
    with acting_in(STAFF):
        yield


def a_tenant_of(name, passport, percent=100, *, user, kind="passportNumber", country="SG"):
    """A tenant whose assessment says that the holder of `passport` has `percent` of it."""
    tenant = builders.a_tenant(name)
    owner = parties.enter_party(
        tenant,
        reference="owner",
        schema="Person",
        country=country,
        properties={"name": [f"Owner of {name}"], kind: [passport]},
        user=user,
        by=builders.actor(user),
    )
    share = {"percent_min": percent, "percent_max": percent}
    Assessment.objects.create(
        tenant=tenant,
        at=tenant.created_at,
        statements_digest="",
        flagged_digest="",
        result={"effective": {str(owner.pk): share}, "beneficial_owners": []},
    )
    return tenant


def test_one_passport_behind_two_tenants_joins_them_however_it_is_written():
    user = builders.aldous()
    one = a_tenant_of("One", "P 123-456", user=user)
    other = a_tenant_of("Other", "p123456", user=user)
    stranger = a_tenant_of("Stranger", "X777", user=user)
    group = control_group(one)
    assert group.members == {one.pk, other.pk} == control_group(other).members
    assert group.joins[0].because == "same owner of half or more"
    assert control_group(stranger).members == {stranger.pk}


def test_less_than_half_joins_nobody():
    user = builders.aldous()
    one = a_tenant_of("One", "P1", user=user)
    a_tenant_of("Other", "P1", 49, user=user)
    assert control_group(one).members == {one.pk}


def test_a_national_number_counts_only_within_its_country():
    user = builders.aldous()
    one = a_tenant_of("One", "778", kind="registrationNumber", country="CY", user=user)
    a_tenant_of("Other", "778", kind="registrationNumber", country="MT", user=user)
    same = a_tenant_of("Same", "778", kind="registrationNumber", country="CY", user=user)
    assert control_group(one).members == {one.pk, same.pk}


def test_a_group_reaches_over_several_owners():
    user = builders.aldous()
    one = a_tenant_of("One", "P1", user=user)
    middle = a_tenant_of("Middle", "P1", 50, user=user)
    second = parties.enter_party(
        middle,
        reference="second",
        schema="Person",
        properties={"name": ["Second Holder"], "passportNumber": ["P2"]},
        user=user,
        by=builders.actor(user),
    )
    assessment = middle.assessments.get()
    assessment.result["effective"][str(second.pk)] = {"percent_min": 50, "percent_max": 50}
    assessment.save()
    last = a_tenant_of("Last", "P2", user=user)
    assert control_group(one).members == {one.pk, middle.pk, last.pk}


def test_the_cost_does_not_grow_with_the_number_of_tenants():
    user = builders.aldous()
    one = a_tenant_of("One", "P1", user=user)
    a_tenant_of("Other", "P1", user=user)

    def queries():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            control_group(one)
        return len(seen)

    before = queries()
    for number in range(20):
        a_tenant_of(f"Stranger {number}", f"X{number}", user=user)
    assert queries() == before
    assert Tenant.objects.count() == 22
    assert Party.objects.count() == PartyIdentifier.objects.count() == 22
