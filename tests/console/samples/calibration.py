"""Sample of the calibration page and of clearing a lot: invented figures that add up."""

from __future__ import annotations

from console.charts.columns import Column, ColumnChart
from console.charts.curve import CurveChart, CurvePoint, Line
from console.operator.pages.alerts import Compared
from console.operator.pages.calibration import (
    Bench,
    CalibrationPage,
    Costs,
    Engine,
    ListRow,
    MissedKind,
    MissedRow,
    PastChange,
    Score,
    TryOut,
    WaitingChange,
)
from console.operator.pages.clear_many import Agreement, ClearManyPage, LeftOutLine, LotLine
from console.parts import Answer, Comparison, Dialog, Fact, Field, Link, Option, State, Tone
from tests.console.samples import NOW

AGREES, CLOSE, DIFFERS, NONE = Comparison
CURVE = (
    ("0.50", 1.0, 0.131), ("0.70", 1.0, 0.139), ("0.72", 1.0, 0.172), ("0.75", 0.995, 0.231),
    ("0.80", 0.97, 0.402), ("0.85", 0.93, 0.571), ("0.90", 0.86, 0.742), ("0.95", 0.71, 0.918),
)  # fmt: skip
POINTS = tuple(CurvePoint(recall, precision, label) for label, recall, precision in CURVE)


def page() -> CalibrationPage:
    proposed = State(Tone.INFO, "Proposed")
    rows = (
        ListRow("OFAC SDN", Score(0.70, 0.72), Score(0.70, 0.72), 1256, 16.0, "14–18 %", 3.0, 2.4, False,
                "0 of 201", proposed),
        ListRow("UN", Score(0.70), Score(0.70), 165, 18.8, "14–25 %", 0.6, 0.6, False, "0 of 31",
                State(Tone.OK, "Holds")),
        ListRow("Japan, end users", Score(0.70), Score(0.70), 18, 27.8, "12–51 %", 0.2, 0.2, False, "1 of 5",
                State(Tone.WARN, "Few pairs")),
        ListRow("China, MOFCOM", Score(0.70), Score(0.70), 0, None, "", 0.0, 0.0, False, "0 of 0",
                State(Tone.IDLE, "None decided")),
    )  # fmt: skip
    reason = Field("reason", "Reason", required=True)
    what = "OFAC SDN, persons from 0.70 to 0.72"
    return CalibrationPage(
        now=NOW,
        title="1 threshold waits for a second person",
        meta="Scorer lockgate-1 · 1,439 alerts decided here, 237 of them true, since 1 Jan",
        answer=Answer(
            proposed,
            f"{what}: 3.2 alerts a day instead of 3.8. "
            "Of 237 true matches found here 1 would be missed.",
        ),
        chart=CurveChart(POINTS, POINTS, POINTS[1], POINTS[2]),
        chart_meta="237 true matches, 1,202 cleared · points are thresholds",
        sentence="At the thresholds in force 100.0 % of the true matches are alerts, 13.9 % are right.",
        trust="These are alerts that were raised here: recall is of the true matches found.",
        rows=rows,
        total=ListRow("Together", Score(0.70), Score(0.70), 1439, 16.5, "", 3.8, 3.2, False, "1 of 237",
                      State(Tone.IDLE, "all lists")),
        missed=(MissedRow("A-10311", "/alerts/A-10311/", "Norrvind Turbines", "Japan, end users", 0.713),),
        missed_meta="1 of 237, at the thresholds shown last",
        costs=Costs(
            ColumnChart(
                "alerts a day, by threshold", "true or undecided", "look-alikes, cleared",
                tuple(
                    Column(f"{0.7 + i / 50:.2f}", 1.2 - i / 40, 1.8 / (1 + i / 3), said)
                    for i, said in enumerate(("3.0 now", "2.4", *[""] * 9))
                ),
            ),
            "OFAC SDN, persons · 0.6 a day less at 0.72",
            "OFAC SDN, persons: 0.70: 3.0, 0.72: 2.4.",
            "Alerts raised here since 1 Sep, as a mean a day.",
        ),
        tryout=TryOut(
            (
                Field("dataset", "List", "us_ofac_sdn", kind="select",
                      options=(Option("us_ofac_sdn", "OFAC SDN"), Option("un_sc", "UN"))),
                Field("kind", "Kind", "person", kind="select",
                      options=(Option("person", "Persons"), Option("organisation", "Organisations"))),
                Field("threshold", "Threshold", "0.72", kind="number", was="0.70"),
            ),
            (
                Fact("Threshold", "0.70 → 0.72"),
                Fact("Alerts a day", "3.0 → 2.4"),
                Fact("True matches here missed", "0 of 201"),
                Fact("Open alerts below it", "3 of 8", "they stay open, with a note"),
            ),
            Dialog("propose", "Propose it…", "Propose 0.72 for OFAC SDN, persons?", "Nothing changes until a "
                   "second person approves.", "/calibration/propose/", "Leave it", "Propose it", (reason,)),
        ),
        bench=Bench(
            "make bench-screening",
            "5,899 questions, measured 23 Nov 2026",
            CurveChart(
                POINTS, POINTS, POINTS[1], None, "names that are not listed and raise no alert",
                "recall: listed parties that are found",
                (Line("logic-v1", POINTS[2:]), Line("logic-v2", POINTS[1:])),
            ),
            "At 0.70 97.2 % of the listed are found.",
            "The questions are names of the lists that we altered ourselves.",
            (
                Engine("Lockgate", 0.72, 0.8696, "0.83–0.91", 1584, True),
                Engine("logic-v1", 0.68, 0.7509, "0.69–0.81", 2388),
            ),
            "F1 on 285 name pairs, 95 % interval",
            (MissedKind("Person, two typos", 20.0), MissedKind("Company, two typos", 18.8)),
            "at 0.70, of the altered names of a kind",
        ),
        waiting=(
            WaitingChange(
                what,
                "Proposed by M. Aldous, today 11:02: 0.6 look-alikes a day less.",
                State(Tone.INFO, what),
                Dialog("approve-1", "Approve…", f"Put it in force: {what}?", "Alerts below it stay open.",
                       "/calibration/1/approve/", "Leave it waiting", "Put it in force", (reason,), ink=True),
                Dialog("refuse-1", "Refuse…", "Leave OFAC SDN as it is?", "What is in force stays.",
                       "/calibration/1/refuse/", "Leave it waiting", "Refuse", (reason,)),
            ),
        ),
        past=(PastChange(NOW, "UN, persons from 0.72 to 0.70", "M. Aldous · T. Renwick",
                         State(Tone.OK, "In force")),),
    )  # fmt: skip


def _squares(*comparisons: Comparison) -> tuple[Compared, ...]:
    fields = ("Name", "Birth or forming", "Country", "Number")
    return tuple(Compared(f, c, c.value.replace("_", " ")) for f, c in zip(fields, comparisons, strict=True))


def lot() -> ClearManyPage:
    return ClearManyPage(
        title="Clear 2 look-alikes",
        meta="against one entry, with one reason",
        entry="PERLHORN SHIPPING LTD",
        entry_source="OFAC SDN of 24 Nov",
        size=2,
        lines=(
            LotLine("A-10487", "Perlmond Shipping Ltd", "Kaimori Weather", 0.724,
                    _squares(CLOSE, NONE, DIFFERS, DIFFERS)),
            LotLine("A-10488", "Perlhafen Shipping Ltd", "Norrvind Climate", 0.751,
                    _squares(CLOSE, NONE, DIFFERS, NONE)),
        ),
        agreements=(
            Agreement(CLOSE, "Name is close in 2 of 2."),
            Agreement(DIFFERS, "Country differs in 2 of 2."),
        ),
        left_out=(
            LeftOutLine("A-10377", "/alerts/A-10377/", "Perlhorn Bunkering Ltd", 0.884,
                        "0.800 or more: decide it alone"),
        ),
        effects=(
            Fact("Alerts cleared, one reason", "1"),
            Fact("Pairs that stay cleared", "1", "until party or entry changes, at longest to 24 Nov 2027"),
            Fact("Drawn for a second look", "1", "1 in 5, by lot, by another person"),
            Fact("Left in the queue", "14 − 2 = 12"),
        ),
        limits="Only clearing works on many at once: at most 25, below 0.800, one entry.",
        undo_seconds=10,
        back=Link("Keep them", "/alerts/"),
    )  # fmt: skip
