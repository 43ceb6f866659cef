"""One grant: what it says, what runs under it, how long, and what revoking it would stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.grants.reasons import BY_PERSON, Because
from access.grants.status import TTL
from access.models import Grant, UsageRecord
from accounts.access import by_number
from accounts.models import User
from accounts.roles import Act
from audit import reading
from audit.record import subject_of
from console import told
from console.audience import where
from console.operator.pages.grant import GrantEvent, GrantPage, JobLine
from console.operator.queries.grants import Use, then_of, use_of
from console.operator.queries.log import proof_of
from console.parts import Answer, Dialog, Fact, Field, Option, State, Tone
from console.portal.queries.home import short_accelerator
from console.say import duration, grouped, shown

#: Claims of the token in the order of a reader's questions.
CLAIMS = ("iss", "aud", "sub", "jti", "iat", "nbf", "exp")
TIMES = ("iat", "nbf", "exp")


def find(key: str) -> Grant:
    """Raises Absent."""
    found = Grant.objects.select_related(
        "tenant__organisation", "cluster__site", "request", "decision", "status_list"
    )
    return by_number(found, key, "G")


def grant_page(grant: Grant, user: User) -> GrantPage:
    now = timezone.now()
    use = use_of([grant], now)[grant.pk]
    live = grant.is_live_at(now)
    page = reading.events(["all"], subject=subject_of(grant), limit=30)
    names = told.names_of(entry.event for entry in page.entries)
    what = f"{grouped(grant.count)} × {short_accelerator(grant.accelerator)}"
    return GrantPage(
        now=now,
        key=grant.label,
        ref=grant.label,
        title=_("%(what)s on %(cluster)s") % {"what": what, "cluster": grant.cluster.name},
        meta=_("%(tenant)s · %(ref)s · issued %(at)s · serves %(request)s")
        % {
            "tenant": grant.tenant,
            "ref": grant.label,
            "at": shown(grant.issued_at, "day time", now),
            "request": grant.request.label,
        },
        answer=_answer(grant, now),
        left=grant.expires_at - now if live else None,
        life=grant.expires_at - grant.not_before,
        facts=_facts(grant, use, now),
        claims=tuple(_claims(grant.claims)),
        jobs=tuple(_jobs(grant, now)),
        jobs_meta=_("%(n)s of %(all)s in use")
        % {"n": grouped(use.accelerators), "all": grouped(grant.count)},
        events=tuple(
            GrantEvent(
                entry.event.at,
                State(told.tone(entry.event), told.what(entry.event)),
                _detail(entry, names),
                proof_of(entry),
            )
            for entry in page.entries
        ),
        decision_url=where("operator:request", grant.request.label),
        revoke=_revoke(grant, use, now) if live and user.may(Act.REVOKE_GRANTS) else None,
        token=grant.token if user.may(Act.REVOKE_GRANTS) else "",
    )


def _answer(grant: Grant, now: datetime) -> Answer:
    until = shown(grant.expires_at, "day time", now)
    if grant.revoked_at is not None:
        at = shown(grant.revoked_at, "day time", now)
        return Answer(
            State(Tone.BAD, _("Revoked")),
            _("Since %(at)s every cluster refuses it: %(why)s") % {"at": at, "why": grant.revoked_reason},
        )
    if grant.expires_at <= now:
        return Answer(State(Tone.IDLE, _("Ended")), _("It ran until %(until)s.") % {"until": until})
    then = then_of(grant, now)
    if then.tone == Tone.OK:
        return Answer(
            State(Tone.OK, _("Live")),
            _("Runs until %(until)s and renews itself while nothing changes.") % {"until": until},
        )
    if then.tone == Tone.HOLD:
        why = grant.tenant.state_reason
        return Answer(
            State(Tone.HOLD, _("Held")),
            _("Runs until %(until)s and does not renew itself. %(why)s") % {"until": until, "why": why},
        )
    return Answer(
        State(Tone.IDLE, _("Ends")), _("Runs until %(until)s and is not renewed.") % {"until": until}
    )


def _facts(grant: Grant, use: Use, now: datetime) -> tuple[Fact, ...]:
    hours = _("%(n)s of %(all)s used") % {
        "n": grouped(round(use.hours)),
        "all": grouped(grant.count * grant.request.hours),
    }
    found = [
        Fact(_("Tenant"), str(grant.tenant), url=where("operator:tenant", grant.tenant.label)),
        Fact(_("Cluster"), grant.cluster.name, _("project %(p)s") % {"p": grant.request.project}),
        Fact(_("Site"), grant.cluster.site.name),
        Fact(_("Hours"), hours),
        Fact(_("Then"), then_of(grant, now).word),
        Fact(_("Status list"), f"{grant.status_list.name}, {grouped(grant.status_index)}", _("its one bit")),
    ]
    if grant.revoked_because:
        found.append(Fact(_("Revoked because"), grant.revoked_because.replace("_", " ")))
    return tuple(found)


def _claims(claims: Mapping[str, Any], above: str = "") -> list[Fact]:
    found = []
    order = sorted(claims, key=lambda name: CLAIMS.index(name) if name in CLAIMS else len(CLAIMS))
    for name in order:
        value = claims[name]
        if isinstance(value, Mapping):
            found += _claims(value, f"{above}{name}.")
        elif name in TIMES and isinstance(value, int):
            found.append(
                Fact(f"{above}{name}", f"{datetime.fromtimestamp(value, tz=UTC):%-d %b %Y %H:%M:%S} UTC")
            )
        else:
            found.append(Fact(f"{above}{name}", _short(str(value))))
    return found


def _short(text: str) -> str:
    return text if len(text) <= 44 else f"{text[:20]}…{text[-8:]}"


def _jobs(grant: Grant, now: datetime) -> list[JobLine]:
    """Every job that a cluster reported, those that run first."""
    by_job: dict[str, dict[str, UsageRecord]] = {}
    for record in grant.usage.order_by("at"):
        by_job.setdefault(record.job, {})[record.kind] = record
    lines = []
    for job, kinds in by_job.items():
        started, stopped = kinds.get(UsageRecord.Kind.STARTED), kinds.get(UsageRecord.Kind.STOPPED)
        refused = kinds.get(UsageRecord.Kind.REFUSED)
        first = started or refused or stopped
        assert first is not None
        end = stopped.at if stopped else now
        ran = end - started.at if started else end - end
        if stopped is not None:
            state, note = (
                State(Tone.BAD, _("Stopped")),
                stopped.detail or _("stopped %(at)s") % {"at": shown(stopped.at, "day time", now)},
            )
        elif started is not None:
            state, note = (
                State(Tone.OK, _("Runs")),
                _("since %(at)s") % {"at": shown(started.at, "day time", now)},
            )
        else:
            state, note = State(Tone.WARN, _("Refused")), first.detail
        lines.append(
            (
                state.tone != Tone.OK,
                JobLine(_("job %(job)s") % {"job": job}, note, first.accelerators, ran, state),
            )
        )
    return [line for _stopped, line in sorted(lines, key=lambda pair: pair[0])]


def _detail(entry: reading.Entry, names: told.Names) -> str:
    event = entry.event
    job = event.payload.get("job")
    parts = [
        event.reason
        or (
            _("job %(job)s on %(n)s") % {"job": job, "n": grouped(event.payload.get("accelerators", 0))}
            if job
            else ""
        )
    ]
    if event.actor_kind == "person":
        parts.append(_("by %(who)s") % {"who": told.who(event, names)})
    return " · ".join(part for part in parts if part)


def _revoke(grant: Grant, use: Use, now: datetime) -> Dialog:
    """The effect in numbers, from what the clusters reported."""
    jobs = len(use.jobs)
    what = f"{grouped(grant.count)} × {short_accelerator(grant.accelerator)}"
    unused = max(0, grant.count * grant.request.hours - round(use.hours))
    stops = ngettext("%(n)d running job stops", "%(n)d running jobs stop", jobs) % {"n": jobs}
    text = _(
        "Within %(s)d s %(what)s on %(cluster)s are refused and %(stops)s. %(unused)s paid hours end unused. "
        "%(tenant)s is told that it was revoked."
    ) % {
        "s": TTL, "what": what, "cluster": grant.cluster.name, "stops": stops, "unused": grouped(unused),
        "tenant": grant.tenant,
    }  # fmt: skip
    words = {
        Because.OPERATOR: _("Decided by a person"),
        Because.MISUSE: _("Misuse"),
        Because.KEY_COMPROMISED: _("The signing key is compromised"),
    }
    options = tuple(Option(b.value, words[b]) for b in Because if b in BY_PERSON)
    act = _("Revoke 1 grant")
    if jobs:
        act = ngettext("Revoke 1 grant, stop %(n)d job", "Revoke 1 grant, stop %(n)d jobs", jobs) % {
            "n": jobs
        }
    return Dialog(
        "revoke",
        _("Revoke…"),
        _("Revoke %(ref)s now?") % {"ref": grant.label},
        text,
        reverse("operator:grant_revoke", args=[grant.label]),
        _("Keep it"),
        act,
        (
            Field("because", _("Because"), Because.OPERATOR.value, kind="select", options=options),
            Field(
                "reason", _("Reason"), placeholder=_("Kept with the event"), required=True, autocomplete="off"
            ),
        ),
        (*_stopping(use.jobs, now), *_staying(grant, now)),
        ink=True,
    )


def _stopping(jobs: Sequence[UsageRecord], now: datetime) -> list[Fact]:
    return [
        Fact(
            _("Stops"),
            _("job %(job)s") % {"job": job.job},
            _("%(n)s accelerators, ran %(t)s")
            % {"n": grouped(job.accelerators), "t": duration(now - job.at)},
        )
        for job in jobs[:6]
    ]


def _staying(grant: Grant, now: datetime) -> list[Fact]:
    """Other live grants of the tenant: they are not touched."""
    others = (
        Grant.objects.live_at(now)
        .filter(tenant=grant.tenant, superseded_at=None)
        .exclude(request=grant.request_id)
        .select_related("cluster")
    )
    return [
        Fact(
            _("Stays"),
            other.label,
            f"{grouped(other.count)} × {short_accelerator(other.accelerator)}, {other.cluster.name}",
        )
        for other in others[:4]
    ]
