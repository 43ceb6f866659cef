"""The path as its people walk it: each act is one service call in a transaction of its own.

What the worker does is only waited for: nothing here delivers, screens, assesses or issues.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from django.utils import timezone

from access.inventory import sites
from access.models import AllocationRequest, Grant, Site
from access.requests import service as requests
from accounts import disclosure
from accounts.models import Organisation, User
from accounts.roles import Kind, Role
from audit.models import Event, Export
from audit.record import SYSTEM
from audit.registry import ALL
from console.demo.story import Person, passport_lines
from core.scope import staff_transaction
from kyc.identity.service import record_evidence
from kyc.lists import service as lists
from kyc.lists.service import ImportResult
from kyc.models import Application, Tenant
from kyc.onboarding import holdings, parties, service
from kyc.screening import service as screening
from tests import builders
from tests.waiting import until

T = TypeVar("T")
H100 = "NVIDIA H100 SXM"
FACTS = {
    "legal_form": "Private company limited by shares",
    "formed_on": "2019-05-11",
    "business": "Robot training in simulation",
    "staff": 23,
    "purpose": "simulation",
}
ANSWERS = {"end_user_country": "SG", "remote_access_countries": ["SG"], "end_use": []}


def seen(look: Callable[[], T], *, within: float = 90.0) -> T:
    """Look at the database as the staff until the answer is true."""

    def once() -> T:
        with staff_transaction():
            return look()

    return until(once, within=within)


@dataclass(frozen=True)
class Cast:
    """Everybody who acts, and the site that is asked for."""

    reviewer: User
    first: User
    second: User
    examiner: User
    site: Site


def cast() -> Cast:
    """The provider's people, a regulator's examiner to whom the whole log is disclosed, and a data center."""
    with staff_transaction():
        admin = builders.person("okwuosa", Role.ADMINISTRATOR)
        reporter = builders.person("east-2", Role.SERVICE)
        first, second = builders.halloway(), builders.renwick()
        regulator = Organisation.objects.create(kind=Kind.REGULATOR, name="Compute Oversight", country="SG")
        examiner = builders.person("adnantara", Role.EXAMINER, at=regulator)
        disclosure.grant(
            recipient=regulator,
            scope=ALL,
            legal_basis="Compute Oversight Act, s. 12 (invented)",
            user=second,
            by=builders.actor(second),
        )
        by = builders.actor(admin)
        site = sites.enter_site(name="East-2", country="US", user=admin, by=by)
        sites.enter_cluster(
            site, name="east-2", accelerator=H100, capacity=4096, reporter=reporter, user=admin, by=by
        )
        return Cast(builders.aldous(), first, second, examiner, site)


def import_list(source: str, path: Path, **more: Any) -> ImportResult:
    """Import as the command does: outside any transaction, for it makes its own."""
    result = lists.import_version(source=source, path=path, by=SYSTEM, **more)
    assert result.state == "in_force"
    return result


def apply(cast: Cast, name: str, *, top: Person, partner: Person) -> Tenant:
    """`top` holds all of one company, that 75 % of another, that 60 % of the tenant: three layers up.

    The other 40 % are the partner's. Both people show their passports; then the application is handed in.
    """
    user, by = cast.reviewer, builders.actor(cast.reviewer)
    with staff_transaction():
        application = service.open_application(name=name, country="SG", user=user, by=by)
        tenant = application.tenant
        service.state_facts(application, FACTS, user=user, by=by)
        word = name.split()[0]
        things = [
            ("top", "Person", top.country, top.properties()),
            ("partner", "Person", partner.country, partner.properties()),
            ("upper", "Company", "CY", {"name": [f"{word} Tidewater Holdings Ltd"]}),
            ("middle", "Company", "SG", {"name": [f"{word} Bay Holdings Pte. Ltd."]}),
        ]
        for reference, schema, country, properties in things:
            parties.enter_party(
                tenant,
                reference=reference,
                schema=schema,
                country=country,
                properties=properties,
                user=user,
                by=by,
            )
        shares = [
            ("top", "upper", 100),
            ("upper", "middle", 75),
            ("partner", "middle", 25),
            ("middle", "self", 60),
            ("partner", "self", 40),
        ]
        for owner, of, percent in shares:
            holdings.enter_statement(
                tenant,
                reference=f"{owner}-{of}",
                subject=of,
                interested=owner,
                interests=[
                    {"type": "shareholding", "directOrIndirect": "direct", "share": {"exact": percent}}
                ],
                user=user,
                by=by,
            )
        for reference, person in (("top", top), ("partner", partner)):
            party = tenant.parties.select_related("data_key", "tenant").get(reference=reference)
            check = record_evidence(party, kind="passport", lines=passport_lines(person), user=user, by=by)
            assert check.result == "good", check.findings
    with staff_transaction():
        assert service.submit(application, user=user, by=by).accepted
    return tenant


def approved(cast: Cast, tenant: Tenant) -> None:
    """Wait until the worker has screened, assessed and rated the chain; then approve the tenant."""
    seen(
        lambda: screening.unscreened(tenant) == 0 and tenant.assessments.exists() and tenant.ratings.exists(),
        within=120,  # a worker's first screening loads the matcher
    )
    with staff_transaction():
        application = Application.objects.select_related("tenant").get(tenant=tenant)
        verdict = service.approve(
            application, user=cast.second, by=builders.actor(cast.second), reason="Nothing stands against it."
        )
        assert verdict.given, verdict.reasons


def granted(cast: Cast, tenant: Tenant, *, count: int = 384) -> Grant:
    """Ask, let two people approve, and wait for the worker's grant."""
    by = builders.actor
    with staff_transaction():
        request = requests.submit(
            tenant=tenant,
            site=cast.site,
            accelerator=H100,
            count=count,
            starts_on=timezone.now().date(),
            days=30,
            purpose="simulation",
            answers=ANSWERS,
            user=cast.reviewer,
            by=by(cast.reviewer),
        )
        assert request.decision is not None
        assert request.decision.outcome == "permit", request.decision.result

    def say_yes(user: User) -> str:
        with staff_transaction():
            return requests.approve(request, user=user, by=by(user), reason="Purpose and size fit.").step

    assert (say_yes(cast.first), say_yes(cast.first), say_yes(cast.second)) == (
        "first",
        "refused",
        "approved",
    )
    seen(lambda: AllocationRequest.objects.filter(pk=request.pk, state="granted").exists())
    with staff_transaction():
        return Grant.objects.select_related("cluster", "status_list", "request").get(request=request)


def exported(cast: Cast) -> bytes:
    """The examiner asks for the whole log, the worker builds the bundle."""
    asked = disclosure.export(user=cast.examiner, scope=ALL, by=builders.actor(cast.examiner))
    seen(lambda: Export.objects.filter(pk=asked.pk, state=Export.State.READY).exists())
    path = disclosure.bundle_of(cast.examiner, asked.pk)
    try:
        return path.read_bytes()
    finally:
        path.unlink()


def events_of(tenant: Tenant) -> int:
    """How many events there are about a tenant."""
    with staff_transaction():
        return Event.objects.filter(scopes__contains=[f"tenant:{tenant.pk}"]).count()
