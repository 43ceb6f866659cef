from __future__ import annotations

from console.operator.pages.alert import (
    AlertPage,
    Choice,
    FieldRow,
    PairEvent,
    QueueLine,
    Run,
    Sentence,
    Side,
    WordPair,
)
from console.operator.pages.alerts import AlertLine, AlertsPage, Compared
from console.parts import Comparison, Field, Link, Option, Proof, Tab
from tests.console.samples import NOW, at, hours, minutes

AGREES, CLOSE, DIFFERS, NONE = Comparison


def page() -> AlertPage:
    return AlertPage(
        now=NOW,
        key="A-10482",
        ref="A-10482",
        title="Is this the same person?",
        title_short="Same person?",
        meta=(
            "Director of Meridian Lantern FZ-LLC · alert A-10482, raised 24 Nov 07:53, due"
            " 15:53 · yours since 13:41"
        ),
        position="1 of 14",
        previous_url="/alerts/A-10481/",
        next_url="/alerts/A-10483/",
        party=Side(
            "Party, as declared and evidenced",
            "Aleksei Viktorovich Velidranov",
            "Passport read 12 Aug 2026, chip verified",
        ),
        entry=Side(
            "List entry",
            "VELIDRANOFF, Alexey Viktorovitch",
            "Demo list, version of 24 Nov 2026, entry 00417",
            Link("source", "https://lists.example/demo/00417"),
        ),
        rows=(
            FieldRow(
                "Name",
                "Aleksei Viktorovich Velidranov",
                "VELIDRANOFF, Alexey Viktorovitch",
                CLOSE,
                "Close",
                0.9,
                base=True,
            ),
            FieldRow("Born", "14 March 1971", "circa 1971", CLOSE, "Year only", 0.02),
            FieldRow("Nationality", "Kazakhstan", "Kazakhstan", AGREES, "Agrees", 0.015),
            FieldRow("Sex", "male", "male", AGREES, "Agrees", 0.0),
            FieldRow("Born in", "Karaganda", "Almaty", DIFFERS, "Differs", -0.06),
            FieldRow("Lives in", "Limassol, Cyprus", "Astana, Kazakhstan", DIFFERS, "Differs", -0.015),
            FieldRow(
                "Passport",
                "N •••• 4417, Kazakhstan",
                "",
                NONE,
                "One side only",
                None,
                uncover_url="/alerts/A-10482/uncover/?field=passport",
            ),
            FieldRow(
                "Occupation",
                "Director since 2024",
                "Head of a procurement agency, to 2019",
                NONE,
                "Not compared",
                None,
            ),
        ),
        score=0.86,
        threshold=0.7,
        scorer="Scorer 2.4, names compared in Latin script",
        words=(
            WordPair(
                (Run("Al"), Run("eksei", True)),
                (Run("Al"), Run("exey", True)),
                0.93,
                0.18,
                "other spelling",
                "2nd word there",
            ),
            WordPair(
                (Run("Viktorovi"), Run("ch", True)),
                (Run("Viktorovi"), Run("tch", True)),
                0.96,
                0.21,
                "other spelling",
                "3rd word there",
            ),
            WordPair(
                (Run("Velidrano"), Run("v", True)),
                (Run("VELIDRANO"), Run("FF", True)),
                0.87,
                0.61,
                "other ending",
                "1st word there",
                rare=True,
            ),
        ),
        sentences=(
            Sentence(
                CLOSE,
                "All three words of the name find a partner,",
                "in another order. The surname counts most because it is rare: 2 of 4.1 million names.",
            ),
            Sentence(CLOSE, "The birth year agrees.", "The list gives no day or month, so this adds little."),
            Sentence(
                DIFFERS,
                "The birth place differs,",
                "Karaganda against Almaty, and the passport chip supports Karaganda."
                " This speaks most against a match.",
            ),
            Sentence(
                NONE,
                "No number stands on both sides,",
                "so nothing proves identity or rules it out. A second document with a birth"
                " place would settle it.",
            ),
        ),
        choices=(
            Choice(
                "false_positive",
                "Clear",
                "c",
                "G-7702 (128 × H100 SXM) renews at 17:10. The pair stays cleared until party"
                " or entry changes,"
                " at longest to 24 Nov 2027.",
            ),
            Choice(
                "true_match",
                "True match",
                "t",
                "Goes to a second person. Until then no renewal; after it Meridian Lantern is suspended,"
                " 2 grants are revoked, 3 jobs stop.",
            ),
            Choice("inconclusive", "Escalate", "e", "To R. Halloway, with your note. Renewal stays held."),
        ),
        history=(
            PairEvent(
                at("07:53"),
                "List version of 24 Nov adds given names and a birth year. Score 0.860, alert raised.",
                Proof(51_098, True),
            ),
            PairEvent(
                at("06:20", 10),
                "Entry appears as VELIDRANOFF only. Score 0.655, below 0.700, no alert.",
                Proof(49_307, True),
            ),
            PairEvent(
                at("11:02", 2, 6),
                "Same party against entry 00222, cleared by T. Renwick: born 1949.",
                Proof(38_915, True),
            ),
            PairEvent(at("09:40", 12, 8, 2025), "Party first screened: nothing.", Proof(20_440, True)),
        ),
        queue=(
            QueueLine("A-10482", "A. V. Velidranov", "Meridian Lantern", 0.86, minutes(372), selected=True),
            QueueLine("A-10483", "Sable Arc Trading", "Meridian Lantern", 0.731, minutes(308)),
            QueueLine("A-10484", "Wyrnholt GmbH", "Oststern Biosimulation", 0.744, minutes(293)),
            QueueLine("A-10485", "E. Skarvhult", "Norrvind Climate", 0.702, minutes(264)),
            QueueLine("A-10486", "P. Wekundo", "Baobab Sequencing", 0.712, minutes(250)),
        ),
        reason="Birth place differs, passport chip verified",
        undo_seconds=10,
    )


LINES = (
    (
        "A-10482",
        "A. V. Velidranov",
        "Meridian Lantern",
        "VELIDRANOFF, Alexey V.",
        "Demo list",
        0.860,
        "CCAN",
        372,
        "you",
        "G-7702 held",
    ),
    (
        "A-10483",
        "Sable Arc Trading",
        "Meridian Lantern",
        "SABLE ARK TRADING LLC",
        "OFAC SDN",
        0.731,
        "CNDN",
        308,
        "you",
        "G-7702 held",
    ),
    (
        "A-10484",
        "Wyrnholt GmbH",
        "Oststern Biosimulation",
        "WYRNHOLD AG",
        "UK",
        0.744,
        "CNDD",
        293,
        "T. Renwick",
        "nothing waits",
    ),
    (
        "A-10485",
        "E. Skarvhult",
        "Norrvind Climate",
        "SKARVHULT, Erling",
        "UN",
        0.702,
        "CDAN",
        264,
        "nobody",
        "nothing waits",
    ),
    (
        "A-10486",
        "P. Wekundo",
        "Baobab Sequencing",
        "WEKUNDU, Peter",
        "OFAC SDN",
        0.712,
        "CNAN",
        250,
        "nobody",
        "AP-0604 waits",
    ),
    (
        "A-10487",
        "Perlmond Shipping Ltd",
        "Kaimori Weather",
        "PERLHORN SHIPPING LTD",
        "OFAC SDN",
        0.724,
        "CNDD",
        192,
        "nobody",
        "nothing waits",
    ),
    (
        "A-10488",
        "Perlhafen Shipping Ltd",
        "Norrvind Climate",
        "PERLHORN SHIPPING LTD",
        "OFAC SDN",
        0.751,
        "CNDN",
        158,
        "nobody",
        "nothing waits",
    ),
    (
        "A-10489",
        "Lumen Quay Capital",
        "Saffron Delta Models",
        "LUMENQUAY CAPITAL FZE",
        "Demo list",
        0.803,
        "CNAN",
        96,
        "you",
        "R-2318 waits",
    ),
    (
        "A-9402",
        "Y. Brandvik",
        "Quillhaven Institute",
        "BRANDWIK, Yelta",
        "Demo list",
        0.705,
        "CDDN",
        14,
        "nobody",
        "nothing waits",
    ),
)
LETTERS = {
    "A": (AGREES, "agrees"),
    "C": (CLOSE, "close"),
    "D": (DIFFERS, "differs"),
    "N": (NONE, "not compared"),
}
FIELDS = ("Name", "Birth or forming", "Country", "Number")


def queue() -> AlertsPage:
    return AlertsPage(
        now=NOW,
        title="14 alerts wait, 3 are yours, none is late",
        meta="Oldest 6 h 12 min of 8 h · 9 decided today, half of them within 41 min",
        oldest_url="/alerts/A-10482/",
        clear_url="/alerts/clear/",
        mine_url="/alerts/mine/",
        tabs=(
            Tab("To decide", "/alerts/", "14", current=True),
            Tab("Second reviews", "/alerts/?queue=second", "3"),
            Tab("Decided", "/alerts/?queue=decided", "61 in 7 d"),
        ),
        filters=(
            Field("q", "Party or entry", kind="search", placeholder="Party, entry", key="f"),
            Field(
                "list",
                "List",
                kind="select",
                options=(Option("", "List: any"), Option("us_ofac_sdn", "OFAC SDN")),
            ),
            Field(
                "whose", "Whose", kind="select", options=(Option("", "Whose: anyone"), Option("me", "Mine"))
            ),
            Field(
                "sort",
                "Order",
                kind="select",
                key="s",
                options=(Option("", "Oldest first"), Option("score", "Score")),
            ),
        ),
        lines=tuple(
            AlertLine(
                ref,
                ref,
                party,
                tenant,
                entry,
                name,
                score,
                tuple(Compared(f, *LETTERS[c]) for f, c in zip(FIELDS, squares, strict=True)),
                minutes(age),
                hours(8),
                whose,
                effect,
                mine=whose == "you",
                opened_again=ref == "A-9402",
            )
            for ref, party, tenant, entry, name, score, squares, age, whose, effect in LINES
        ),
        note="9 of 14 shown. Compared: name, birth or forming, country, number."
        " “Opened again” was cleared before; the entry has changed since.",
    )
