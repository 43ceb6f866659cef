"""The ownership of a tenant as a page shows it: drawing, owners with intervals, what would change it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from console.operator.pages.tenant import LegendEntry, OwnerLine, Ownership
from console.parts import Failure, Link, State, Tone
from console.say import country_name, dataset_name, joined, share_text, short, shown
from core.errors import InvalidInput
from kyc.models import IdentityCheck, OwnershipStatement, Party, Tenant
from kyc.ownership import service
from kyc.ownership.drawing import draw
from kyc.ownership.layout import DrawingFailed
from kyc.ownership.report import Assessment, assess
from kyc.screening.service import Flag

THRESHOLD = 25.0
Checks = Mapping[uuid.UUID, IdentityCheck]


def computed(
    tenant: Tenant,
    parties: Iterable[Party],
    statements: Iterable[OwnershipStatement],
    flags: Iterable[Flag],
    today: date,
) -> Assessment:
    """The chain out of rows that the page has read. Raises InvalidInput for statements that cannot be."""
    by_list: dict[str, set[str]] = defaultdict(set)
    for flag in flags:
        by_list[flag.dataset].add(str(flag.party_id))
    return assess(
        {str(row.pk): service.to_party(row) for row in parties},
        [service.to_statement(row) for row in statements],
        str(tenant.subject_id),
        flagged=by_list,
        threshold=THRESHOLD,
        as_of=today,
    )


def shown_ownership(
    tenant: Tenant,
    assessment: Assessment | None,
    parties: Sequence[Party],
    statements: Sequence[OwnershipStatement],
    checks: Checks,
    flags: Sequence[Flag],
    *,
    now: datetime,
    at: datetime | None = None,
    links: tuple[Link, ...] = (),
    fold: bool = True,
    failure: Failure | None = None,
) -> Ownership:
    """Nothing but a failure where the chain could not be computed or drawn."""
    if assessment is None or not statements:
        return Ownership("", "", "", (), threshold=THRESHOLD, failure=failure)
    rows = {str(party.pk): party for party in parties}
    try:
        drawing = draw(
            assessment, notes=_notes(assessment, rows, flags, now), words=_, prefix="chain", fold=fold
        )
        svg, legend = drawing.svg, tuple(LegendEntry(one.words, one.svg) for one in drawing.legend)
    except DrawingFailed as error:
        svg, legend = "", ()
        failure = Failure(_("The chain could not be drawn"), f"{error} {_('The table below holds it all.')}")
    unknown = float(assessment.effective.unknown_total.maximum)
    return Ownership(
        meta=ngettext(
            "Computed %(at)s from %(n)d statement", "Computed %(at)s from %(n)d statements", len(statements)
        )
        % {"at": shown(at or now, now=now), "n": len(statements)},
        drawing=svg,
        sentence=sentence(tenant, assessment),
        owners=owners(assessment, rows, checks, now),
        unknown_percent=unknown,
        threshold=THRESHOLD,
        change=change(assessment),
        legend=legend,
        links=links,
        failure=failure if not svg else None,
    )


def _notes(
    assessment: Assessment, rows: Mapping[str, Party], flags: Sequence[Flag], now: datetime
) -> dict[str, str]:
    """The second line of a node: where, and what matters of it."""
    listed = {str(flag.party_id): flag for flag in flags}
    notes = {}
    for key in assessment.chain.members:
        row = rows.get(key)
        if row is None:
            continue
        parts = [country_name(row.country)] if row.country else []
        if key in listed:
            flag = listed[key]
            word = dataset_name(flag.dataset)
            parts.append(word if flag.status == "listed" else _("%(list)s, under review") % {"list": word})
        elif key == assessment.subject:
            parts.append(_("the tenant"))
        elif row.schema == Party.Schema.PERSON:
            born = next(iter((row.properties or {}).get("birthDate", ())), "")
            if born:
                parts.append(_("born %(year)s") % {"year": born[:4]})
        for answer in assessment.blocked.values():
            status, share = answer.entities.get(key, ("no", None))
            if key not in listed and status == "certain" and share is not None:
                text = share_text(float(share.minimum), float(share.maximum))
                parts.append(_("blocked, %(share)s") % {"share": text})
                break
        notes[key] = " · ".join(parts)
    return notes


def sentence(tenant: Tenant, assessment: Assessment) -> str:
    """The drawing for who cannot see it."""
    names = [
        _("%(name)s holds %(share)s")
        % {
            "name": owner.party.name,
            "share": share_text(float(owner.share.minimum), float(owner.share.maximum)),
        }
        for owner in assessment.beneficial_owners[:4]
    ]
    who = f"{joined(names)}. " if names else ""
    return _("Ownership of %(tenant)s. %(who)sThe table below says all.") % {"tenant": tenant, "who": who}


def owners(
    assessment: Assessment, rows: Mapping[str, Party], checks: Checks, now: datetime
) -> tuple[OwnerLine, ...]:
    """Every person with a share or control, largest first, then the parts of which nobody knows the owner."""
    found = {owner.party.id: owner for owner in assessment.beneficial_owners}
    listed = {key for answer in assessment.blocked.values() for key in answer.listed}
    shares = assessment.effective.shares
    people = [
        key
        for key in {*found, *shares}
        if assessment.chain.parties[key].is_person and not assessment.chain.parties[key].is_unidentified
    ]

    def size(key: str) -> tuple[float, float, str]:
        share = assessment.effective.of(key)
        return (-float(share.maximum), -float(share.minimum), key)

    lines = []
    for key in sorted(people, key=size):
        share = assessment.effective.of(key)
        most = assessment.effective.with_unknown.get(key)
        owner = found.get(key)
        proved = _proof(checks, key, now)
        lines.append(
            OwnerLine(
                assessment.chain.parties[key].name or key,
                proved or _("identity not proved"),
                _through(assessment, key),
                float(share.minimum),
                float(share.maximum),
                float(most) if most is not None else None,
                _owner_state(owner, key in listed, key in assessment.perhaps, bool(proved)),
                THRESHOLD,
            )
        )
    for part in assessment.effective.unknown:
        if not part.hides_somebody or float(part.effective.maximum) <= 0:
            continue
        entity = assessment.chain.parties[part.entity].name or part.entity
        lines.append(
            OwnerLine(
                _("Unknown"),
                _("not declared")
                if part.reason in ("undeclared", "noStatement")
                else _("declared as not known"),
                _("directly") if part.entity == assessment.subject else entity,
                float(part.effective.minimum),
                float(part.effective.maximum),
                None,
                State(Tone.IDLE, _("Not known")),
                THRESHOLD,
            )
        )
    return tuple(lines)


def _owner_state(owner: object, listed: bool, perhaps: bool, proved: bool) -> State:
    if owner is not None and listed:
        return State(Tone.BAD, _("Yes, listed"))
    if owner is not None and getattr(owner, "certain", False):
        return State(Tone.OK, _("Yes, known")) if proved else State(Tone.WARN, _("Yes, not proved"))
    if owner is not None or perhaps:
        return State(Tone.WARN, _("Perhaps"))
    return State(Tone.BAD if listed else Tone.IDLE, _("No, listed") if listed else _("No"))


def _through(assessment: Assessment, key: str) -> str:
    """Whom the person holds directly; "directly" for the subject itself."""
    entities = dict.fromkeys(
        [h.entity for h in assessment.chain.holdings if h.owner == key]
        + [link.entity for link in assessment.chain.control if link.owner == key]
    )
    words = [
        _("directly")
        if entity == assessment.subject
        else short(assessment.chain.parties[entity].name or entity)
        for entity in entities
    ]
    return ", ".join(words[:3])


def _proof(checks: Checks, key: str, now: datetime) -> str:
    """passport, 3 Mar 2025; empty where nothing good was read."""
    try:
        check = checks.get(uuid.UUID(key))
    except ValueError:
        return ""
    if check is None or check.result != IdentityCheck.Result.GOOD:
        return ""
    kind = check.document.kind.replace("_", " ")
    return f"{kind}, {shown(check.checked_at, 'day', now)}"


def change(assessment: Assessment) -> str:
    """Which single facts would turn the answer, and whether knowing the rest could."""
    texts = _joined_changes([one.text for one in assessment.changes[:3]])
    blocked = [answer for answer in assessment.blocked.values() if answer.status != "no"]
    unknown = float(assessment.effective.unknown_total.maximum)
    if blocked and unknown:
        if any(answer.unknown_matters for answer in blocked):
            texts.append(
                _("Knowing the unknown %(u)s %% could make the answer stricter.") % {"u": f"{unknown:g}"}
            )
        else:
            texts.append(
                _("Knowing the unknown %(u)s %% changes nothing about the block.") % {"u": f"{unknown:g}"}
            )
    elif not blocked and unknown >= 50:
        texts.append(
            _("Who holds the unknown %(u)s %% decides: half of the shares can block.") % {"u": f"{unknown:g}"}
        )
    elif not blocked and assessment.perhaps:
        names = joined([assessment.chain.parties[key].name or key for key in assessment.perhaps[:3]])
        texts.append(
            _("If the unknown %(u)s %% were theirs, %(who)s would be beneficial owners.")
            % {"u": f"{unknown:g}", "who": names}
        )
    return " ".join(texts)


def _joined_changes(texts: list[str]) -> list[str]:
    """Sentences that begin alike ("Not blocked if …") are one."""
    same = _("Not blocked if ")
    if len(texts) < 2 or not all(text.startswith(same) and text.endswith(".") for text in texts):
        return texts
    return [same + _(", or ").join(text.removeprefix(same).rstrip(".") for text in texts) + "."]


def failed(error: InvalidInput) -> Failure:
    return Failure(
        _("The statements contradict each other"),
        _("%(field)s: %(reason)s. Nothing is computed until one of them is changed.")
        % {"field": error.field, "reason": error.reason},
    )
