"""Events in words: who did what on which subject, and in which tone a time line shows it.

Every verb has its line in `VERBS`. Names of subjects are read for many events at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.models import AllocationRequest, Grant
from accounts.models import Organisation, User
from audit.models import Event, Export
from audit.verbs import Verb
from console.audience import where
from console.parts import Tone
from console.say import accelerator, grouped, list_name, many_of
from kyc.models import Alert, Application, ListLook, ListVersion, Party, PartyFlag, Tenant

OK, INFO, WARN, HOLD, BAD, IDLE = Tone.OK, Tone.INFO, Tone.WARN, Tone.HOLD, Tone.BAD, Tone.IDLE
Payload = Mapping[str, Any]


@dataclass(frozen=True)
class Named:
    """A subject as people call it, and where it leads."""

    text: str
    url: str = ""
    party: str = ""
    what: str = ""
    """What a request or grant is of, where nothing else says more."""


@dataclass
class Names:
    """What the ids in some events stand for."""

    subjects: dict[tuple[str, str], Named] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    parties: dict[str, str] = field(default_factory=dict)


def who(event: Event, names: Names) -> str:
    match event.actor_kind:
        case "worker":
            return _("Worker")
        case "system":
            return _("System")
    return names.people.get(event.actor_id, event.actor_id[:8])


def what(event: Event) -> str:
    """What happened, as a past sentence without its subject."""
    line = VERBS.get(event.verb)
    return line[1](event.payload) if line else event.verb


def tone(event: Event) -> Tone:
    line = VERBS.get(event.verb)
    if line is None:
        return IDLE
    if event.verb in (Verb.PARTY_SCREENED, Verb.PARTY_RESCREENED):
        return WARN if event.payload.get("raised") else OK
    if event.verb == Verb.IDENTITY_CHECKED:
        return {"good": OK, "expired": WARN}.get(event.payload.get("result", ""), BAD)
    if event.verb == Verb.ALERT_DECIDED:
        return BAD if event.payload.get("kind") == "true_match" else OK
    if event.verb == Verb.REQUEST_DECIDED:
        tones = {"permit": OK, "permit_with_conditions": INFO, "licence_required": HOLD, "deny": BAD}
        return tones.get(event.payload.get("outcome", ""), WARN)
    return line[0]


def on(event: Event, names: Names) -> str:
    """The subjects in words: the most specific first, then its tenant."""
    by_kind = {s["kind"]: s["id"] for s in event.subjects}
    if "grant" in by_kind:
        by_kind.pop("allocationrequest", None)
    if "alert" in by_kind:
        by_kind.pop("tenant", None)  # its party says enough
    texts = []
    for kind, key in sorted(by_kind.items(), key=lambda one: _ORDER.get(one[0], 5)):
        named = names.subjects.get((kind, key))
        if kind == "party":
            # An alert names its party already, and so does a tenant that is its own party.
            text = "" if "alert" in by_kind else names.parties.get(key, "")
        else:
            text = named.text if named else ""
            if named and named.what and "tenant" not in by_kind:
                text = f"{text} · {named.what}"
            if named and named.party:
                text = f"{text} · {names.parties.get(named.party, '')}".strip(" ·")
        if text and text not in texts:
            texts.append(text)
    return " · ".join(texts[:2])


def url(event: Event, names: Names) -> str:
    """Where the most specific subject leads."""
    for subject in sorted(event.subjects, key=lambda s: _ORDER.get(s["kind"], 5)):
        named = names.subjects.get((subject["kind"], subject["id"]))
        if named and named.url:
            return named.url
    return ""


def names_of(
    events: Iterable[Event], *, parties: Iterable[str] = (), known: Mapping[UUID, str] | None = None
) -> Names:
    """Names for these events, and captions of more `parties`: at most two queries.

    `known`: captions that the page has read already.
    """
    wanted: dict[str, set[str]] = {}
    people: set[str] = set()
    for event in events:
        if event.actor_kind in ("person", "token"):
            people.add(event.actor_id)
        for subject in event.subjects:
            wanted.setdefault(subject["kind"], set()).add(subject["id"])
    names = Names()
    queries = [_LABELS[kind](keys) for kind, keys in wanted.items() if kind in _LABELS]
    if people:
        queries.append(_row("person", User.objects.filter(pk__in=people), F("display_name")))
    if queries:
        first, *rest = queries
        for kind, key, text, party in first.union(*rest, all=True) if rest else first:
            if kind == "person":
                names.people[key] = text
            else:
                names.subjects[kind, key] = _named(kind, key, text, party)
    keys = {*parties, *wanted.get("party", ()), *(n.party for n in names.subjects.values() if n.party)}
    names.parties = {str(key): caption for key, caption in (known or {}).items()}
    missing = keys - names.parties.keys()
    if missing:
        rows = Party.objects.filter(pk__in=missing).select_related("data_key")
        names.parties |= {str(row.pk): str(row.caption) for row in rows}
    return names


def _named(kind: str, key: str, text: str, party: str) -> Named:
    match kind:
        case "tenant":
            return Named(text, where("operator:tenant", key))
        case "alert":
            return Named(f"A-{text}", where("operator:alert", f"A-{text}"), party)
        case "application":
            return Named(text, where("operator:application", key))
        case "allocationrequest":
            number, count, name = text.split(" ", 2)
            what = many_of(int(count), name)
            return Named(f"R-{number}", where("operator:request", f"R-{number}"), what=what)
        case "grant":
            number, count, name = text.split(" ", 2)
            what = many_of(int(count), name)
            return Named(f"G-{number}", where("operator:grant", f"G-{number}"), what=what)
        case "export":
            return Named(f"E-{int(text):04d}", where("operator:export", key))
        case "listlook":
            return Named(list_name(text), where("operator:lists"))
        case "listversion":
            source, _space, number = text.partition(" ")
            return Named(f"{list_name(source)}, {number}", where("operator:lists"))
    return Named(text)


def _row(kind: str, rows: Any, text: Any, party: Any = None) -> Any:
    """Kind, id, text and party of one kind of subject, in a shape that a UNION can hold."""
    return (
        rows.order_by()
        .annotate(
            kind_=Value(kind, output_field=CharField()),
            key_=Cast("pk", CharField()),
            text_=Cast(text, CharField()),
            party_=Cast(party, CharField()) if party is not None else Value("", output_field=CharField()),
        )
        .values_list("kind_", "key_", "text_", "party_")
    )


def _what_text() -> Any:
    number, count = Cast("number", CharField()), Cast("count", CharField())
    return Concat(number, Value(" "), count, Value(" "), F("accelerator"), output_field=CharField())


_LABELS: Mapping[str, Callable[[set[str]], Any]] = {
    "tenant": lambda keys: _row("tenant", Tenant.objects.filter(pk__in=keys), F("organisation__name")),
    "alert": lambda keys: _row("alert", Alert.objects.filter(pk__in=keys), F("number"), F("party_id")),
    "application": lambda keys: _row(
        "application", Application.objects.filter(pk__in=keys), F("tenant__organisation__name")
    ),
    "allocationrequest": lambda keys: _row(
        "allocationrequest", AllocationRequest.objects.filter(pk__in=keys), _what_text()
    ),
    "organisation": lambda keys: _row("organisation", Organisation.objects.filter(pk__in=keys), F("name")),
    "export": lambda keys: _row("export", Export.objects.filter(pk__in=keys), F("number")),
    "grant": lambda keys: _row("grant", Grant.objects.filter(pk__in=keys), _what_text()),
    "listlook": lambda keys: _row("listlook", ListLook.objects.filter(pk__in=keys), F("source")),
    "listversion": lambda keys: _row(
        "listversion",
        ListVersion.objects.filter(pk__in=keys),
        Concat(F("source"), Value(" "), Cast("number", CharField()), output_field=CharField()),
    ),
}
_ORDER = {
    "alert": 0,
    "grant": 0,
    "allocationrequest": 1,
    "listlook": 1,
    "listversion": 1,
    "party": 1,
    "application": 2,
    "tenant": 3,
}


def _said(text: str) -> Callable[[Payload], str]:
    return lambda payload: _(text)


def _screened(word: str, quiet: str) -> Callable[[Payload], str]:
    def said(payload: Payload) -> str:
        raised = len(payload.get("raised", ()))
        if not raised:
            return _(quiet)
        return f"{_(word)}, " + ngettext("%(n)d alert", "%(n)d alerts", raised) % {"n": raised}

    return said


def _flagged(what: str) -> Callable[[Payload], str]:
    def said(payload: Payload) -> str:
        pep = payload.get("kind") == PartyFlag.Kind.PEP
        return f"{_(what)}: {_('politically exposed') if pep else _('adverse media')}"

    return said


def _imported(payload: Payload) -> str:
    return _("Imported a list, %(change)s") % {
        "change": f"+{grouped(payload.get('added', 0))} ~{grouped(payload.get('changed', 0))}"
        f" −{grouped(payload.get('removed', 0))}"
    }


def _kind(payload: Payload) -> str:
    kinds = {
        "true_match": _("Confirmed a true match"),
        "false_positive": _("Cleared an alert as false positive"),
        "inconclusive": _("Left an alert inconclusive"),
    }
    return kinds.get(payload.get("kind", ""), _("Decided an alert"))


def _proposed(payload: Payload) -> str:
    if payload.get("kind") == "true_match":
        return _("Proposed a true match")
    return _("Proposed to clear a high score")


def _raised(payload: Payload) -> str:
    return _("Raised an alert, %(score)s") % {"score": payload.get("score", "")}


def _rated(payload: Payload) -> str:
    return _("Rated %(level)s, %(points)s points") % {
        "level": payload.get("level", ""),
        "points": payload.get("points", ""),
    }


def _identity(payload: Payload) -> str:
    results = {"good": _("good"), "bad": _("not good"), "expired": _("expired"), "unclear": _("unclear")}
    kind = str(payload.get("kind", "")).replace("_", " ")
    return _("Read a document: %(kind)s, %(result)s") % {
        "kind": kind,
        "result": results.get(payload.get("result", ""), ""),
    }


def _asked(payload: Payload) -> str:
    return _("Asked for %(count)s × %(what)s, %(days)s d") % {
        "count": grouped(payload.get("count", 0)),
        "what": accelerator(payload.get("accelerator", "")),
        "days": payload.get("days", ""),
    }


def _outcome(payload: Payload) -> str:
    return _("Decided: %(outcome)s") % {"outcome": str(payload.get("outcome", "")).replace("_", " ")}


def _approved_tenant(payload: Payload) -> str:
    level = payload.get("rating")
    return _("Approved a tenant, rated %(level)s") % {"level": level} if level else _("Approved a tenant")


def _approval(payload: Payload) -> str:
    return _("Said no to an approval") if payload.get("said_no") else _("Was refused as approver")


#: Verb to its tone in a time line, and its words.
VERBS: Mapping[str, tuple[Tone, Callable[[Payload], str]]] = {
    Verb.PERSON_INVITED: (IDLE, _said("Invited a person")),
    Verb.PERSON_JOINED: (OK, _said("Joined")),
    Verb.PERSON_LEFT: (IDLE, _said("Ended a person's account")),
    Verb.TOKEN_ISSUED: (IDLE, _said("Issued a token")),
    Verb.TOKEN_REVOKED: (IDLE, _said("Revoked a token")),
    Verb.DISCLOSURE_GRANTED: (INFO, _said("Granted a disclosure")),
    Verb.APPROVAL_ASKED: (INFO, _said("Gave the first approval")),
    Verb.APPROVAL_GIVEN: (OK, _said("Gave the second approval")),
    Verb.APPROVAL_REFUSED: (WARN, _approval),
    Verb.ACCESS_REFUSED: (WARN, _said("Was refused access")),
    Verb.DATA_ERASED: (IDLE, _said("Erased personal data")),
    Verb.APPLICATION_OPENED: (INFO, _said("Opened an application")),
    Verb.APPLICATION_SAVED: (IDLE, _said("Saved a draft application")),
    Verb.APPLICATION_SUBMITTED: (INFO, _said("Sent an application")),
    Verb.APPLICATION_REFUSED: (WARN, _said("Sent an application that was not taken")),
    Verb.PARTY_ENTERED: (IDLE, _said("Entered a party")),
    Verb.PARTY_CHANGED: (IDLE, _said("Changed a party")),
    Verb.PARTY_FLAGGED: (WARN, _flagged("Flagged a party")),
    Verb.PARTY_UNFLAGGED: (IDLE, _flagged("Removed a flag")),
    Verb.OWNERSHIP_CHANGED: (IDLE, _said("Changed an ownership statement")),
    Verb.OWNERSHIP_ASSESSED: (INFO, _said("Computed the chain")),
    Verb.IDENTITY_CHECKED: (OK, _identity),
    Verb.QUESTION_ASKED: (IDLE, _said("Asked a question")),
    Verb.QUESTION_ANSWERED: (OK, _said("Answered a question")),
    Verb.LIST_IMPORTED: (IDLE, _imported),
    Verb.LIST_HELD: (HOLD, _said("Held a version of a list")),
    Verb.LIST_APPROVED: (OK, _said("Put a held version in force")),
    Verb.LIST_REFUSED: (BAD, _said("Refused a version of a list")),
    Verb.LIST_LOOK_ASKED: (INFO, _said("Asked to look for a new version")),
    Verb.LIST_LOOK_FAILED: (WARN, _said("Could not get a list")),
    Verb.THRESHOLD_PROPOSED: (INFO, _said("Proposed a threshold")),
    Verb.THRESHOLD_CHANGED: (OK, _said("Changed a threshold")),
    Verb.THRESHOLD_REFUSED: (IDLE, _said("Left a threshold as it is")),
    Verb.PARTY_SCREENED: (OK, _screened("Screened a party", "Screened a party, nothing found")),
    Verb.PARTY_RESCREENED: (OK, _screened("Re-screened a party", "Re-screened a party, nothing new")),
    Verb.PARTY_DIFFERED: (BAD, _said("Found an alert that re-screening had missed")),
    Verb.RESCREENING_STUCK: (BAD, _said("Re-screening fails again and again")),
    Verb.ALERT_RAISED: (WARN, _raised),
    Verb.ALERT_TAKEN: (IDLE, _said("Took an alert")),
    Verb.ALERT_GIVEN_BACK: (IDLE, _said("Gave an alert back")),
    Verb.ALERT_DECIDED: (OK, _kind),
    Verb.ALERT_PROPOSED: (WARN, _proposed),
    Verb.ALERT_ESCALATED: (WARN, _said("Escalated an alert")),
    Verb.ALERT_REOPENED: (WARN, _said("Opened an alert again")),
    Verb.ALERT_ANNOTATED: (INFO, _said("Noted a change on an alert")),
    Verb.TENANT_APPROVED: (OK, _approved_tenant),
    Verb.TENANT_DENIED: (BAD, _said("Denied a tenant")),
    Verb.TENANT_RATED: (INFO, _rated),
    Verb.TENANT_HELD: (HOLD, _said("Held a tenant")),
    Verb.TENANT_RELEASED: (OK, _said("Released a tenant")),
    Verb.TENANT_SUSPENDED: (BAD, _said("Suspended a tenant")),
    Verb.TENANT_REINSTATED: (OK, _said("Reinstated a tenant")),
    Verb.GROUP_CHANGED: (INFO, _said("Changed a control group")),
    Verb.SITE_ENTERED: (IDLE, _said("Entered a site or cluster")),
    Verb.REQUEST_SUBMITTED: (INFO, _asked),
    Verb.REQUEST_DECIDED: (WARN, _outcome),
    Verb.REQUEST_APPROVED: (OK, _said("Approved a request")),
    Verb.REQUEST_REFUSED: (BAD, _said("Refused a request")),
    Verb.REQUEST_WITHDRAWN: (IDLE, _said("Withdrew a request")),
    Verb.REQUEST_ENDED: (IDLE, _said("A request ended")),
    Verb.CONDITIONS_ACCEPTED: (OK, _said("Accepted the conditions")),
    Verb.QUESTION_RESOLVED: (OK, _said("Resolved an open point")),
    Verb.LICENCE_RECORDED: (OK, _said("Recorded a licence")),
    Verb.GRANT_ISSUED: (OK, _said("Issued a grant")),
    Verb.GRANT_RENEWED: (OK, _said("Renewed a grant")),
    Verb.GRANT_REFUSED: (HOLD, _said("Did not issue a grant")),
    Verb.GRANT_USED: (INFO, _said("Used a grant")),
    Verb.GRANT_REVOKED: (BAD, _said("Revoked a grant")),
    Verb.GRANT_REVOKE_FAILED: (BAD, _said("Could not revoke a grant")),
    Verb.JOB_STOPPED: (BAD, _said("Stopped a workload")),
    Verb.EXPORT_ASKED: (IDLE, _said("Asked for an export")),
    Verb.EXPORT_BUILT: (OK, _said("Built an export")),
    Verb.EXPORT_STOPPED: (IDLE, _said("Stopped an export")),
    Verb.EXPORT_REFUSED: (WARN, _said("Was refused an export")),
    Verb.BUNDLE_VERIFIED: (OK, _said("Verified a bundle")),
    Verb.RECORD_OPENED: (IDLE, _said("Opened a record")),
}
