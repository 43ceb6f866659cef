from __future__ import annotations

from datetime import date

from console.charts.steps import Planned, Series, StepsChart
from console.operator.pages.request import (
    Approval,
    Change,
    FallsAway,
    GroupChart,
    Question,
    ReadFact,
    Reason,
    RequestLine,
    RequestPage,
    RequestsPage,
    Step,
    WhatIf,
    WhatIfResult,
)
from console.parts import Answer, Dialog, Fact, Field, Option, Proof, State, Tab, Tone
from tests.console.samples import NOW, hours

BAD, OK, WARN, IDLE, HOLD, INFO = Tone.BAD, Tone.OK, Tone.WARN, Tone.IDLE, Tone.HOLD, Tone.INFO
TPP = 15_832
CHART = StepsChart(
    "TPP",
    date(2026, 8, 25),
    date(2027, 1, 8),
    date(2026, 11, 24),
    (
        Series("Saffron Delta Research", "192", ((date(2026, 9, 3), 192 * TPP),)),
        Series("Pelangi Vision Lab", "128", ((date(2026, 10, 21), 128 * TPP),)),
        Series("Saffron Delta Models", "128", ((date(2026, 11, 9), 128 * TPP),)),
    ),
    Planned(date(2026, 12, 1), date(2026, 12, 31), 512 * TPP, "512, asked"),
    12_000_000,
)


def page() -> RequestPage:
    refer, permit, notice = State(WARN, "Refer"), State(OK, "Permit"), State(IDLE, "Notice")
    return RequestPage(
        now=NOW,
        key="R-2318",
        ref="R-2318",
        title="512 × H100 SXM in Johor-1, 30 days from 1 December",
        meta="Saffron Delta Models Sdn. Bhd. · Malaysia · R-2318, asked today 13:58 by S. Iyarat"
        " · 368,640 accelerator hours · 8,105,984 TPP",
        answer=Answer(
            refer,
            "A person must decide: two rules refer it, two questions to the tenant are open,"
            " and one approval of"
            " two is given.",
        ),
        steps=(
            Step(State(OK, "Asked"), "13:58"),
            Step(State(OK, "Rules decided"), "13:58, pack us 2026.11.2"),
            Step(State(WARN, "Questions, 2 open"), "due 1 Dec"),
            Step(State(INFO, "Approvals, 1 of 2"), "first by R. Halloway 14:01"),
            Step(State(IDLE, "Grant"), "24 h at a time"),
        ),
        reasons=(
            Reason(
                refer,
                "Training for a party headquartered in Macau or a D:5 country is a red flag to resolve before"
                " access.",
                "BIS policy statement 2025-05-13",
                (
                    ReadFact("purpose", "model training", "request"),
                    ReadFact("parent", "Mirrorfield Group 镜野集团 57–63 %", "ownership, 19 Nov"),
                    ReadFact("parent_country", "China, D:5", "groups of 23 Jul 2026"),
                ),
            ),
            Reason(
                refer,
                "The control group would hold 15,198,720 TPP, more than its limit.",
                "provider",
                (
                    ReadFact("group_tpp", "7,092,736", "448 now"),
                    ReadFact("tpp", "8,105,984", "512 × 15,832"),
                    ReadFact("limit", "12,000,000 TPP", "set 1 Aug 2026"),
                ),
            ),
            Reason(
                permit,
                "Nobody in the chain is on a blocking list or blocked through one.",
                "31 CFR ch. V",
                (
                    ReadFact("listed", "none of 11 parties", "14:04, 10 lists"),
                    ReadFact("eu_fsf", "version of 19 Nov", "list is late"),
                ),
            ),
            Reason(
                notice,
                "Worldwide licence for 3A090.a. In the text, not enforced since 13 May 2025:"
                " decides nothing.",
                "15 CFR 742.6(a)(6)",
                (ReadFact("eccn", "3A090.a", "TPP 15,832 ≥ 4,800"),),
                notice=True,
                status="suspended",
            ),
            Reason(
                notice,
                "Identification of foreign customers: 8 of 9 records on file, payment source missing.",
                "89 FR 5698 (proposed 15 CFR part 7)",
                (ReadFact("payment", "unknown"),),
                notice=True,
                status="proposed",
            ),
        ),
        reasons_meta="5 of 48 rules apply, strongest first",
        packs="us 2026.11.2 · sha256:9f2c…41d7",
        questions=(
            Question(
                State(WARN, "Blocks"),
                "For whom is the model trained, and where is that party headquartered?",
                "asked 14:01, due 1 Dec",
            ),
            Question(State(WARN, "Blocks"), "Where do the remote users sit?", "asked 14:01, due 1 Dec"),
            Question(
                State(IDLE, "Open"),
                "Expected operations of the run. No reason to refer below 1,000 accelerators.",
                "not asked",
            ),
        ),
        approvals=(
            Approval(
                State(OK, "approved"),
                "R. Halloway",
                "14:01, “Site and power fit; answers still needed”",
                Proof(51_155, False),
            ),
            Approval(
                State(IDLE, "open"),
                "Second person",
                "You may: you did not ask and are not the first.",
                open=True,
            ),
        ),
        approvals_meta="refer asks for two people",
        what_if=WhatIf(
            (
                Field("count", "Count", "309", kind="number", was="512"),
                Field("purpose", "Purpose", "a", kind="select", options=(Option("a", "Model training"),)),
                Field("site", "Site", "a", kind="select", options=(Option("a", "Johor-1, Malaysia"),)),
                Field("as_of", "On", "1 Dec 2026"),
                Field("pack", "Pack", "a", kind="select", options=(Option("a", "us 2026.11.2"),)),
            ),
            WhatIfResult(
                State(WARN, "Still refer"),
                "one reason less",
                (
                    FallsAway("Group limit", "11,984,824", State(OK, "Falls away")),
                    FallsAway("Training for D:5", "same", refer),
                ),
            ),
        ),
        changes=(
            Change("At most 309 instead of 512", State(WARN, "Refer, 1 reason")),
            Change("Inference instead of training", State(WARN, "Refer, 1 reason")),
            Change("Both", permit),
            Change("Hardware moved to the tenant", State(HOLD, "Licence required")),
            Change("Parent added to a blocking list", State(BAD, "Deny")),
        ),
        granted=(
            Fact("Grant", "24 h, renewed hourly while nothing changes"),
            Fact("Bound to", "cluster johor-1, project sdm-train"),
            Fact("Ends", "31 Dec 2026 00:00 UTC, or 368,640 h"),
            Fact("Duties", "none today"),
        ),
        group=GroupChart(
            "Saffron Delta, 3 tenants under one parent · joined 12 Nov: same beneficial owner",
            CHART,
            "Total processing performance of the group: 7,092,736 held today, 15,198,720 with this request,"
            " limit 12,000,000.",
        ),
        approve=Dialog(
            "approve",
            "Approve",
            "Approve R-2318?",
            "",
            "/requests/R-2318/approve/",
            "Not yet",
            "Approve",
            cause="waits for 2 answers",
        ),
        refuse=Dialog(
            "refuse",
            "Refuse…",
            "Refuse R-2318?",
            "Nothing is granted. Saffron Delta Models is told, with your reason.",
            "/requests/R-2318/refuse/",
            "Leave it open",
            "Refuse 512 × H100 SXM",
            (
                Field(
                    "reason", "Reason", placeholder="Kept with the event, shown to the tenant", required=True
                ),
            ),
        ),
        can_replay=True,
    )


def requests() -> RequestsPage:
    def line(
        ref: str, tenant: str, what: str, site: str, tpp: int | None, outcome: State, age: float, waits: str
    ) -> RequestLine:
        return RequestLine(ref, ref, tenant, what, site, tpp, outcome, State(IDLE, "Open"), hours(age), waits)

    return RequestsPage(
        now=NOW,
        title="5 requests wait, none is late",
        meta="Oldest 1 d 2 h of 2 d · 2 wait for a second person, 2 for the tenant",
        tabs=(
            Tab("To decide", "/requests/", "5", current=True),
            Tab("Second person", "/requests/?queue=second", "2"),
            Tab("Answers awaited", "/requests/?queue=answers", "7"),
            Tab("Decided", "/requests/?queue=decided", "31 in 7 d"),
        ),
        filters=(
            Field("q", "Tenant or request", kind="search", placeholder="Tenant, request, site", key="f"),
        ),
        lines=(
            line(
                "R-2311",
                "Aurelio Protein Lab",
                "96 × H200 SXM, 14 d",
                "north-1, Norway",
                1_519_872,
                State(OK, "Permit"),
                26,
                "one approval",
            ),
            line(
                "R-2309",
                "Kaimori Weather",
                "1,024 × H200 SXM, 60 d",
                "east-2, Poland",
                16_211_968,
                State(OK, "Permit"),
                19,
                "second person",
            ),
            line(
                "R-2318",
                "Saffron Delta Models",
                "512 × H100 SXM, 30 d",
                "Johor-1, Malaysia",
                8_105_984,
                State(WARN, "Refer"),
                0.12,
                "2 answers of the tenant",
            ),
            line(
                "R-2316",
                "Tallowgate Analytics",
                "8 × X900, 7 d",
                "west-3, Ireland",
                None,
                State(WARN, "Refer"),
                4.5,
                "the accelerator is unknown",
            ),
        ),
    )
