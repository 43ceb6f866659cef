"""The installation's own decisions against its thresholds, those in force and those proposed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.roles import Act
from console.audience import where
from console.charts.curve import CurveChart, CurvePoint
from console.operator.pages.calibration import CalibrationPage, Costs, ListRow, MissedRow, Score, TryOut
from console.operator.queries import bench, threshold_changes, threshold_costs
from console.operator.queries.threshold_changes import KINDS
from console.operator.queries.threshold_costs import Raised, Tried
from console.parts import Answer, Dialog, Fact, Field, Option, State, Tone
from console.say import dataset_name, grouped, shown
from kyc.lists.sources import SOURCES, in_order
from kyc.models import Alert, ListVersion, Threshold
from kyc.screening import calibrate, thresholds
from kyc.screening.calibrate import Labelled
from kyc.screening.levels import Level, Levels, PartyKind, kinds_of
from kyc.screening.score import THRESHOLD
from kyc.screening.threshold_changes import LOWEST

States = Alert.State
#: Alerts a day are a mean over this many days, or since the first alert.
DAYS = 90
#: Below so many decided alerts a figure is a guess, and the page says so.
FEW = 30
MOST_MISSED = 20
#: Thresholds that the curve names.
NAMED = (0.50, 0.60, 0.65, 0.70, 0.75, 0.80, 0.85, 0.90, 0.95)


@dataclass(frozen=True, slots=True)
class Seen:
    """One alert, decided or not, as the figures read it."""

    pk: object
    datasets: tuple[str, ...]
    schema: str
    score: float
    state: str
    raised_at: datetime

    @property
    def decided(self) -> bool:
        return self.state in (States.TRUE_MATCH, States.FALSE_POSITIVE)

    @property
    def true(self) -> bool:
        return self.state == States.TRUE_MATCH

    def raised_by(self, levels: Levels) -> bool:
        return self.score >= levels.threshold(self.datasets, self.schema)


def page(user: User, asked: Mapping[str, str], *, now: datetime | None = None) -> CalibrationPage:
    """`asked`: dataset, kind and threshold of a try, as the address says them."""
    now = now or timezone.now()
    seen = _seen(now)
    levels = thresholds.in_force()
    changes = threshold_changes.proposals()
    then = _with(levels, {(c.dataset, c.kind): Level(c.threshold, c.hold_at) for c in changes})
    names = _names(seen, levels, changes)
    rows = tuple(_row(name, [s for s in seen if name in s.datasets], levels, then, now) for name in names)
    total = _total(seen, levels, then, now)
    decided = [s for s in seen if s.decided]
    missed = [s for s in decided if s.true and not s.raised_by(then)]
    true = sum(s.true for s in decided)
    tried, error = _tried(asked, names, levels)
    return CalibrationPage(
        now=now,
        title=_title(names, levels, changes),
        meta=_meta(decided, true, now),
        answer=_answer(changes, total, decided, missed, true),
        chart=_chart(decided, levels, then if changes else None),
        chart_meta=ngettext(
            "%(true)s true match, %(false)s cleared · points are thresholds",
            "%(true)s true matches, %(false)s cleared · points are thresholds",
            true,
        )
        % {"true": grouped(true), "false": grouped(len(decided) - true)},
        sentence=_sentence(decided, levels),
        trust=_(
            "These are alerts that were raised here, so a match that no threshold of its time let through is "
            "not among them: recall is of the true matches found, not of all there are. An interval holds in "
            "95 of 100 cases and is wide where little was decided."
        ),
        rows=rows,
        total=total,
        missed=_missed(missed),
        missed_meta=_("%(n)s of %(all)s, at the thresholds shown last")
        % {"n": grouped(len(missed)), "all": grouped(true)},
        costs=_costs(tried, seen, levels, now),
        tryout=_tryout(user, tried, error, names, seen, levels, now),
        waiting=threshold_changes.waiting(changes, user, now),
        past=threshold_changes.past(),
        bench=bench.figures(now),
    )


def _seen(now: datetime) -> list[Seen]:
    recent = Q(raised_at__gte=now - timedelta(days=DAYS))
    rows = Alert.objects.filter(recent | Q(state__in=[States.TRUE_MATCH, States.FALSE_POSITIVE]))
    return [
        Seen(pk, tuple(datasets), schema, score, state, raised_at)
        for pk, datasets, schema, score, state, raised_at in rows.values_list(
            "pk", "datasets", "party__schema", "score", "state", "raised_at"
        )
    ]


def _with(levels: Levels, more: Mapping[tuple[str, str], Level]) -> Levels:
    return Levels({**levels.changed, **more})


def _names(seen: Sequence[Seen], levels: Levels, changes: Sequence[Threshold]) -> tuple[str, ...]:
    """The lists of the versions in force, and those that alerts or thresholds name."""
    in_force = ListVersion.objects.filter(state=ListVersion.State.IN_FORCE).values_list("source", flat=True)
    found = {name for source in in_force if source in SOURCES for name in SOURCES[source].datasets}
    found |= {name for one in seen for name in one.datasets}
    found |= {name for name, _kind in levels.changed} | {change.dataset for change in changes}
    return in_order(found)


def _score(name: str, kind: PartyKind, levels: Levels, then: Levels) -> Score:
    before, after = levels.level(name, kind).threshold, then.level(name, kind).threshold
    return Score(before, after if after != before else None)


def _row(name: str, seen: Sequence[Seen], levels: Levels, then: Levels, now: datetime) -> ListRow:
    persons = _score(name, PartyKind.PERSON, levels, then)
    organisations = _score(name, PartyKind.ORGANISATION, levels, then)
    proposed = [one for one in (persons, organisations) if one.then is not None]
    decided = [s for s in seen if s.decided]
    if proposed:
        state = State(Tone.INFO, _("Proposed"))
    elif not decided:
        state = State(Tone.IDLE, _("None decided"))
    elif len(decided) < FEW:
        state = State(Tone.WARN, _("Few pairs"))
    else:
        state = State(Tone.OK, _("Holds"))
    return _figures(dataset_name(name), persons, organisations, seen, levels, then, state, now)


def _total(seen: Sequence[Seen], levels: Levels, then: Levels, now: datetime) -> ListRow:
    nothing = Score(THRESHOLD)
    return _figures(
        _("Together"), nothing, nothing, seen, levels, then, State(Tone.IDLE, _("all lists")), now
    )


def _figures(
    name: str,
    persons: Score,
    organisations: Score,
    seen: Sequence[Seen],
    levels: Levels,
    then: Levels,
    state: State,
    now: datetime,
) -> ListRow:
    decided = [s for s in seen if s.decided]
    point = _point(decided, levels)
    alerts = point.true_positives + point.false_positives
    true = [s for s in decided if s.true]
    missed = sum(not s.raised_by(then) for s in true)
    before, after = _a_day(seen, levels, now), _a_day(seen, then, now)
    lower = any(one.then is not None and one.then < one.now for one in (persons, organisations))
    return ListRow(
        name,
        persons,
        organisations,
        len(decided),
        _percent(point.precision),
        _between(point.true_positives, alerts),
        before,
        after,
        lower,
        _("%(n)s of %(all)s") % {"n": grouped(missed), "all": grouped(len(true))},
        state,
    )


def _point(decided: Sequence[Seen], levels: Levels) -> calibrate.Point:
    """Counts at the thresholds of each one's own lists and kind; the point's own threshold says nothing."""
    found = sum(s.true and s.raised_by(levels) for s in decided)
    wrong = sum(not s.true and s.raised_by(levels) for s in decided)
    return calibrate.Point(THRESHOLD, found, wrong, sum(s.true for s in decided) - found)


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _between(successes: int, trials: int) -> str:
    if not trials:
        return ""
    low, high = calibrate.wilson(successes, trials)
    return f"{100 * low:.0f}–{100 * high:.0f}\N{NO-BREAK SPACE}%"


def _a_day(seen: Sequence[Seen], levels: Levels, now: datetime) -> float:
    recent = [s for s in seen if s.raised_at >= now - timedelta(days=DAYS)]
    if not recent:
        return 0.0
    days = max(1.0, (now - min(s.raised_at for s in recent)) / timedelta(days=1))
    return sum(s.raised_by(levels) for s in recent) / days


def _title(names: Sequence[str], levels: Levels, changes: Sequence[Threshold]) -> str:
    if changes:
        return ngettext(
            "%(n)d threshold waits for a second person",
            "%(n)d thresholds wait for a second person",
            len(changes),
        ) % {"n": len(changes)}
    moved = {name for (name, _kind), level in levels.changed.items() if level.threshold != THRESHOLD}
    if not names:
        return _("No list is imported")
    if not moved:
        return ngettext("%(t).2f holds on the list", "%(t).2f holds on all %(n)d lists", len(names)) % {
            "t": THRESHOLD,
            "n": len(names),
        }
    return _("%(t).2f holds on %(n)d of %(all)d lists, people moved the others") % {
        "t": THRESHOLD,
        "n": len(set(names) - moved),
        "all": len(names),
    }


def _meta(decided: Sequence[Seen], true: int, now: datetime) -> str:
    words = _("Scorer %(scorer)s · %(n)s alerts decided here, %(true)s of them true") % {
        "scorer": thresholds.SCORER,
        "n": grouped(len(decided)),
        "true": grouped(true),
    }
    if decided:
        since = min(s.raised_at for s in decided)
        words += ", " + _("since %(day)s") % {"day": shown(timezone.localtime(since).date(), now=now)}
    return words


def _answer(
    changes: Sequence[Threshold], total: ListRow, decided: Sequence[Seen], missed: Sequence[Seen], true: int
) -> Answer:
    if changes:
        what = "; ".join(threshold_changes.what(change) for change in changes)
        words = _("%(what)s: %(then).1f alerts a day instead of %(now).1f.") % {
            "what": what,
            "then": total.a_day_then,
            "now": total.a_day,
        }
        misses = ngettext(
            "Of %(all)s true matches found here %(n)d would be missed.",
            "Of %(all)s true matches found here %(n)d would be missed.",
            len(missed),
        )
        none = _("Of %(all)s true matches found here none would have been missed.")
        words += " " + (misses if missed else none) % {"all": grouped(true), "n": len(missed)}
        return Answer(State(Tone.INFO, _("Proposed")), words)
    if len(decided) < FEW:
        return Answer(
            State(Tone.WARN, _("Few decisions")),
            ngettext(
                "%(n)d alert was decided here. Below %(few)d a figure is a guess: change nothing by it.",
                "%(n)d alerts were decided here. Below %(few)d a figure is a guess: change nothing by it.",
                len(decided),
            )
            % {"n": len(decided), "few": FEW},
        )
    return Answer(
        State(Tone.OK, _("In force")),
        _("%(p).1f %% of the alerts decided here were right (%(between)s), %(day).1f come a day.")
        % {"p": total.precision or 0.0, "between": total.interval, "day": total.a_day},
    )


def _chart(decided: Sequence[Seen], levels: Levels, then: Levels | None) -> CurveChart | None:
    points = {
        point.threshold: CurvePoint(point.recall, point.precision, f"{point.threshold:.2f}")
        for point in calibrate.table([Labelled(s.score, s.true) for s in decided])
        if point.recall is not None and point.precision is not None
    }
    if not points:
        return None
    return CurveChart(
        tuple(points.values()),
        tuple(points[name] for name in NAMED if name in points),
        _operating(decided, levels, _("in force")),
        _operating(decided, then, _("proposed")) if then else None,
    )


def _operating(decided: Sequence[Seen], levels: Levels, word: str) -> CurvePoint | None:
    point = _point(decided, levels)
    if point.recall is None or point.precision is None:
        return None
    return CurvePoint(point.recall, point.precision, word)


def _sentence(decided: Sequence[Seen], levels: Levels) -> str:
    point = _point(decided, levels)
    if point.recall is None or point.precision is None:
        return _("Too little was decided to draw a curve.")
    return _(
        "At the thresholds in force %(r).1f %% of the true matches found here are alerts, "
        "and %(p).1f %% of the alerts are right."
    ) % {"r": 100 * point.recall, "p": 100 * point.precision}


def _missed(missed: Sequence[Seen]) -> tuple[MissedRow, ...]:
    """True matches that the thresholds shown last would not raise, by name."""
    worst = sorted(missed, key=lambda s: -s.score)[:MOST_MISSED]
    rows = Alert.objects.select_related("party__data_key").filter(pk__in=[s.pk for s in worst])
    return tuple(
        MissedRow(
            alert.label,
            where("operator:alert", alert.label),
            str(alert.party.caption),
            dataset_name(alert.dataset),
            alert.score,
        )
        for alert in rows.order_by("-score", "number")
    )


def _tried(asked: Mapping[str, str], names: Sequence[str], levels: Levels) -> tuple[Tried, str]:
    """The list, kind and threshold that the address names, and what is wrong with the threshold."""
    name = asked.get("dataset", "") if asked.get("dataset", "") in names else (names[0] if names else "")
    kind = asked["kind"] if asked.get("kind") in KINDS else PartyKind.PERSON.value
    before = levels.level(name, kind)
    value, error = before.threshold, ""
    try:
        value = round(float(asked.get("threshold") or value), 3)
        if not LOWEST <= value <= 1.0:
            raise ValueError
    except ValueError:
        value, error = before.threshold, _("A threshold lies between %(low).2f and 1.") % {"low": LOWEST}
    words = f"{dataset_name(name)}, {_(KINDS[kind]).lower()}" if name else ""
    return Tried(name, kind, before.threshold, value, words), error


def _concerned(tried: Tried, seen: Sequence[Seen]) -> list[Seen]:
    return [s for s in seen if tried.dataset in s.datasets and tried.kind in kinds_of(s.schema)]


def _costs(tried: Tried, seen: Sequence[Seen], levels: Levels, now: datetime) -> Costs:
    @cache
    def at(threshold: float) -> Levels:
        return _with(levels, {(tried.dataset, tried.kind): Level(threshold, threshold)})

    alerts = [
        Raised(
            s.state == States.FALSE_POSITIVE, s.raised_at, lambda threshold, s=s: s.raised_by(at(threshold))
        )
        for s in _concerned(tried, seen)
    ]
    return threshold_costs.costs(tried, alerts, DAYS, now)


def _tryout(
    user: User,
    tried: Tried,
    error: str,
    names: Sequence[str],
    seen: Sequence[Seen],
    levels: Levels,
    now: datetime,
) -> TryOut:
    name, kind, value = tried.dataset, tried.kind, tried.value
    before = levels.level(name, kind)
    fields = (
        Field(
            "dataset", _("List"), name, kind="select",
            options=tuple(Option(one, dataset_name(one)) for one in names),
        ),
        Field(
            "kind", _("Kind"), kind, kind="select",
            options=tuple(Option(one, _(word)) for one, word in KINDS.items()),
        ),
        Field(
            "threshold", _("Threshold"), f"{value:.3f}".rstrip("0").ljust(4, "0"), kind="number",
            was=f"{before.threshold:.2f}", errors=(error,) if error else (),
        ),
    )  # fmt: skip
    # A score that holds lies never below the threshold: it moves along where it must.
    hold_at = max(before.hold_at, value)
    then = _with(levels, {(name, kind): Level(value, hold_at)})
    rows = (
        Fact(_("Threshold"), f"{before.threshold:.2f} → {value:.2f}"),
        *_compare(_concerned(tried, seen), levels, then, value < before.threshold, now),
    )
    may = user.may(Act.DECIDE_ALERTS) or user.may(Act.APPROVE_LISTS)
    changed = value != before.threshold
    dialog = _propose(name, kind, value, hold_at, before) if may and changed and name else None
    return TryOut(fields, rows, dialog, error)


def _compare(
    seen: Sequence[Seen], levels: Levels, then: Levels, lower: bool, now: datetime
) -> tuple[Fact, ...]:
    decided = [s for s in seen if s.decided]
    waiting = [s for s in seen if s.state in Alert.UNDECIDED]
    before, after = _point(decided, levels), _point(decided, then)
    least = _("at least; who lies below is not known yet") if lower else ""
    arrow = "%s → %s"

    def share(point: calibrate.Point) -> str:
        return "–" if point.precision is None else f"{100 * point.precision:.1f}\N{NO-BREAK SPACE}%"

    return (
        Fact(
            _("Alerts a day"),
            arrow % (f"{_a_day(seen, levels, now):.1f}", f"{_a_day(seen, then, now):.1f}"),
            least,
        ),
        Fact(_("of them right"), arrow % (share(before), share(after))),
        Fact(_("Cleared in vain"), arrow % (grouped(before.false_positives), grouped(after.false_positives))),
        Fact(
            _("True matches here missed"),
            _("%(n)s of %(all)s")
            % {
                "n": grouped(after.false_negatives),
                "all": grouped(after.true_positives + after.false_negatives),
            },
        ),
        Fact(
            _("Open alerts below it"),
            _("%(n)s of %(all)s")
            % {"n": grouped(sum(not s.raised_by(then) for s in waiting)), "all": grouped(len(waiting))},
            _("they stay open, with a note"),
        ),
    )


def _propose(name: str, kind: str, value: float, hold_at: float, before: Level) -> Dialog:
    return Dialog(
        "propose",
        _("Propose it…"),
        _("Propose %(value).2f for %(list)s, %(kind)s?")
        % {"value": value, "list": dataset_name(name), "kind": _(KINDS[kind]).lower()},
        _("Nothing changes until a second person approves. It was %(was).2f.") % {"was": before.threshold},
        where("operator:threshold_propose"),
        _("Leave it"),
        _("Propose it"),
        (
            Field("dataset", "", name, kind="hidden"),
            Field("kind", "", kind, kind="hidden"),
            Field("threshold", "", f"{value:.3f}", kind="hidden"),
            Field(
                "hold_at",
                _("Counts as listed from"),
                f"{hold_at:.2f}",
                kind="number",
                hint=_("An undecided alert of a blocking list at or above this score holds the tenant."),
            ),
            Field("reason", _("Reason"), required=True, placeholder=_("What was measured")),
        ),
        ink=True,
    )
