from __future__ import annotations

from datetime import date

from console.operator.pages.home import (
    Checkpointed,
    EndingGrant,
    EventLine,
    HomePage,
    ListLine,
    Queue,
    Rescreening,
)
from console.parts import Link, Proof, State, Tone
from tests.console.samples import NOW, at, days, hours, minutes

FRESH = State(Tone.OK, "Fresh")


def _list(
    name: str, day: int, checked: float, change: tuple[int, int, int] = (0, 0, 0), month: int = 11
) -> ListLine:
    return ListLine(name, date(2026, month, day), minutes(checked), *change, FRESH)


EVENTS = (
    ("14:04:58", "Worker", "Re-screened a party, nothing new", "Kaimori · H. Onaruzawa"),
    ("14:04:57", "Worker", "Re-screened a party, nothing new", "Norrvind Climate AB · Invest AB"),
    ("14:04:51", "T. Renwick", "Cleared an alert as false positive", "A-10479 · Tallowgate Ltd"),
    ("14:03:20", "Slurm north-1", "Used a grant", "G-7714 · 64 × H200 SXM"),
    ("14:02:44", "S. Iyarat", "Saved a draft application", "Kelipan Labs Sdn. Bhd."),
    ("14:01:09", "R. Halloway", "Gave the first of two approvals", "R-2318 · Saffron Delta Models"),
    ("13:58:02", "Rules us 11.2", "Decided: refer", "R-2318 · Saffron Delta Models"),
    ("13:58:02", "S. Iyarat", "Asked for 512 × H100 SXM, 30 d", "R-2318 · Saffron Delta Models"),
    ("13:52:31", "Kubernetes east-2", "Stopped 3 workloads", "G-7719 · Veldmarin Robotics"),
    ("13:52:09", "Worker", "Revoked a grant", "G-7720 · Veldmarin Robotics"),
    ("13:52:09", "Worker", "Revoked a grant", "G-7719 · Veldmarin Robotics"),
    ("13:52:09", "Worker", "Suspended a tenant", "Veldmarin Robotics Pte. Ltd."),
    ("13:52:08", "Worker", "Raised an alert, 0.991", "A-10491 · Konrad Eszterlund"),
    ("13:52:06", "Lists", "Imported a list, +31 ~4 −2", "Demo list · 1,206 entries"),
    ("13:41:15", "M. Aldous", "Took an alert", "A-10482 · A. V. Velidranov"),
    ("13:37:40", "T. Renwick", "Approved a tenant, rated low", "Quillhaven Institute"),
    ("13:22:18", "Tenant", "Answered a question", "Aurelio Protein Lab · end users"),
    ("13:20:55", "R. Halloway", "Issued a grant, 24 h", "G-7714 · Oststern"),
    ("13:18:31", "J. Okwuosa", "Raised a limit, with reason", "Kaimori Weather · 24 M TPP"),
    ("13:09:02", "Auditor", "Verified a bundle: valid", "B-0192 · 4,120 events"),
)


def events() -> tuple[EventLine, ...]:
    return tuple(
        EventLine(at(clock), who, what, on, Proof(51_160 - number, number > 5))
        for number, (clock, who, what, on) in enumerate(EVENTS)
    )


def page() -> HomePage:
    return HomePage(
        now=NOW,
        oldest_url="/alerts/A-10482/",
        queues=(
            Queue(
                "Alerts to decide",
                "/alerts/",
                "Meridian Lantern FZ-LLC · A. V. Velidranov",
                3,
                tuple(minutes(m) for m in (372, 295, 280, 262, 250, 192, 158, 149, 96, 86, 58, 38, 24, 14)),
                hours(8),
            ),
            Queue(
                "Second reviews",
                "/alerts/?queue=second",
                "Proposed true match · D. Ostermaal",
                1,
                (minutes(160), minutes(90), minutes(30)),
                hours(24),
            ),
            Queue(
                "Applications to assess",
                "/applications/",
                "Baobab Sequencing Ltd · Kenya",
                2,
                (hours(76), hours(49), hours(36), hours(26), hours(12), hours(5)),
                days(5),
            ),
            Queue(
                "Requests to decide",
                "/requests/",
                "R-2311 · Aurelio Protein Lab · 96 × H200 SXM",
                0,
                (hours(26), hours(16), hours(9.5), hours(4.5), hours(1)),
                days(2),
            ),
            Queue(
                "Approvals waiting for a second person",
                "/requests/?queue=second",
                "R-2309 · Kaimori Weather · 1,024 × H200 SXM",
                2,
                (hours(19), hours(8)),
                hours(24),
            ),
            Queue(
                "Answers awaited from tenants",
                "/requests/?queue=answers",
                "Meridian Lantern FZ-LLC · source of payment",
                2,
                (days(9), days(7.8), days(7.5), days(7.2), days(4.2), days(2), days(0.7)),
                days(7),
            ),
        ),
        lists=(
            _list("Demo list", 24, 13, (31, 4, 2)),
            _list("OFAC SDN", 24, 1, (12, 3, 1)),
            _list("OFAC non-SDN", 20, 1),
            _list("US CSL", 24, 1, (12, 3, 1)),
            _list("UN", 17, 41),
            _list("UK", 23, 41),
            ListLine(
                "EU",
                date(2026, 11, 19),
                hours(26),
                None,
                None,
                None,
                State(Tone.WARN, "Late"),
                "Source answers 503 since yesterday 11:58. The version of 19 November stays in force."
                " Next try 14:20.",
                Link("Import a file", "/lists/import/?source=eu_fsf"),
            ),
            _list("Canada", 12, 41),
            _list("Australia", 21, 41),
            _list("Japan, end users", 2, 41, month=10),
        ),
        rescreening=Rescreening(
            41_873, 41_880, "OFAC SDN of 24 Nov, 16 entries changed", running_for=minutes(38 / 60)
        ),
        grants=(
            EndingGrant(
                "G-7714",
                "Oststern Biosimulation",
                "G-7714",
                "64 × H200 SXM",
                minutes(110),
                hours(24),
                State(Tone.OK, "Renews itself"),
            ),
            EndingGrant(
                "G-7702",
                "Meridian Lantern",
                "G-7702",
                "128 × H100 SXM",
                minutes(185),
                hours(24),
                State(Tone.HOLD, "Held by an alert"),
            ),
            EndingGrant(
                "G-7688",
                "Kaimori Weather",
                "G-7688",
                "256 × H100 SXM",
                minutes(320),
                hours(24),
                State(Tone.OK, "Renews itself"),
            ),
            EndingGrant(
                "G-7690",
                "Norrvind Climate",
                "G-7690",
                "96 × MI300X",
                minutes(464),
                hours(24),
                State(Tone.OK, "Renews itself"),
            ),
            EndingGrant(
                "G-7655",
                "Tallowgate Analytics",
                "G-7655",
                "32 × L40S",
                minutes(551),
                hours(24),
                State(Tone.IDLE, "Ends, hours used up"),
            ),
        ),
        live_grants=388,
        events=events(),
        checkpoint=Checkpointed(51_155, at("14:00"), 6),
    )


def empty() -> HomePage:
    """The first minute of an installation."""
    return HomePage(
        now=NOW,
        queues=(Queue("Alerts to decide", "/alerts/", "nothing waits", 0, (), hours(8)),),
        lists=(),
        rescreening=Rescreening(0, 0, ""),
        grants=(),
        live_grants=0,
        events=(),
        checkpoint=Checkpointed(0, None, 0),
    )
