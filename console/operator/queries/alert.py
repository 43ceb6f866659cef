"""One alert: both sides, why, what a decision does, this pair before, the queue round it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.models import Grant
from accounts import access, approvals
from accounts.models import Approval, User
from accounts.roles import Act
from audit import reading
from audit.models import Event
from audit.verbs import Verb
from console import told
from console.audience import where
from console.operator.pages.alert import (
    AlertPage,
    Choice,
    PairEvent,
    QueueLine,
    Side,
    Undo,
)
from console.operator.queries import compared, flags, reasons_given
from console.parts import Link, Proof, State, Tone
from console.say import dataset_name, day, grouped, shown
from kyc.models import Alert, IdentityCheck, Party, Tenant
from kyc.onboarding import standing
from kyc.screening import alerts, party_flags
from kyc.screening.service import Flag
from kyc.screening.thresholds import DISMISS_FOR

States = Alert.State
RAIL = 5


def find(key: str) -> Alert:
    """The alert of a number or a key. Raises Absent."""
    rows = Alert.objects.select_related(
        *("party__data_key", "tenant__organisation", "tenant__subject", "content", "version"),
        *("taken_by", "data_key"),
    )
    pair = Alert.objects.filter(party=OuterRef("party"), entry_key=OuterRef("entry_key")).values("pk")
    return access.by_number(rows.annotate(pair_=ArraySubquery(pair)), key, "A")


def page(alert: Alert, user: User, *, undo: Undo | None = None, now: datetime | None = None) -> AlertPage:
    now = now or timezone.now()
    explanation: Mapping[str, Any] = alert.explanation or {}
    party: Party = alert.party
    properties = dict(party.properties or {})
    entry = alert.content.entity.get("properties", {})
    queue = _Queue.round(alert)
    proposal = _proposal(alert)
    closed, closed_text = _closed(alert, user, proposal, now)
    title, short = _title(party)
    rows = compared.rows(explanation, properties, entry)
    return AlertPage(
        now=now,
        key=alert.label,
        ref=alert.label,
        title=title,
        title_short=short,
        meta=_meta(alert, user, now),
        position=queue.position,
        previous_url=queue.previous,
        next_url=queue.next,
        party=Side(_("Party, as declared and evidenced"), str(party.caption), _evidence(party, now)),
        entry=_entry_side(alert, entry, now),
        rows=rows,
        score=alert.score,
        threshold=alert.threshold,
        scorer=_("Scorer %(version)s, names compared in Latin script") % {"version": alert.scorer},
        words=compared.words(explanation),
        sentences=compared.sentences(explanation),
        choices=tuple(
            choice
            for choice in (_choices(alert, proposal, now) if alert.state in Alert.UNDECIDED else ())
            if choice.value != "escalate" or user.may(Act.DECIDE_ALERTS)
        ),
        history=_history(alert),
        queue=queue.lines(alert, now),
        undo_seconds=int(alerts.undo_within().total_seconds()),
        closed=closed,
        closed_text=closed_text,
        confirm=proposal is not None and closed is None,
        undo=undo,
        reasons=reasons_given.offered(user, rows) if closed is None else (),
        flags=flags.lines(
            party_flags.live(alert.tenant).filter(party_id=party.pk),
            {party.pk: str(party.caption)},
            user,
            now,
        ),
        take_url=where("operator:alert_take", alert.label)
        if closed is None and alert.taken_by_id != user.pk and user.may(Act.DECIDE_ALERTS)
        else "",
    )


def _title(party: Party) -> tuple[str, str]:
    if party.schema == Party.Schema.PERSON:
        return _("Is this the same person?"), _("Same person?")
    return _("Is this the same organisation?"), _("Same organisation?")


def _meta(alert: Alert, user: User, now: datetime) -> str:
    roles = [role for role in alert.party.roles if role != "tenant"]
    role = " and ".join(roles).capitalize() or _("Party")
    who = (
        str(alert.tenant)
        if alert.party_id == alert.tenant.subject_id
        else _("%(role)s of %(tenant)s") % {"role": role, "tenant": alert.tenant}
    )
    parts = [
        who,
        _("alert %(ref)s, raised %(raised)s, due %(due)s")
        % {
            "ref": alert.label,
            "raised": shown(alert.raised_at, now=now),
            "due": shown(alert.due_at, now=now),
        },
    ]
    if alert.taken_by_id:
        whose = _("yours") if alert.taken_by_id == user.pk else str(alert.taken_by)
        parts.append(_("%(whose)s since %(at)s") % {"whose": whose, "at": shown(alert.taken_at, now=now)})
    return " · ".join(parts)


def _evidence(party: Party, now: datetime) -> str:
    check = (
        IdentityCheck.objects.filter(party=party).select_related("document").order_by("-checked_at").first()
    )
    if check is None:
        return _("declared, no document read")
    results = {"good": _("every check good"), "expired": _("expired"), "bad": _("checks differ")}
    return _("%(kind)s read %(day)s, %(result)s") % {
        "kind": check.document.kind.replace("_", " ").capitalize(),
        "day": day(check.checked_at, now),
        "result": results.get(check.result, _("unclear")),
    }


def _entry_side(alert: Alert, entry: Mapping[str, Sequence[str]], now: datetime) -> Side:
    lists = ", ".join(dataset_name(name) for name in alert.datasets)
    text = _("%(lists)s, version of %(day)s, entry %(key)s") % {
        "lists": lists,
        "day": shown(alert.version.as_of, now=now),
        "key": alert.entry_key,
    }
    source = next((url for url in entry.get("sourceUrl", ()) if url.startswith("https://")), "")
    return Side(_("List entry"), alert.content.caption, text, Link(_("source"), source) if source else None)


def _proposal(alert: Alert) -> Approval | None:
    """The first person's proposal, where one is open."""
    if alert.state != States.PROPOSED:
        return None
    return (
        Approval.objects.select_related("asked_by")
        .filter(subject_kind="alert", subject_id=str(alert.pk), state=Approval.State.ASKED)
        .first()
    )


_WORDS = {
    States.TRUE_MATCH: (Tone.BAD, "True match"),
    States.FALSE_POSITIVE: (Tone.OK, "Cleared"),
    States.WITHDRAWN: (Tone.IDLE, "Withdrawn"),
}


def _closed(alert: Alert, user: User, proposal: Approval | None, now: datetime) -> tuple[State | None, str]:
    """Why this reader cannot decide, where that is so."""
    if alert.state in _WORDS:
        tone, word = _WORDS[States(alert.state)]
        last = alert.resolutions.select_related("by").order_by("-at").first()
        text = (
            _("%(who)s, %(at)s: %(reason)s")
            % {"who": last.by, "at": shown(last.at, now=now), "reason": last.reason}
            if last and alert.state != States.WITHDRAWN
            else _("The entry left the list before anyone decided.")
        )
        return State(tone, _(word)), text
    if proposal is not None:
        why = approvals.why_not(proposal, user, Act.CONFIRM_MATCHES)
        if why:
            return (
                State(Tone.WARN, _("Waits for a second person")),
                _("%(who)s proposed: %(what)s, “%(reason)s”. Not you: %(why)s.")
                % {
                    "who": proposal.asked_by,
                    "what": _kind(proposal.act),
                    "reason": proposal.asked_reason,
                    "why": why,
                },
            )
        return None, ""
    if not user.may(Act.DECIDE_ALERTS):
        return State(Tone.IDLE, _("To read")), _("A reviewer decides alerts; you may read them.")
    return None, ""


def _kind(kind: str) -> str:
    return _("true match") if kind == alerts.TRUE_MATCH else _("clear")


def _choices(alert: Alert, proposal: Approval | None, now: datetime) -> tuple[Choice, ...]:
    name = str(alert.tenant)
    until = shown(now + DISMISS_FOR, "date", now)
    clear = _("The pair stays cleared until party or entry changes, at longest to %(day)s.") % {"day": until}
    if alert.tenant.state == Tenant.State.HELD and alert.holds:
        clear = f"{_('%(name)s may run again if nothing else holds it.') % {'name': name}} {clear}"
    if proposal is not None and proposal.act == alerts.FALSE_POSITIVE:
        clear = f"{_('Confirms what %(who)s proposed.') % {'who': proposal.asked_by}} {clear}"
    elif proposal is not None:
        clear = _("Contradicts %(who)s: a third person looks.") % {"who": proposal.asked_by}
    elif alerts.needs_second(alert, alerts.FALSE_POSITIVE):
        clear = f"{_('Goes to a second person: so high a score is not cleared alone.')} {clear}"
    match_ = _if_true(alert)
    if proposal is not None and proposal.act == alerts.TRUE_MATCH:
        match_ = f"{_('Confirms what %(who)s proposed:') % {'who': proposal.asked_by}} {match_}"
    elif proposal is not None:
        match_ = _("Contradicts %(who)s: a third person looks.") % {"who": proposal.asked_by}
    else:
        match_ = f"{_('Goes to a second person; after it:')} {match_}"
    stays = (
        _("The hold stays.") if alert.tenant.state == Tenant.State.HELD else _("Nothing changes meanwhile.")
    )
    return (
        Choice("false_positive", _("Clear"), "c", clear),
        Choice("true_match", _("True match"), "t", match_),
        Choice(
            "escalate",
            _("Escalate"),
            "e",
            f"{_('To whoever takes it next, with your reason as note.')} {stays}",
        ),
    )


def _if_true(alert: Alert) -> str:
    """What a true match makes of the tenant, computed with this party as listed."""
    tenant: Tenant = alert.tenant
    if party_flags.says_exposed(alert) and not alert.blocking:
        return _("the party is flagged politically exposed; the rating follows, nothing is blocked by it.")
    if not alert.blocking:
        return _("the party is listed; this list does not block, the rating follows.")
    flags = [Flag(alert.party_id, name, "listed", alert.pk) for name in alert.datasets]
    flags += [
        Flag(other.party_id, name, "listed", other.pk)
        for other in tenant.alerts.filter(state=States.TRUE_MATCH, party__removed_at__isnull=True)
        for name in other.datasets
    ]
    became = standing.standing_of(tenant, flags)
    if became.state != Tenant.State.SUSPENDED:
        return _("the party is listed; %(name)s is not blocked by that alone.") % {"name": tenant}
    if tenant.state == Tenant.State.APPLICANT:
        return _("%(name)s is blocked and cannot be approved. %(why)s") % {
            "name": tenant,
            "why": became.reason,
        }
    counts = (
        Grant.objects.live_at(timezone.now())
        .filter(tenant=tenant)
        .aggregate(
            grants=Count("pk", distinct=True),
            jobs=Count("usage__job", filter=Q(usage__kind="started"), distinct=True),
            stopped=Count("usage__job", filter=Q(usage__kind="stopped"), distinct=True),
        )
    )
    jobs = max(0, counts["jobs"] - counts["stopped"])
    if not counts["grants"]:
        return _("%(name)s is suspended; nothing of it runs now.") % {"name": tenant}
    return _("%(name)s is suspended, %(grants)s and %(jobs)s.") % {
        "name": tenant,
        "grants": ngettext("%(n)d grant is revoked", "%(n)d grants are revoked", counts["grants"])
        % {"n": counts["grants"]},
        "jobs": ngettext("%(n)d job stops", "%(n)d jobs stop", jobs) % {"n": jobs},
    }


_OF_THE_PARTY = (Verb.PARTY_SCREENED, Verb.PARTY_RESCREENED)
_OF_THE_PAIR = (
    Verb.ALERT_RAISED,
    Verb.ALERT_REOPENED,
    Verb.ALERT_DECIDED,
    Verb.ALERT_PROPOSED,
    Verb.ALERT_ESCALATED,
    Verb.ALERT_ANNOTATED,
    Verb.ALERT_TAKEN,
    Verb.ALERT_GIVEN_BACK,
)


def _history(alert: Alert) -> tuple[PairEvent, ...]:
    """What the log says of this party and this entry, newest first."""
    events = list(
        Event.objects.filter(
            subjects__contains=[{"kind": "party", "id": str(alert.party_id)}],
            verb__in=[verb.value for verb in (*_OF_THE_PARTY, *_OF_THE_PAIR)],
        )
        .select_related("leaf")
        .defer("leaf__data")
        .order_by("-id")[:60]
    )
    keys = {str(pk) for pk in vars(alert).get("pair_", [alert.pk])}

    def about_pair(event: Event) -> bool:
        return any(s["kind"] == "alert" and s["id"] in keys for s in event.subjects)

    screenings = [e for e in events if e.verb in {v.value for v in _OF_THE_PARTY}]
    kept = [e for e in events if about_pair(e)] + screenings[-1:]
    kept = sorted(kept, key=lambda e: e.id, reverse=True)[:8]
    signed = reading.signed_size()
    people = {e.actor_id for e in kept if e.actor_kind == "person"}
    names = told.Names(
        people={
            str(pk): name for pk, name in User.objects.filter(pk__in=people).values_list("pk", "display_name")
        }
        if people
        else {}
    )
    return tuple(PairEvent(e.at, _told(e, names), _place(e, signed)) for e in kept)


def _told(event: Event, names: told.Names) -> str:
    text = told.what(event)
    if event.verb in {v.value for v in _OF_THE_PARTY}:
        raised = len(event.payload.get("raised", ()))
        text = _("Party screened: %(found)s") % {
            "found": ngettext("%(n)d alert", "%(n)d alerts", raised) % {"n": raised}
            if raised
            else _("nothing")
        }
    elif event.actor_kind == "person":
        text = _("%(what)s by %(who)s") % {"what": text, "who": told.who(event, names)}
    return f"{text}: {event.reason.rstrip('.')}." if event.reason else f"{text}."


def _place(event: Event, signed: int) -> Proof:
    leaf = getattr(event, "leaf", None)
    index = None if leaf is None else leaf.index
    return Proof(index, index is not None and index < signed)


@dataclass(frozen=True)
class _Queue:
    """The alerts round one: those that wait, oldest first, and the rows that the rail shows."""

    position: str
    previous: str
    next: str
    rows: tuple[Alert, ...]

    @classmethod
    def round(cls, alert: Alert) -> _Queue:
        numbers = list(
            Alert.objects.filter(state__in=Alert.UNDECIDED)
            .order_by("raised_at", "number")
            .values_list("number", flat=True)
        )
        at = numbers.index(alert.number) if alert.number in numbers else -1
        start = max(0, min(at, len(numbers) - RAIL)) if at >= 0 else 0
        wanted = numbers[start : start + RAIL]
        rows = (
            Alert.objects.filter(number__in=wanted)
            .select_related("party__data_key", "tenant__organisation")
            .order_by("raised_at", "number")
        )

        def link(place: int) -> str:
            return where("operator:alert", f"A-{numbers[place]}") if 0 <= place < len(numbers) else ""

        if at < 0:
            return cls("", "", link(0), tuple(rows))
        position = _("%(n)s of %(all)s") % {"n": grouped(at + 1), "all": grouped(len(numbers))}
        return cls(position, link(at - 1) if at else "", link(at + 1), tuple(rows))

    def lines(self, alert: Alert, now: datetime) -> tuple[QueueLine, ...]:
        return tuple(
            QueueLine(
                row.label,
                str(row.party.caption),
                str(row.tenant),
                row.score,
                max(timedelta(), now - row.raised_at),
                selected=row.pk == alert.pk,
            )
            for row in self.rows
        )


def next_after(alert: Alert) -> str:
    """The number of the alert that waits after this one, else of the oldest; empty where none does."""
    waiting = Alert.objects.filter(state__in=Alert.UNDECIDED).exclude(pk=alert.pk)
    later = waiting.filter(
        Q(raised_at__gt=alert.raised_at) | Q(raised_at=alert.raised_at, number__gt=alert.number)
    )
    found = (
        later.order_by("raised_at", "number").values_list("number", flat=True).first()
        or waiting.order_by("raised_at", "number").values_list("number", flat=True).first()
    )
    return f"A-{found}" if found else ""
