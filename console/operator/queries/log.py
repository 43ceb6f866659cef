"""The log as pages show it: events with their badges, one event with its proof, checkpoints."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import reading, registry
from audit.models import Checkpoint, Event, Leaf
from audit.record import Subject
from audit.registry import ALL
from audit.signer import verifier_key
from audit.verbs import Verb
from console import told
from console.audience import where
from console.operator.pages.log import CheckpointLine, CheckpointsPage, EventPage, LogLine, LogPage
from console.parts import Fact, Field, Link, Option, Pager, Proof, State, Tone
from console.say import grouped, shown
from core.errors import Absent

SINCE = {"1": timedelta(days=1), "7": timedelta(days=7), "30": timedelta(days=30)}
PREFIXES = {"T": "tenant", "A": "alert", "R": "allocationrequest", "G": "grant"}


def log_page(query: Mapping[str, str]) -> LogPage:
    """`query`: q (T-0188, R-2318, G-7702, A-10482, a leaf), verb, since (days), before (a cursor)."""
    now = timezone.now()
    text, verb, since = query.get("q", "").strip(), query.get("verb", ""), query.get("since", "")
    empty = _("Nothing of this kind has happened.")
    try:
        page = reading.events(
            [ALL],
            verbs=[Verb(verb)] if verb in set(Verb) else [],
            subject=_subject(text),
            since=now - SINCE[since] if since in SINCE else None,
            before=_cursor(query.get("before", "")),
        )
    except Absent as error:
        page, empty = reading.Page([], None), str(error)
    names = told.names_of(entry.event for entry in page.entries)
    newest = Checkpoint.objects.order_by("-size").first()
    proved = newest.size if newest else 0
    waiting = reading.waiting().count
    sequenced = reading.scope_size(ALL)
    kept = {"q": text, "verb": verb, "since": since}
    url = reverse("operator:log")
    at = (
        _("checkpoint of %(at)s") % {"at": shown(newest.at, "day time", now)}
        if newest
        else _("no checkpoint")
    )
    rest = sequenced - proved + waiting
    return LogPage(
        now=now,
        title=_("%(n)s events, %(m)s proved") % {"n": grouped(sequenced + waiting), "m": grouped(proved)},
        meta=f"{at} · " + (_("%(n)s wait for the next") % {"n": grouped(rest)} if rest else _("none waits")),
        filters=_filters(kept),
        lines=tuple(_line(entry, names) for entry in page.entries),
        pager=Pager(
            newer=_with(url, kept) if query.get("before") else "",
            older=_with(url, {**kept, "before": str(page.next)}) if page.next else "",
        ),
        empty=empty,
    )


def proof_of(entry: reading.Entry) -> Proof:
    return Proof(entry.index, entry.is_signed)


def _line(entry: reading.Entry, names: told.Names) -> LogLine:
    event = entry.event
    return LogLine(
        str(event.pk),
        event.at,
        told.who(event, names),
        told.what(event),
        told.on(event, names),
        event.reason if len(event.reason) < 90 else f"{event.reason[:88]}…",
        proof_of(entry),
    )


def _subject(text: str) -> Subject | None:
    """Whom the text names. Raises Absent for something that is not there."""
    if not text:
        return None
    prefix = text[:2].upper()
    if prefix[1:] == "-" and prefix[0] in PREFIXES and text[2:].isdecimal():
        kind = PREFIXES[prefix[0]]
        if (found := registry.find(kind, text)) is not None:
            return Subject(kind, found)
        raise Absent(_("Nothing here is called %(text)s.") % {"text": text})
    digits = text.replace(",", "")
    if digits.isdecimal():
        leaf = Leaf.objects.select_related("event").defer("data").filter(index=int(digits)).first()
        if leaf is not None and leaf.event.subjects:
            first = leaf.event.subjects[0]
            return Subject(first["kind"], first["id"])
    raise Absent(_("Write a number such as T-0101, R-2201, G-7701, A-10401, or a leaf."))


def _filters(kept: Mapping[str, str]) -> tuple[Field, ...]:
    verbs = tuple(Option(v.value, v.value.replace(".", ": ").replace("_", " ")) for v in Verb)
    days = (
        Option("", _("Since: ever")),
        Option("1", _("Since: a day")),
        Option("7", _("Since: 7 days")),
        Option("30", _("Since: 30 days")),
    )
    return (
        Field(
            "q",
            _("Event"),
            kept["q"],
            kind="search",
            placeholder=_("T-0101, R-2201, G-7701 or a leaf"),
            key="f",
        ),
        Field(
            "verb", _("What"), kept["verb"], kind="select", options=(Option("", _("What: anything")), *verbs)
        ),
        Field("since", _("Since"), kept["since"], kind="select", options=days),
    )


def event_page(leaf: int) -> EventPage:
    """The event at a leaf of the log. Raises Absent."""
    row = Leaf.objects.select_related("event").filter(index=leaf).first()
    if row is None:
        raise Absent("The log has no such leaf.")
    event, now = row.event, timezone.now()
    names = told.names_of([event])
    index, first = reading.proof_state(event)
    path: Sequence[bytes] = ()
    state, said, under = State(Tone.IDLE, _("Waits")), _("The next checkpoint covers its leaf."), ""
    if first is not None:
        proof = reading.proof(event)
        path = proof.path
        state = State(Tone.OK, _("Proved"))
        said = _("Its leaf stands in the tree of %(n)s events that was signed %(at)s.") % {
            "n": grouped(first.size),
            "at": shown(first.at, "day time", now),
        }
        under = _("path to checkpoint %(n)s") % {"n": grouped(proof.checkpoint.size)}
    last = Leaf.objects.order_by("-index").values_list("index", flat=True).first() or 0
    who = told.who(event, names)
    return EventPage(
        now=now,
        ref=grouped(index),
        title=told.what(event),
        meta=_("%(at)s · by %(who)s")
        % {"at": f"{shown(event.at, 'long')}, {shown(event.at, 'clock')}", "who": who},
        state=state,
        said=said,
        facts=_about(event, who),
        subjects=tuple(_links(event, names)),
        payload=tuple(facts_of(event.payload)) or (Fact(_("nothing"), _("besides what stands beside")),),
        leaf_hash=base64.b64encode(bytes(row.hash)).decode(),
        path=tuple(base64.b64encode(node).decode() for node in path),
        checkpoint=under,
        previous_url=where("operator:event", leaf - 1) if leaf > 0 else "",
        next_url=where("operator:event", leaf + 1) if leaf < last else "",
    )


def _about(event: Event, who: str) -> tuple[Fact, ...]:
    found = [Fact(_("Verb"), event.verb), Fact(_("By"), who, event.actor_kind)]
    if event.reason:
        found.append(Fact(_("Reason"), event.reason))
    covered = len(event.commitments)
    if covered:
        found.append(Fact(_("Covered"), ", ".join(sorted(event.commitments)), _("committed to, not shown")))
    found.append(Fact(_("Scopes"), ", ".join(_scope(scope, names=None) for scope in event.scopes)))
    return tuple(found)


def _scope(scope: str, names: told.Names | None) -> str:
    kind, _colon, rest = scope.partition(":")
    return f"{kind}:{rest[:8]}…" if len(rest) > 12 else scope


def _links(event: Event, names: told.Names) -> list[Link]:
    links = []
    for subject in event.subjects:
        named = names.subjects.get((subject["kind"], subject["id"]))
        party = names.parties.get(subject["id"], "") if subject["kind"] == "party" else ""
        text = named.text if named else party
        links.append(Link(text or f"{subject['kind']} {subject['id'][:8]}", named.url if named else ""))
    return links


def facts_of(payload: Mapping[str, Any], above: str = "") -> list[Fact]:
    """A payload line by line: nested names with dots, lists with commas."""
    found: list[Fact] = []
    for name, value in payload.items():
        if isinstance(value, Mapping):
            found += facts_of(value, f"{above}{name}.")
        elif isinstance(value, list):
            found.append(Fact(f"{above}{name}", ", ".join(str(one) for one in value) or "–"))
        else:
            found.append(Fact(f"{above}{name}", "–" if value is None or value == "" else str(value)))
    return found


def checkpoints_page(
    url: str, *, below: int | None = None, limit: int = 20, note: str = ""
) -> CheckpointsPage:
    """`url` is the page's own address, for older ones."""
    now = timezone.now()
    lines = reading.checkpoints(below=below, limit=limit)
    older = lines[-1].checkpoint.size if len(lines) == limit else None
    key = verifier_key()
    return CheckpointsPage(
        now=now,
        title=_("Checkpoints"),
        meta=_("each is signed and proved to contain the one before"),
        key_line=key.name,
        lines=tuple(_checkpoint(line) for line in lines),
        note=note or _("Fingerprint of the key: SHA-256 %(f)s") % {"f": key.fingerprint},
        pager=Pager(newer=url if below else "", older=f"{url}?below={older}" if older else ""),
    )


def _checkpoint(line: reading.CheckpointLine) -> CheckpointLine:
    root = base64.b64encode(bytes(line.checkpoint.root)).decode()
    grows = State(Tone.OK, _("Proved")) if line.grows else State(Tone.BAD, _("Does not grow"))
    return CheckpointLine(
        line.checkpoint.at, line.checkpoint.size, line.added, f"{root[:8]}…{root[-4:]}", grows
    )


def _cursor(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None


def _with(url: str, kept: Mapping[str, str]) -> str:
    asked = urlencode({name: value for name, value in kept.items() if value})
    return f"{url}?{asked}" if asked else url


def moment_of(text: str) -> datetime | None:
    """Midnight, in the zone in force, of a day that was typed. Raises ValueError."""
    if not text.strip():
        return None
    return timezone.make_aware(datetime.fromisoformat(text.strip()))
