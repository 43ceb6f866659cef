"""Ownership statements as a table shows them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from console.operator.pages.tenant import StatementLine
from console.parts import State, Tone
from core.errors import InvalidInput
from kyc.models import OwnershipStatement
from kyc.ownership import service

INTERESTS = {
    "shareholding": "shares",
    "votingRights": "votes",
    "appointmentOfBoard": "appoints the board",
    "otherInfluenceOrControl": "other influence",
    "seniorManagingOfficial": "senior manager",
    "settlor": "settlor",
    "trustee": "trustee",
    "protector": "protector",
    "beneficiaryOfLegalArrangement": "beneficiary",
    "rightsToSurplusAssetsOnDissolution": "surplus on dissolution",
    "controlViaCompanyRulesOrArticles": "control by the articles",
    "nominee": "nominee",
    "nominator": "nominator",
    "boardMember": "board member",
}
DIRECT = {"direct": "directly", "indirect": "indirectly"}


def lines(rows: Iterable[OwnershipStatement], captions: Mapping[uuid.UUID, str]) -> tuple[StatementLine, ...]:
    return tuple(_line(row, captions) for row in rows)


def _line(row: OwnershipStatement, captions: Mapping[uuid.UUID, str]) -> StatementLine:
    owner = captions.get(row.interested_id, _("removed party")) if row.interested_id else _("Not declared")
    least = most = None
    state, reason = State(Tone.OK if row.interested_id else Tone.WARN, _("Stands")), ""
    if not row.interested_id:
        state = State(Tone.WARN, _("Owner unknown"))
    try:
        shares = [i.share for i in service.to_statement(row).interests if i.share is not None]
        if shares:
            least, most = float(shares[0].minimum), float(shares[0].maximum)
    except InvalidInput as error:
        state, reason = State(Tone.BAD, _("Refused")), f"{error.field}: {error.reason}"
    return StatementLine(
        owner,
        ", ".join(_interest(interest) for interest in row.interests),
        captions.get(row.subject_id, _("removed party")),
        least,
        most,
        str((row.source or {}).get("type", _("declared"))),
        state,
        reason,
    )


def _interest(interest: Mapping[str, object]) -> str:
    kind = str(interest.get("type", ""))
    words = _(INTERESTS[kind]) if kind in INTERESTS else kind
    how = DIRECT.get(str(interest.get("directOrIndirect", "")))
    return f"{words}, {_(how)}" if how else words
