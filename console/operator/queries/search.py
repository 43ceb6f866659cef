"""Search: a number leads straight to its page; a name or a document number is looked up.

Names of parties lie encrypted: `captions` keeps what this process has opened.
"""

from __future__ import annotations

import re
from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.models import AllocationRequest, Grant
from accounts.models import User
from accounts.roles import Act
from audit.models import Leaf
from console.audience import where
from console.operator.pages.search import Group, Hit, SearchPage
from console.operator.queries import captions
from console.operator.queries.standing import state_of
from console.operator.queries.tenant import alert_state, role_of
from console.parts import State, Tone
from console.say import country_name, dataset_name, grouped
from core.normalise import document_number, fold
from kyc.models import Alert, Entry, Party, PartyIdentifier, Tenant

MOST = 8
_LABEL = re.compile(r"(T|A|R|G)-?(\d+)", re.I)
_PAGES = {"T": "tenant", "A": "alert", "R": "request", "G": "grant"}
_MODELS = {"T": Tenant, "A": Alert, "R": AllocationRequest, "G": Grant}


def straight_to(text: str) -> str:
    """The page of the thing with this number; empty where `text` is none or nothing has it."""
    found = _LABEL.fullmatch(text.strip())
    if not found:
        return ""
    prefix, number = found[1].upper(), int(found[2])
    if not _MODELS[prefix].objects.filter(number=number).exists():
        return ""
    label = f"T-{number:04d}" if prefix == "T" else f"{prefix}-{number}"
    return where(f"operator:{_PAGES[prefix]}", label)


def page(text: str, user: User, *, now: datetime | None = None) -> SearchPage:
    now = now or timezone.now()
    text = " ".join(text.split())[:100]
    groups = []
    if len(text) >= 2:
        groups = [_tenants(text), _parties(text), _alerts(text), _entries(text), _events(text, user)]
    found = tuple(group for group in groups if group and group.hits)
    hits = sum(len(group.hits) for group in found)
    if not text:
        title = _("Search")
    else:
        title = ngettext("%(n)d hit for “%(text)s”", "%(n)d hits for “%(text)s”", hits) % {
            "n": hits,
            "text": text,
        }
    return SearchPage(
        now,
        text,
        title,
        found,
        _("Nothing here is called that. A party is found by its name or its whole document number.")
        if text
        else _("Type a name or a number."),
    )


def _tenants(text: str) -> Group:
    rows = list(
        Tenant.objects.filter(Q(organisation__name__icontains=text))
        .select_related("organisation")
        .order_by("organisation__name")[: MOST + 1]
    )
    return Group(
        _("Tenants"),
        tuple(
            Hit(
                str(tenant),
                f"{country_name(tenant.country)} · {tenant.label}",
                where("operator:tenant", tenant.label),
                state_of(tenant),
            )
            for tenant in rows[:MOST]
        ),
        len(rows) > MOST,
    )


def _parties(text: str) -> Group:
    """By the beginnings of the words of a name, and by a whole document number through its blind index."""
    keys: list[str] = []
    if any(c.isdigit() for c in text) and len(document_number(text)) >= 5:
        rows = PartyIdentifier.objects.filter(value_index=text).values_list("party_id", flat=True)
        keys += [str(key) for key in rows[:MOST]]
    if any(c.isalpha() for c in text):
        keys += captions.containing(text, MOST + 1)
    rows = Party.objects.filter(pk__in=keys, removed_at__isnull=True).select_related(
        "data_key", "tenant__organisation"
    )
    order = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    found = sorted(rows, key=lambda party: order[str(party.pk)])
    return Group(
        _("Parties"),
        tuple(
            Hit(
                str(party.caption),
                _("%(role)s of %(tenant)s") % {"role": role_of(party), "tenant": party.tenant},
                where("operator:tenant", f"T-{party.tenant.number:04d}"),
            )
            for party in found[:MOST]
        ),
        len(found) > MOST,
    )


def _alerts(text: str) -> Group:
    rows = list(
        Alert.objects.filter(content__caption__icontains=text)
        .select_related("content", "tenant__organisation")
        .order_by("-raised_at")[: MOST + 1]
    )
    return Group(
        _("Alerts"),
        tuple(
            Hit(
                f"{alert.label} · {alert.content.caption}",
                str(alert.tenant),
                where("operator:alert", alert.label),
                alert_state(alert),
            )
            for alert in rows[:MOST]
        ),
        len(rows) > MOST,
    )


def _entries(text: str) -> Group:
    """Listed parties in force, by a part of any of their names."""
    folded = fold(text)
    if len(folded) < 3:
        return Group(_("List entries"), ())
    rows = list(
        Entry.objects.filter(until__isnull=True, content__names__folded__contains=folded)
        .select_related("content", "since")
        .distinct()[: MOST + 1]
    )
    return Group(
        _("List entries"),
        tuple(
            Hit(
                row.content.caption,
                f"{_datasets(row)} · {row.key}",
                "",
                State(Tone.BAD, _("Listed")),
            )
            for row in rows[:MOST]
        ),
        len(rows) > MOST,
    )


def _datasets(row: Entry) -> str:
    return ", ".join(dataset_name(name) for name in row.content.entity.get("datasets", ()))


def _events(text: str, user: User) -> Group:
    number = text.replace(",", "").removeprefix("#")
    if not number.isdecimal() or not user.may(Act.SEE_LOG) or len(number) > 15:
        return Group(_("Events"), ())
    leaf = Leaf.objects.select_related("event").defer("data").filter(index=int(number)).first()
    if leaf is None:
        return Group(_("Events"), ())
    return Group(
        _("Events"),
        (
            Hit(
                _("Event %(n)s") % {"n": grouped(leaf.index)},
                leaf.event.verb,
                where("operator:event", leaf.index),
            ),
        ),
    )
