from __future__ import annotations

from console.operator.pages.application import (
    ApplicationLine,
    ApplicationNewPage,
    ApplicationPage,
    ApplicationsPage,
    DocumentLine,
    EvidenceLine,
    QuestionLine,
    ScreenedLine,
    StatementLine,
    Step,
)
from console.parts import Answer, Dialog, Fact, Field, Option, Proof, State, Tab, Tone
from tests.console.samples import NOW, at, hours

BAD, OK, WARN, IDLE, HOLD, INFO = Tone.BAD, Tone.OK, Tone.WARN, Tone.IDLE, Tone.HOLD, Tone.INFO


def page() -> ApplicationPage:
    return ApplicationPage(
        now=NOW,
        key="AP-0611",
        ref="AP-0611",
        name="Kelipan Labs Sdn. Bhd.",
        meta="Malaysia · SSM 2019•••118 · AP-0611, sent 23 Nov 16:20 by S. Iyarat",
        answer=Answer(
            State(WARN, "Incomplete"),
            "Two things block approval: one passport, and who holds the last 12–18 %.",
        ),
        steps=(
            Step(State(OK, "Sent"), "23 Nov 16:20"),
            Step(State(WARN, "Identity, 3 of 4"), "one passport missing"),
            Step(State(WARN, "Ownership"), "82–88 % told"),
            Step(State(INFO, "Screening"), "1 alert open"),
            Step(State(IDLE, "Decision"), "two people"),
        ),
        evidence=(
            EvidenceLine(
                "S. Iyarat",
                "passport",
                "N •••• 0182, Malaysia, to 2031",
                State(OK, "Good"),
                at("16:02", 23),
                "/documents/d1/",
                (State(OK, "4 check digits"), State(OK, "not expired")),
            ),
            EvidenceLine(
                "D. Ostermaal",
                "passport",
                "•••• 7741, Norway, to 12 Nov 2026",
                State(BAD, "Expired"),
                at("16:04", 23),
                "/documents/d2/",
                (State(OK, "4 check digits"), State(BAD, "expired")),
            ),
            EvidenceLine("Lailani Tengkuara", "passport", "asked 23 Nov", State(WARN, "Missing"), None),
        ),
        evidence_meta="2 of 4 good",
        statements=(
            StatementLine(
                "Mirrorfield Group 镜野集团",
                "shares, directly",
                "Kelipan Labs",
                57,
                63,
                "declared",
                State(OK, "Stands"),
            ),
            StatementLine(
                "Lailani Tengkuara",
                "shares, directly",
                "Kelipan Labs",
                25,
                25,
                "declared",
                State(OK, "Stands"),
            ),
            StatementLine(
                "Kelipan Labs",
                "shares, directly",
                "Kelipan Labs",
                4,
                4,
                "declared",
                State(BAD, "Refused"),
                "statement s-19, field interestedParty: an owner cannot be itself",
            ),
        ),
        statements_meta="2 stand, 1 refused",
        ownership=None,
        screened=(
            ScreenedLine("S. Iyarat", "applicant", "10 lists, 14:01", State(OK, "Clear")),
            ScreenedLine(
                "Perlkamp Shipping Ltd", "payer", "10 lists, 14:01", State(WARN, "Alert A-10490"), "A-10490"
            ),
        ),
        screened_meta="6 of 6 screened 14:01",
        documents=(
            DocumentLine(
                "passport-iyarat.pdf",
                "passport",
                "412 kB",
                at("16:02", 23),
                "/documents/d1/",
                State(OK, "Read"),
            ),
        ),
        questions=(
            QuestionLine(State(WARN, "Open"), "Who holds the last 12–18 %?", "asked 23 Nov, due 1 Dec"),
            QuestionLine(
                State(OK, "Answered"), "Who pays?", "answered 13:22", "Kelipan Labs itself, by transfer."
            ),
        ),
        facts=(Fact("Legal form", "Private company limited by shares"), Fact("Business", "Protein design")),
        history=(
            (at("16:20", 23), "Application sent by S. Iyarat.", Proof(51_012, True)),
            (at("14:02:44"), "Draft saved.", Proof(51_156, False)),
        ),
        approve=Dialog(
            "approve", "Approve", "", "", "/applications/AP-0611/decide/", "", "", cause="waits for 2 things"
        ),
        refuse=Dialog(
            "refuse",
            "Refuse…",
            "Refuse Kelipan Labs?",
            "They are told, with your reason, and may apply again.",
            "/applications/AP-0611/decide/",
            "Leave it open",
            "Refuse the application",
            (Field("reason", "Reason", required=True), Field("decision", "", "refuse", kind="hidden")),
        ),
        ask=Dialog(
            "ask",
            "Ask the tenant",
            "Ask Kelipan Labs",
            "The question stands in their portal at once.",
            "/applications/AP-0611/ask/",
            "Leave it",
            "Send the question",
            (Field("text", "Question", kind="textarea", required=True),),
        ),
    )


def applications() -> ApplicationsPage:
    return ApplicationsPage(
        now=NOW,
        title="6 applications wait, 2 are yours",
        meta="Oldest 3 d 4 h of 5 d",
        tabs=(
            Tab("To assess", "/applications/", "6", current=True),
            Tab("Drafts", "/applications/?state=draft", "3"),
        ),
        filters=(Field("q", "Application", kind="search", placeholder="Name, number or country", key="f"),),
        lines=(
            ApplicationLine(
                "AP-0604",
                "AP-0604",
                "Baobab Sequencing Ltd",
                "Kenya",
                State(INFO, "Screening"),
                4,
                6,
                9,
                "alert A-10486",
                hours(76),
                "you",
            ),
            ApplicationLine(
                "AP-0611",
                "AP-0611",
                "Kelipan Labs Sdn. Bhd.",
                "Malaysia",
                State(WARN, "Incomplete"),
                3,
                6,
                6,
                "passport, 12–18 % of owners",
                hours(22),
            ),
        ),
    )


def new() -> ApplicationNewPage:
    return ApplicationNewPage(
        (
            Field("name", "Name of the organisation", required=True),
            Field(
                "country", "Country", kind="select", options=(Option("MY", "Malaysia"), Option("KE", "Kenya"))
            ),
            Field("email", "Mail of the person who applies", kind="email", required=True),
        )
    )
