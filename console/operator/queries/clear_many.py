"""What clearing several alerts together would do, as a page before it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from console.audience import where
from console.operator.pages.clear_many import Agreement, ClearManyPage, LeftOutLine, LotLine
from console.operator.queries import compared, reasons_given
from console.parts import Comparison, Fact, Link
from console.say import dataset_name, day, grouped, shown
from kyc.models import Alert
from kyc.screening import alerts as service
from kyc.screening import lots
from kyc.screening.thresholds import DISMISS_FOR

#: A form may name a few more than a lot holds: the page then says which ones are too many.
MOST_NAMED = 2 * lots.MOST


def named(refs: Iterable[str]) -> list[Alert]:
    """The alerts of these numbers (`A-10401`), oldest first; what is no number is passed over."""
    numbers = [int(ref[2:]) for ref in refs if ref.startswith("A-") and ref[2:].isdecimal()]
    return list(_rows().filter(number__in=numbers[:MOST_NAMED]).order_by("raised_at", "number"))


def _rows() -> QuerySet[Alert]:
    return Alert.objects.select_related(
        "party__data_key", "tenant__organisation", "content", "version", "data_key"
    )


def page(
    chosen: Sequence[Alert], user: User, *, reason: str = "", error: str = "", now: datetime | None = None
) -> ClearManyPage:
    now = now or timezone.now()
    plan = service.plan_lot(chosen)
    inside = sorted((*plan.cleared, *plan.drawn), key=lambda alert: (alert.raised_at, alert.number))
    size = len(inside)
    first = inside[0] if inside else None
    waiting = Alert.objects.filter(
        state__in=[s for s in Alert.UNDECIDED if s != Alert.State.PROPOSED]
    ).count()
    return ClearManyPage(
        title=ngettext("Clear %(n)d look-alike", "Clear %(n)d look-alikes", size) % {"n": size}
        if size
        else _("None of these can be cleared together"),
        meta=_("against one entry, with one reason"),
        entry=first.content.caption if first else "",
        entry_source=_("%(list)s of %(day)s")
        % {"list": dataset_name(first.dataset), "day": shown(first.version.as_of, now=now)}
        if first
        else "",
        size=size,
        lines=tuple(_line(alert) for alert in inside),
        agreements=_agreements(inside),
        left_out=tuple(_left_out(one) for one in plan.left_out),
        effects=_effects(waiting, size, now),
        limits=limits(),
        undo_seconds=int(service.undo_within().total_seconds()),
        back=Link(_("Keep them"), where("operator:alerts")),
        reasons=reasons_given.offered(user),
        reason=reason,
        error=error,
    )


def limits() -> str:
    """What a lot may hold."""
    return _(
        "Only clearing works on many at once: at most %(most)d, below %(below).3f, one entry, no number "
        "that agrees. A true match is always decided alone."
    ) % {"most": lots.MOST, "below": lots.BELOW}


def _line(alert: Alert) -> LotLine:
    return LotLine(
        alert.label,
        str(alert.party.caption),
        str(alert.tenant),
        alert.score,
        compared.squares(alert.explanation or {}),
    )


#: How a field compares, in a sentence about all of them.
_WORDS: Mapping[Comparison, str] = {
    Comparison.AGREES: "agrees in %(n)d",
    Comparison.CLOSE: "is close in %(n)d",
    Comparison.DIFFERS: "differs in %(n)d",
    Comparison.NOT_COMPARED: "is not on both sides in %(n)d",
}


def _agreements(inside: Sequence[Alert]) -> tuple[Agreement, ...]:
    """One line a field: how often it agrees, is close or differs; the commonest comes first."""
    rows: list[Any] = [compared.squares(alert.explanation or {}) for alert in inside]
    found = []
    for squares in zip(*rows, strict=True):
        counts = Counter(square.comparison for square in squares).most_common()
        words = ", ".join(_(_WORDS[comparison]) % {"n": n} for comparison, n in counts)
        text = _("%(field)s %(words)s of %(all)d.")
        found.append(
            Agreement(counts[0][0], text % {"field": squares[0].field, "words": words, "all": len(inside)})
        )
    return tuple(found)


def _left_out(one: service.LeftOut) -> LeftOutLine:
    words = {
        lots.Why.NOT_OPEN: _("decided, proposed or escalated already"),
        lots.Why.OTHER_ENTRY: _("about another listed party: %(entry)s")
        % {"entry": one.alert.content.caption},
        lots.Why.NUMBER_AGREES: _("a number agrees: decide it alone"),
        lots.Why.SCORE: _("%(score).3f or more: decide it alone") % {"score": lots.BELOW},
        lots.Why.HOLDS: _("counts as listed meanwhile: decide it alone"),
        lots.Why.TOO_MANY: _("a lot holds at most %(most)d") % {"most": lots.MOST},
    }
    ref = one.alert.label
    return LeftOutLine(
        ref, where("operator:alert", ref), str(one.alert.party.caption), one.alert.score, words[one.why]
    )


def _effects(waiting: int, size: int, now: datetime) -> tuple[Fact, ...]:
    # How many are drawn is not said beforehand: one row at a time would tell which.
    return (
        Fact(_("Alerts cleared, one reason"), grouped(size)),
        Fact(
            _("Pairs that stay cleared"),
            grouped(size),
            _("until party or entry changes, at longest to %(day)s") % {"day": day(now + DISMISS_FOR)},
        ),
        Fact(
            _("Drawn for a second look"),
            _("1 in %(n)d") % {"n": lots.DRAWN_ONE_IN},
            _("by lot, by another person"),
        ),
        Fact(_("Left in the queue"), f"{grouped(waiting)} − {grouped(size)} = {grouped(waiting - size)}"),
    )
