"""Step 5: what the accelerators are for."""

from __future__ import annotations

from django.utils.translation import gettext as _

from access.policy.fact_types import PURPOSES
from accounts.models import User
from audit.record import Actor
from console.parts import Field, Option, State, Tone
from console.portal.pages.application import Why
from console.portal.queries.told import Told
from console.portal.steps.base import Step, Values, needed
from kyc.onboarding.service import state_facts


def purposes() -> dict[str, str]:
    """The purposes that the rules know, in words."""
    words = {
        "model_training": _("Model training"),
        "fine_tuning": _("Fine-tuning"),
        "inference": _("Inference"),
        "simulation": _("Simulation"),
        "rendering": _("Rendering"),
        "other": _("Something else"),
    }
    return {name: words[name] for name in PURPOSES}


class Use(Step):
    slug = "use"

    @property
    def name(self) -> str:
        return _("What you will run")

    @property
    def save_label(self) -> str:  # type: ignore[override]
        return _("Save")

    def lead(self, told: Told) -> str:
        return _("In most weeks, what will the accelerators do? Each request says it again for itself.")

    def state(self, told: Told) -> State:
        if told.application.facts.get("purpose"):
            return State(Tone.OK, _("done"))
        return State(Tone.IDLE, _("about 1 minute"))

    def stored(self, told: Told, entry: str) -> Values:
        return {"purpose": str(told.application.facts.get("purpose", ""))}

    def fields(self, told: Told, values: Values) -> tuple[Field, ...]:
        options = (Option("", ""), *(Option(name, text) for name, text in purposes().items()))
        return (Field("purpose", _("Mostly for"), kind="select", options=options, whole=True),)

    def whys(self, told: Told) -> tuple[Why, ...]:
        return (
            Why(
                _("For what"),
                _("Some uses need a licence; most do not. It does not change the price."),
                "15 CFR part 744",
                "purpose",
            ),
        )

    def check(self, told: Told, entry: str, values: Values) -> dict[str, str]:
        return needed(values, "purpose")

    def take(self, told: Told, entry: str, values: Values, *, user: User, by: Actor) -> None:
        state_facts(told.application, {"purpose": values["purpose"]}, user=user, by=by)
