"""What the first page shows: queues, lists, re-screening, grants that end, the newest events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, Count, DateTimeField, F, OuterRef, Subquery, UUIDField, Value, Window
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone
from django.utils.translation import gettext as _

from access.models import AllocationRequest, Grant
from accounts.models import Approval, User
from accounts.roles import Act
from audit import reading
from audit.models import Checkpoint, Leaf
from audit.registry import ALL
from console import told
from console.audience import where
from console.operator import targets
from console.operator.pages.home import (
    Checkpointed,
    EndingGrant,
    EventLine,
    HomePage,
    ListLine,
    Queue,
    Rescreening,
)
from console.operator.queries import freshness
from console.parts import Link, Proof, State, Tone
from console.say import accelerator, country_name, list_name, many_of, short
from kyc.models import Alert, Application, Question, Tenant

EVENTS = 20


@dataclass(frozen=True)
class Waiting:
    """One item of a queue, in a shape that a UNION can hold."""

    queue: str
    key: str
    at: datetime
    whose: str
    first: str
    second: str


def page(user: User, *, now: datetime | None = None) -> HomePage:
    now = now or timezone.now()
    waiting = _waiting()
    events = reading.events([ALL], limit=EVENTS)
    oldest = next((w for w in waiting["alerts"]), None)
    second = next((w for w in waiting["second"]), None)
    parties = [w.second for w in (oldest, second) if w]
    names = told.names_of([entry.event for entry in events.entries], parties=parties)
    versions = freshness.newest_versions()
    lines = tuple(_list_line(source, now) for source in freshness.sources(versions))
    ending, live = _ending(now)
    checkpoint = _checkpointed()
    return HomePage(
        now=now,
        queues=_queues(user, waiting, names, now),
        lists=lines,
        rescreening=_rescreening(now),
        grants=ending,
        live_grants=live,
        events=tuple(_event_line(entry, names) for entry in events.entries),
        checkpoint=checkpoint,
        oldest_url=where("operator:alert", f"A-{oldest.key}") if oldest else "",
    )


def _waiting() -> Mapping[str, list[Waiting]]:
    """Everything that waits, oldest first, in one query."""
    alerts = Alert.objects.filter(state__in=Alert.UNDECIDED)
    text = CharField()
    nothing = Value("", output_field=text)
    second = Approval.objects.filter(
        subject_kind="alert", state=Approval.State.ASKED, subject_id=Cast(OuterRef("pk"), text)
    )
    tenant = F("tenant__organisation__name")
    approvals = Approval.objects.filter(state=Approval.State.ASKED).exclude(subject_kind="alert")
    label = Concat(
        Value("R-"), Cast("number", text), Value(" · "), tenant, Value(" · "),
        Cast("count", text), Value(" × "), F("accelerator"), output_field=text,
    )  # fmt: skip
    asked_for = AllocationRequest.objects.filter(pk=Cast(OuterRef("subject_id"), UUIDField()))
    rows = [
        _row(
            "alerts",
            alerts.exclude(state="proposed"),
            F("number"),
            F("raised_at"),
            F("taken_by"),
            tenant,
            F("party"),
        ),
        _row(
            "second",
            alerts.filter(state="proposed"),
            F("number"),
            Coalesce(Subquery(second.values("asked_at")[:1]), F("raised_at")),
            Coalesce(Cast(Subquery(second.values("asked_by")[:1]), text), nothing),
            tenant,
            F("party"),
        ),
        _row(
            "applications",
            Application.objects.filter(state__in=("submitted", "in_review")),
            F("pk"),
            Coalesce(F("submitted_at"), F("opened_at")),
            F("opened_by"),
            tenant,
            F("tenant__country"),
        ),
        _row(
            "requests",
            AllocationRequest.objects.filter(state__in=("submitted", "decided")),
            F("number"),
            F("asked_at"),
            nothing,
            label,
            nothing,
        ),
        _row(
            "approvals",
            approvals,
            F("pk"),
            F("asked_at"),
            F("asked_by"),
            F("subject_kind"),
            Coalesce(
                Subquery(asked_for.annotate(label_=label).values("label_")[:1], output_field=text), nothing
            ),
        ),
        _row(
            "answers",
            Question.objects.filter(answered_at__isnull=True),
            F("pk"),
            F("asked_at"),
            F("asked_by"),
            tenant,
            F("text"),
        ),
    ]
    first, *rest = rows
    found: dict[str, list[Waiting]] = defaultdict(list)
    for row in first.union(*rest, all=True):
        found[row[0]].append(Waiting(*row))
    for items in found.values():
        items.sort(key=lambda item: item.at)
    return found


def _row(queue: str, rows: Any, key: Any, at: Any, whose: Any, first: Any, second: Any) -> Any:
    text = CharField()
    return (
        rows.order_by()
        .annotate(
            q_=Value(queue, output_field=text),
            k_=Cast(key, text),
            a_=Cast(at, DateTimeField()),
            w_=Coalesce(Cast(whose, text), Value("", output_field=text)),
            f_=Cast(first, text),
            s_=Cast(second, text),
        )
        .values_list("q_", "k_", "a_", "w_", "f_", "s_")
    )


def _queues(
    user: User, waiting: Mapping[str, list[Waiting]], names: told.Names, now: datetime
) -> tuple[Queue, ...]:
    me = str(user.pk)

    def queue(place: str, name: str, url: str, target: timedelta, first: str, mine: int) -> Queue:
        ages = tuple(max(timedelta(), now - item.at) for item in waiting[place])
        return Queue(name, url, first or _("nothing waits"), mine, ages, target)

    def first_of(place: str) -> Waiting | None:
        return waiting[place][0] if waiting[place] else None

    def own(place: str) -> int:
        return sum(item.whose == me for item in waiting[place])

    def others(place: str, act: Act) -> int:
        """What this person may be the second one of."""
        return sum(item.whose != me for item in waiting[place]) if user.may(act) else 0

    alert, second = first_of("alerts"), first_of("second")
    application, request = first_of("applications"), first_of("requests")
    approval, answer = first_of("approvals"), first_of("answers")
    party = names.parties.get
    return (
        queue("alerts", _("Alerts to decide"), where("operator:alerts"), targets.DECIDE_ALERT,
              f"{alert.first} · {party(alert.second, '')}" if alert else "", own("alerts")),
        queue("second", _("Second reviews"), where("operator:alerts", query="queue=second"),
              targets.SECOND_REVIEW, f"{second.first} · {party(second.second, '')}" if second else "",
              others("second", Act.CONFIRM_MATCHES)),
        queue("applications", _("Applications to assess"), where("operator:applications"),
              targets.ASSESS_APPLICATION,
              f"{application.first} · {country_name(application.second)}" if application else "",
              own("applications")),
        queue("requests", _("Requests to decide"), where("operator:requests"), targets.DECIDE_REQUEST,
              accelerator_in(request.first) if request else "", own("requests")),
        queue("approvals", _("Approvals waiting for a second person"),
              where("operator:requests", query="queue=second") or where("operator:lists"),
              targets.SECOND_APPROVAL,
              _approval_words(approval) if approval else "",
              others("approvals", Act.APPROVE_REQUESTS)),
        queue("answers", _("Answers awaited from tenants"),
              where("operator:requests", query="queue=answers") or where("operator:tenants"),
              targets.ANSWER, _cut(f"{answer.first} · {answer.second}") if answer else "", own("answers")),
    )  # fmt: skip


def _cut(text: str, most: int = 56) -> str:
    """At a word, with an ellipsis."""
    return text if len(text) <= most else f"{text[:most].rsplit(' ', 1)[0]}…"


def accelerator_in(text: str) -> str:
    """The label of a request with short names, which fit one line: R-2202 · Saffron · 192 × H100 SXM."""
    head, times, name = text.rpartition(" × ")
    parts = [short(part) for part in head.split(" · ")]
    return f"{' · '.join(parts)}{times}{accelerator(name)}"


def _approval_words(item: Waiting) -> str:
    return accelerator_in(item.second) or _(_APPROVALS.get(item.first, item.first))


_APPROVALS = {"listversion": "A held version of a list", "allocationrequest": "A request"}


def _list_line(source: freshness.Source, now: datetime) -> ListLine:
    version = source.in_force
    note = source.note(now)
    return ListLine(
        list_name(source.name),
        version.as_of if version else None,
        max(timedelta(), now - at) if (at := source.looked_at(now)) else None,
        version.added if version else None,
        version.changed if version else None,
        version.removed if version else None,
        source.state(now),
        note,
        Link(_("Import a file"), where("operator:list_import", query=f"source={source.name}"))
        if note
        else None,
    )


def _rescreening(now: datetime) -> Rescreening:
    found = freshness.rescreening()
    behind = max(found.behind, 1 if found.open_items else 0)
    return Rescreening(
        max(0, found.parties - behind),
        found.parties,
        freshness.pass_note(found, now),
        running_for=max(timedelta(), now - found.since) if found.since else None,
        ended_at=found.ended_at,
    )


def _ending(now: datetime) -> tuple[tuple[EndingGrant, ...], int]:
    """Live grants that end within a day, soonest first, with what comes then; and how many live."""
    soon = now + targets.GRANT_ENDS_SOON
    grants = (
        Grant.objects.live_at(now)
        .filter(superseded_at__isnull=True)
        .select_related("tenant__organisation", "request")
        .annotate(live_=Window(Count("pk")))
        .order_by("expires_at")
    )
    rows = list(grants[:8])
    live = vars(rows[0])["live_"] if rows else 0
    return tuple(_ending_line(grant, now) for grant in rows if grant.expires_at <= soon), live


def _ending_line(grant: Grant, now: datetime) -> EndingGrant:
    if not grant.tenant.may_run:
        held = grant.tenant.state == Tenant.State.HELD
        then = State(Tone.HOLD if held else Tone.BAD, _("Held by an alert") if held else _("Ends, suspended"))
    elif grant.request.ends_at <= grant.expires_at:
        then = State(Tone.IDLE, _("Ends, its time is over"))
    elif grant.request.withheld:
        then = State(Tone.HOLD, _("Withheld"))
    else:
        then = State(Tone.OK, _("Renews itself"))
    return EndingGrant(
        grant.label,
        str(grant.tenant),
        grant.label,
        many_of(grant.count, grant.accelerator),
        grant.expires_at - now,
        grant.expires_at - grant.not_before,
        then,
    )


def _event_line(entry: reading.Entry, names: told.Names) -> EventLine:
    event = entry.event
    return EventLine(
        event.at,
        told.who(event, names),
        told.what(event),
        told.on(event, names),
        proof_of(entry),
        told.url(event, names),
    )


def proof_of(entry: reading.Entry) -> Proof:
    return Proof(entry.index, entry.is_signed)


def _checkpointed() -> Checkpointed:
    newest = Checkpoint.objects.order_by("-size").first()
    size = newest.size if newest else 0
    last = Leaf.objects.order_by("-index").values_list("index", flat=True).first()
    leaves = 0 if last is None else last + 1
    return Checkpointed(size, newest.at if newest else None, leaves - size + reading.waiting().count)
