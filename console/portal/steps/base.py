"""A step of the application: what it asks, what it takes, and what it makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User
from audit.record import Actor
from console.parts import Field, State
from console.portal.pages.application import Entries, Why
from console.portal.queries.told import Told
from core.errors import InvalidInput
from core.uuids import uuid7
from kyc.models import Party

Values = Mapping[str, str]

#: The entry that is not there yet.
NEW = "new"


class Step:
    """One step. Entries are what it holds several of (people, owners); else its one entry is NEW."""

    slug = ""
    #: Properties of a party or facts as the services name them → the field that they were typed in.
    field_of: Mapping[str, str] = {}

    @property
    def name(self) -> str:
        raise NotImplementedError

    def title(self, told: Told) -> str:
        return self.name

    def lead(self, told: Told) -> str:
        raise NotImplementedError

    def form_title(self, told: Told, entry: str) -> str:
        return self.name

    def state(self, told: Told) -> State:
        raise NotImplementedError

    def stored(self, told: Told, entry: str) -> Values:
        """What is in force, by field. Raises Absent for an entry that is not there."""
        return {}

    def fields(self, told: Told, values: Values) -> tuple[Field, ...]:
        raise NotImplementedError

    def whys(self, told: Told) -> tuple[Why, ...]:
        return ()

    def entries(self, told: Told, url: str) -> Entries | None:
        return None

    def check(self, told: Told, entry: str, values: Values) -> dict[str, str]:
        """What is wrong with the values, by field."""
        return {}

    def take(self, told: Told, entry: str, values: Values, *, user: User, by: Actor) -> None:
        """Put checked values in force through the services. Raises InvalidInput."""
        raise NotImplementedError

    def field_named(self, error: InvalidInput) -> str:
        """The field that a service's error belongs to; the step's first one where it is none."""
        name = error.field.partition(".")[2] or error.field
        return self.field_of.get(name, name)

    save_label = ""
    add_label = ""
    files = False


def filled(fields: tuple[Field, ...], values: Values, errors: Mapping[str, str], stored: Values) -> Any:
    """The fields with their values; a wrong one keeps what was typed and offers what was there before."""
    made = []
    for field in fields:
        value = values.get(field.name, field.value)
        was = stored.get(field.name, "")
        error = errors.get(field.name, "")
        offer = bool(error and was and was != value)
        unit = f"{field.unit}" if field.unit else ""
        words = _("Put %(was)s back") % {"was": f"{was} {unit}".strip()}
        made.append(
            replace(
                field,
                value=value,
                errors=(error,) if error else (),
                restore=words if offer else "",
                restore_value=was if offer else "",
            )
        )
    return tuple(made)


def only_filled(properties: Mapping[str, str]) -> dict[str, list[str]]:
    """FollowTheMoney properties of those that were filled in."""
    return {name: [value.strip()] for name, value in properties.items() if value.strip()}


def merged(party: Party, changed: Mapping[str, str]) -> dict[str, list[str]]:
    """A party's properties with some replaced; the others stay."""
    kept = {n: list(v) for n, v in (party.properties or {}).items() if n not in changed}
    return {**kept, **only_filled(changed)}


def first(party: Party, name: str) -> str:
    values = (party.properties or {}).get(name) or [""]
    return str(values[0])


def reference_for(told: Told, name: str) -> str:
    """A name for the party that people can read in a sentence, unlike the others of the tenant."""
    wanted = slugify(name) or "party"
    taken = {party.reference for party in told.parties}
    return wanted if wanted not in taken else f"{wanted}-{str(uuid7())[-4:]}"


def needed(values: Values, *names: str) -> dict[str, str]:
    return {name: _("This is needed.") for name in names if not values.get(name, "").strip()}
