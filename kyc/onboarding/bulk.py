"""A provider's existing customers: entered, handed in and screened in bulk; what is left to do as a queue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import transaction

from accounts.models import User
from audit.record import Actor
from audit.verbs import Verb
from core.errors import Conflict, InvalidInput
from core.scope import staff_transaction
from kyc.lists import store
from kyc.models import Application, Party, Tenant
from kyc.onboarding import holdings, parties, service, standing
from kyc.onboarding.customer_file import SELF, Customer
from kyc.screening import service as screening

#: Customers of one transaction: their parties are screened together.
BATCH = 50


@dataclass(frozen=True)
class Remediation:
    """A customer that cannot stay as it is, and what is to be done about it."""

    tenant: str
    reference: str
    state: str
    points: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "points": list(self.points)}


@dataclass
class Counts:
    """What an import did; `there` are customers that an earlier import brought."""

    tenants: int = 0
    parties: int = 0
    statements: int = 0
    there: int = 0
    refused: int = 0
    screened: int = 0
    alerts: int = 0
    to_remediate: int = 0

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass
class Imported:
    """The answer to one batch."""

    errors: list[InvalidInput] = field(default_factory=list)
    queue: list[Remediation] = field(default_factory=list)


def import_customers(
    customers: Iterable[Customer | InvalidInput],
    *,
    user: User,
    by: Actor,
    counts: Counts,
) -> Iterator[Imported]:
    """Import customers, a batch a transaction; `counts` grows. Yields what each batch left to do.

    A customer is taken whole or not at all; one that is there already (by its reference) is left alone.
    """
    rows = iter(customers)
    seen: set[str] = set()
    while batch := list(islice(rows, BATCH)):
        with staff_transaction():
            done = _import_batch(batch, seen, user=user, by=by, counts=counts)
        yield done


def _import_batch(
    batch: list[Customer | InvalidInput], seen: set[str], *, user: User, by: Actor, counts: Counts
) -> Imported:
    done = Imported()
    applications: list[tuple[Application, tuple[str, ...]]] = []
    for customer in batch:
        try:
            if isinstance(customer, InvalidInput):
                raise customer
            if customer.reference in seen:
                raise InvalidInput("reference", f"{customer.reference} stands in the file twice")
            seen.add(customer.reference)
            if Tenant.objects.filter(reference=customer.reference).exists():
                counts.there += 1
                continue
            with transaction.atomic():
                applications.append(_enter(customer, user=user, by=by))
        except (InvalidInput, Conflict) as error:
            counts.refused += 1
            done.errors.append(_located(error, customer))
            continue
        counts.tenants += 1
        counts.parties += len(customer.parties) + 1
        counts.statements += len(customer.statements)
    _screen([application.tenant for application, _ in applications], by=by, counts=counts)
    for application, contradictions in applications:
        tenant = standing.reassess(application.tenant, by=by)
        points = (*contradictions, *service.open_points(application))
        if points:
            counts.to_remediate += 1
            done.queue.append(Remediation(tenant.label, tenant.reference, str(tenant.state), points))
    return done


def _enter(customer: Customer, *, user: User, by: Actor) -> tuple[Application, tuple[str, ...]]:
    """One customer with its chain, handed in; and why it could not be handed in."""
    application = service.open_application(
        name=customer.name, country=customer.country, region=customer.region, user=user, by=by
    )
    tenant = application.tenant
    tenant.reference = customer.reference
    tenant.save(update_fields=["reference"])
    subject = tenant.subject
    if subject is not None and customer.properties:
        own = {**subject.properties, **customer.properties}
        parties.change_party(subject, properties={**own, "name": [customer.name]}, user=user, by=by)
    if customer.facts:
        service.state_facts(application, customer.facts, user=user, by=by)
    for party in customer.parties:
        if party.reference == SELF:
            raise InvalidInput("parties.reference", "the tenant itself is described beside its parties")
        parties.enter_party(
            tenant,
            reference=party.reference,
            schema=party.schema,
            properties=party.properties,
            country=party.country,
            region=party.region,
            roles=party.roles,
            user=user,
            by=by,
        )
    for statement in customer.statements:
        holdings.enter_statement(
            tenant,
            reference=statement.reference,
            subject=statement.subject,
            interested=statement.interested,
            interests=statement.interests,
            user=user,
            by=by,
        )
    submission = service.submit(application, user=user, by=by)
    return application, tuple(reason for _, reason in submission.errors)


def _screen(tenants: list[Tenant], *, by: Actor, counts: Counts) -> None:
    """Everyone of the batch at once: the worker then finds them screened."""
    if not store.in_force_numbers():
        return
    rows = Party.objects.filter(tenant__in=tenants, removed_at__isnull=True)
    found = screening.screen_parties(
        list(rows.select_related("data_key", "tenant").order_by("pk")), verb=Verb.PARTY_SCREENED, by=by
    )
    counts.screened += len(found)
    counts.alerts += sum(len(screened.raised) for screened in found)


def _located(error: InvalidInput | Conflict, customer: Customer | InvalidInput) -> InvalidInput:
    line = customer.line
    if isinstance(error, InvalidInput):
        return InvalidInput(error.field, error.reason, line=error.line or line)
    return InvalidInput("reference", str(error), line=line)
