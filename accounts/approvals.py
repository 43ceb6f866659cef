"""Four eyes on any subject: one person asks, another approves. The database holds the rule too."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts.models import Approval, User
from accounts.roles import Act, lacking, lacks
from audit.record import Actor, record, subject_of
from audit.verbs import Verb
from core.errors import Conflict, NotAllowed

CONSTRAINTS = {
    "approver_is_not_the_asker": "the second person must not be the first",
    "approver_did_not_invite_the_asker": "the second person invited the first",
    "asker_did_not_invite_the_approver": "the first person invited the second",
}


@dataclass(frozen=True)
class Outcome:
    """What became of an approval: `given`, or refused with `why` (recorded, not raised)."""

    approval: Approval
    given: bool
    why: str = ""


def ask(subject: models.Model, act: str, *, user: User, by: Actor, needs: Act, reason: str = "") -> Approval:
    """Give the first approval of `subject`, or return the one that is open and by the same person.

    Raises NotAllowed without the role, Conflict where another person asked already.
    """
    if not user.may(needs):
        raise NotAllowed(lacks(needs))
    about = subject_of(subject)
    with transaction.atomic():
        found = open_for(subject, act)
        if found is not None:
            if found.asked_by_id == user.pk:
                return found
            raise Conflict("Another person asked already: this one can be approved.")
        approval = Approval.objects.create(
            subject_kind=about.kind,
            subject_id=about.id,
            act=act,
            asked_by=user,
            asked_by_inviter_id=user.invited_by_id,
            asked_reason=reason,
        )
        record(Verb.APPROVAL_ASKED, [subject], by=by, reason=reason, payload={"act": act})
        return approval


def approve(
    approval: Approval, subject: models.Model, *, user: User, by: Actor, needs: Act, reason: str = ""
) -> Outcome:
    """Give the second approval, or record and return why this person may not."""
    with transaction.atomic():
        approval = Approval.objects.select_for_update().get(pk=approval.pk)
        if approval.state != Approval.State.ASKED:
            raise Conflict(f"This was {approval.state} already.")
        why = why_not(approval, user, needs)
        if not why:
            why = _write(approval, user, reason)
        if why:
            record(
                Verb.APPROVAL_REFUSED,
                [subject],
                by=by,
                reason=why,
                payload={"act": approval.act, "approval": str(approval.pk)},
            )
            return Outcome(approval, given=False, why=why)
        record(
            Verb.APPROVAL_GIVEN,
            [subject],
            by=by,
            reason=reason,
            payload={
                "act": approval.act,
                "approval": str(approval.pk),
                "asked_by": str(approval.asked_by_id),
            },
        )
        return Outcome(approval, given=True)


def refuse(
    approval: Approval, subject: models.Model, *, user: User, by: Actor, needs: Act, reason: str
) -> Approval:
    """Say no. Anyone who could approve may refuse, the asker included (it is then withdrawn)."""
    if not user.may(needs):
        raise NotAllowed(lacks(needs))
    with transaction.atomic():
        approval = Approval.objects.select_for_update().get(pk=approval.pk)
        if approval.state != Approval.State.ASKED:
            raise Conflict(f"This was {approval.state} already.")
        own = approval.asked_by_id == user.pk
        approval.state = Approval.State.WITHDRAWN if own else Approval.State.REFUSED
        approval.decided_at = timezone.now()
        approval.decided_reason = reason
        approval.save(update_fields=["state", "decided_at", "decided_reason"])
        record(
            Verb.APPROVAL_REFUSED,
            [subject],
            by=by,
            reason=reason,
            payload={"act": approval.act, "said_no": True},
        )
        return approval


def open_for(subject: models.Model, act: str) -> Approval | None:
    about = subject_of(subject)
    return (
        Approval.objects.select_related("asked_by")
        .filter(subject_kind=about.kind, subject_id=about.id, act=act, state=Approval.State.ASKED)
        .first()
    )


def why_not(approval: Approval, user: User, needs: Act) -> str:
    """Why this person may not be the second one; empty where they may. The page shows the same words."""
    if not user.may(needs):
        return lacking(needs)
    if user.pk == approval.asked_by_id:
        return CONSTRAINTS["approver_is_not_the_asker"]
    if user.pk == approval.asked_by_inviter_id:
        return CONSTRAINTS["approver_did_not_invite_the_asker"]
    if user.invited_by_id == approval.asked_by_id:
        return CONSTRAINTS["asker_did_not_invite_the_approver"]
    return ""


def _write(approval: Approval, user: User, reason: str) -> str:
    try:
        with transaction.atomic():
            approval.state = Approval.State.APPROVED
            approval.approved_by = user
            approval.approved_by_inviter_id = user.invited_by_id
            approval.decided_at = timezone.now()
            approval.decided_reason = reason
            approval.save()
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
        if name not in CONSTRAINTS:
            raise
        approval.refresh_from_db()
        return CONSTRAINTS[name]
    return ""
