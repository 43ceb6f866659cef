"""The first half of the story: twenty tenants apply, are identified, screened, reviewed and rated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from accounts.models import User
from audit.models import Event
from audit.record import SYSTEM, Actor
from audit.verbs import Verb
from console.demo.board import NotSeen, Seen
from console.demo.story import Invented, Person, as_interest, passport_lines
from console.demo.waiting import wait_for
from core.errors import InvalidInput
from core.scope import staff_transaction
from kyc.identity.service import record_evidence
from kyc.lists import service as lists
from kyc.models import Alert, Application, Assessment, Party, Tenant
from kyc.onboarding import holdings, parties, service
from kyc.ownership import service as ownership
from kyc.screening import alerts, freshness, party_flags
from kyc.screening import service as screening

Progress = Callable[[str], None]
DOUBTFUL = "Harrowmere Compute LLP"
LISTED = "Sable Arc Trading FZE"


def actor(user: User) -> Actor:
    return Actor("person", str(user.pk))


def import_list(path: Path, version: int) -> Seen:
    """Import a version of the invented list."""
    result = lists.import_version(source="demo", path=path, by=SYSTEM)
    if result.state != "in_force":
        raise NotSeen(f"version {version} of the demo list is {result.state}, not in force")
    short = f"{result.digest[:11]}…{result.digest[-4:]}"
    if version == 1:
        wait_for(
            lambda: all(freshness.lists_now().followed.values()),
            "the worker has not followed the first version of the list",
        )
        text = f"demo list, version 1: {result.entities:,} entries, {result.names:,} names"
        return Seen(text, [short])
    with staff_transaction():
        event = Event.objects.filter(verb=Verb.LIST_IMPORTED).latest("at")
    if event.payload["digest"] != result.digest:
        raise NotSeen("the import is not in the log")
    counts = f"{result.added} added, {result.changed} changed, {result.removed} removed"
    return Seen(f"demo list, version {version}: {counts}")


def apply(invented: list[Invented], user: User, progress: Progress) -> Seen:
    """Enter every tenant with parties and statements; two statements must be refused."""
    counted: Counter[str] = Counter()
    for n, tenant in enumerate(invented, start=1):
        progress(f"{n} of {len(invented)} applications")
        with staff_transaction():
            application = _enter(tenant, user, counted)
    refused = _refusals(application, user)
    if len(refused) != 2:
        raise NotSeen(f"{2 - len(refused)} impossible statements were taken")
    for application in _applications(Application.State.DRAFT):
        with staff_transaction():
            submission = service.submit(application, user=user, by=actor(user))
        if not submission.accepted:
            raise NotSeen(f"{application.tenant} was not taken: {submission.errors}")
    return Seen(
        f"{len(invented)} applications, {counted['parties']} parties, "
        f"{counted['statements']} ownership statements",
        [f"2 statements refused: {', '.join(refused)}"],
    )


def _enter(invented: Invented, user: User, counted: Counter[str]) -> Application:
    by = actor(user)
    application = service.open_application(name=invented.name, country=invented.country, user=user, by=by)
    tenant = application.tenant
    service.state_facts(application, invented.facts, user=user, by=by)
    own = {
        "name": [invented.name],
        "jurisdiction": [invented.country],
        "registrationNumber": [invented.number],
    }
    parties.change_party(tenant.subject, properties=own, user=user, by=by)
    owners = {holding.owner for holding in invented.holdings}
    for thing in (*invented.persons, *invented.companies):
        roles = [
            r
            for r, has in (("owner", thing.key in owners), ("director", thing.key in invented.directors))
            if has
        ]
        parties.enter_party(
            tenant,
            reference=thing.key,
            schema="Person" if isinstance(thing, Person) else "Company",
            country=thing.country,
            properties=thing.properties(),
            roles=roles,
            user=user,
            by=by,
        )
    for n, holding in enumerate(invented.holdings, start=1):
        holdings.enter_statement(
            tenant,
            reference=f"s{n}",
            subject=holding.of,
            interested=holding.owner,
            interests=[as_interest(holding)],
            reason=holding.reason,
            user=user,
            by=by,
        )
    counted["parties"] += 1 + len(invented.persons) + len(invented.companies)
    counted["statements"] += len(invented.holdings)
    return application


def _refusals(application: Application, user: User) -> list[str]:
    """Try what cannot be: more than everything, and an owner that is itself."""
    tries = {
        "shares of 104 %": {"subject": "corrib", "interested": "lindqvistow", "share": {"exact": 104}},
        "an owner that is itself": {"subject": "corrib", "interested": "corrib", "share": {"exact": 10}},
    }
    refused = []
    for words, what in tries.items():
        try:
            with staff_transaction():
                holdings.enter_statement(
                    application.tenant,
                    reference=words,
                    subject=str(what["subject"]),
                    interested=str(what["interested"]),
                    interests=[
                        {"type": "shareholding", "directOrIndirect": "direct", "share": what["share"]}
                    ],
                    user=user,
                    by=actor(user),
                )
        except InvalidInput:
            refused.append(words)
    return refused


def identify(invented: list[Invented], user: User, progress: Progress) -> Seen:
    """Read a passport for every person; the tenant with an expired one is asked by the worker."""
    results: Counter[str] = Counter()
    for n, story in enumerate(invented, start=1):
        progress(f"{n} of {len(invented)} tenants")
        for person in story.persons:
            with staff_transaction():
                party = Party.objects.select_related("data_key", "tenant").get(
                    tenant__organisation__name=story.name, reference=person.key
                )
                check = record_evidence(
                    party, kind="passport", lines=passport_lines(person), user=user, by=actor(user)
                )
            results[check.result] += 1
    expired = results["expired"]
    wait_for(
        lambda: Event.objects.filter(verb=Verb.QUESTION_ASKED).count() == expired,
        f"no question to the tenant about {expired} expired documents",
    )
    return Seen(
        f"{sum(results.values())} documents read, {results['good']} good",
        [f"{expired} expired: question sent to the tenant"],
    )


def assess(count: int) -> Seen:
    """Wait until the worker has computed every chain."""
    wait_for(
        lambda: Assessment.objects.values("tenant").distinct().count() == count,
        "not every ownership chain was computed",
    )
    with staff_transaction():
        tenants = Tenant.objects.select_related("organisation").order_by("number")
        values = {tenant: ownership.compute(tenant) for tenant in tenants}
        first, value = next(iter(values.items()))
        cycles = sum(len(v.effective.cycles) for v in values.values())
        deepest = max(len(p.links) for v in values.values() for o in v.beneficial_owners for p in o.paths) + 1
        certain = sum(owner.certain for owner in value.beneficial_owners)
        unknown = float(value.effective.unknown_total.maximum)
    plural = "" if cycles == 1 else "s"
    return Seen(
        f"{count} chains computed, deepest {deepest} layers, {cycles} cycle{plural} reported",
        [f"{first}: {certain} beneficial owners, {len(value.perhaps)} perhaps, {unknown:.1f} % unknown"],
    )


def screen(names: int) -> Seen:
    """Wait until the worker has screened everyone."""
    wait_for(
        lambda: sum(map(screening.unscreened, Tenant.objects.all())) == 0,
        "not every party was screened",
    )
    with staff_transaction():
        total = Party.objects.filter(removed_at__isnull=True).count()
        found = list(alerts.queue())
        lines = [
            f"{a.score:.3f}  {a.party.caption}, {a.content.caption}"
            for a in sorted(found, key=lambda a: a.score)
        ]
    if not found:
        raise NotSeen("no alert was raised")
    middle = [line for line in lines if "VELIDRANOFF" in line] or lines[:1]
    return Seen(f"{total} parties against {names:,} names: {len(found)} alerts", middle)


def review(invented: list[Invented], reviewer: User, confirmer: User) -> Seen:
    """Decide every alert; the true match needs a second person, and the first may not be that one.

    Who holds a public office is flagged, which no list says.
    """
    flagged = _flag(invented, reviewer)
    with staff_transaction():
        waiting = list(alerts.queue())
    cleared = matched = 0
    for alert in waiting:
        with staff_transaction():
            name = str(alert.tenant)
        if name != LISTED:
            outcome = _decide(
                alert, "false_positive", "Another person or company: number, birth or place differ.", reviewer
            )
            cleared += outcome == "final"
            continue
        reason = "Name and register number are those of the entry."
        if _decide(alert, "true_match", reason, reviewer) != "proposed":
            raise NotSeen("one person alone decided a true match")
        if _decide(alert, "true_match", reason, reviewer) != "refused":
            raise NotSeen(f"{reviewer} confirmed what {reviewer} proposed")
        matched += _decide(alert, "true_match", reason, confirmer) == "final"
    if cleared + matched != len(waiting):
        raise NotSeen(f"{len(waiting) - cleared - matched} alerts are not decided")
    return Seen(
        f"{len(waiting)} alerts decided by {reviewer}: {cleared} cleared, {matched} true match",
        [f"true match confirmed by {confirmer}; {reviewer} confirming it was refused", *flagged],
    )


def _flag(invented: list[Invented], user: User) -> list[str]:
    """Flag whom the reviewer read of, and wait until the worker has rated the tenant anew."""
    lines = []
    for story, told in ((one, told) for one in invented for told in one.flags):
        with staff_transaction():
            party = Party.objects.select_related("tenant__organisation", "data_key").get(
                tenant__organisation__name=story.name, reference=told.person
            )
            flag = party_flags.set_by_hand(
                party, kind=told.kind, source=told.source, note=told.note, user=user, by=actor(user)
            )
            words = f"{party.caption} flagged: {flag.get_kind_display().lower()}, with its source"
        wait_for(
            lambda party=party, since=flag.set_at: party.tenant.ratings.filter(at__gt=since).exists(),
            f"{story.name} was not rated again",
        )
        lines.append(words)
    return lines


def _decide(alert: Alert, kind: str, reason: str, user: User) -> str:
    with staff_transaction():
        return alerts.decide(alert, kind=kind, reason=reason, user=user, by=actor(user)).became


def rate(approver: User, progress: Progress) -> Seen:
    """Approve whom nothing stands against, deny the listed one, leave the doubtful one waiting."""
    levels: Counter[str] = Counter()
    denied = waits = 0
    applications = _applications(Application.State.SUBMITTED)
    for n, application in enumerate(applications, start=1):
        progress(f"{n} of {len(applications)} applications")
        name = str(application.tenant)
        if name == LISTED:
            wait_for(
                lambda a=application: "certain" in str(_latest(a.tenant)),
                f"{LISTED} does not count as blocked",
            )
            with staff_transaction():
                service.deny(
                    application, reason="The tenant itself is listed.", user=approver, by=actor(approver)
                )
            denied += 1
            continue
        wait_for(lambda a=application: a.tenant.ratings.exists(), f"{name} is not rated")
        with staff_transaction():
            verdict = service.approve(application, user=approver, by=actor(approver), reason="Nothing open.")
        if verdict.given:
            with staff_transaction():
                levels[application.tenant.ratings.latest("at").level] += 1
        elif name == DOUBTFUL:
            waits += 1
        else:
            raise NotSeen(f"{name} could not be approved: {'; '.join(verdict.reasons)}")
    approved = sum(levels.values())
    by_level = ", ".join(f"{levels[level]} {level}" for level in ("low", "medium", "high") if levels[level])
    return Seen(f"{approved} approved: {by_level}; {denied} denied, {waits} waits")


def _latest(tenant: Tenant) -> object:
    assessment = tenant.assessments.order_by("-at").first()
    return assessment.result["blocked"] if assessment else ""


def _applications(state: str) -> list[Application]:
    with staff_transaction():
        found = Application.objects.select_related(
            "tenant__organisation", "tenant__subject__data_key", "data_key"
        )
        return list(found.filter(state=state).order_by("tenant__number"))
