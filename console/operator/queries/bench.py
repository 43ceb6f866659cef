"""The figures that `make bench-screening` left in the installation's folder, for the calibration page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from console.charts.curve import CurveChart, CurvePoint, Line
from console.operator.pages.calibration import Bench, Engine, MissedKind
from console.say import grouped, shown

COMMAND = "make bench-screening"
OURS = "ours"
MOST_KINDS = 8
#: The corner that decides; what lies outside would squeeze it.
LEAST_RECALL, LEAST_QUIET = 0.8, 0.9
#: Thresholds that our own curve names.
NAMED = (0.50, 0.60, 0.70, 0.75, 0.80, 0.90)


def figures(now: datetime) -> Bench:
    """What was measured; a page without a chart where nothing was, or where the file is not whole."""
    path = Path(settings.LOCAL_DIR) / "bench" / "screening.json"
    try:
        at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return _read(json.loads(path.read_text()), at, now)
    except FileNotFoundError:
        return Bench(COMMAND, _("Nothing was measured on this machine yet."))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Bench(COMMAND, _("The figures of the last measurement cannot be read."))


def _read(found: Mapping[str, Any], at: datetime, now: datetime) -> Bench:
    search = found["end_to_end"]
    ours = search["engines"][OURS]
    day = shown(at, "date", now)
    return Bench(
        command=COMMAND,
        meta=_("%(n)s questions, measured %(day)s") % {"n": grouped(search["queries"]), "day": day},
        chart=_chart(search["engines"]),
        sentence=_(
            "At %(t).2f %(r).1f %% of the listed are found, and %(f).1f of 1,000 names that are not listed "
            "raise an alert."
        )
        % {
            "t": ours["shipped"]["threshold"],
            "r": 100 * ours["shipped"]["recall"],
            "f": ours["shipped"]["negatives_per_1000"],
        },
        trust=_(
            "The questions are names of the lists that we altered ourselves by kind, and names that are on "
            "none; the peers compare only what our index finds, so a search engine's own misses are not "
            "counted against them. Look-alikes raise %(l).1f alerts in 1,000 here, other names %(s).1f."
        )
        % {
            "l": ours["shipped"]["look_alikes_per_1000"],
            "s": ours["shipped"]["strangers_per_1000"],
        },
        engines=tuple(_engines(found)),
        engines_meta=_("F1 on %(n)s name pairs, 95 %% interval")
        % {"n": grouped(found["name_pairs"]["pairs"])},
        missed=_missed(ours["by_kind"]),
        missed_meta=_("at %(t).2f, of the altered names of a kind") % {"t": ours["shipped"]["threshold"]},
    )


def _chart(engines: Mapping[str, Any]) -> CurveChart:
    points = _points(engines[OURS])
    shipped = engines[OURS]["shipped"]
    return CurveChart(
        points=points,
        marks=tuple(point for point in points if float(point.label) in NAMED),
        chosen=_point(shipped, _("%(t).2f, shipped") % {"t": shipped["threshold"]}),
        down=_("names that are not listed and raise no alert"),
        along=_("recall: listed parties that are found"),
        peers=tuple(Line(name, _points(engine)) for name, engine in engines.items() if name != OURS),
    )


def _points(engine: Mapping[str, Any]) -> tuple[CurvePoint, ...]:
    points = [_point(point, f"{point['threshold']:.2f}") for point in engine["curve"]]
    return tuple(p for p in points if p.recall >= LEAST_RECALL and p.precision >= LEAST_QUIET)


def _point(point: Mapping[str, Any], label: str) -> CurvePoint:
    return CurvePoint(point["recall"], 1 - point["negatives_per_1000"] / 1000, label)


def _engines(found: Mapping[str, Any]) -> Iterable[Engine]:
    rates = found["end_to_end"]["rates"]
    for name, engine in found["name_pairs"]["engines"].items():
        best = engine["best"]
        low, high = best["interval"]
        rate = (
            found["speed"]["names_per_second_per_core"]
            if name == OURS
            else rates[name]["names_per_second_scoring_alone"]
        )
        yield Engine(
            _("Lockgate") if name == OURS else name,
            best["threshold"],
            best["f1"],
            f"{low:.2f}–{high:.2f}",
            round(rate),
            name == OURS,
        )


def _missed(by_kind: Mapping[str, float]) -> tuple[MissedKind, ...]:
    """The kinds of altered names that we miss most; what should raise no alert stands elsewhere."""
    altered = {k: v for k, v in by_kind.items() if not k.startswith(("stranger", "look-alike"))}
    worst = sorted(altered.items(), key=lambda one: (one[1], one[0]))
    return tuple(
        MissedKind(_kind(name), 100 * (1 - recall)) for name, recall in worst[:MOST_KINDS] if recall < 1
    )


def _kind(name: str) -> str:
    """person two typos → Person, two typos."""
    who, _space, what = name.partition(" ")
    return f"{who.capitalize() if who.islower() else who}, {what}" if what else who
