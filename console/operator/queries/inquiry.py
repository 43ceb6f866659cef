"""One open point of a decision, for whoever answers or settles it."""

from __future__ import annotations

import uuid
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from access.models import AllocationRequest, Inquiry
from accounts import access
from accounts.models import User
from accounts.roles import Act
from console.operator.pages.inquiry import InquiryPage
from console.parts import Answer, Fact, Field, Link, State, Tone
from console.say import shown


def find(request: AllocationRequest, key: uuid.UUID) -> Inquiry:
    """Raises Absent."""
    found = Inquiry.objects.filter(request=request).select_related(
        "request",
        "tenant__organisation",
        "question__data_key",
        "question__tenant",
        "answered_by",
        "resolved_by",
    )
    return access.get(found, key)


def inquiry_page(inquiry: Inquiry, user: User) -> InquiryPage:
    now, request = timezone.now(), inquiry.request
    to_tenant = inquiry.question is not None
    facts = [
        Fact(_("Request"), request.label, str(inquiry.tenant)),
        Fact(
            _("Left open by"),
            inquiry.rule or inquiry.fact,
            _("a rule") if inquiry.rule else _("a missing fact"),
        ),
        Fact(
            _("Asked"),
            str(inquiry.tenant) if to_tenant else _("our own staff"),
            shown(inquiry.asked_at, "day time", now),
        ),
    ]
    answer: tuple[Field, ...] = ()
    settle: tuple[Field, ...] = ()
    cause = ""
    if inquiry.resolved_at is not None:
        standing = Answer(
            State(Tone.OK, _("Settled")),
            _("%(who)s settled it: %(why)s") % {"who": inquiry.resolved_by, "why": inquiry.resolution},
        )
    elif inquiry.answered_at is not None:
        standing = Answer(
            State(Tone.INFO, _("Answered")), _("Another person than who answered says whether it is enough.")
        )
        if not user.may(Act.APPROVE_REQUESTS):
            cause = _("only an approver settles it")
        elif inquiry.answered_by_id == user.pk:
            cause = _("who answered does not settle")
        settle = (Field("reason", _("Why it is enough"), kind="textarea", required=True, autocomplete="off"),)
    else:
        words = _("%(who)s is asked; you can answer for it with what it told you.") if to_tenant else _(
            "The tenant is not asked and not told: find it out, and name the evidence."
        )  # fmt: skip
        standing = Answer(
            State(Tone.WARN, _("Open")), words % {"who": inquiry.tenant} if to_tenant else words
        )
        if user.may(Act.ENTER_TENANTS) or (not to_tenant and user.may(Act.APPROVE_REQUESTS)):
            label = _("What the tenant answered") if to_tenant else _("Evidence")
            answer = (Field("answer", label, kind="textarea", required=True, autocomplete="off"),)
    if inquiry.answered_at is not None:
        facts.append(
            Fact(
                _("Answer"),
                _text(inquiry),
                f"{inquiry.answered_by}, {shown(inquiry.answered_at, 'day time', now)}",
            )
        )
    return InquiryPage(
        now=now,
        back=Link(request.label, reverse("operator:request", args=[request.label])),
        title=inquiry.text,
        meta=_("an open point of %(ref)s") % {"ref": request.label},
        standing=standing,
        facts=tuple(facts),
        url=reverse("operator:request_resolve", args=[request.label, inquiry.pk]),
        answer=answer,
        settle=settle,
        cause=cause,
    )


def _text(inquiry: Inquiry) -> str:
    given: Any = inquiry.question.answer if inquiry.question is not None else inquiry.evidence
    return ", ".join(str(one) for one in given) if isinstance(given, list) else str(given or _("none"))
