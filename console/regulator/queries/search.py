"""Search within an examiner's scope: words name tenants or people, `field:value` narrows.

Events are read under the examiner's own scope: row-level security decides what is found.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit import reading
from audit.models import Event, Leaf
from audit.verbs import Verb
from console import told
from console.audience import where
from console.operator.queries.log import moment_of, proof_of
from console.parts import Pager, State, Tone
from console.regulator.pages.overview import FoundLine, Search
from console.regulator.queries.reach import Reach, as_provider
from kyc.models import Party, Tenant

#: Names of people lie encrypted: they are looked through where a scope holds no more parties than this.
MOST_PARTIES = 3000
FIELDS = ("tenant", "owner", "person", "party", "verb", "since", "until", "leaf", "grant", "request")
SHOWN = 20


@dataclass
class Asked:
    """What a query asks for. `words` are what has no field."""

    words: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


def parse(query: str) -> Asked:
    asked = Asked()
    for token in query.split():
        name, colon, value = token.partition(":")
        if colon and name.lower() in FIELDS and value:
            asked.fields[name.lower()] = value
        elif colon and value and name.isalpha():
            asked.unknown.append(name)
        else:
            asked.words.append(token)
    return asked


def search(reach: Reach, query: str, *, before: str = "", limit: int = SHOWN) -> Search:
    began = time.perf_counter()
    asked = parse(query[:200])
    try:
        page = _events(reach, asked, before, limit)
        empty = _("Nothing of this is in your scope, or nothing is called so.")
    except ValueError as error:
        page, empty = reading.Page([], None), str(error)
    if asked.unknown:
        empty = _("There is no field %(name)s. Fields: %(all)s.") % {
            "name": asked.unknown[0],
            "all": ", ".join(FIELDS),
        }
    with as_provider():
        names = told.names_of(entry.event for entry in page.entries)
        tenants = _tenants_of([entry.event for entry in page.entries])
    lines = tuple(_line(entry, names, tenants) for entry in page.entries)
    among = len({line.tenant for line in lines if line.tenant})
    milliseconds = round((time.perf_counter() - began) * 1000)
    more = _("first %(n)d events") if page.next else ngettext("%(n)d event", "%(n)d events", len(lines))
    several = ngettext(
        "%(events)s in %(m)d tenant, %(ms)d ms", "%(events)s in %(m)d tenants, %(ms)d ms", among
    )
    meta = several % {
        "events": more % {"n": len(lines)}, "m": among, "ms": milliseconds
    }  # fmt: skip
    url = reverse("regulator:search")
    older = f"{url}?{urlencode({'q': query, 'before': str(page.next)})}" if page.next else ""
    newer = f"{url}?{urlencode({'q': query})}" if before else ""
    return Search(query, meta, lines, Pager(newer, older), empty)


def _events(reach: Reach, asked: Asked, before: str, limit: int) -> reading.Page:
    if asked.unknown:
        return reading.Page([], None)
    if "leaf" in asked.fields or (len(asked.words) == 1 and asked.words[0].replace(",", "").isdecimal()):
        return _leaf(asked.fields.get("leaf") or asked.words[0])
    verbs = [verb for verb in Verb if asked.fields.get("verb", "") in verb.value]
    if "verb" in asked.fields and not verbs:
        raise ValueError(_("There is no such verb."))
    scopes = list(reach.scopes)
    names = [
        *asked.words,
        *(asked.fields[f] for f in ("tenant", "owner", "person", "party") if f in asked.fields),
    ]
    numbers = [asked.fields[f] for f in ("grant", "request") if f in asked.fields]
    if names or numbers:
        found = _tenants_called(reach, names, numbers)
        if not found:
            return reading.Page([], None)
        scopes = [f"tenant:{key}" for key in found]
    return reading.events(
        scopes,
        verbs=verbs if "verb" in asked.fields else (),
        since=_day(asked.fields.get("since", "")),
        until=_day(asked.fields.get("until", "")),
        before=_cursor(before),
        limit=limit,
    )


def _leaf(text: str) -> reading.Page:
    digits = text.replace(",", "")
    leaf = (
        Leaf.objects.select_related("event").defer("data").filter(index=int(digits)).first()
        if digits.isdecimal()
        else None
    )
    return reading.Page([reading.entry(leaf.event)] if leaf else [], None)


def _tenants_called(reach: Reach, names: list[str], numbers: list[str]) -> set[uuid.UUID]:
    """Tenants in scope that every name fits: by their own name or number, or by a party of theirs."""
    with as_provider():
        mine = dict(reach.tenants().values_list("pk", "organisation__name"))
        found = set(mine)
        for number in numbers:
            digits = number.upper().lstrip("GR-")
            which = (
                Q(grants__number=digits) | Q(requests__number=digits) if digits.isdecimal() else Q(pk=None)
            )
            found &= set(reach.tenants().filter(which).values_list("pk", flat=True))
        if not names:
            return found
        parties = Party.objects.filter(tenant__in=list(mine), removed_at__isnull=True)
        captions: list[tuple[uuid.UUID, str]] = []
        if parties.count() <= MOST_PARTIES:
            captions = [(p.tenant_id, str(p.caption).casefold()) for p in parties.select_related("data_key")]
        numbered = {f"t-{t:04d}": key for key, t in reach.tenants().values_list("pk", "number")}
    for name in names:
        text = name.casefold()
        fits = {key for key, called in mine.items() if text in called.casefold()}
        fits |= {tenant for tenant, caption in captions if text in caption}
        fits |= {numbered[text]} if text in numbered else set()
        found &= fits
    return found


def _tenants_of(events: list[Event]) -> dict[str, Tenant]:
    keys = {key for event in events if (key := _tenant_key(event))}
    found = Tenant.objects.filter(pk__in=keys).select_related("organisation")
    return {str(tenant.pk): tenant for tenant in found}


def _tenant_key(event: Event) -> str:
    """Whose event it is, by its scopes: they name the tenant where the subjects do not."""
    return next((s.partition(":")[2] for s in event.scopes if s.startswith("tenant:")), "")


def _line(entry: reading.Entry, names: told.Names, tenants: dict[str, Tenant]) -> FoundLine:
    event = entry.event
    tenant = tenants.get(_tenant_key(event))
    return FoundLine(
        event.at,
        str(tenant) if tenant else "",
        told.what(event),
        state_then(event),
        proof_of(entry),
        where("regulator:tenant", tenant.label) if tenant else "",
    )


def state_then(event: Event) -> State:
    """What the event left behind, in one word."""
    if event.verb == Verb.REQUEST_DECIDED:
        return State(told.tone(event), str(event.payload.get("outcome", "")).replace("_", " ").capitalize())
    words = {
        Verb.GRANT_ISSUED: _("Granted"),
        Verb.GRANT_RENEWED: _("Granted"),
        Verb.GRANT_REVOKED: _("Revoked"),
        Verb.TENANT_APPROVED: _("Active"),
        Verb.TENANT_HELD: _("Held"),
        Verb.TENANT_SUSPENDED: _("Suspended"),
        Verb.TENANT_RELEASED: _("Active"),
        Verb.TENANT_DENIED: _("Denied"),
        Verb.ALERT_RAISED: _("Under review"),
        Verb.REQUEST_SUBMITTED: _("Asked"),
        Verb.REQUEST_APPROVED: _("Approved"),
        Verb.REQUEST_REFUSED: _("Refused"),
    }
    if event.verb in words:
        return State(told.tone(event), words[Verb(event.verb)])
    return State(Tone.IDLE, _("Recorded"))


def _day(text: str) -> datetime | None:
    try:
        return moment_of(text)
    except ValueError:
        raise ValueError(_("A day is written as 2026-08-01.")) from None


def _cursor(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None
