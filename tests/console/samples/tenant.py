from __future__ import annotations

from functools import cache

from console.operator.pages.tenant import (
    AlertRow,
    GrantRow,
    LegendEntry,
    OwnerLine,
    Ownership,
    PartyRow,
    Printed,
    Rating,
    RatingLine,
    RequestRow,
    TenantLine,
    TenantPage,
    TenantsPage,
    TimeGroup,
    TimeLine,
)
from console.parts import Answer, Dialog, Fact, Field, Link, Option, Proof, State, Tab, Tone
from kyc.ownership.drawing import Drawing, draw
from kyc.ownership.report import assess
from kyc.ownership.statements import Interest, Party, Share, Statement
from tests.console.samples import NOW, at

BAD, OK, WARN, IDLE, HOLD, INFO = Tone.BAD, Tone.OK, Tone.WARN, Tone.IDLE, Tone.HOLD, Tone.INFO


NAMES = {
    "nadia": ("Nadia Ferreyra-Lund", "UY", "Uruguay · born 1979"),
    "konrad": ("Konrad Eszterlund", "AT", "Austria · Demo list, 24 Nov"),
    "imre": ("Imre Halasvari", "HU", "Hungary · director of Kestrel Bay"),
    "anselm": ("Anselm Tidewater Holdings Ltd", "CY", "Cyprus · blocked, 80–90 % listed"),
    "kestrel": ("Kestrel Bay Holdings Pte. Ltd.", "SG", "Singapore · blocked, 70 % by Anselm"),
    "veldmarin": ("Veldmarin Robotics Pte. Ltd.", "SG", "Singapore · the tenant · blocked, 60 %"),
}
SHARES = (
    ("konrad", "anselm", 80, 90),
    ("nadia", "anselm", 10, 20),
    ("anselm", "kestrel", 70, 70),
    ("imre", "kestrel", 30, 30),
    ("kestrel", "veldmarin", 60, 60),
    ("nadia", "veldmarin", 25, 25),
)


@cache
def drawing() -> Drawing:
    """Drawn by the renderer that the product uses."""
    people = ("nadia", "konrad", "imre")
    parties = {key: Party(key, key in people, name, country) for key, (name, country, _) in NAMES.items()}
    statements = [
        Statement(
            f"s{number}",
            f"r{number}",
            owner,
            subject,
            interests=(Interest("shareholding", Share(least, most)),),
        )
        for number, (owner, subject, least, most) in enumerate(SHARES)
    ]
    answer = assess(parties, statements, "veldmarin", flagged={"demo": ["konrad"]})
    return draw(answer, notes={key: note for key, (_, _, note) in NAMES.items()})


def _line(clock: str, tone: Tone, word: str, detail: str, leaf: int) -> TimeLine:
    return TimeLine(at(clock), State(tone, word), detail, Proof(leaf, True))


def page() -> TenantPage:
    return TenantPage(
        now=NOW,
        key="T-0188",
        name="Veldmarin Robotics Pte. Ltd.",
        meta="Singapore · UEN 20•••417K · T-0188 · tenant since 3 Mar 2025 · control group: alone",
        answer=Answer(
            State(BAD, "Suspended"),
            "May not run since today 13:52. Konrad Eszterlund, three layers up, was added to"
            " the demo list, and"
            " 60 % of the shares are held through companies that he owns by half or more.",
            "OFAC 50 Percent Rule",
        ),
        dialogs=(
            Dialog(
                "ask",
                "Ask the tenant",
                "Ask Veldmarin Robotics",
                "The question stands in their portal at once; they are told by mail.",
                "/tenants/T-0188/ask/",
                "Leave it",
                "Send the question",
                (Field("text", "Question", kind="textarea", required=True),),
            ),
            Dialog(
                "lift",
                "Lift suspension…",
                "Lift the suspension?",
                "It stays suspended while a listed owner blocks it: a fact must change first.",
                "/tenants/T-0188/lift/",
                "Keep it",
                "Lift it, 0 grants return",
                (Field("reason", "Reason", placeholder="Kept with the event", required=True),),
            ),
        ),
        export_url="/exports/new/?tenant=T-0188",
        ownership=Ownership(
            meta="Computed 13:52 from 14 statements",
            drawing=drawing().svg,
            legend=tuple(LegendEntry(one.words, one.svg) for one in drawing().legend),
            sentence="Ownership of Veldmarin Robotics: Konrad Eszterlund, listed, holds 80 to 90 % of Anselm"
            " Tidewater, which holds 70 % of Kestrel Bay, which holds 60 % of the tenant. The"
            " table below says all.",
            links=(Link("as table", "#owners"),),
            owners=(
                OwnerLine(
                    "Konrad Eszterlund",
                    "identity not proved",
                    "Anselm",
                    33.6,
                    37.8,
                    52.8,
                    State(BAD, "Yes, listed"),
                ),
                OwnerLine(
                    "Nadia Ferreyra-Lund",
                    "passport, 3 Mar 2025",
                    "directly, Anselm",
                    29.2,
                    33.4,
                    48.4,
                    State(OK, "Yes, known"),
                ),
                OwnerLine(
                    "Imre Halasvari",
                    "passport, 3 Mar 2025",
                    "Kestrel Bay",
                    18.0,
                    18.0,
                    33.0,
                    State(WARN, "Perhaps"),
                ),
                OwnerLine("Unknown", "asked 18 Nov", "directly", 15.0, 15.0, None, State(IDLE, "Not known")),
            ),
            unknown_percent=15.0,
            change=(
                "Not blocked if Mr Eszterlund’s share of Anselm falls below 50 %, or"
                " Anselm’s share of Kestrel"
                " Bay does. Knowing the 15 % changes nothing about the block."
            ),
        ),
        timeline_meta="from the log · every line proved under checkpoint 51,155",
        timeline=(
            TimeGroup(
                "Today, 24 November 2026",
                (
                    _line(
                        "13:52:31",
                        BAD,
                        "3 workloads stopped",
                        "Kubernetes east-2, 22 s after revocation",
                        51_152,
                    ),
                    _line(
                        "13:52:09",
                        BAD,
                        "Grants revoked, G-7719 and G-7720",
                        "on the status list since 13:52:10",
                        51_150,
                    ),
                    _line("13:52:09", BAD, "Suspended", "rule us/sanctions/fifty-percent", 51_149),
                    _line(
                        "13:52:08",
                        WARN,
                        "Alert A-10491, Konrad Eszterlund, 0.991",
                        "same passport number as the entry",
                        51_148,
                    ),
                    _line(
                        "13:52:06",
                        IDLE,
                        "Demo list imported, +31 ~4 −2",
                        "7 parties of 41,880 touched",
                        51_147,
                    ),
                ),
                clock=True,
            ),
            TimeGroup(
                "Before",
                (
                    TimeLine(
                        at("09:12", 18),
                        State(IDLE, "Question sent: who holds 15 %"),
                        "answer due 2 Dec",
                        Proof(50_231, True),
                    ),
                    TimeLine(
                        at("15:40", 30, 10),
                        State(OK, "Grant G-7719 issued, 384 × H100 SXM"),
                        "approved by T. Renwick and R. Halloway",
                        Proof(47_660, True),
                    ),
                    TimeLine(
                        at("11:05", 3, 3, 2025),
                        State(OK, "Tenant approved, rated medium"),
                        "by T. Renwick",
                        Proof(8_204, True),
                    ),
                ),
            ),
        ),
        rating=Rating(
            (
                RatingLine("Blocked through a listed owner", 40),
                RatingLine("15 % of owners unknown", 15),
                RatingLine("Formed after October 2022", 10),
                RatingLine("Holding layers in two countries", 8),
                RatingLine("More accelerators than its staff explains", 5),
            ),
            State(BAD, "High, was medium (38)"),
            "rated 13:52, next review 24 Dec",
        ),
        alerts=(
            AlertRow("A-10491", "A-10491", "Konrad Eszterlund", 0.991, State(WARN, "Second review")),
            AlertRow("A-8230", "A-8230", "Imre Halasvari", 0.718, State(IDLE, "Cleared"), closed=True),
        ),
        alerts_meta="1 open, 6 decided",
        requests=(
            RequestRow("R-2207", "R-2207", "384 × H100 SXM", at("10:00", 28, 10), State(BAD, "Suspended")),
        ),
        requests_meta="1 of 4",
        grants=(
            GrantRow("G-7719", "G-7719", "384 × H100 SXM", "east-2", State(BAD, "Revoked")),
            GrantRow("G-7720", "G-7720", "16 × L40S", "east-2", State(BAD, "Revoked")),
        ),
        grants_meta="0 live, 2 revoked today",
        parties=(
            PartyRow("Konrad Eszterlund", "owner", State(BAD, "Listed")),
            PartyRow("Nadia Ferreyra-Lund", "owner, director", State(OK, "Clear")),
            PartyRow("Imre Halasvari", "director", State(OK, "Clear")),
            PartyRow("Anselm Tidewater", "company", State(BAD, "Blocked")),
            PartyRow("Kestrel Bay", "company", State(BAD, "Blocked")),
        ),
        parties_meta="5 of 5 screened 13:52",
        facts=(
            Fact("Legal form", "Private company limited by shares"),
            Fact("Formed", "11 May 2023"),
            Fact("Head office", "Singapore"),
            Fact("Ultimate parent", "Anselm Tidewater, Cyprus"),
            Fact("Business", "Robot training in simulation"),
            Fact("Staff", "23, declared Feb 2026"),
        ),
        printed=Printed(
            "Lockgate Northquay · confidential, holds personal data"
            " · printed 24 November 2026, 14:05 CET (13:05 UTC) by M. Aldous",
            "Checkpoint 51,155 of 24 November 2026, 13:00 UTC · check: python -m audit.verify",
        ),
    )


def tenants() -> TenantsPage:
    def line(
        ref: str,
        name: str,
        country: str,
        state: State,
        rating: str,
        points: int | None,
        grants: int,
        gpus: int,
    ) -> TenantLine:
        return TenantLine(
            ref, ref, name, country, state, rating, points, grants, gpus, at("13:52"), at("11:05", 3, 3, 2025)
        )

    return TenantsPage(
        now=NOW,
        title="412 tenants, 3 may not run",
        meta="41,880 parties behind them · 2 suspended, 1 held · live 14:05",
        tabs=(
            Tab("All", "/tenants/", "412", current=True),
            Tab("Active", "/tenants/?state=active", "409"),
            Tab("Held", "/tenants/?state=held", "1"),
            Tab("Suspended", "/tenants/?state=suspended", "2"),
        ),
        filters=(
            Field("q", "Tenant", kind="search", placeholder="Name, number or country", key="f"),
            Field(
                "rating", "Rating", kind="select", options=(Option("", "Rating: any"), Option("high", "High"))
            ),
        ),
        lines=(
            line("T-0231", "Meridian Lantern FZ-LLC", "UAE", State(HOLD, "Held"), "medium", 44, 2, 144),
            line(
                "T-0188",
                "Veldmarin Robotics Pte. Ltd.",
                "Singapore",
                State(BAD, "Suspended"),
                "high",
                78,
                0,
                0,
            ),
            line(
                "T-0304",
                "Saffron Delta Models Sdn. Bhd.",
                "Malaysia",
                State(OK, "Active"),
                "medium",
                41,
                1,
                128,
            ),
            line("T-0092", "Kaimori Weather KK", "Japan", State(OK, "Active"), "low", 12, 4, 1_280),
            line("T-0410", "Kelipan Labs Sdn. Bhd.", "Malaysia", State(INFO, "Applies"), "", None, 0, 0),
        ),
    )
