"""Step 1: the organisation itself."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from audit.record import Actor
from console.parts import Field, State, Tone
from console.portal.pages.application import Why
from console.portal.queries.told import Told
from console.portal.steps.base import Step, Values, first, merged, needed
from console.portal.steps.typed import read_date, read_whole, shown_date
from kyc.onboarding.parties import change_party
from kyc.onboarding.service import state_facts

FACTS = ("legal_form", "formed_on", "business", "staff")
PROPERTIES = ("name", "registrationNumber", "address", "website", "email", "phone")


class Organisation(Step):
    slug = "organisation"

    @property
    def name(self) -> str:
        return _("Organisation")

    @property
    def save_label(self) -> str:  # type: ignore[override]
        return _("Save")

    def title(self, told: Told) -> str:
        return _("Your organisation")

    def lead(self, told: Told) -> str:
        return _(
            "Who asks for accelerators. Write names as they stand in the register; nothing is sent before "
            "you say so."
        )

    def form_title(self, told: Told, entry: str) -> str:
        return str(told.tenant)

    def state(self, told: Told) -> State:
        missing = [name for name in FACTS if not told.application.facts.get(name)]
        if not first(told.subject, "registrationNumber"):
            missing.append("registrationNumber")
        if not missing:
            return State(Tone.OK, _("done"))
        told_some = len(missing) < len(FACTS) + 1
        return State(Tone.INFO, _("draft")) if told_some else State(Tone.IDLE, _("about 3 minutes"))

    def stored(self, told: Told, entry: str) -> Values:
        facts = told.application.facts
        return {
            **{name: first(told.subject, name) for name in PROPERTIES},
            **{name: str(facts.get(name, "")) for name in FACTS},
            "formed_on": shown_date(str(facts.get("formed_on", ""))),
        }

    def fields(self, told: Told, values: Values) -> tuple[Field, ...]:
        return (
            Field("name", _("Name, as in the register"), whole=True, autocomplete="organization"),
            Field("legal_form", _("Legal form"), hint=_("such as private company limited by shares")),
            Field("registrationNumber", _("Number in the register"), autocomplete="off"),
            Field("formed_on", _("Formed on"), placeholder="9 Feb 2024", autocomplete="off"),
            Field("staff", _("People who work there"), kind="number", autocomplete="off"),
            Field("address", _("Address of the seat"), whole=True, autocomplete="street-address"),
            Field("website", _("Web site"), autocomplete="url"),
            Field("phone", _("Telephone"), autocomplete="tel"),
            Field("email", _("E-mail"), kind="email", autocomplete="email", whole=True),
            Field("business", _("What it does"), kind="textarea", whole=True, autocomplete="off"),
        )

    def whys(self, told: Told) -> tuple[Why, ...]:
        return (
            Why(
                _("The register"),
                _("We look the organisation up there, so that nobody can ask in its name."),
                "31 CFR 1010.230, EU 2024/1624 art. 22",
                "registrationNumber",
            ),
            Why(
                _("Formed on"),
                _("A company that is only weeks old is looked at more closely. It does not mean no."),
                "BIS policy statement 2025-05-13",
                "formed_on",
            ),
        )

    def check(self, told: Told, entry: str, values: Values) -> dict[str, str]:
        wrong = needed(values, "name", "legal_form", "registrationNumber", "formed_on", "staff", "business")
        for name, read in (("formed_on", read_date), ("staff", read_whole)):
            if values.get(name, "").strip():
                try:
                    read(values[name])  # type: ignore[operator]
                except ValueError as error:
                    wrong[name] = str(error)
        return wrong

    def take(self, told: Told, entry: str, values: Values, *, user: User, by: Actor) -> None:
        properties = merged(told.subject, {name: values.get(name, "") for name in PROPERTIES})
        if properties != told.subject.properties:
            change_party(told.subject, properties=properties, user=user, by=by)
        facts: dict[str, Any] = {
            "legal_form": values["legal_form"].strip(),
            "business": values["business"].strip(),
            "formed_on": read_date(values["formed_on"]),
            "staff": read_whole(values["staff"]),
        }
        state_facts(told.application, facts, user=user, by=by)
