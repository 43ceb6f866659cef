"""The left column of an application: its steps, what we wait for, what was said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils import dateformat, timezone
from django.utils.translation import gettext as _

from console.parts import State, Tone
from console.portal.pages.application import MessageLine, Side, StepLine, WaitLine
from console.portal.queries.told import Told
from console.portal.steps.all import SEND, STEPS
from console.templatetags.lockgate import share_text
from kyc.models import Question, Tenant

MESSAGES = 3


def step_url(told: Told, slug: str) -> str:
    if slug == SEND:
        return reverse("portal:application_send", args=[told.tenant.label])
    return reverse("portal:application", args=[told.tenant.label, slug])


def step_lines(told: Told, current: str = "") -> tuple[StepLine, ...]:
    """The five steps and sending, each with its state and the day it was last saved."""
    lines = []
    for step in STEPS:
        state, saved = step.state(told), told.saved_at(step.slug)
        word = state.word
        if state.tone == Tone.OK and saved is not None:
            word = f"{word}, {short_day(saved)}"
        wrong = any(draft.get("errors") for draft in told.open_of(step.slug).values())
        if wrong and told.is_draft:
            state, word = State(Tone.WARN, word), _("%(word)s, one thing is wrong") % {"word": word}
        shown = State(state.tone, word)
        lines.append(StepLine(step.name, step_url(told, step.slug), shown, step.slug == current))
    sent = told.application.submitted_at
    state = (
        State(Tone.OK, _("sent %(day)s") % {"day": short_day(sent)})
        if sent
        else State(Tone.IDLE, _("about 5 minutes"))
    )
    lines.append(StepLine(_("Check and send"), step_url(told, SEND), state, current == SEND))
    return tuple(lines)


def done_words(lines: Sequence[StepLine]) -> str:
    done = sum(line.state.tone == Tone.OK for line in lines)
    return _("%(n)d of %(all)d done") % {"n": done, "all": len(lines)}


def missing(told: Told) -> tuple[WaitLine, ...]:
    """What the application still lacks, and whether it blocks."""
    blocks = State(Tone.WARN, _("blocks approval"))
    found = [
        WaitLine(
            blocks,
            _("Document of %(name)s") % {"name": party.caption},
            f"{step_url(told, 'identity')}?entry={party.reference}",
        )
        for party in told.unproved()
    ]
    share = told.told_percent
    if not told.statements:
        found.append(
            WaitLine(State(Tone.WARN, _("blocks sending")), _("Who owns it"), step_url(told, "owners"))
        )
    elif share.most < 100:
        gap = share_text(round(100 - share.most, 2), round(100 - share.least, 2))
        found.append(WaitLine(blocks, _("Who holds %(gap)s") % {"gap": gap}, step_url(told, "owners")))
    for step in STEPS:
        if step.slug in ("organisation", "use", "people") and step.state(told).tone != Tone.OK:
            found.append(WaitLine(blocks, step.name, step_url(told, step.slug)))
    return tuple(found)


def waits(questions: Sequence[Question]) -> tuple[WaitLine, ...]:
    """Questions that are open, those that block first."""
    lines = []
    for question in sorted(questions, key=lambda q: (not q.blocks, q.due_at)):
        if question.answered_at is not None:
            continue
        due = _("by %(day)s") % {"day": short_day(question.due_at)}
        state = State(Tone.WARN, _("blocks, %(due)s") % {"due": due}) if question.blocks else State(
            Tone.IDLE, due
        )  # fmt: skip
        lines.append(WaitLine(state, question.text, reverse("portal:question", args=[question.pk])))
    return tuple(lines)


def questions_of(tenant: Tenant) -> list[Question]:
    found = Question.objects.filter(tenant=tenant).select_related("asked_by", "data_key")
    return list(found.order_by("-asked_at")[:50])


def messages(questions: Sequence[Question]) -> tuple[MessageLine, ...]:
    """What people of the provider wrote, newest first."""
    written = [question for question in questions if question.asked_by is not None]
    return tuple(
        MessageLine(str(q.asked_by), q.asked_at, q.text, new=q.answered_at is None)
        for q in written[:MESSAGES]
    )


def side(told: Told, current: str) -> Side:
    questions = questions_of(told.tenant)
    lines = step_lines(told, current)
    return Side(lines, done_words(lines), (*missing(told), *waits(questions)), messages(questions))


def short_day(at: datetime) -> str:
    return str(dateformat.format(timezone.localtime(at), "j M"))
