"""Proposed and past changes of thresholds, as the calibration page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import approvals
from accounts.models import Approval, User
from accounts.roles import Act
from console.audience import where
from console.operator.pages.calibration import PastChange, WaitingChange
from console.parts import Dialog, Field, State, Tone
from console.say import dataset_name, grouped, shown
from kyc.models import Party, Threshold
from kyc.screening.levels import PartyKind, schemata_of
from kyc.screening.threshold_changes import APPROVAL

KINDS = {PartyKind.PERSON.value: "Persons", PartyKind.ORGANISATION.value: "Organisations"}
PAST = 8


def proposals() -> list[Threshold]:
    rows = Threshold.objects.filter(state=Threshold.State.PROPOSED).select_related("proposed_by")
    return list(rows.order_by("proposed_at"))


def what(change: Threshold) -> str:
    """OFAC SDN, persons from 0.70 to 0.72."""
    words = _("%(list)s, %(kind)s from %(was).2f to %(now).2f") % {
        "list": dataset_name(change.dataset),
        "kind": _(KINDS[change.kind]).lower(),
        "was": change.was_threshold,
        "now": change.threshold,
    }
    if change.hold_at != change.was_hold_at:
        words += ", " + _("holding from %(was).2f to %(now).2f") % {
            "was": change.was_hold_at,
            "now": change.hold_at,
        }
    return words


def waiting(changes: Sequence[Threshold], user: User, now: datetime) -> tuple[WaitingChange, ...]:
    if not changes:
        return ()
    keys = [str(change.pk) for change in changes]
    asked = {
        one.subject_id: one
        for one in Approval.objects.select_related("asked_by").filter(
            subject_kind="threshold", subject_id__in=keys, act=APPROVAL, state=Approval.State.ASKED
        )
    }
    schemata = dict(
        Party.objects.filter(removed_at__isnull=True).values_list("schema").annotate(count=Count("pk"))
    )
    parties = {kind: sum(schemata.get(schema, 0) for schema in schemata_of(kind)) for kind in PartyKind}
    return tuple(_one(change, asked[str(change.pk)], parties, user, now) for change in changes)


def _one(
    change: Threshold, asked: Approval, parties: dict[PartyKind, int], user: User, now: datetime
) -> WaitingChange:
    words = what(change)
    effect = _("Alerts below it stay open and carry a note.")
    if change.threshold < change.was_threshold:
        count = parties[PartyKind(change.kind)]
        effect = ngettext("%(n)s party is screened again.", "%(n)s parties are screened again.", count) % {
            "n": grouped(count)
        }
    own = asked.asked_by_id == user.pk
    no = _("Take it back…") if own else _("Refuse…")
    reason = Field("reason", _("Reason"), required=True)
    return WaitingChange(
        words,
        _("Proposed by %(who)s, %(at)s: %(why)s")
        % {"who": change.proposed_by, "at": shown(change.proposed_at, now=now), "why": change.reason},
        State(Tone.INFO, words),
        Dialog(
            f"approve-{change.pk}",
            _("Approve…"),
            _("Put it in force: %(what)s?") % {"what": words},
            effect,
            where("operator:threshold_approve", change.pk),
            _("Leave it waiting"),
            _("Put it in force"),
            (reason,),
            cause=approvals.why_not(asked, user, Act.APPROVE_LISTS),
            ink=True,
        ),
        Dialog(
            f"refuse-{change.pk}",
            no,
            _("Leave %(list)s as it is?") % {"list": dataset_name(change.dataset)},
            _("What is in force stays in force."),
            where("operator:threshold_refuse", change.pk),
            _("Leave it waiting"),
            no.rstrip("…"),
            (reason,),
            cause="" if own or user.may(Act.APPROVE_LISTS) else _("an approver must"),
        ),
    )


def past() -> tuple[PastChange, ...]:
    """Changes that were decided, newest first."""
    rows = Threshold.objects.exclude(state=Threshold.State.PROPOSED).select_related(
        "proposed_by", "approved_by"
    )
    words = {
        Threshold.State.IN_FORCE: State(Tone.OK, _("In force")),
        Threshold.State.HISTORY: State(Tone.IDLE, _("History")),
        Threshold.State.REFUSED: State(Tone.IDLE, _("Refused")),
    }
    return tuple(
        PastChange(
            change.in_force_at or change.ended_at or change.proposed_at,
            what(change),
            " · ".join(str(one) for one in (change.proposed_by, change.approved_by) if one),
            words[Threshold.State(change.state)],
        )
        for change in rows.order_by("-proposed_at")[:PAST]
    )
