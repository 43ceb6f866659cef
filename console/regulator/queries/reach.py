"""How far an examiner sees: the scopes that were disclosed, and the tenants in them.

Tenants are the provider's rows, which an examiner's transaction does not see: they are read as staff, and
only through the filter that stands here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.access import by_number
from accounts.models import Disclosure, User
from audit.registry import ALL
from console.operator.queries.exports import words_for
from console.say import country_name, joined
from core.errors import Absent
from core.scope import STAFF, acting_in
from kyc.models import Tenant


@dataclass(frozen=True)
class Reach:
    """The live disclosures of one regulator."""

    disclosures: tuple[Disclosure, ...]

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(sorted(d.scope for d in self.disclosures))

    @property
    def is_all(self) -> bool:
        return ALL in self.scopes

    @property
    def countries(self) -> tuple[str, ...]:
        return tuple(s.partition(":")[2] for s in self.scopes if s.startswith("jurisdiction:"))

    @property
    def named(self) -> tuple[str, ...]:
        return tuple(s.partition(":")[2] for s in self.scopes if s.startswith("tenant:"))

    @property
    def since(self) -> datetime | None:
        return min((d.granted_at for d in self.disclosures), default=None)

    @property
    def legal_bases(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(d.legal_basis for d in self.disclosures))

    def tenants(self) -> QuerySet[Tenant]:
        """Every tenant in scope; to be read inside `as_provider()`."""
        found = Tenant.objects.select_related("organisation")
        if self.is_all:
            return found
        here = Q(country__in=self.countries) | Q(pk__in=self.named)
        return found.filter(here | Q(requests__site__country__in=self.countries)).distinct()

    def holds_whole(self, tenant: Tenant) -> bool:
        """Whether the tenant itself is in scope, not only what it runs at a site there."""
        return self.is_all or tenant.country in self.countries or str(tenant.pk) in self.named

    def because(self, tenant: Tenant) -> str:
        if tenant.country in self.countries:
            return _("established in %(country)s") % {"country": country_name(tenant.country)}
        if str(tenant.pk) in self.named:
            return _("named by its order")
        if self.is_all:
            return _("the whole log")
        return _("accelerators at a site in %(countries)s") % {
            "countries": joined([country_name(code) for code in self.countries])
        }

    def find(self, key: str) -> Tenant:
        """One tenant in scope. Raises Absent for any other, as if it were not there."""
        with as_provider():
            found: Tenant = by_number(self.tenants(), key, "T")
        return found

    def words(self) -> str:
        """The scopes in one phrase: Malaysia and Singapore."""
        words = words_for(set(self.scopes))
        return joined([words[scope] for scope in self.scopes])


def reach_of(user: User) -> Reach:
    """Raises Absent where nothing is disclosed to the person's organisation."""
    live = user.organisation.disclosures.filter(ended_at__isnull=True).order_by("granted_at")
    found = Reach(tuple(live))
    if not found.disclosures:
        raise Absent("Nothing is disclosed to your organisation; the provider grants it.")
    return found


@contextmanager
def as_provider() -> Iterator[None]:
    """Reads rows of the provider for tenants that `Reach` has found to be in scope."""
    with acting_in(STAFF):
        yield
