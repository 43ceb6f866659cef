"""What the log is told of tenants and everything that belongs to one: scopes and names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db import models

from audit import registry
from kyc.models import (
    Alert,
    Application,
    IdentityCheck,
    ListLook,
    ListVersion,
    Party,
    Question,
    RescreenItem,
    Tenant,
    Threshold,
)


def register() -> None:
    registry.subject(
        "tenant",
        scopes=tenant_scopes,
        caption=lambda key: str(Tenant.objects.get(pk=key)),
        find=find_tenant,
    )
    registry.subject(
        "party", scopes=of_tenant(Party), caption=lambda key: str(Party.objects.get(pk=key).caption)
    )
    registry.subject("application", scopes=of_tenant(Application))
    registry.subject("alert", scopes=of_tenant(Alert), caption=lambda key: Alert.objects.get(pk=key).label)
    registry.subject("question", scopes=of_tenant(Question))
    registry.subject("identitycheck", scopes=of_tenant(IdentityCheck))
    registry.subject(
        "listversion", scopes=lambda _: [], caption=lambda key: ListVersion.objects.get(pk=key).source
    )
    registry.subject("listlook", scopes=lambda _: [], caption=lambda key: str(ListLook.objects.get(pk=key)))
    registry.subject(
        "rescreenitem", scopes=lambda _: [], caption=lambda key: str(RescreenItem.objects.get(pk=key))
    )
    registry.subject("threshold", scopes=lambda _: [], caption=lambda key: str(Threshold.objects.get(pk=key)))


def find_tenant(text: str) -> str | None:
    """A tenant by the number that people say (`T-0188`)."""
    digits = text.strip().upper().removeprefix("T-")
    found = Tenant.objects.filter(number=int(digits)).first() if digits.isdecimal() else None
    return str(found.pk) if found else None


def tenant_scopes(identifier: str) -> list[str]:
    """A tenant's own scope and the one of its country's authorities."""
    country = Tenant.objects.values_list("country", flat=True).get(pk=identifier)
    return [f"tenant:{identifier}", f"jurisdiction:{country}"]


def of_tenant(model: type[models.Model]) -> Callable[[str], Iterable[str]]:
    """Scopes of a row that names its tenant."""

    def scopes(identifier: str) -> list[str]:
        manager: Any = model._default_manager
        tenant, country = manager.values_list("tenant_id", "tenant__country").get(pk=identifier)
        return [f"tenant:{tenant}", f"jurisdiction:{country}"]

    return scopes
