"""Flags of parties as pages show them: politically exposed, adverse media, each with its source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Act
from console.audience import where
from console.operator.pages.tenant import FlagLine
from console.parts import Dialog, Field, Option
from console.say import dataset_name, shown
from kyc.models import Party, PartyFlag, Tenant

KINDS: Mapping[str, str] = {
    PartyFlag.Kind.PEP: "Politically exposed",
    PartyFlag.Kind.ADVERSE_MEDIA: "Adverse media",
}


def kind_of(flag: PartyFlag) -> str:
    return _(KINDS[flag.kind])


def lines(
    flags: Iterable[PartyFlag], captions: Mapping[Any, str], user: User, now: datetime
) -> tuple[FlagLine, ...]:
    """One line a flag; whoever may, takes one away in its dialog."""
    return tuple(_line(flag, captions.get(flag.party_id, ""), user, now) for flag in flags)


def _line(flag: PartyFlag, party: str, user: User, now: datetime) -> FlagLine:
    source = dataset_name(str(flag.source)) if flag.alert_id else str(flag.source)
    told = {"source": source, "who": flag.set_by, "day": shown(flag.set_at, "day", now)}
    kind = kind_of(flag)
    return FlagLine(
        party=party,
        kind=kind,
        source=_("%(source)s · %(who)s, %(day)s") % told,
        note=str(flag.note),
        url=where("operator:alert", flag.alert.label) if flag.alert else "",
        end=_end(flag, party, kind) if user.may(Act.DECIDE_ALERTS) else None,
    )


def _end(flag: PartyFlag, party: str, kind: str) -> Dialog:
    return Dialog(
        f"unflag-{flag.pk}",
        _("Remove"),
        _("Remove “%(kind)s” from %(party)s?") % {"kind": kind, "party": party},
        _("It stays in the history and in the log; the rating follows."),
        where("operator:flag_end", flag.pk),
        _("Keep it"),
        _("Remove the flag"),
        (Field("reason", _("Reason"), required=True, placeholder=_("Kept with the event")),),
    )


def setting(tenant: Tenant, parties: Iterable[Party], user: User) -> Dialog | None:
    """The dialog in which a reviewer flags somebody of the chain; None for who may not."""
    if not user.may(Act.DECIDE_ALERTS):
        return None
    people = tuple(Option(str(party.pk), str(party.caption)) for party in parties)
    return Dialog(
        "flag",
        _("Flag a party…"),
        _("Flag a party of %(name)s") % {"name": tenant},
        _("A flag stops nothing by itself: it counts in the rating, and whoever approves sees it."),
        where("operator:tenant_flag", tenant.label),
        _("Leave it"),
        _("Set the flag"),
        (
            Field("party", _("Party"), kind="select", options=people, required=True),
            Field(
                "kind",
                _("What"),
                kind="select",
                options=tuple(Option(kind, _(word)) for kind, word in KINDS.items()),
                required=True,
            ),
            Field(
                "source",
                _("Source"),
                required=True,
                placeholder=_("Where it stands, and of which day"),
                autocomplete="off",
            ),
            Field("note", _("Note"), kind="textarea", hint=_("Encrypted; erased with the person.")),
        ),
    )
