"""What an examiner may ask for: bundles of the scopes that were disclosed to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.utils.translation import gettext as _

from accounts import disclosure
from accounts.models import User
from audit import reading
from audit.models import Export
from audit.record import Actor
from console.operator.pages.log import ExportNewPage
from console.operator.queries.exports import words_for
from console.operator.queries.log import moment_of
from console.parts import Fact, Field, Option
from console.regulator.queries.reach import Reach
from console.say import grouped
from core.errors import InvalidInput


def new_page(
    reach: Reach, values: Mapping[str, str], errors: Mapping[str, str] | None = None
) -> ExportNewPage:
    wrong = errors or {}
    words = words_for(set(reach.scopes))
    options = tuple(Option(scope, words[scope]) for scope in reach.scopes)
    fields = (
        Field("scope", _("Scope"), reach.scopes[0], kind="select", options=options),
        Field("since", _("From"), kind="date"),
        Field("until", _("To, this day left out"), kind="date"),
    )
    preview = [
        Fact(words[scope], _("%(n)s events") % {"n": grouped(reading.scope_size(scope))})
        for scope in reach.scopes
    ]
    basis = "; ".join(reach.legal_bases)
    return ExportNewPage(
        fields=tuple(
            replace(
                field,
                value=values.get(field.name, field.value),
                errors=(wrong[field.name],) if field.name in wrong else (),
            )
            for field in fields
        ),
        preview=(*preview, Fact(_("Legal basis"), basis)),
    )


def ask(values: Mapping[str, str], *, user: User, by: Actor) -> Export:
    """Raises InvalidInput, and Absent for a scope that is not theirs (that refusal is recorded)."""
    times = {}
    for name in ("since", "until"):
        try:
            times[name] = moment_of(values.get(name, ""))
        except ValueError:
            raise InvalidInput(name, _("a day is expected")) from None
    return disclosure.export(user=user, scope=values.get("scope", ""), by=by, **times)
