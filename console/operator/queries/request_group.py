"""What the control group of a request holds over time, and what the request would add."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.models import AllocationRequest
from console.charts.steps import Planned, Series, StepsChart
from console.operator.pages.request import GroupChart
from console.operator.queries.ownership import short
from console.operator.queries.reasons import tpp_of
from console.say import grouped
from kyc.onboarding.groups import Group

BEFORE, AFTER = timedelta(days=90), timedelta(days=8)
#: Series that a reader can tell apart; the smallest others are one.
MOST = 4


def group_chart(
    request: AllocationRequest,
    group: Group,
    others: list[AllocationRequest],
    *,
    limit: float | None,
    today: date,
) -> GroupChart | None:
    """`others`: requests of the group that hold or wait, the tenant's own among them. None where a figure is
    not known.
    """
    each = tpp_of(request.accelerator)
    if each is None or any(tpp_of(other.accelerator) is None for other in others):
        return None
    series = _series(others)
    start = min([today - BEFORE, *(other.starts_on - timedelta(days=8) for other in others)])
    end = request.starts_on + timedelta(days=request.days)
    planned = None
    asks = request.state in (AllocationRequest.State.SUBMITTED, AllocationRequest.State.DECIDED)
    if asks:
        label = _("%(n)s, asked") % {"n": grouped(request.count)}
        planned = Planned(request.starts_on, end, round(request.count * each), label)
    else:
        series = _series([*others, request]) if request.is_live else series
    chart = StepsChart("TPP", max(start, today - timedelta(days=180)), max(end, today) + AFTER, today, series,
                       planned, round(limit) if limit else None)  # fmt: skip
    waiting = sum(other.count for other in others if not other.is_live)
    return GroupChart(_meta(request, group, waiting), chart, _sentence(chart))


def _series(requests: list[AllocationRequest]) -> tuple[Series, ...]:
    """One for each tenant of the group: what it holds from each day on."""
    changes: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    counts: dict[str, int] = defaultdict(int)
    for one in requests:
        name = short(str(one.tenant)).removesuffix(" Sdn.")
        amount = round(one.count * (tpp_of(one.accelerator) or 0.0))
        changes[name][one.starts_on] += amount
        changes[name][one.starts_on + timedelta(days=one.days)] -= amount
        counts[name] += one.count
    order = sorted(counts, key=lambda name: -counts[name])
    kept, rest = order[:MOST], order[MOST:]
    for name in rest:
        for day, amount in changes[name].items():
            changes[_("others")][day] += amount
    named = [*kept, *([_("others")] if rest else [])]
    found = []
    for name in named:
        held, points = 0.0, []
        for day in sorted(changes[name]):
            held += changes[name][day]
            points.append((day, held))
        note = grouped(counts[name]) if name in counts else ""
        found.append(Series(name, note, tuple(points)))
    return tuple(found)


def _meta(request: AllocationRequest, group: Group, waiting: int) -> str:
    count = len(group.members)
    if count < 2:
        return _("%(tenant)s, alone in its group") % {"tenant": short(str(request.tenant))}
    because: dict[str, Any] = dict.fromkeys(join.because for join in group.joins)
    words = ngettext("%(n)d tenant", "%(n)d tenants", count) % {"n": count}
    rest = [_("%(n)s accelerators wait") % {"n": grouped(waiting)}] if waiting else []
    return " · ".join((words, ", ".join(because), *rest))


def _sentence(chart: StepsChart) -> str:
    text = _("Total processing performance of the group: %(held)s today") % {
        "held": grouped(round(chart.held))
    }
    if chart.planned is not None:
        text += _(", %(then)s with this request") % {"then": grouped(round(chart.highest))}
    if chart.limit is not None:
        text += _(", limit %(limit)s") % {"limit": grouped(round(chart.limit))}
    return f"{text}."
