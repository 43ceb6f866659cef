"""Licences and authorisations that were recorded, and which of them covers a request."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Sum

from access.inventory.tpp import key
from access.models import AllocationRequest, Licence, Site
from accounts.access import require
from accounts.models import User
from accounts.roles import Act
from audit.record import Actor, record
from audit.verbs import Verb
from core.errors import Conflict, InvalidInput
from kyc.models import Tenant
from kyc.onboarding.parties import check_country


def record_licence(
    *,
    tenant: Tenant,
    reference: str,
    authority: str,
    accelerator: str,
    quantity: int,
    site: Site,
    valid_from: date,
    valid_until: date,
    end_user_country: str = "",
    user: User,
    by: Actor,
) -> Licence:
    """Record a licence of an authority. `end_user_country` empty: the tenant's own.

    Raises NotAllowed, InvalidInput, Conflict for a reference of this authority that is recorded already.
    """
    require(user, Act.ENTER_TENANTS)
    for field, text in (("reference", reference), ("authority", authority), ("accelerator", accelerator)):
        if not text.strip():
            raise InvalidInput(field, "is empty")
    if quantity < 1:
        raise InvalidInput("quantity", "a whole number of at least 1 is expected")
    if valid_until < valid_from:
        raise InvalidInput("valid_until", "lies before valid_from")
    check_country("end_user_country", end_user_country)
    with transaction.atomic():
        if Licence.objects.filter(authority=authority, reference=reference).exists():
            raise Conflict(f"The licence {reference} of {authority} is recorded already.")
        licence = Licence.objects.create(
            tenant=tenant,
            reference=reference.strip(),
            authority=authority.strip(),
            accelerator=accelerator,
            quantity=quantity,
            site=site,
            end_user_country=end_user_country or tenant.country,
            valid_from=valid_from,
            valid_until=valid_until,
            recorded_by=user,
        )
        record(
            Verb.LICENCE_RECORDED,
            [licence, tenant],
            by=by,
            payload={
                "authority": authority,
                "reference": reference,
                "accelerator": accelerator,
                "quantity": quantity,
                "site": str(site.pk),
                "valid_from": valid_from.isoformat(),
                "valid_until": valid_until.isoformat(),
            },
        )
    return licence


def covering(request: AllocationRequest) -> Licence | None:
    """A licence that covers item, site, end user, the whole time, and the quantity that is left of it."""
    last_day = request.starts_on + timedelta(days=request.days - 1)
    end_user = request.answers.get("end_user_country") or request.tenant.country
    licences = Licence.objects.filter(
        tenant=request.tenant,
        site=request.site,
        end_user_country=end_user,
        valid_from__lte=request.starts_on,
        valid_until__gte=last_day,
    )
    for licence in licences.order_by("valid_until", "pk"):
        if key(licence.accelerator) == key(request.accelerator) and left(licence, request) >= request.count:
            return licence
    return None


def left(licence: Licence, request: AllocationRequest) -> int:
    """How many accelerators of the licence other approved requests have not taken."""
    others = licence.requests.filter(state__in=AllocationRequest.LIVE).exclude(pk=request.pk)
    return licence.quantity - int(others.aggregate(taken=Sum("count"))["taken"] or 0)
