"""What a threshold costs: the alerts of one list and kind, a day, at the threshold in force and above it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from console.charts.columns import Column, ColumnChart
from console.operator.pages.calibration import Costs
from console.say import shown
from kyc.models import Threshold

#: Thresholds shown: the one in force and those above it, this far apart.
STEP, COLUMNS = 0.02, 11


@dataclass(frozen=True)
class Tried:
    """A list and kind, its threshold in force, and the one that somebody tries."""

    dataset: str
    kind: str
    before: float
    value: float
    words: str
    """The list and the kind, in words."""


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert of this list and kind, and whether a threshold would raise it."""

    cleared: bool
    at: datetime
    raised_by: Callable[[float], bool]


def costs(tried: Tried, alerts: Sequence[Raised], days: int, now: datetime) -> Costs:
    """Of the alerts of the last `days` only: what lies below the threshold in force was never an alert."""
    recent = [one for one in alerts if one.at >= now - timedelta(days=days)]
    counted = [one for one in recent if one.raised_by(tried.before)]
    if not counted:
        return Costs(None, tried.words, "", "")
    since = min(one.at for one in recent)
    span = max(1.0, (now - since) / timedelta(days=1))

    def column(threshold: float) -> Column:
        found = [one.cleared for one in counted if one.raised_by(threshold)]
        cleared = sum(found)
        total = f"{len(found) / span:.1f}"
        said = ""
        if threshold == tried.before:
            said = _("%(n)s now") % {"n": total}
        elif threshold == tried.value:
            said = total
        label = f"{threshold:.3f}".rstrip("0").ljust(4, "0")
        return Column(label, (len(found) - cleared) / span, cleared / span, said)

    columns = tuple(column(threshold) for threshold in _thresholds(tried))
    return Costs(
        ColumnChart(
            _("alerts a day, by threshold"), _("true or undecided"), _("look-alikes, cleared"), columns
        ),
        _meta(tried, columns),
        _("%(what)s: %(all)s.")
        % {"what": tried.words, "all": ", ".join(f"{one.label}: {one.total:.1f}" for one in columns)},
        _note(tried, since, now),
    )


def _thresholds(tried: Tried) -> list[float]:
    steps = [round(tried.before + STEP * number, 3) for number in range(COLUMNS)]
    found = [one for one in steps if one <= 1.0]
    if tried.value > tried.before and tried.value not in found:
        # The one tried stands among them, for the last if there are too many.
        found = [*found[: COLUMNS - 1], tried.value]
    return sorted(found)


def _meta(tried: Tried, columns: Sequence[Column]) -> str:
    if tried.value > tried.before:
        then = next(one for one in columns if one.said and one is not columns[0])
        less = f"{columns[0].total - then.total:.1f}"
        return _("%(what)s · %(less)s a day less at %(at)s") % {
            "what": tried.words,
            "less": less,
            "at": then.label,
        }
    return tried.words


def _note(tried: Tried, since: datetime, now: datetime) -> str:
    words = [
        _(
            "Alerts raised here since %(day)s, as a mean a day. What scores below %(now).2f, the threshold "
            "in force, was never an alert: what a lower one would cost is not known here."
        )
        % {"day": shown(timezone.localtime(since).date(), now=now), "now": tried.before}
    ]
    lowered = (
        Threshold.objects.filter(
            dataset=tried.dataset, kind=tried.kind, state=Threshold.State.IN_FORCE, in_force_at__gt=since
        )
        .filter(was_threshold__gt=F("threshold"))
        .first()
    )
    if lowered is not None and lowered.in_force_at is not None:
        words.append(
            _("Until %(day)s it was %(was).2f, so the lowest columns hold fewer days than the others.")
            % {
                "day": shown(timezone.localtime(lowered.in_force_at).date(), now=now),
                "was": lowered.was_threshold,
            }
        )
    return " ".join(words)
