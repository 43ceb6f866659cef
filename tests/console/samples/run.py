"""Grants, lists, the log and its exports."""

from __future__ import annotations

from datetime import date

from console.operator.pages.grant import ClusterLine, GrantEvent, GrantLine, GrantPage, GrantsPage, JobLine
from console.operator.pages.lists import (
    HeldVersion,
    ImportPage,
    ImportStage,
    ListsPage,
    RunningImport,
    SourceLine,
    VersionLine,
)
from console.operator.pages.log import (
    CheckpointLine,
    CheckpointsPage,
    EventPage,
    ExportLine,
    ExportNewPage,
    ExportPage,
    ExportsPage,
    ExportStage,
    LogLine,
    LogPage,
)
from console.parts import (
    Answer,
    Dialog,
    Fact,
    Failure,
    Field,
    Link,
    Option,
    Progress,
    Proof,
    State,
    Tab,
    Tone,
)
from tests.console.samples import NOW, at, days, hours, minutes
from tests.console.samples.home import EVENTS

BAD, OK, WARN, IDLE, HOLD, INFO = Tone.BAD, Tone.OK, Tone.WARN, Tone.IDLE, Tone.HOLD, Tone.INFO
RENEWS = State(OK, "Renews itself")
REASON = Field("reason", "Reason", placeholder="Kept with the event, shown to the tenant", required=True)


def grants() -> GrantsPage:
    def line(ref, tenant, what, left, used, count, h, all_h, then):  # type: ignore[no-untyped-def]
        return GrantLine(ref, ref, tenant, what, minutes(left), hours(24), used, count, h, all_h, then)

    return GrantsPage(
        now=NOW,
        title="388 grants are live, 4 are held, 1 cluster is silent",
        meta="27,136 accelerators under grant, 21,904 in use · renewed hourly while nothing changes",
        tabs=(
            Tab("All", "/grants/", "388", current=True),
            Tab("Renews itself", "/grants/?then=renews", "371"),
            Tab("Held", "/grants/?then=held", "4"),
            Tab("Ends, not renewed", "/grants/?then=ends", "12"),
        ),
        filters=(
            Field("q", "Grant", kind="search", placeholder="Tenant, grant or cluster", key="f"),
            Field("cluster", "Cluster", kind="select", options=(Option("", "Cluster: any"),)),
        ),
        lines=(
            line(
                "G-7714",
                "Oststern Biosimulation",
                "64 × H200 SXM · north-1",
                110,
                61,
                64,
                38_208,
                46_080,
                RENEWS,
            ),
            line(
                "G-7702",
                "Meridian Lantern",
                "128 × H100 SXM · north-1",
                185,
                112,
                128,
                61_424,
                92_160,
                State(HOLD, "Held by an alert"),
            ),
            line(
                "G-7655",
                "Tallowgate Analytics",
                "32 × L40S · east-2",
                551,
                24,
                32,
                23_019,
                23_040,
                State(IDLE, "Ends, hours used up"),
            ),
        ),
        clusters=(
            ClusterLine(
                "north-1", "Slurm, North, Norway", minutes(8 / 60), 88_212, 142, State(OK, "Answers")
            ),
            ClusterLine(
                "west-3",
                "Kubernetes, West, Ireland",
                minutes(6.7),
                88_199,
                49,
                State(WARN, "Silent"),
                "No contact since 13:58:20. By itself it refuses every new start since 14:00:20.",
            ),
        ),
        status_list=(
            Fact("Number", "88,212 of 14:04:44"),
            Fact("Says", "388 live, 2 revoked today, 1,711 ended"),
            Fact("Worst case", "60 s from revoking to refused"),
        ),
        note="First 3 of 388. Left runs against the life of each grant.",
    )


def grant() -> GrantPage:
    return GrantPage(
        now=NOW,
        key="G-7702",
        ref="G-7702",
        title="128 × H100 SXM on north-1",
        meta="Meridian Lantern FZ-LLC · G-7702 · issued 24 Nov 13:10 · serves R-2201",
        answer=Answer(
            State(HOLD, "Held"),
            "Runs until 17:10 and does not renew itself: alert A-10482 is open.",
        ),
        left=minutes(185),
        life=hours(24),
        facts=(
            Fact("Tenant", "Meridian Lantern FZ-LLC", url="/tenants/T-0231/"),
            Fact("Cluster", "north-1, project lantern-ml"),
            Fact("Hours", "61,424 of 92,160 used"),
        ),
        claims=(Fact("sub", "T-0231"), Fact("accelerator", "NVIDIA H100 SXM"), Fact("count", "128")),
        jobs=(
            JobLine("job 4402, user lantern-ml", "last saved 13:31", 64, days(4.1), State(OK, "Runs")),
            JobLine("job 4418, user lantern-eval", "does not save", 48, hours(6.67), State(OK, "Runs")),
        ),
        jobs_meta="112 of 128 in use",
        events=(
            GrantEvent(at("07:53"), State(HOLD, "Held"), "alert A-10482", Proof(51_099, True)),
            GrantEvent(
                at("13:10", 23), State(OK, "Issued"), "by the approvals of R-2201", Proof(50_880, True)
            ),
        ),
        decision_url="/requests/R-2201/",
        revoke=Dialog(
            "revoke",
            "Revoke…",
            "Revoke G-7702 now?",
            "Within 60 s: 128 × H100 SXM on north-1 are refused, 2 running jobs stop."
            " 30,736 paid hours stay unused. Meridian Lantern is told.",
            "/grants/G-7702/revoke/",
            "Keep it",
            "Revoke 1 grant, stop 2 jobs",
            (REASON,),
            (Fact("Stays", "G-7733, 16 × L40S, job 4420"),),
        ),
        token="eyJhbGciOiJFZERTQSIsImtpZCI6InNhbXBsZSJ9.invented.invented",
    )


def lists() -> ListsPage:
    def line(key: str, name: str, day: int, entries: int, changed: str) -> SourceLine:
        return SourceLine(
            key,
            name,
            date(2026, 11, day),
            12,
            entries,
            minutes(13),
            changed,
            State(OK, "Fresh"),
            refresh_url=f"/lists/{key}/look/",
        )

    return ListsPage(
        now=NOW,
        title="3 of 4 lists are fresh, 1 is late, 1 version is held",
        meta="41,873 of 41,880 parties are up to date on all of them",
        sources=(
            line("demo", "Demo list", 24, 1_206, "+31 ~4 −2"),
            line("us_ofac_sdn", "OFAC SDN", 24, 17_402, "+12 ~3 −1"),
            line("un_sc", "UN", 17, 1_002, "0"),
            SourceLine(
                "eu_fsf",
                "EU",
                date(2026, 11, 19),
                8,
                5_871,
                hours(26),
                "unknown",
                State(WARN, "Late"),
                "Source answers 503 since yesterday 11:58. The version of 19 November stays in force.",
                (Link("Import a file", "/lists/import/?source=eu_fsf"),),
                "/lists/eu_fsf/look/",
            ),
        ),
        running=(
            RunningImport(
                "Re-screening after OFAC SDN of 24 Nov",
                Progress("Re-screening", 41_873, 41_880, "about 2 s left"),
                (
                    ImportStage(State(OK, "Read and verified"), "17,402 entries"),
                    ImportStage(State(OK, "Put in force"), "+12 ~3 −1"),
                    ImportStage(State(INFO, "Parties touched"), "16 of 23"),
                ),
            ),
        ),
        held=(
            HeldVersion(
                "UK",
                "UK of 24 Nov holds 2,114 entries, 38 % fewer than the version in force.",
                State(HOLD, "UK of 24 Nov, version 31"),
                Dialog(
                    "approve-31",
                    "Put in force…",
                    "Put UK of 24 Nov in force?",
                    "1,296 entries leave the list; 3 tenants held by them are free again. A"
                    " second person confirms.",
                    "/lists/versions/31/approve/",
                    "Leave it held",
                    "Propose it, −1,296 entries",
                    (REASON,),
                ),
                "proposed by nobody yet",
                Dialog(
                    "reject-31",
                    "Reject it",
                    "Reject UK of 24 Nov?",
                    "It never comes into force; the version before stays.",
                    "/lists/versions/31/reject/",
                    "Leave it held",
                    "Reject it",
                    (REASON,),
                ),
            ),
        ),
        versions=(
            VersionLine(at("13:52"), "Demo list", 2, 31, 4, 2, "sha256:4be1…09aa", State(OK, "In force")),
            VersionLine(
                at("09:10", 23), "Demo list", 1, 1_177, 0, 0, "sha256:77c0…12fe", State(IDLE, "Before")
            ),
        ),
        failures=(
            Failure(
                "The EU list of 24 November was refused",
                "Line 88,214: the file ends inside an entry. Nothing was changed; the version"
                " of 19 November stays"
                " in force.",
                (Link("Try again", "#"), Link("Import another file", "/lists/import/")),
            ),
        ),
        can_import=True,
    )


def list_import() -> ImportPage:
    return ImportPage(
        (
            Field("source", "List", kind="select", options=(Option("un_sc", "UN"), Option("eu_fsf", "EU"))),
            Field("file", "File", kind="file", required=True, hint="xz, gz and zip are unpacked."),
            Field("dry_run", "Only tell what it would change", kind="checkbox", value="1"),
        )
    )


def log() -> LogPage:
    return LogPage(
        now=NOW,
        title="51,161 events, 51,155 proved",
        meta="checkpoint of 14:00 · 6 wait for the next",
        filters=(
            Field("q", "Event", kind="search", placeholder="Tenant, party, grant, leaf", key="f"),
            Field("verb", "What", kind="select", options=(Option("", "What: anything"),)),
        ),
        lines=tuple(
            LogLine(str(n), at(clock), who, what, on, "", Proof(51_160 - n, n > 5))
            for n, (clock, who, what, on) in enumerate(EVENTS)
        ),
    )


def event() -> EventPage:
    return EventPage(
        now=NOW,
        ref="51,149",
        title="Suspended a tenant",
        meta="24 November 2026, 13:52:09 · by the worker",
        state=State(OK, "Proved"),
        said="Its leaf stands in the tree of 51,155 events that was signed at 14:00.",
        facts=(
            Fact("Verb", "tenant.suspended"),
            Fact("By", "Worker"),
            Fact("Reason", "OFAC 50 Percent Rule"),
        ),
        subjects=(Link("Veldmarin Robotics Pte. Ltd.", "/tenants/T-0188/"),),
        payload=(Fact("rule", "us/sanctions/fifty-percent"), Fact("percent", "60")),
        leaf_hash="Zt1bN7ceKq0v4r9mAo2sWb7Yp5uJx1LdTe8hQf3iGk=",
        path=("k5HdLw0sVq8=", "0uXgRe3TjE4="),
        checkpoint="under checkpoint 51,155",
        previous_url="/log/51148/",
        next_url="/log/51150/",
    )


def checkpoints() -> CheckpointsPage:
    def line(clock: str, size: int, new: int, root: str, witness: State) -> CheckpointLine:
        return CheckpointLine(at(clock), size, new, root, State(OK, "Proved"), witness)

    three = State(OK, "3 of 3")
    return CheckpointsPage(
        now=NOW,
        title="Checkpoints",
        meta="each is signed and proved to contain the one before",
        key_line="northquay-log-1",
        lines=(
            line("14:00", 51_155, 2, "pQ8x2VfK…r0Y=", three),
            line("13:55", 51_153, 6, "Zt1bN7ce…9mA=", three),
            line("13:45", 51_147, 1, "k5HdLw0s…Vq8=", three),
            line("13:40", 51_146, 1, "0uXgRe3T…jE4=", State(WARN, "2 of 3, one late")),
            line("13:25", 51_145, 2, "yB6oMi9P…c7s=", three),
            line("13:20", 51_143, 1, "Hn4aJz8Q…1wU=", three),
        ),
        note="Your last visit kept checkpoint 48,900 of 6 November. Today’s tree contains it unchanged.",
        note_link=Link("See the consistency proof", "#"),
    )


def export() -> ExportPage:
    return ExportPage(
        now=NOW,
        key="E-0204",
        ref="E-0204",
        title="Export for Compute Oversight Office",
        meta="asked 14:03",
        stages=(
            ExportStage(State(OK, "Events in scope"), "4,206"),
            ExportStage(State(OK, "Scope head proved"), "1 to 4,206 without a gap"),
            ExportStage(State(INFO, "Proofs"), "2,566 of 4,206"),
            ExportStage(State(IDLE, "Report, HTML and PDF"), "waits"),
            ExportStage(State(IDLE, "Signature"), "waits"),
        ),
        progress=Progress("Collecting proofs", 2_566, 4_206, "about 40 s left"),
        facts=(Fact("Scope", "Malaysia, since 1 Jan 2026"), Fact("Recipient", "Compute Oversight Office")),
        leave="You may leave this page; the bundle stays here for 7 days.",
    )


def exports() -> ExportsPage:
    return ExportsPage(
        now=NOW,
        title="2 exports, 1 under way",
        meta="bundles stay 7 days",
        lines=(
            ExportLine(
                "E-0204",
                "E-0204",
                "Compute Oversight Office",
                "Malaysia",
                at("14:03"),
                None,
                "",
                State(INFO, "61 %"),
            ),
            ExportLine(
                "E-0203",
                "E-0203",
                "Compute Oversight Office",
                "Malaysia",
                at("13:05"),
                4_120,
                "3.1 MB",
                State(OK, "Ready"),
            ),
        ),
        new_url="/exports/new/",
    )


def export_new() -> ExportNewPage:
    return ExportNewPage(
        (
            Field("recipient", "For whom", required=True),
            Field("since", "From", kind="date"),
            Field("until", "To", kind="date"),
        ),
        (Fact("Events", "4,206"), Fact("Tenants", "38")),
    )
