from __future__ import annotations

from console.charts.scales import ShareBar
from console.parts import Answer, Fact, Field, Option, Proof, State, Tone
from console.portal.pages.application import (
    AskPage,
    Entries,
    EntryLine,
    GrantLine,
    HomePage,
    MessageLine,
    QuestionForm,
    RequestLine,
    RequestPage,
    SendPage,
    Side,
    StepLine,
    StepPage,
    WaitLine,
    Why,
)
from tests.console.samples import NOW, at

BAD, OK, WARN, IDLE, HOLD, INFO = Tone.BAD, Tone.OK, Tone.WARN, Tone.IDLE, Tone.HOLD, Tone.INFO
URL = "/portal/application/AP-0611/"
STEPS = (
    StepLine("Organisation", f"{URL}organisation/", State(OK, "done 20 Nov")),
    StepLine("People", f"{URL}people/", State(OK, "4 people, done 20 Nov")),
    StepLine("Who owns it", f"{URL}owners/", State(INFO, "draft, 82–88 % told"), current=True),
    StepLine("Identity", f"{URL}identity/", State(WARN, "1 of 4 missing")),
    StepLine("What you will run", f"{URL}use/", State(OK, "done 23 Nov")),
    StepLine("Check and send", f"{URL}send/", State(IDLE, "about 5 minutes")),
)
WAITS = (
    WaitLine(State(WARN, "blocks approval"), "Passport of L. Tengkuara", f"{URL}identity/"),
    WaitLine(State(WARN, "blocks approval"), "Who holds 12–18 %", f"{URL}owners/"),
    WaitLine(State(IDLE, "by 1 Dec"), "Source of payment"),
)
MESSAGES = (
    MessageLine(
        "T. Renwick",
        at("10:00", 23),
        "A trust counts as an owner too. Please add it with its trustee.",
        new=True,
    ),
)
SIDE = Side(STEPS, "3 of 6 done", WAITS, MESSAGES)
WHYS = (
    Why(
        "Who owns it",
        "We must know every person who holds 25 % or more, or who controls the company in"
        " another way, up to the"
        " last one.",
        "31 CFR 1010.230, EU 2024/1624 art. 51",
    ),
    Why(
        "Country of the parent",
        "Training for a group with its head office in some countries needs a closer look"
        " before it may start. It"
        " does not mean no.",
        "BIS policy statement 2025-05-13",
    ),
    Why(
        "Birth date",
        "It tells people of one name apart when we check the lists. Most false alarms end here.",
        field="born",
    ),
    Why(
        "Who sees this",
        "Three reviewers at Northquay. An authority only by written order, and you are told."
        " Numbers are encrypted"
        " for each person and destroyed two years after the account closes.",
    ),
)


def step() -> StepPage:
    return StepPage(
        now=NOW,
        key="AP-0611",
        ref="AP-0611",
        side=SIDE,
        saved_at=at("14:02:44"),
        title="Who owns Kelipan Labs",
        lead=(
            "Tell us who holds shares or votes, one line an owner. Estimates are fine: give a"
            " range. You can stop at"
            " any time; nothing is sent before you say so."
        ),
        entries=Entries(
            "Owners so far",
            "82–88 of 100 %",
            (
                EntryLine(
                    "Mirrorfield Group 镜野集团",
                    "company",
                    "China",
                    State(WARN, "Owner asked"),
                    "?owner=1",
                    57,
                    63,
                ),
                EntryLine(
                    "Lailani Tengkuara", "person", "Malaysia", State(INFO, "Draft"), "?owner=2", 25, 25
                ),
            ),
            ShareBar((60, 25)),
            State(
                WARN,
                "12–18 % is not accounted for. You can send without it; approval will wait until we know.",
            ),
        ),
        form_title="Owner 2",
        form_meta="draft, saved 14:02:44",
        fields=(
            Field(
                "name", "Full name, as in the passport", "Lailani Tengkuara", whole=True, autocomplete="off"
            ),
            Field(
                "country", "Country of residence", "MY", kind="select", options=(Option("MY", "Malaysia"),)
            ),
            Field("born", "Born", "9 Feb 1984"),
            Field("how", "How she holds it", "a", kind="select", options=(Option("a", "Shares, directly"),)),
            Field(
                "share",
                "Share",
                "52",
                kind="number",
                unit="%",
                errors=("57–63 % and 52 % are more than 100 %. Before this you had 25 %.",),
                restore="Put 25 % back",
                restore_value="25",
            ),
        ),
        whys=WHYS,
        save_label="Save owner",
        add_label="Add another owner",
        next_label="Next: identity",
        next_url=f"{URL}identity/",
    )


def send() -> SendPage:
    return SendPage(
        now=NOW,
        key="AP-0611",
        ref="AP-0611",
        side=SIDE,
        saved_at=at("14:02:44"),
        title="Check and send",
        lead="This is what you have told us. After sending you can still add what is missing.",
        parts=(
            (
                "Organisation",
                f"{URL}organisation/",
                (Fact("Name", "Kelipan Labs Sdn. Bhd."), Fact("Country", "Malaysia")),
            ),
            (
                "Who owns it",
                f"{URL}owners/",
                (Fact("Mirrorfield Group 镜野集团", "57–63 %"), Fact("Lailani Tengkuara", "25 %")),
            ),
        ),
        missing=WAITS,
        confirm=(
            Field("true", "All of this is true as far as I know", kind="checkbox", value="1", required=True),
        ),
        send_label="Send the application",
        whys=WHYS[3:],
    )


def home() -> HomePage:
    return HomePage(
        now=NOW,
        title="Kelipan Labs at Northquay",
        meta="AP-0611 · invited 18 Nov by J. Okwuosa",
        answer=Answer(
            State(INFO, "Draft"),
            "Three of six steps are done. Nothing is sent yet; two things will block approval.",
        ),
        application=STEPS,
        application_meta="3 of 6 done",
        waits=WAITS,
        requests=(
            RequestLine(
                "R-2318",
                "R-2318",
                "512 × H100 SXM in Johor-1, 30 days",
                State(WARN, "A person decides"),
                "asked today 13:58",
            ),
        ),
        grants=(
            GrantLine("G-7630", "128 × H100 SXM on johor-1", State(OK, "Renews itself"), "1 d 11 h left"),
        ),
        messages=MESSAGES,
        can_ask=True,
    )


def ask() -> AskPage:
    return AskPage(
        now=NOW,
        title="Ask for accelerators",
        lead=(
            "Say what you need, where and for what. The rules decide at once; a person looks"
            " where they say so."
        ),
        fields=(
            Field(
                "accelerator", "Accelerator", "a", kind="select", options=(Option("a", "NVIDIA H100 SXM"),)
            ),
            Field("count", "How many", "384", kind="number"),
            Field("site", "Where", "a", kind="select", options=(Option("a", "east-2, Poland"),)),
            Field("days", "Days", "30", kind="number"),
            Field(
                "purpose",
                "For what",
                "a",
                kind="select",
                options=(Option("a", "Model training"),),
                whole=True,
            ),
        ),
        whys=(
            Why(
                "For what",
                "Some uses need a licence; most do not. It does not change the price.",
                field="purpose",
            ),
        ),
        sum_text="384 × 30 days are 276,480 accelerator hours.",
    )


def request() -> RequestPage:
    return RequestPage(
        now=NOW,
        key="R-2318",
        ref="R-2318",
        title="512 × H100 SXM in Johor-1, 30 days from 1 December",
        meta="R-2318, asked today 13:58 by S. Iyarat",
        answer=Answer(
            State(WARN, "A person decides"), "Two questions to you are open; they block the decision."
        ),
        steps=(
            (State(OK, "Asked"), "13:58"),
            (State(OK, "Rules decided"), "13:58"),
            (State(WARN, "Questions, 2 open"), "due 1 Dec"),
            (State(IDLE, "Approvals"), "two people"),
            (State(IDLE, "Grant"), "24 h at a time"),
        ),
        questions=(
            QuestionForm(
                "q1",
                State(WARN, "Open"),
                "For whom is the model trained, and where is that party headquartered?",
                "Training for some groups needs a closer look.",
                at("12:00", 1, 12),
                Field("answer", "Your answer", kind="textarea", required=True),
            ),
            QuestionForm(
                "q2", State(OK, "Answered"), "Who pays?", "", None, answer="Saffron Delta Models itself."
            ),
        ),
        conditions=("Only from Malaysia and Singapore.",),
        accept_url="/portal/requests/R-2318/accept/",
        facts=(Fact("Accelerator hours", "368,640"), Fact("Purpose", "Model training")),
        history=((at("13:58"), "You asked.", Proof(51_153, True)),),
    )
