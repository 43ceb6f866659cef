"""Every night some parties are screened whole, and what that finds must be there already.

It is the check on searching for changes alone: a difference is recorded, counted, and its alert is raised.
Each party has a fixed place on a ring of digests; a day takes one section of it, so that in a known number
of days every party has had its turn.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.conf import settings
from django.db.models import CharField, Q
from django.db.models.functions import MD5, Cast

from audit.record import WORKER, record
from audit.verbs import Verb
from kyc.models import Dismissal, Party, RescreenItem
from kyc.screening import freshness
from kyc.screening.service import screen_parties

#: Places on the ring are the first digits of a digest.
_DIGITS = 8


def sections(parties: int, size: int) -> int:
    """Into how many sections the ring is cut, each of about `size` parties or fewer: a power of two, so that
    the turns move only when the parties have doubled."""
    return 1 << (max(1, -(-parties // max(1, size))) - 1).bit_length()


def section(day: date, cut: int) -> tuple[str, str]:
    """First place of the day's section and the first one after it, in hexadecimal digits."""
    turn, width = day.toordinal() % cut, 16**_DIGITS // cut
    return f"{turn * width:0{_DIGITS}x}", f"{(turn + 1) * width:0{_DIGITS}x}"


def chosen(day: date) -> list[Party]:
    """The parties of one day, of those that were ever screened."""
    screened = Party.objects.filter(removed_at__isnull=True, screening__isnull=False)
    start, end = section(day, sections(screened.count(), settings.LOCKGATE_SAMPLE))
    placed = screened.annotate(place=MD5(Cast("pk", CharField()))).filter(place__gte=start)
    if len(end) == _DIGITS:  # the last section has no end
        placed = placed.filter(place__lt=end)
    return list(placed.only("pk"))


def check(keys: Sequence[str], now: datetime) -> dict[str, int]:
    """Screen these parties whole; for each how many alerts were missing. What is missing is raised."""
    parties = list(
        Party.objects.filter(pk__in=keys, removed_at__isnull=True)
        .select_related("data_key", "tenant", "screening")
        .order_by("pk")
    )
    dismissed = set(
        Dismissal.objects.filter(party__in=parties, ended_at__isnull=True).values_list(
            "party_id", "entry_key"
        )
    )
    waiting = _waiting(keys)
    behind = {source for source, followed in freshness.lists_now().followed.items() if followed is None}
    last = {party.pk: party.screening.at for party in parties}
    found = {}
    for screened in screen_parties(
        parties, verb=Verb.PARTY_RESCREENED, by=WORKER, now=now, only_if_found=True
    ):
        party = screened.party
        if party.changed_at > last[party.pk] or str(party.pk) in waiting:
            continue  # not behind: its own screening is still to come
        missing = [
            alert
            for alert in screened.raised
            if alert.version.source not in behind and (party.pk, alert.entry_key) not in dismissed
        ]
        if missing:
            found[str(party.pk)] = len(missing)
            record(
                Verb.PARTY_DIFFERED,
                [*missing, party, party.tenant],
                by=WORKER,
                payload={"missing": [alert.number for alert in missing]},
                reason="a full pass found what re-screening had not",
            )
    return found


def differences() -> int:
    """How many alerts full passes found missing, ever."""
    rows = RescreenItem.objects.filter(cause=RescreenItem.Cause.SAMPLE, touched__gt=0)
    return sum(rows.values_list("touched", flat=True))


def _waiting(keys: Collection[str]) -> set[str]:
    """Those of the parties that other work waits for."""
    rows = RescreenItem.objects.filter(
        ~Q(cause=RescreenItem.Cause.SAMPLE), entity__in=keys, done_at__isnull=True
    )
    return set(rows.values_list("entity", flat=True))
