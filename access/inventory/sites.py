"""Data centers and their clusters: entering them, and finding them by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import pycountry
from django.db import transaction

from access.inventory.tpp import catalogue
from access.models import Cluster, Site
from accounts.access import get, require
from accounts.models import User
from accounts.roles import Act, Role
from audit.record import Actor, record
from audit.verbs import Verb
from core.errors import Conflict, InvalidInput
from kyc.onboarding.parties import check_country

#: By which right advanced accelerators stand at a site.
AUTHORISATIONS = ("licence", "validated_end_user")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


def enter_site(
    *,
    name: str,
    country: str,
    region: str = "",
    authorisation: Mapping[str, Any] | None = None,
    user: User,
    by: Actor,
) -> Site:
    """Enter a data center. `authorisation`: {"kind": licence | validated_end_user, "reference", "until"}.

    Raises NotAllowed, InvalidInput, Conflict for a name that is taken.
    """
    require(user, Act.ENTER_SITES)
    if not name.strip():
        raise InvalidInput("name", "is empty")
    if not country:
        raise InvalidInput("country", "a country is needed")
    check_country("country", country)
    place = pycountry.subdivisions.get(code=region) if region else None
    if region and (place is None or place.country_code != country):
        raise InvalidInput("region", f"{region} is no region of {country} (ISO 3166-2)")
    held = _authorisation(authorisation)
    with transaction.atomic():
        if Site.objects.filter(name=name.strip()).exists():
            raise Conflict(f"There is a site called {name} already.")
        site = Site.objects.create(name=name.strip(), country=country, region=region, authorisation=held)
        record(
            Verb.SITE_ENTERED,
            [site],
            by=by,
            payload={
                "name": site.name,
                "country": country,
                "region": region,
                "authorisation": held["kind"] if held else "none",
            },
        )
    return site


def enter_cluster(
    site: Site,
    *,
    name: str,
    accelerator: str,
    capacity: int,
    reporter: User | None = None,
    user: User,
    by: Actor,
) -> Cluster:
    """Enter a scheduler of a site; `name` is the audience of its grants, `reporter` the service account
    whose tokens speak for it. Raises NotAllowed, InvalidInput, Conflict.
    """
    require(user, Act.ENTER_SITES)
    if not _NAME.fullmatch(name):
        raise InvalidInput("name", "small letters, digits and hyphens are expected, 60 at most")
    if capacity < 1:
        raise InvalidInput("capacity", "a whole number of at least 1 is expected")
    if reporter is not None and Role.SERVICE not in reporter.roles:
        raise InvalidInput("reporter", f"{reporter.username} is no service account")
    match = catalogue().find(accelerator)
    known = match.accelerator.name if match is not None and not match.ambiguous else accelerator.strip()
    if not known:
        raise InvalidInput("accelerator", "is empty")
    with transaction.atomic():
        if Cluster.objects.filter(name=name).exists():
            raise Conflict(f"There is a cluster called {name} already.")
        cluster = Cluster.objects.create(
            site=site, name=name, accelerator=known, capacity=capacity, reporter=reporter
        )
        record(
            Verb.SITE_ENTERED,
            [site, cluster],
            by=by,
            payload={"cluster": name, "accelerator": known, "capacity": capacity},
        )
    return cluster


def site_named(name: str) -> Site:
    """Raises Absent."""
    return get(Site.objects.all(), name, field="name")


def cluster_named(name: str) -> Cluster:
    """Raises Absent."""
    return get(Cluster.objects.select_related("site"), name, field="name")


def _authorisation(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not given:
        return None
    if given.get("kind") not in AUTHORISATIONS:
        raise InvalidInput("authorisation.kind", f"one of {', '.join(AUTHORISATIONS)} is expected")
    if not str(given.get("reference", "")).strip():
        raise InvalidInput("authorisation.reference", "is empty")
    until = given.get("until")
    try:
        ends = date.fromisoformat(str(until)).isoformat() if until else None
    except ValueError:
        raise InvalidInput("authorisation.until", "a date is expected (YYYY-MM-DD)") from None
    return {"kind": given["kind"], "reference": str(given["reference"]), "until": ends}
