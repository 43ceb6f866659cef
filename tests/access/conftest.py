"""An approved tenant that asks for accelerators, and the people who decide on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone

from access.inventory import sites
from access.models import AllocationRequest, Cluster, Grant, Site
from access.requests import service
from accounts.models import User
from accounts.roles import Role
from audit import delivery
from audit.record import SYSTEM
from core.scope import STAFF, acting_in
from kyc.models import Application, Tenant
from kyc.onboarding import holdings, parties
from kyc.onboarding import service as onboarding
from kyc.ownership import service as ownership
from kyc.screening import service as screening
from tests import builders

ANSWERS = {"end_user_country": "SG", "remote_access_countries": ["SG"], "end_use": []}


def work_off() -> None:
    """What the worker does: deliver events until nothing is open."""
    while delivery.deliver_open():
        pass


@dataclass
class World:
    """The people and the place of a test."""

    reviewer: User
    first: User
    second: User
    service: User
    site: Site
    cluster: Cluster

    def tenant(
        self, name: str = "Veldmarin Robotics", *, owner: str = "Ida Tjørnhoved", passport: str = "P1234567"
    ) -> Tenant:
        """Approved, screened, wholly owned by one person."""
        by = builders.actor(self.reviewer)
        application = onboarding.open_application(name=name, country="SG", user=self.reviewer, by=by)
        tenant = application.tenant
        parties.enter_party(
            tenant,
            reference="owner",
            schema="Person",
            country="SG",
            properties={"name": [owner], "passportNumber": [passport], "birthDate": ["1970-01-02"]},
            user=self.reviewer,
            by=by,
        )
        holdings.enter_statement(
            tenant,
            reference="s1",
            subject="self",
            interested="owner",
            interests=[{"type": "shareholding", "directOrIndirect": "direct", "share": {"exact": 100}}],
            user=self.reviewer,
            by=by,
        )
        Application.objects.filter(pk=application.pk).update(state=Application.State.APPROVED)
        Tenant.objects.filter(pk=tenant.pk).update(state=Tenant.State.APPROVED)
        tenant.refresh_from_db()
        screening.screen_chain(tenant, by=SYSTEM)
        ownership.assess(tenant, flagged={}, by=SYSTEM)
        return tenant

    def ask(self, tenant: Tenant, **change) -> AllocationRequest:
        given = {
            "accelerator": "NVIDIA H100 SXM",
            "count": 128,
            "starts_on": timezone.now().date(),
            "days": 30,
            "purpose": "inference",
            "answers": ANSWERS,
            "user": self.reviewer,
            "by": builders.actor(self.reviewer),
        }
        return service.submit(tenant=tenant, site=self.site, **{**given, **change})

    def approve(self, request: AllocationRequest, user: User) -> service.Approved:
        return service.approve(request, user=user, by=builders.actor(user), reason="Site and power fit.")

    def granted(self, tenant: Tenant | None = None, **change) -> Grant:
        request = self.ask(tenant or self.tenant(), **change)
        assert self.approve(request, self.first).step == "first"
        assert self.approve(request, self.second).step == "approved"
        work_off()
        return Grant.objects.get(request=request)


@pytest.fixture
def world(db):
    with acting_in(STAFF):
        builders.a_list_in_force()
        admin = builders.person("admin", Role.ADMINISTRATOR)
        cluster_account = builders.person("north-1", Role.SERVICE)
        site = sites.enter_site(name="North", country="NO", user=admin, by=builders.actor(admin))
        cluster = sites.enter_cluster(
            site,
            name="north-1",
            accelerator="NVIDIA H100 SXM",
            capacity=2048,
            reporter=cluster_account,
            user=admin,
            by=builders.actor(admin),
        )
        yield World(
            builders.aldous(), builders.halloway(), builders.renwick(), cluster_account, site, cluster
        )


def later(**span) -> object:
    return timezone.now() + timedelta(**span)
