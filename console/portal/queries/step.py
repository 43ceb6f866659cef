"""One step of the application as its page shows it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils import dateformat, timezone
from django.utils.translation import gettext as _

from console.parts import Field
from console.portal.pages.application import StepPage
from console.portal.queries.side import side, step_url
from console.portal.queries.told import Told
from console.portal.steps.all import SEND, STEPS
from console.portal.steps.base import NEW, Step, Values, filled


def step_page(
    told: Told,
    step: Step,
    entry: str,
    *,
    values: Values | None = None,
    errors: Mapping[str, str] | None = None,
) -> StepPage:
    """`values` and `errors` as just posted; else the draft, else what is in force."""
    stored = step.stored(told, entry)
    draft = told.open_of(step.slug).get(entry, {})
    shown = values if values is not None else {**stored, **draft.get("values", {})}
    wrong = errors if errors is not None else draft.get("errors", {})
    saved = told.saved_at(step.slug)
    fields = filled(step.fields(told, shown), shown, wrong, stored)
    url = step_url(told, step.slug)
    entries = step.entries(told, url)
    after = _after(step)
    meta = ""
    if told.is_draft and draft:
        at = dateformat.format(timezone.localtime(saved), "H:i:s") if saved else ""
        meta = _("draft, saved %(at)s") % {"at": at}
    elif not told.is_draft:
        meta = _("sent")
    return StepPage(
        now=timezone.now(),
        key=told.tenant.label,
        ref=told.tenant.label,
        side=side(told, step.slug),
        saved_at=told.last_saved_at or told.application.saved_at,
        title=step.title(told),
        lead=step.lead(told),
        form_title=step.form_title(told, entry),
        form_meta=meta,
        fields=(Field("entry", "", entry, kind="hidden"), *fields),
        whys=step.whys(told),
        entries=entries,
        save_label=step.save_label,
        add_label=step.add_label if told.is_draft else "",
        next_label=_("Next: %(name)s") % {"name": _lower(after.name) if after else _("check and send")},
        next_url=step_url(told, after.slug if after else SEND),
        drafts=told.is_draft,
    )


def entry_shown(told: Told, step: Step, asked: str) -> str:
    """The entry to show: the one asked for, else an unfinished one, else a new one."""
    if asked:
        return asked
    drafts = told.open_of(step.slug)
    if NEW in drafts or not drafts:
        return NEW
    return next(iter(drafts))


def _after(step: Step) -> Step | None:
    at = STEPS.index(step) + 1
    return STEPS[at] if at < len(STEPS) else None


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
