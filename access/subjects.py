"""What the log is told of requests, grants and sites."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db import models

from access.models import AllocationRequest, Cluster, Grant, Licence, Site
from audit import registry
from kyc.subjects import of_tenant


def register() -> None:
    registry.subject(
        "allocationrequest",
        scopes=_with_site(AllocationRequest, "site__country"),
        caption=lambda key: AllocationRequest.objects.get(pk=key).label,
    )
    registry.subject(
        "grant",
        scopes=_with_site(Grant, "cluster__site__country"),
        caption=lambda key: Grant.objects.get(pk=key).label,
    )
    registry.subject(
        "licence",
        scopes=_with_site(Licence, "site__country"),
        caption=lambda key: Licence.objects.get(pk=key).reference,
    )
    registry.subject("site", scopes=_site_scopes, caption=lambda key: Site.objects.get(pk=key).name)
    registry.subject(
        "cluster",
        scopes=lambda key: [
            f"jurisdiction:{Cluster.objects.values_list('site__country', flat=True).get(pk=key)}"
        ],
        caption=lambda key: Cluster.objects.get(pk=key).name,
    )


def _site_scopes(identifier: str) -> list[str]:
    return [f"jurisdiction:{Site.objects.values_list('country', flat=True).get(pk=identifier)}"]


def _with_site(model: type[models.Model], country: str) -> Callable[[str], Iterable[str]]:
    """The tenant's scopes, and the one of the authorities where the accelerators stand."""
    own = of_tenant(model)

    def scopes(identifier: str) -> set[str]:
        manager: Any = model._default_manager
        site = manager.values_list(country, flat=True).get(pk=identifier)
        return {*own(identifier), f"jurisdiction:{site}"}

    return scopes
