"""A tenant's state in words: the chip, and the sentence every page of a tenant opens with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from console.parts import Answer, State, Tone
from console.say import joined, list_in_text, share_text, shown
from kyc.models import Tenant
from kyc.ownership.report import Assessment
from kyc.screening.service import Flag

STATES: Mapping[str, tuple[Tone, str]] = {
    Tenant.State.APPLICANT: (Tone.INFO, "Applies"),
    Tenant.State.APPROVED: (Tone.OK, "Active"),
    Tenant.State.HELD: (Tone.HOLD, "Held"),
    Tenant.State.SUSPENDED: (Tone.BAD, "Suspended"),
    Tenant.State.DENIED: (Tone.BAD, "Denied"),
    Tenant.State.CLOSED: (Tone.IDLE, "Closed"),
}


def state_of(tenant: Tenant) -> State:
    tone, word = STATES[tenant.state]
    return State(tone, _(word))


def answer_of(tenant: Tenant, assessment: Assessment | None, flags: Iterable[Flag], now: datetime) -> Answer:
    """May it run, since when, and why not."""
    since = shown(tenant.state_since, "since", now)
    match tenant.state:
        case Tenant.State.APPROVED:
            text = _("May run since %(since)s. Nobody behind it is listed or under review.")
            return Answer(state_of(tenant), text % {"since": since})
        case Tenant.State.HELD | Tenant.State.SUSPENDED:
            why = because(assessment, set(flags)) if assessment else ""
            text = _("May not run since %(since)s.") % {"since": since}
            review = (
                f" {_('The match is under review and counts as listed until it is decided.')}"
                if tenant.state == Tenant.State.HELD
                else ""
            )
            by_hand = not tenant.state_citation
            reason = tenant.state_reason if by_hand or not why else why
            return Answer(state_of(tenant), f"{text} {reason}{review}".strip(), tenant.state_citation)
        case Tenant.State.DENIED:
            return Answer(
                state_of(tenant),
                _("Denied %(since)s: %(why)s") % {"since": since, "why": tenant.state_reason},
            )
        case Tenant.State.CLOSED:
            return Answer(state_of(tenant), _("Closed %(since)s.") % {"since": since})
    return Answer(state_of(tenant), _("Not decided yet: nothing may run before it is approved."))


def because(assessment: Assessment, flags: set[Flag]) -> str:
    """Konrad Eszterlund, three layers up, is on the demo list, and 60 % of the shares are held through
    companies that listed owners hold by half or more.
    """
    for name, answer in assessment.blocked.items():
        if answer.listed_self:
            return _("It stands itself on %(list)s.") % {"list": list_in_text(name)}
        if answer.status != "certain":
            continue
        paths = {path.owner: len(path.links) for path in reversed(answer.because)}
        listed = [
            _("%(name)s, %(layers)s")
            % {
                "name": assessment.chain.parties[party].name,
                "layers": layers_up(paths.get(party, 1)),
            }
            for party in sorted(answer.listed, key=lambda p: paths.get(p, 99))
        ]
        share = share_text(float(answer.share.minimum), float(answer.share.maximum))
        words = {"who": joined(listed), "list": list_in_text(name), "share": share}
        said = ngettext("%(who)s, is on %(list)s", "%(who)s, are on %(list)s", len(listed)) % words
        through = _(
            "%(share)s of the shares are held through companies that listed owners hold by half or more."
        )
        return _("%(said)s, and %(through)s") % {"said": said, "through": through % words}
    return ""


def layers_up(links: int) -> str:
    if links <= 1:
        return _("a direct owner")
    words = {2: _("two"), 3: _("three"), 4: _("four"), 5: _("five"), 6: _("six")}
    return _("%(n)s layers up") % {"n": words.get(links, str(links))}
