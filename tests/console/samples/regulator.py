from __future__ import annotations

from console.parts import Field, Proof, State, Tone
from console.regulator.pages.overview import (
    FoundLine,
    OpenedLine,
    OpenedPage,
    OverviewPage,
    ScopedTenantLine,
    ScopedTenantPage,
    ScopedTenantsPage,
    ScopePart,
    Search,
    SearchPage,
    Verified,
    Verify,
    VerifyCheck,
    VerifyPage,
)
from tests.console.samples import NOW, at, run, tenant

BAD, OK, WARN, IDLE, INFO = Tone.BAD, Tone.OK, Tone.WARN, Tone.IDLE, Tone.INFO


def _search() -> Search:
    permit = State(OK, "Permit")
    return Search(
        "owner:mirrorfield since:2026-08-01",
        "5 events in 3 tenants, 41 ms",
        (
            FoundLine(
                at("13:58"),
                "Saffron Delta Models",
                "Asked for 512 × H100 SXM in Johor-1",
                State(WARN, "Refer"),
                Proof(51_154, True),
            ),
            FoundLine(
                at("10:22", 12),
                "Saffron Delta, group of 3",
                "Joined to one control group, same owner",
                State(IDLE, "Recorded"),
                Proof(49_702, True),
            ),
            FoundLine(
                at("08:00", 9), "Saffron Delta Models", "Granted 128 × H100 SXM", permit, Proof(49_188, True)
            ),
            FoundLine(
                at("08:00", 21, 10),
                "Pelangi Vision Lab",
                "Granted 128 × H100 SXM",
                permit,
                Proof(46_020, True),
            ),
            FoundLine(
                at("08:00", 3, 9),
                "Saffron Delta Research",
                "Granted 192 × H100 SXM",
                permit,
                Proof(40_377, True),
            ),
        ),
    )


def _verify() -> Verify:
    return Verify(
        (
            Verified(
                "B-0192.zip",
                "3.1 MB",
                State(OK, "Valid"),
                "Complete and unchanged, as signed on 24 Nov 2026 at 13:05.",
                (
                    VerifyCheck(State(OK, "Manifest signature"), "Ed25519, northquay-log-1"),
                    VerifyCheck(State(OK, "Files as listed"), "11 of 11"),
                    VerifyCheck(State(OK, "Events in the tree"), "4,120 of 4,120"),
                    VerifyCheck(State(OK, "Scope head proved"), "1 to 4,120 without a gap"),
                    VerifyCheck(State(OK, "Grows from your last one"), "48,900 → 51,141"),
                    VerifyCheck(State(IDLE, "Covered fields"), "212, still provable"),
                ),
            ),
            Verified(
                "B-0192-copy.zip",
                "3.1 MB",
                State(BAD, "Not valid"),
                "Event 48,112: its content does not give the leaf that the tree holds. The"
                " 48,112 leaves before it"
                " are right.",
            ),
        ),
        "python -m audit.verify B-0192.zip",
        (Field("bundle", "Bundle", kind="file", required=True),),
    )


def overview() -> OverviewPage:
    return OverviewPage(
        now=NOW,
        title="What you may see, and its proof",
        meta=(
            "Compute Oversight Office, Malaysia desk · access by order CO-2026-041, from 1"
            " Jan 2026 to 31 Jan 2027"
            " · everything you open is logged and shown to the provider"
        ),
        scope=(
            ScopePart(
                State(OK, "You see"),
                "38 tenants with a site, an owner or an ultimate parent in Malaysia: their"
                " parties, ownership,"
                " decisions, grants and use since 1 January 2026.",
            ),
            ScopePart(
                State(INFO, "You see covered"),
                "Birth dates and document numbers of their people. Uncover one with a reason;"
                " the person’s tenant is"
                " told after 30 days.",
            ),
            ScopePart(
                State(IDLE, "You do not see"),
                "374 other tenants. Your own scope is numbered 1 to n under a proved head, so"
                " you can count that none"
                " of it is left out.",
            ),
        ),
        search=_search(),
        checkpoints=run.checkpoints(),
        export=run.export(),
        verify=_verify(),
        new_export_url="/oversight/exports/new/",
    )


def search() -> SearchPage:
    return SearchPage(NOW, "Search", "within your scope: 38 tenants since 1 January 2026", _search())


def verify() -> VerifyPage:
    return VerifyPage(NOW, "Verify a bundle", "the same verifier as on your own machine", _verify())


def tenants() -> ScopedTenantsPage:
    return ScopedTenantsPage(
        now=NOW,
        title="38 tenants in your scope",
        meta="since 1 January 2026",
        filters=(Field("q", "Tenant", kind="search", placeholder="Name or country", key="f"),),
        lines=(
            ScopedTenantLine(
                "T-0304",
                "Saffron Delta Models Sdn. Bhd.",
                "Malaysia",
                "site in Malaysia",
                State(OK, "Active"),
                1,
                at("09:00", 2, 9),
            ),
        ),
    )


def one() -> ScopedTenantPage:
    page = tenant.page()
    return ScopedTenantPage(
        NOW,
        page.key,
        page.name,
        page.meta,
        page.answer,
        page.ownership,
        page.timeline,
        page.timeline_meta,
        page.facts,
    )


def opened() -> OpenedPage:
    return OpenedPage(
        NOW,
        "What you opened",
        "logged, and shown to the provider",
        (OpenedLine(at("13:40"), "Birth date of L. Tengkuara", "case CO-41/7", Proof(51_146, True)),),
    )
