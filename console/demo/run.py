"""The second half of the story: requests, a grant, a newly listed owner, a revocation, a proved export."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from access.inventory import sites
from access.models import AllocationRequest, Grant, Site, UsageRecord
from access.requests import service as requests
from accounts import disclosure
from accounts.models import Organisation, User
from audit.models import Event, Export
from audit.proof import archive
from audit.proof.bundle import EVENTS
from audit.registry import ALL
from audit.signer import verifier_key
from audit.verbs import Verb
from console.demo import cluster as demo_cluster
from console.demo.board import NotSeen, Seen
from console.demo.cluster import Cluster
from console.demo.onboard import actor
from console.demo.waiting import wait_for
from core.scope import staff_transaction
from kyc.models import Alert, Party, RescreenItem, Tenant

ROBOTS, MODELS = "Veldmarin Robotics Pte. Ltd.", "Saffron Delta Models Sdn. Bhd."
#: Requests of the group before the one that goes over the limit: each looks small.
SPLIT = (
    ("Saffron Delta Research Sdn. Bhd.", 192),
    ("Pelangi Vision Lab Sdn. Bhd.", 128),
    (MODELS, 128),
)
H100 = "NVIDIA H100 SXM"


def enter_sites(user: User, reporter: User) -> None:
    """Two data centers with a cluster each."""
    by = actor(user)
    with staff_transaction():
        for name, country, cluster in (("East-2", "US", "east-2"), ("Johor-1", "MY", "johor-1")):
            site = sites.enter_site(name=name, country=country, user=user, by=by)
            sites.enter_cluster(
                site, name=cluster, accelerator=H100, capacity=4096, reporter=reporter, user=user, by=by
            )


#: What every request of the story states; the group leaves open for whom it trains and who sits where.
STATED = {"end_use": [], "red_flags": []}
OPEN_BOOK = {**STATED, "end_user_country": "SG", "remote_access_countries": ["SG"]}


def ask(
    name: str, site: str, count: int, purpose: str, user: User, answers: Mapping[str, Any] = STATED
) -> AllocationRequest:
    """Ask for H100 for thirty days, as a reviewer does for a tenant."""
    with staff_transaction():
        requests.submit(
            tenant=Tenant.objects.select_related("organisation").get(organisation__name=name),
            site=Site.objects.get(name=site),
            accelerator=H100,
            count=count,
            starts_on=timezone.now().date(),
            days=30,
            purpose=purpose,
            answers=answers,
            user=user,
            by=actor(user),
        )
    return _last(name)


def request_robots(user: User) -> Seen:
    request = ask(ROBOTS, "East-2", 384, "simulation", user, OPEN_BOOK)
    tpp = json.loads(request.decision.result)["tpp"]
    return Seen(f"{_short(ROBOTS)}: 384 × H100 SXM in east-2, 30 days", [f"{tpp:,.0f} TPP"])


def rules_permit() -> Seen:
    request = _last(ROBOTS)
    decision = _decision(request)
    if decision["outcome"] != "permit":
        raise NotSeen(f"the rules say {decision['outcome']}, not permit", *_reasons(decision))
    pack = next(pack for pack in request.decision.packs if pack["name"] == "us")
    with staff_transaction():
        chain = request.tenant.parties.filter(removed_at__isnull=True).count()
    return Seen(
        f"permit, by pack us {pack['version']}",
        [f"nobody of {chain} parties in the chain is listed or blocked"],
    )


def request_models(user: User) -> Seen:
    for name, count in SPLIT:
        ask(name, "Johor-1", count, "model_training", user)
    request = ask(MODELS, "Johor-1", 512, "model_training", user)
    tpp = json.loads(request.decision.result)["tpp"]
    small = sum(count for _, count in SPLIT)
    return Seen(
        f"{_short(MODELS)}: 512 × H100 SXM in Johor-1, 30 days",
        [f"{tpp:,.0f} TPP, after {len(SPLIT)} small requests of its group for {small} × H100"],
    )


def rules_refer() -> Seen:
    decision = _decision(_last(MODELS))
    if decision["outcome"] != "refer":
        raise NotSeen(f"the rules say {decision['outcome']}, not refer", *_reasons(decision))
    reasons = [r for r in decision["reasons"] if r["outcome"] == "refer"]
    cited = {r["citation"]: r["text"] for r in reversed(reasons)}
    evidence = []
    for needed in ("BIS policy statement 2025-05-13", "provider"):
        if needed not in cited:
            raise NotSeen(f"no reason cites {needed}", *_reasons(decision))
        evidence.append(f"{needed:<33} {cited[needed]}")
    return Seen(f"refer, {len(reasons)} reasons, {len(decision['missing'])} missing facts", evidence)


def approve(first: User, second: User) -> Seen:
    request = _last(ROBOTS)

    def say_yes(user: User) -> str:
        with staff_transaction():
            return requests.approve(
                request, user=user, by=actor(user), reason="Purpose and size fit the business."
            ).step

    if (step := say_yes(first)) != "first":
        raise NotSeen(f"the first approval was {step}")
    if say_yes(first) != "refused":
        raise NotSeen(f"{first} approved twice")
    if (step := say_yes(second)) != "approved":
        raise NotSeen(f"the second approval was {step}")
    return Seen(f"first by {first}, second by {second}", [f"{first} as the second was refused"])


def grant(cluster: Cluster, base_url: str, folder: Path) -> Seen:
    """Wait for the grant, verify it in another process with the public key alone, start the job."""
    request = _last(ROBOTS)
    wait_for(lambda: Grant.objects.filter(request=request).exists(), f"no grant for {request.label}")
    with staff_transaction():
        issued = Grant.objects.get(request=request)
    keys = folder / "jwks.json"
    with urllib.request.urlopen(f"{base_url}/.well-known/jwks.json", timeout=60) as answer:  # noqa: S310
        keys.write_bytes(answer.read())
    offline = ("--jwks", str(keys), "--audience", cluster.name, "--project", request.project)
    verified = _run("-m", "enforcement.cli", "verify", "-", *offline, given=issued.token)
    if verified.returncode != 0:
        raise NotSeen("the grant does not verify offline", verified.stdout.strip())
    cluster.start(grant=str(issued.pk), token=issued.token, count=384, project=request.project)
    wait_for(lambda: _job_was_reported(cluster, issued), f"cluster {cluster.name} reported no job")
    hours = (issued.expires_at - issued.not_before) / timedelta(hours=1)
    return Seen(
        f"{issued.label} signed for {hours:.0f} h, verified offline with the public key",
        [f"cluster {cluster.name} starts job {demo_cluster.JOB} on 384 accelerators"],
    )


def _job_was_reported(cluster: Cluster, issued: Grant) -> bool:
    if cluster.has_left():
        raise NotSeen(f"cluster {cluster.name} started no job", *cluster.said)
    return UsageRecord.objects.filter(grant=issued, kind="started").exists() and cluster.job_runs()


def rescreen() -> Seen:
    """The worker has searched our parties for what the list changed."""
    wait_for(
        lambda: RescreenItem.objects.exists() and not RescreenItem.objects.filter(done_at=None).exists(),
        "re-screening is not finished",
    )
    wait_for(
        lambda: Alert.objects.filter(holds=True, state__in=Alert.UNDECIDED).exists(),
        "no alert for Konrad Eszterlund",
    )
    with staff_transaction():
        alert = Alert.objects.select_related("party__data_key", "content").get(
            holds=True, state=Alert.State.OPEN
        )
        touched = Event.objects.filter(verb=Verb.PARTY_RESCREENED).count()
        items = RescreenItem.objects.count()
        left = Party.objects.filter(removed_at__isnull=True).count() - touched
        name = str(alert.party.caption)
    if alert.content.caption != "Konrad Eszterlund" or touched != 1:
        raise NotSeen(f"{touched} parties were touched, one was to be")
    return Seen(
        f"{touched} party touched by {items} changed entries, {left} left alone, by the worker",
        [f"{alert.score:.3f}  {name}, three layers above {_short(ROBOTS)}"],
    )


def revocation(cluster: Cluster, began: float) -> Seen:
    """The tenant is held, the grant revoked, the job's process gone; nobody else was touched."""
    with staff_transaction():
        issued = Grant.objects.get(request=_last(ROBOTS))
    wait_for(
        lambda: Grant.objects.filter(pk=issued.pk, revoked_at__isnull=False).exists(),
        f"{issued.label} is not revoked",
    )
    wait_for(lambda: not cluster.job_runs(), f"job {demo_cluster.JOB} still runs")
    seconds = time.monotonic() - began
    wait_for(
        lambda: UsageRecord.objects.filter(grant=issued, kind="stopped").exists(),
        f"cluster {cluster.name} reported no end",
    )
    with staff_transaction():
        tenant = issued.tenant
        others = Tenant.objects.filter(state=Tenant.State.APPROVED).count()
        moved = Tenant.objects.filter(state__in=(Tenant.State.HELD, Tenant.State.SUSPENDED)).count()
    if moved != 1:
        raise NotSeen(f"{moved} tenants were held, one was to be")
    return Seen(
        f"{_short(ROBOTS)} {tenant.state}, {issued.label} revoked, job {demo_cluster.JOB} stopped",
        [
            f"{tenant.state_citation:<33} its owner counts as listed until two people decide",
            f"{seconds:.1f} s from list to stopped job; {others} other tenants untouched",
        ],
    )


def disclose(regulator: Organisation, user: User) -> None:
    """The regulator may read the whole log, on a legal basis."""
    with staff_transaction():
        disclosure.grant(
            recipient=regulator,
            scope=ALL,
            legal_basis="Compute Oversight Act, s. 12 (invented)",
            user=user,
            by=actor(user),
        )


def export(examiner: User, folder: Path) -> Seen:
    """The examiner asks for the log; the worker builds the bundle."""
    asked = disclosure.export(user=examiner, scope=ALL, by=actor(examiner))
    wait_for(
        lambda: Export.objects.filter(pk=asked.pk, state=Export.State.READY).exists(), "no bundle was built"
    )
    built = disclosure.find_export(examiner, asked.pk)
    data = disclosure.bundle_of(examiner, asked.pk).read_bytes()
    (folder / "bundle.zip").write_bytes(data)
    (folder / "log.pub").write_text(f"{verifier_key()}\n")
    return Seen(
        f"{built.total:,} events, {len(data) / 1000:,.0f} kB for {built.recipient}",
        [_shown(folder / "bundle.zip")],
    )


def verify(folder: Path) -> Seen:
    """Another process verifies the bundle with the public key; one flipped bit is refused."""
    bundle, key = folder / "bundle.zip", folder / "log.pub"
    checked = _run(
        "-m", "audit.verify", str(bundle), "--public-key", str(key), "--pin-file", str(folder / "pins")
    )
    if checked.returncode != 0:
        raise NotSeen("the bundle does not verify", checked.stdout.strip() + checked.stderr.strip())
    other = folder / "flipped.zip"
    other.write_bytes(_with_one_bit_flipped(bundle.read_bytes()))
    refused = _run(
        "-m", "audit.verify", str(other), "--public-key", str(key), "--pin-file", str(folder / "pins")
    )
    other.unlink()
    if refused.returncode != 1:
        raise NotSeen(f"a flipped bit was answered with {refused.returncode}")
    first = checked.stdout.strip().splitlines()[0]
    why = (refused.stdout or refused.stderr).strip().partition(": expected")[0]
    return Seen(first, [f"python -m audit.verify {_shown(bundle)}", f"with one bit flipped: {why}"])


def _with_one_bit_flipped(bundle: bytes) -> bytes:
    """The same bundle, whole in its form, in which an event in the middle is said to be of another year."""
    files = archive.unpack(bundle)
    events = bytearray(files[EVENTS])
    year = events.rindex(b'"at":"', 0, len(events) // 2) + len(b'"at":"')
    events[year + 3] ^= 1
    return archive.pack({**files, EVENTS: bytes(events)})


def _run(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own programs
        [sys.executable, *arguments],
        cwd=settings.BASE_DIR,
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
    )


def _last(name: str) -> AllocationRequest:
    with staff_transaction():
        found = AllocationRequest.objects.select_related("tenant__organisation", "decision")
        return found.filter(tenant__organisation__name=name).latest("number")


def _decision(request: AllocationRequest) -> dict[str, object]:
    assert request.decision is not None
    return json.loads(request.decision.result)  # type: ignore[no-any-return]


def _reasons(decision: dict[str, object]) -> list[str]:
    return [f"{r['outcome']}: {r['citation']}: {r['text']}" for r in decision["reasons"]][:6]  # type: ignore


def _short(name: str) -> str:
    """The name without its legal form."""
    return re.sub(r" (Pte\. Ltd\.|Sdn\. Bhd\.)$", "", name)


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(settings.BASE_DIR))
    except ValueError:
        return str(path)
