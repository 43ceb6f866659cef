"""What a tenant has told so far: its application, parties, holdings, documents, in a handful of queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from accounts import access
from accounts.models import User
from core.errors import Absent
from kyc.models import Application, IdentityCheck, OwnershipStatement, Party, Tenant


@dataclass(frozen=True)
class Held:
    """Least and most percent of one statement; None where it is control without a share."""

    least: float
    most: float

    @property
    def middle(self) -> float:
        return (self.least + self.most) / 2


@dataclass(frozen=True)
class Told:
    """One application with everything that its tenant may read of it."""

    application: Application
    parties: tuple[Party, ...]
    statements: tuple[OwnershipStatement, ...]
    results: Mapping[Any, str]  # party → result of its latest document

    @property
    def tenant(self) -> Tenant:
        return self.application.tenant

    @property
    def is_draft(self) -> bool:
        return self.application.state == Application.State.DRAFT

    @cached_property
    def by_id(self) -> Mapping[Any, Party]:
        return {party.pk: party for party in self.parties}

    @cached_property
    def subject(self) -> Party:
        return self.by_id[self.tenant.subject_id]

    @cached_property
    def directors(self) -> tuple[Party, ...]:
        return tuple(party for party in self.parties if "director" in party.roles)

    @cached_property
    def people(self) -> tuple[Party, ...]:
        """Everyone whose identity a document proves."""
        return tuple(party for party in self.parties if party.schema == Party.Schema.PERSON)

    @cached_property
    def of_tenant(self) -> tuple[OwnershipStatement, ...]:
        """Holdings in the tenant itself, largest first."""
        mine = [s for s in self.statements if s.subject_id == self.tenant.subject_id]
        return tuple(sorted(mine, key=lambda s: -_middle(s)))

    @property
    def told_percent(self) -> Held:
        """How much of the tenant is accounted for, by somebody or by nobody known."""
        shares = [share for s in self.of_tenant if (share := held(s)) is not None]
        return Held(min(100.0, sum(s.least for s in shares)), min(100.0, sum(s.most for s in shares)))

    def unproved(self) -> list[Party]:
        return [p for p in self.people if self.results.get(p.pk) != IdentityCheck.Result.GOOD]

    def draft_of(self, step: str) -> Mapping[str, Any]:
        """What was typed at a step and not taken yet: {"saved_at", "open": {entry: {values, errors}}}."""
        found: Mapping[str, Any] = (self.application.draft or {}).get(step, {})
        return found

    def open_of(self, step: str) -> Mapping[str, Mapping[str, Any]]:
        found: Mapping[str, Mapping[str, Any]] = self.draft_of(step).get("open", {})
        return found

    def saved_at(self, step: str) -> datetime | None:
        text = self.draft_of(step).get("saved_at")
        return datetime.fromisoformat(text) if text else None

    @property
    def last_saved_at(self) -> datetime | None:
        found = [at for step in (self.application.draft or {}) if (at := self.saved_at(step))]
        return max(found, default=None)


def application_of(user: User) -> Application | None:
    """The newest application of the person's own organisation."""
    return (
        Application.objects.select_related("tenant__organisation", "tenant__subject", "data_key", "opened_by")
        .filter(tenant=user.organisation_id)
        .order_by("-opened_at")
        .first()
    )


def told(user: User, key: str) -> Told:
    """The application `key` (T-0101) of the person's own organisation. Raises Absent for any other."""
    application = application_of(user)
    if application is None or application.tenant.label != key:
        raise Absent("No such application.")
    return everything(application)


def everything(application: Application) -> Told:
    tenant = application.tenant
    parties = tenant.parties.filter(removed_at__isnull=True).select_related("data_key").order_by("created_at")
    statements = tenant.statements.filter(removed_at__isnull=True).order_by("created_at")
    checks = IdentityCheck.objects.filter(tenant=tenant).order_by("checked_at")
    results = dict(checks.values_list("party_id", "result"))
    return Told(application, tuple(parties), tuple(statements), results)


def held(statement: OwnershipStatement) -> Held | None:
    """The share that a statement tells, as its least and most percent."""
    for interest in statement.interests:
        share = interest.get("share")
        if share:
            if "exact" in share:
                return Held(float(share["exact"]), float(share["exact"]))
            return Held(float(share.get("minimum", 0)), float(share.get("maximum", 100)))
    return None


def _middle(statement: OwnershipStatement) -> float:
    share = held(statement)
    return share.middle if share else 0.0


def own_tenant(user: User) -> Tenant:
    """The person's own tenant. Raises Absent."""
    return access.get(Tenant.objects.select_related("organisation"), user.organisation_id)
