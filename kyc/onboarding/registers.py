"""Ownership from registers (BODS, GLEIF, PSC), entered into the chains of the tenants it concerns.

A record of the file is a party of ours where both carry the same number (LEI, registration number); from
there the owners that the file names are entered, step by step upwards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction

from accounts.models import User
from audit.record import Actor
from core.errors import Conflict, InvalidInput
from kyc.models import Party as PartyRow
from kyc.models import PartyIdentifier, Tenant
from kyc.onboarding.holdings import enter_statement
from kyc.onboarding.parties import change_party, enter_party
from kyc.ownership.bods import Reading
from kyc.ownership.statements import Interest, Party, Share, Statement, StatementError, in_force
from kyc.screening import party_flags

#: Look-ups of identifiers go to the database this many at a time.
BATCH = 5000
_LEI = "XI-LEI"
_KINDS = {"leiCode": "lei", "registrationNumber": "register"}


@dataclass
class Entered:
    """What an import did to the chains; `known` are statements that were there already."""

    tenants: int = 0
    matched: int = 0
    parties: int = 0
    statements: int = 0
    known: int = 0
    errors: list[StatementError] = field(default_factory=list)


def enter_reading(reading: Reading, *, source: str, today: date, user: User, by: Actor) -> Entered:
    """Enter what `reading` says of owners of our parties, as in force on `today`.

    Needs the staff scope. One tenant's chain is one transaction; a statement that contradicts what is there
    is left out and reported. Entering the same file twice changes nothing.
    """
    done = Entered()
    owners: dict[str, list[Statement]] = defaultdict(list)
    for statement in in_force(reading.statements, today):
        if statement.entity is not None:
            owners[statement.entity].append(statement)
    for tenant, found in _ours(reading.parties).items():
        with transaction.atomic():
            _Chain(tenant, reading.parties, owners, source, user, by, done).enter(found)
        done.tenants += 1
        done.matched += len(found)
    return done


def _ours(parties: Mapping[str, Party]) -> dict[Tenant, dict[str, PartyRow]]:
    """Per tenant: record of the file → our party that carries the same number.

    Registers number alike, so a registration number counts within one country only; an LEI is one of a kind.
    """
    records = [(kind, number, party.id) for party in parties.values() for kind, number in _numbers(party)]
    index = PartyIdentifier._meta.get_field("value_index")
    found: dict[Tenant, dict[str, PartyRow]] = defaultdict(dict)
    for start in range(0, len(records), BATCH):
        part = records[start : start + BATCH]
        by_index: dict[tuple[str, bytes | None], list[str]] = defaultdict(list)
        for kind, number, record in part:
            by_index[(kind, index.digest(number))].append(record)  # type: ignore[attr-defined]
        rows = PartyIdentifier.objects.filter(
            value_index__in=[number for _, number, _ in part], party__removed_at__isnull=True
        ).select_related("party__data_key", "party__tenant__organisation")
        for row in rows:
            kind = _KINDS.get(row.kind, "")
            for record in by_index.get((kind, row.value_index), ()):
                if kind == "lei" or parties[record].country == row.party.country:
                    found[row.party.tenant][record] = row.party
    return dict(found)


def _numbers(party: Party) -> Iterable[tuple[str, str]]:
    for scheme, number in party.identifiers:
        yield ("lei" if scheme == _LEI else "register"), number


@dataclass
class _Chain:
    """Enters the owners above the parties of one tenant."""

    tenant: Tenant
    parties: Mapping[str, Party]
    owners: Mapping[str, list[Statement]]
    source: str
    user: User
    by: Actor
    done: Entered

    def enter(self, found: Mapping[str, PartyRow]) -> None:
        self.references = {record: row.reference for record, row in found.items()}
        self.there = set(self.tenant.parties.values_list("reference", flat=True))
        for record, row in found.items():
            self._complete(row, self.parties[record])
        waiting, seen = list(found), set(found)
        while waiting:
            entity = waiting.pop()
            for statement in self.owners.get(entity, ()):
                self._state(statement)
                owner = statement.owner
                if owner in self.references and owner not in seen:
                    seen.add(owner)
                    waiting.append(owner)

    def _complete(self, row: PartyRow, party: Party) -> None:
        """A headquarters that the register knows and we do not."""
        if party.headquarters and not party.is_person and not row.properties.get("mainCountry"):
            change_party(
                row,
                properties={**row.properties, "mainCountry": [party.headquarters]},
                user=self.user,
                by=self.by,
                reason=f"from {self.source}",
            )

    def _state(self, statement: Statement) -> None:
        reference = f"{self.source}:{statement.record}"[:200]
        if self.tenant.statements.filter(reference=reference).exists():
            self.done.known += 1
            if statement.owner and (known := f"{self.source}:{statement.owner}"[:200]) in self.there:
                self.references.setdefault(statement.owner, known)
            return
        try:
            with transaction.atomic():
                owner, is_new = self._owner(statement)
                enter_statement(
                    self.tenant,
                    reference=reference,
                    subject=self.references[statement.entity or ""],
                    interested=owner,
                    interests=[_as_bods(interest) for interest in statement.interests] or [_UNKNOWN],
                    stated_on=_day(statement.stated),
                    source={"register": self.source, "statement": statement.id},
                    user=self.user,
                    by=self.by,
                )
        except (InvalidInput, Conflict) as error:
            name, reason = (
                (error.field, error.reason) if isinstance(error, InvalidInput) else ("", str(error))
            )
            self.done.errors.append(StatementError(statement.id, name, reason, statement.line))
            return
        self.done.statements += 1
        if owner is not None and statement.owner is not None:
            self.references[statement.owner] = owner
            self.done.parties += is_new

    def _owner(self, statement: Statement) -> tuple[str | None, bool]:
        """The reference of the owner's party (None for one who is not named), and whether it was entered."""
        party = self.parties.get(statement.owner or "")
        if party is None or party.is_unidentified or not (party.name or party.identifiers):
            return None, False
        if party.id in self.references:
            return self.references[party.id], False
        reference = f"{self.source}:{party.id}"[:200]
        if reference in self.there:
            return reference, False
        row = enter_party(
            self.tenant,
            reference=reference,
            schema="Person" if party.is_person else "Company",
            properties=_properties(party),
            country=party.country or "",
            region=party.region or "",
            roles=["owner"],
            user=self.user,
            by=self.by,
        )
        if party.politically_exposed:
            party_flags.set_from_register(row, register=self.source, user=self.user, by=self.by)
        return reference, True


_UNKNOWN: Mapping[str, Any] = {"type": "unknownInterest", "directOrIndirect": "unknown"}


def _properties(party: Party) -> dict[str, list[str]]:
    """A register's record as FollowTheMoney properties; a company without a name is called by its number."""
    found = {
        "name": [party.name or party.identifiers[0][1]],
        "alias": list(party.other_names[:20]),
        "leiCode": [number for scheme, number in party.identifiers if scheme == _LEI],
        "registrationNumber": []
        if party.is_person
        else [number for scheme, number in party.identifiers if scheme != _LEI],
        "birthDate": [party.birth_date] if party.birth_date else [],
        "nationality": list(party.nationalities),
        "jurisdiction": [party.country] if party.country and not party.is_person else [],
        "mainCountry": [party.headquarters] if party.headquarters and not party.is_person else [],
    }
    return {name: values for name, values in found.items() if values}


def _as_bods(interest: Interest) -> dict[str, Any]:
    found: dict[str, Any] = {"type": interest.kind, "directOrIndirect": interest.directness}
    if interest.share is not None:
        found["share"] = _share(interest.share)
    if interest.declared_beneficial is not None:
        found["beneficialOwnershipOrControl"] = interest.declared_beneficial
    if interest.start:
        found["startDate"] = interest.start.isoformat()
    if interest.end:
        found["endDate"] = interest.end.isoformat()
    return found


def _share(share: Share) -> dict[str, float]:
    if share.is_exact:
        return {"exact": float(share.minimum)}
    return {
        ("exclusiveMinimum" if share.above else "minimum"): float(share.minimum),
        ("exclusiveMaximum" if share.below else "maximum"): float(share.maximum),
    }


def _day(stated: str) -> date | None:
    try:
        return date.fromisoformat(stated[:10])
    except ValueError:
        return None
