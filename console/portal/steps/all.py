"""The steps in their order."""

from __future__ import annotations

from console.portal.steps.base import Step
from console.portal.steps.identity import Identity
from console.portal.steps.organisation import Organisation
from console.portal.steps.owners import Owners
from console.portal.steps.people import People
from console.portal.steps.use import Use
from core.errors import Absent

STEPS: tuple[Step, ...] = (Organisation(), People(), Owners(), Identity(), Use())
SEND = "send"


def step_named(slug: str) -> Step:
    """Raises Absent."""
    for step in STEPS:
        if step.slug == slug:
            return step
    raise Absent("No such step.")
