"""Step 4: a document for every person, read by its machine-readable zone (Doc 9303)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import User
from audit.record import Actor
from console.parts import Field, Option, State, Tone
from console.portal.pages.application import Entries, EntryLine, Why
from console.portal.queries.told import Told
from console.portal.steps.base import NEW, Step, Values, needed
from console.portal.steps.owners import who_sees_this
from console.portal.steps.people import person_named
from console.say import country_name
from core.errors import InvalidInput
from kyc.identity.service import record_evidence
from kyc.models import IdentityCheck

GOOD, BAD, EXPIRED = IdentityCheck.Result.GOOD, IdentityCheck.Result.BAD, IdentityCheck.Result.EXPIRED


class Identity(Step):
    slug = "identity"
    field_of = {"mrz": "lines", "lines": "lines"}

    @property
    def name(self) -> str:
        return _("Identity")

    @property
    def save_label(self) -> str:  # type: ignore[override]
        return _("Save document")

    def title(self, told: Told) -> str:
        return _("Documents of the people")

    def lead(self, told: Told) -> str:
        return _(
            "One passport or identity card for each person. Two lines at the foot of the page with the "
            "picture are enough: they carry their own check digits."
        )

    def form_title(self, told: Told, entry: str) -> str:
        if entry == NEW:
            return _("Document")
        return _("Document of %(name)s") % {"name": person_named(told, entry).caption}

    def state(self, told: Told) -> State:
        people, missing = len(told.people), len(told.unproved())
        if not people:
            return State(Tone.IDLE, _("after the people"))
        if missing:
            return State(Tone.WARN, _("%(m)d of %(n)d missing") % {"m": missing, "n": people})
        return State(Tone.OK, _("%(n)d of %(n)d read") % {"n": people})

    def stored(self, told: Told, entry: str) -> Values:
        if entry != NEW:
            return {"person": person_named(told, entry).reference}
        missing = told.unproved()
        return {"person": missing[0].reference} if missing else {}

    def fields(self, told: Told, values: Values) -> tuple[Field, ...]:
        kinds = (Option("passport", _("Passport")), Option("identity_card", _("Identity card")))
        people = tuple(Option(p.reference, str(p.caption)) for p in told.people)
        return (
            Field("person", _("Whose"), kind="select", options=people),
            Field("document", _("Document"), "passport", kind="select", options=kinds),
            Field(
                "lines",
                _("The lines at the foot, as printed"),
                kind="textarea",
                whole=True,
                autocomplete="off",
                hint=_("44 characters a line in a passport; write < for the fillers."),
            ),
        )

    def whys(self, told: Told) -> tuple[Why, ...]:
        return (
            Why(
                _("A document"),
                _("We must know that the people are who you say, from a document in force."),
                "31 CFR 1010.230(b), FATF recommendation 10",
                "lines",
            ),
            who_sees_this(),
        )

    def entries(self, told: Told, url: str) -> Entries:
        lines = tuple(
            EntryLine(
                str(person.caption),
                _("person"),
                country_name(person.country),
                shown_result(told.results.get(person.pk)),
                f"{url}?entry={person.reference}",
            )
            for person in told.people
        )
        read = len(told.people) - len(told.unproved())
        return Entries(
            _("People"),
            _("%(n)d of %(all)d read") % {"n": read, "all": len(lines)},
            lines,
            empty=_("Name the people and the owners first."),
        )

    def check(self, told: Told, entry: str, values: Values) -> dict[str, str]:
        return needed(values, "person", "lines")

    def take(self, told: Told, entry: str, values: Values, *, user: User, by: Actor) -> None:
        typed = ["".join(line.split()).upper() for line in values["lines"].splitlines()]
        person = person_named(told, values["person"])
        lines = [line for line in typed if line]
        kind = values.get("document", "passport")
        try:
            record_evidence(person, kind=kind, lines=lines, user=user, by=by)
        except InvalidInput as error:
            raise InvalidInput("lines", error.reason) from error


def shown_result(result: str | None) -> State:
    """What became of a person's latest document, as the tenant reads it."""
    if result is None:
        return State(Tone.WARN, _("Missing"))
    if result == GOOD:
        return State(Tone.OK, _("Read"))
    if result == EXPIRED:
        return State(Tone.WARN, _("Expired"))
    return State(Tone.WARN, _("Does not agree")) if result == BAD else State(Tone.INFO, _("In review"))
