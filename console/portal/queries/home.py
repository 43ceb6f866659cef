"""The portal's first page: what do you still need from me?"""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from access.models import AllocationRequest, Grant
from accounts.models import User
from accounts.roles import Act
from console.parts import Answer, Tone
from console.portal.pages.application import GrantLine, HomePage, RequestLine, WaitLine
from console.portal.queries import side
from console.portal.queries.told import Told, application_of, everything, own_tenant
from console.portal.words import grant_state, request_state, standing
from console.templatetags.lockgate import duration, grouped
from kyc.models import Application, Tenant

SHOWN = 20


def home_page(user: User) -> HomePage:
    now = timezone.now()
    application = application_of(user)
    tenant = application.tenant if application else own_tenant(user)
    questions = side.questions_of(tenant)
    waiting = side.waits(questions)
    open_of = [q for q in questions if q.answered_at is None and q.subject_kind == "allocationrequest"]
    found = everything(application) if application else None
    answer, steps = standing(tenant, application), side.step_lines(found) if found else ()
    missing: tuple[WaitLine, ...] = ()
    if found is not None and found.is_draft and tenant.state == Tenant.State.APPLICANT:
        missing = side.missing(found)
        answer = Answer(answer.state, _draft_words(found, missing))
    requests = AllocationRequest.objects.filter(tenant=tenant).select_related("site").order_by("-number")
    grants = Grant.objects.filter(tenant=tenant, superseded_at__isnull=True).select_related("cluster")
    return HomePage(
        now=now,
        title=_("%(tenant)s at %(provider)s")
        % {"tenant": tenant, "provider": settings.LOCKGATE_PROVIDER_NAME},
        meta=_meta(tenant, application),
        answer=answer,
        application=steps if found is not None and _is_open(found) else (),
        application_meta=side.done_words(steps),
        waits=(*missing, *waiting),
        requests=tuple(
            request_line(r, sum(q.subject_id == str(r.pk) for q in open_of)) for r in requests[:SHOWN]
        ),
        grants=tuple(_grant_line(g, now) for g in grants.order_by("-issued_at")[:SHOWN]),
        messages=side.messages(questions),
        can_ask=tenant.state == Tenant.State.APPROVED and user.may(Act.ASK_FOR_GPUS),
    )


def what_of(request: AllocationRequest) -> str:
    """512 × H100 SXM in Johor-1, 30 days"""
    return _("%(count)s × %(what)s in %(site)s, %(days)d days") % {
        "count": grouped(request.count),
        "what": short_accelerator(request.accelerator),
        "site": request.site.name,
        "days": request.days,
    }


def short_accelerator(name: str) -> str:
    """H100 SXM for NVIDIA H100 SXM: the maker is known where the model is."""
    maker, _space, model = name.partition(" ")
    return model if model and maker in ("NVIDIA", "AMD", "Intel", "Huawei", "Google", "AWS") else name


def request_line(request: AllocationRequest, questions: int) -> RequestLine:
    detail = _("asked %(day)s") % {"day": side.short_day(request.asked_at)}
    if questions:
        detail += " · " + _("%(n)d questions to you") % {"n": questions}
    return RequestLine(
        request.label, request.label, what_of(request), request_state(request, questions), detail
    )


def _grant_line(grant: Grant, now: object) -> GrantLine:
    state, why = grant_state(grant, now)
    detail = why or _("%(left)s left") % {"left": duration(grant.expires_at - now)}  # type: ignore[operator]
    if state.tone == Tone.IDLE:
        detail = _("ended %(day)s") % {"day": side.short_day(grant.expires_at)}
    what = _("%(count)s × %(what)s on %(cluster)s") % {
        "count": grouped(grant.count),
        "what": short_accelerator(grant.accelerator),
        "cluster": grant.cluster.name,
    }
    return GrantLine(grant.label, what, state, detail)


def _draft_words(found: Told, missing: tuple[WaitLine, ...]) -> str:
    steps = side.step_lines(found)
    blocking = sum(line.state.tone == Tone.WARN for line in missing)
    done = sum(step.state.tone == Tone.OK for step in steps)
    words = _("%(n)d of %(all)d steps are done; nothing is sent yet.") % {"n": done, "all": len(steps)}
    if blocking:
        words += " " + (
            _("One thing will block approval.")
            if blocking == 1
            else _("%(n)d things will block approval.") % {"n": blocking}
        )
    return words


def _is_open(found: Told) -> bool:
    return found.tenant.state == Tenant.State.APPLICANT and found.application.state in (
        Application.State.DRAFT,
        Application.State.SUBMITTED,
        Application.State.IN_REVIEW,
    )


def _meta(tenant: Tenant, application: Application | None) -> str:
    if application is None:
        return tenant.label
    opened = _("opened %(day)s by %(who)s") % {
        "day": side.short_day(application.opened_at),
        "who": application.opened_by,
    }
    if application.submitted_at is not None:
        return f"{tenant.label} · " + _("sent %(day)s") % {"day": side.short_day(application.submitted_at)}
    return f"{tenant.label} · {opened}"
