"""The installation's own labels: alerts that people decided, as pairs of a score and an answer."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from kyc.models import Alert
from kyc.screening.calibrate import Labelled
from kyc.screening.levels import PartyKind, kinds_of

States = Alert.State


@dataclass(frozen=True, slots=True)
class Decided:
    """One decided alert: on which lists, about what kinds of party, and what people said."""

    alert_id: uuid.UUID
    number: int
    datasets: tuple[str, ...]
    kinds: tuple[PartyKind, ...]
    schema: str
    raised_at: datetime
    case: Labelled


def decisions(datasets: Collection[str] | None = None) -> list[Decided]:
    """Every alert with a final answer, by number; of some lists only where they are named.

    What was undone, proposed or withdrawn is none: its state says so.
    """
    rows = Alert.objects.filter(state__in=[States.TRUE_MATCH, States.FALSE_POSITIVE])
    found = []
    for pk, number, lists, schema, raised_at, score, state in rows.order_by("number").values_list(
        "pk", "number", "datasets", "party__schema", "raised_at", "score", "state"
    ):
        if datasets is None or set(lists) & set(datasets):
            case = Labelled(score, state == States.TRUE_MATCH)
            found.append(Decided(pk, number, tuple(lists), kinds_of(schema), schema, raised_at, case))
    return found
