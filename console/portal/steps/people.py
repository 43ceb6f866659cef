"""Step 2: who directs the organisation."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import User
from audit.record import Actor
from console.parts import Field, State, Tone
from console.places import country_options
from console.portal.pages.application import Entries, EntryLine, Why
from console.portal.queries.told import Told
from console.portal.steps.base import NEW, Step, Values, first, merged, needed, only_filled, reference_for
from console.portal.steps.typed import read_date, shown_date
from console.say import country_name
from core.errors import Absent
from kyc.models import Party
from kyc.onboarding.parties import change_party, enter_party

TYPED = {"name": "name", "country": "country", "born": "birthDate", "nationality": "nationality",
         "position": "position"}  # fmt: skip


class People(Step):
    slug = "people"
    field_of = {prop: field for field, prop in TYPED.items()}

    @property
    def name(self) -> str:
        return _("People")

    @property
    def save_label(self) -> str:  # type: ignore[override]
        return _("Save person")

    @property
    def add_label(self) -> str:  # type: ignore[override]
        return _("Add another person")

    def title(self, told: Told) -> str:
        return _("Who directs %(name)s") % {"name": told.tenant}

    def lead(self, told: Told) -> str:
        return _("Everyone on the board, and whoever else may sign for it. One line a person.")

    def form_title(self, told: Told, entry: str) -> str:
        number = next((n for n, p in enumerate(told.directors, 1) if p.reference == entry), None)
        return _("Person %(n)d") % {"n": number or len(told.directors) + 1}

    def state(self, told: Told) -> State:
        count = len(told.directors)
        if told.open_of(self.slug):
            return State(Tone.INFO, _("draft, %(n)d told") % {"n": count})
        if count:
            return State(Tone.OK, _("%(n)d told") % {"n": count})
        return State(Tone.IDLE, _("nobody yet"))

    def stored(self, told: Told, entry: str) -> Values:
        if entry == NEW:
            return {}
        party = person_named(told, entry)
        return {**{field: first(party, prop) for field, prop in TYPED.items()},
                "country": party.country, "born": shown_date(first(party, "birthDate"))}  # fmt: skip

    def fields(self, told: Told, values: Values) -> tuple[Field, ...]:
        off = {"autocomplete": "off"}
        countries = country_options()
        return (
            Field("name", _("Full name, as in the passport"), whole=True, **off),
            Field("country", _("Country of residence"), kind="select", options=countries),
            Field("born", _("Born"), placeholder="9 Feb 1984", **off),
            Field("nationality", _("Nationality"), kind="select", options=countries),
            Field("position", _("Position"), placeholder=_("such as director"), **off),
        )

    def whys(self, told: Told) -> tuple[Why, ...]:
        return (
            Why(
                _("Who directs it"),
                _("Where nobody owns enough to control it, those who direct it count as its owners."),
                "31 CFR 1010.230, FATF recommendation 24",
            ),
            birth_date(),
        )

    def entries(self, told: Told, url: str) -> Entries:
        drafts = told.open_of(self.slug)
        lines = tuple(
            EntryLine(
                str(party.caption),
                first(party, "position") or _("director"),
                country_name(party.country),
                State(Tone.WARN, _("Look again")) if drafts.get(party.reference, {}).get("errors")
                else State(Tone.INFO, _("Draft")) if party.reference in drafts else State(Tone.OK, _("Told")),
                f"{url}?entry={party.reference}",
            )
            for party in told.directors
        )  # fmt: skip
        return Entries(
            _("People so far"),
            _("%(n)d people") % {"n": len(lines)} if len(lines) != 1 else _("1 person"),
            lines,
            empty=_("Begin with whoever may sign alone."),
        )

    def check(self, told: Told, entry: str, values: Values) -> dict[str, str]:
        return {**needed(values, "name", "country", "born", "nationality"), **wrong_date(values, "born")}

    def take(self, told: Told, entry: str, values: Values, *, user: User, by: Actor) -> None:
        typed = {prop: values.get(field, "") for field, prop in TYPED.items()}
        typed["birthDate"] = read_date(values["born"])
        named = values["name"].strip().casefold()
        known = next((p for p in told.people if str(p.caption).casefold() == named), None)
        party = person_named(told, entry) if entry != NEW else known
        if party is not None:
            roles = list(dict.fromkeys((*party.roles, "director")))
            properties = merged(party, typed)
            change_party(
                party, properties=properties, country=values["country"], roles=roles, user=user, by=by
            )
            return
        enter_party(
            told.tenant,
            reference=reference_for(told, values["name"]),
            schema=Party.Schema.PERSON,
            properties=only_filled(typed),
            country=values["country"],
            roles=["director"],
            user=user,
            by=by,
        )


def person_named(told: Told, reference: str) -> Party:
    """A person of the application. Raises Absent."""
    for party in told.people:
        if party.reference == reference:
            return party
    raise Absent("No such person.")


def wrong_date(values: Values, name: str) -> dict[str, str]:
    text = values.get(name, "").strip()
    if not text:
        return {}
    try:
        read_date(text)
    except ValueError as error:
        return {name: str(error)}
    return {}


def birth_date() -> Why:
    return Why(
        _("Birth date"),
        _("It tells people of one name apart when we check the lists. Most false alarms end here."),
        field="born",
    )
