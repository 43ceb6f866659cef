"""The last step: everything that was said, what is missing, and sending it."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from console.parts import Fact, Failure, Field
from console.portal.pages.application import SendPage
from console.portal.queries.side import missing, side, step_url
from console.portal.queries.told import Told, held
from console.portal.steps.all import SEND, STEPS
from console.portal.steps.identity import shown_result
from console.portal.steps.owners import who_sees_this
from console.portal.steps.use import purposes
from console.say import country_name
from console.templatetags.lockgate import share_text


def send_page(told: Told, *, failure: Failure | None = None) -> SendPage:
    draft = told.is_draft
    lead = _("This is what you have told us. After sending you can still answer what is asked.")
    if not draft:
        lead = _("This is what you have sent. To change it, ask us to open it again.")
    names = {step.slug: step.name for step in STEPS}
    parts = {
        "organisation": _organisation(told),
        "people": _people(told),
        "owners": _owners(told),
        "identity": _documents(told),
        "use": _use(told),
    }
    confirm = Field(
        "true", _("All of this is true as far as I know"), kind="checkbox", value="1", required=True
    )
    cause = ""
    if not draft:
        cause = _("It is sent already.")
    elif not told.statements:
        cause = _("Nobody is named as an owner yet; an owner who is not known can be told too.")
    return SendPage(
        now=timezone.now(),
        key=told.tenant.label,
        ref=told.tenant.label,
        side=side(told, SEND),
        saved_at=told.last_saved_at or told.application.saved_at,
        title=_("Check and send"),
        lead=lead,
        parts=tuple((names[slug], step_url(told, slug), facts) for slug, facts in parts.items()),
        missing=missing(told) if draft else (),
        confirm=(confirm,) if draft and not cause else (),
        send_label=_("Send the application"),
        cause=cause,
        whys=(who_sees_this(),),
        failure=failure,
    )


def _organisation(told: Told) -> tuple[Fact, ...]:
    step = STEPS[0]
    stored = step.stored(told, "")
    fields = step.fields(told, stored)
    found = [Fact(f.label, stored[f.name]) for f in fields if stored.get(f.name)]
    return (*found, Fact(_("Country"), country_name(told.tenant.country)))


def _people(told: Told) -> tuple[Fact, ...]:
    return tuple(Fact(str(p.caption), country_name(p.country)) for p in told.directors) or nobody()


def _owners(told: Told) -> tuple[Fact, ...]:
    found = []
    for statement in told.statements:
        share = held(statement)
        name = _("Not known")
        if statement.interested_id is not None:
            name = str(told.by_id[statement.interested_id].caption)
        of = "" if statement.subject_id == told.tenant.subject_id else str(
            told.by_id[statement.subject_id].caption
        )  # fmt: skip
        value = share_text(share.least, share.most) if share else _("control without shares")
        found.append(Fact(name, value, _("of %(company)s") % {"company": of} if of else ""))
    return tuple(found) or nobody()


def _documents(told: Told) -> tuple[Fact, ...]:
    return (
        tuple(Fact(str(p.caption), shown_result(told.results.get(p.pk)).word) for p in told.people)
        or nobody()
    )


def _use(told: Told) -> tuple[Fact, ...]:
    purpose = told.application.facts.get("purpose", "")
    return (Fact(_("Mostly for"), purposes().get(purpose, _("not told yet"))),)


def nobody() -> tuple[Fact, ...]:
    return (Fact(_("Nobody"), _("not told yet")),)
