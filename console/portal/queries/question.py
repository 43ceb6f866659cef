"""One question to the tenant, on a page of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from console.parts import Link
from console.portal.pages.application import QuestionForm
from console.portal.queries.request import question_form
from kyc.models import Question


@dataclass(frozen=True)
class QuestionPage:
    """`back`: where the question belongs."""

    now: datetime
    question: QuestionForm
    back: Link


def question_page(question: Question, *, wrong: tuple[str, str, str] | None = None) -> QuestionPage:
    back = Link(_("Overview"), reverse("portal:home"))
    if question.subject_kind == "allocationrequest":
        back = Link(_("The request"), reverse("portal:request", args=[question.subject_id]))
    return QuestionPage(timezone.now(), question_form(question, wrong), back)
