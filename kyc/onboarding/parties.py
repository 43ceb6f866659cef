"""Entering and changing the parties of a tenant's chain."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pycountry
from django.db import transaction

from accounts.models import User
from accounts.roles import Act
from audit.record import Actor, record
from audit.verbs import Verb
from core.errors import Conflict, InvalidInput, NotAllowed
from core.keyring import keyring
from core.models import DataKey
from core.uuids import uuid7
from kyc.models import Application, Party, PartyIdentifier, Tenant

#: FollowTheMoney properties that identify on their own; kept as blind indexes as well.
IDENTIFIERS = (
    "passportNumber",
    "idNumber",
    "registrationNumber",
    "taxNumber",
    "leiCode",
    "imoNumber",
    "swiftBic",
)
NAMES = ("name", "alias", "weakAlias", "previousName")
COUNTRIES = ("country", "nationality", "citizenship", "jurisdiction", "mainCountry")
DATES = ("birthDate", "incorporationDate")
OTHERS = ("gender", "birthPlace", "address", "position", "email", "phone", "website", "legalForm", "summary")
KNOWN = frozenset((*IDENTIFIERS, *NAMES, *COUNTRIES, *DATES, *OTHERS))

#: What a match rests on: a change of these re-opens dismissals.
MATCH_RELEVANT = frozenset((*IDENTIFIERS, *NAMES, *COUNTRIES, "birthDate", "gender", "birthPlace", "address"))

_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
MAX_VALUES, MAX_LENGTH = 50, 1000


def enter_party(
    tenant: Tenant,
    *,
    reference: str,
    schema: str,
    properties: Mapping[str, Sequence[str]],
    country: str = "",
    region: str = "",
    roles: Sequence[str] = (),
    user: User,
    by: Actor,
) -> Party:
    """Enter a person or organisation. `properties` are FollowTheMoney's; a name is needed.

    Raises InvalidInput naming the property, Conflict for a reference that is taken, NotAllowed.
    """
    require_entry(tenant, user)
    clean = check_properties(properties)
    if schema not in Party.Schema.values:
        raise InvalidInput("schema", f"{schema!r} is none of {', '.join(Party.Schema.values)}")
    if not reference.strip():
        raise InvalidInput("reference", "is empty")
    check_country("country", country)
    with transaction.atomic():
        if tenant.parties.filter(reference=reference).exists():
            raise Conflict(f"A party with the reference {reference} is there already.")
        party = Party(
            id=uuid7(),
            tenant=tenant,
            reference=reference,
            schema=schema,
            country=country,
            region=region,
            roles=list(roles),
            caption=clean["name"][0],
            properties=clean,
        )
        party.data_key = DataKey.objects.make("party", party.pk, tenant_id=tenant.pk)
        party.match_digest = match_digest(schema, clean)
        party.save(force_insert=True)
        _index(party, clean)
        record(
            Verb.PARTY_ENTERED,
            [party, tenant],
            by=by,
            payload={"schema": schema, "country": country, "roles": list(roles)},
            personal=[(party.data_key, {"name": clean["name"][0]})],
        )
    return party


def change_party(
    party: Party,
    *,
    properties: Mapping[str, Sequence[str]],
    country: str | None = None,
    roles: Sequence[str] | None = None,
    user: User,
    by: Actor,
    reason: str = "",
) -> Party:
    """Replace a party's properties; its country and roles where they are given.

    What a match rests on goes to re-screening by its event. Raises InvalidInput, NotAllowed.
    """
    require_entry(party.tenant, user)
    clean = check_properties(properties)
    check_country("country", country or "")
    with transaction.atomic():
        party = Party.objects.select_for_update(of=("self",)).select_related("data_key").get(pk=party.pk)
        before = dict(party.properties)
        digest = match_digest(party.schema, clean)
        relevant = bytes(party.match_digest) != digest
        party.properties = clean
        party.caption = clean["name"][0]
        party.match_digest = digest
        moved = country is not None and country != party.country
        party.country = party.country if country is None else country
        party.roles = party.roles if roles is None else list(roles)
        party.save(update_fields=["properties", "caption", "match_digest", "country", "roles", "changed_at"])
        party.identifiers.all().delete()
        _index(party, clean)
        changed = sorted(name for name in {*before, *clean} if before.get(name) != clean.get(name))
        changed += ["residence"] if moved else []
        record(
            Verb.PARTY_CHANGED,
            [party, party.tenant],
            by=by,
            reason=reason,
            payload={"changed": changed, "match_relevant": relevant},
        )
    return party


def require_entry(tenant: Tenant, user: User) -> None:
    """Staff may enter for any tenant; an applicant for its own, while its application is a draft."""
    if user.may(Act.ENTER_TENANTS):
        return
    own = user.organisation_id == tenant.pk and user.may(Act.APPLY)
    if own and tenant.applications.filter(state=Application.State.DRAFT).exists():
        return
    raise NotAllowed("Only the provider's reviewers enter this now; ask them to re-open the application.")


def check_properties(properties: Mapping[str, Any]) -> dict[str, list[str]]:
    """Validate FollowTheMoney properties: known names, lists of text, countries, dates."""
    clean: dict[str, list[str]] = {}
    for name, values in properties.items():
        if name not in KNOWN:
            raise InvalidInput(f"properties.{name}", "is no property that Lockgate keeps")
        if isinstance(values, str) or not isinstance(values, Sequence):
            raise InvalidInput(f"properties.{name}", "a list of texts is expected")
        kept = []
        for value in values:
            if not isinstance(value, str) or len(value) > MAX_LENGTH or "\x00" in value:
                raise InvalidInput(
                    f"properties.{name}", f"a text of at most {MAX_LENGTH} characters is expected"
                )
            if value.strip():
                kept.append(value.strip())
        if len(kept) > MAX_VALUES:
            raise InvalidInput(f"properties.{name}", f"more than {MAX_VALUES} values")
        if name in COUNTRIES:
            kept = [value.upper() for value in kept]
            for value in kept:
                check_country(f"properties.{name}", value)
        if name in DATES:
            for value in kept:
                if not _DATE.fullmatch(value):
                    raise InvalidInput(
                        f"properties.{name}", f"{value!r} is no date (YYYY, YYYY-MM or YYYY-MM-DD)"
                    )
        if kept:
            clean[name] = kept
    if not clean.get("name"):
        raise InvalidInput("properties.name", "a name is needed")
    return clean


def check_country(field: str, code: str) -> None:
    if code and code != "XK" and pycountry.countries.get(alpha_2=code) is None:
        raise InvalidInput(field, f"{code!r} is no country (ISO 3166-1 alpha-2)")


def match_digest(schema: str, properties: Mapping[str, Sequence[str]]) -> bytes:
    """A keyed fingerprint of what a match rests on: it shows a change, and nothing to who lacks the key."""
    relevant = {name: sorted(values) for name, values in properties.items() if name in MATCH_RELEVANT}
    text = json.dumps([schema, relevant], sort_keys=True, ensure_ascii=False)
    return keyring().blind_index("party.match", text)


def _index(party: Party, properties: Mapping[str, Sequence[str]]) -> None:
    for kind in IDENTIFIERS:
        for value in dict.fromkeys(properties.get(kind, ())):
            PartyIdentifier(
                tenant_id=party.tenant_id, party=party, kind=kind, data_key=party.data_key, value=value
            ).save(force_insert=True)
