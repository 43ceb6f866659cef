"""An installation with a short story in it, in a process of its own.

`python -m tests.journeys.browser.stage` runs web, worker and beat, plays the first part of the demonstration
for some of its tenants and leaves work undone for the journeys. One line of JSON says where it is and how
people sign in; it ends with its standard input.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import django

from config.ports import free_port

#: Tenants of the demonstration that the journeys meet; the last one is what the impossible statements need.
TENANTS = (
    "Veldmarin Robotics Pte. Ltd.",
    "Saffron Delta Models Sdn. Bhd.",
    "Saffron Delta Research Sdn. Bhd.",
    "Pelangi Vision Lab Sdn. Bhd.",
    "Meridian Lantern FZ-LLC",
    "Kaimori Weather K.K.",
    "Norrvind Climate AB",
    "Tallowgate Analytics Ltd",
    "Sable Arc Trading FZE",
    "Harrowmere Compute LLP",
)
#: Those that are approved before the journeys begin.
APPROVED = (*TENANTS[:4], "Kaimori Weather K.K.")
DRAFT = "Brindlewick Compute Oy"


def main() -> None:
    """Start, play, say where it is, and stay until the other end of the pipe closes."""
    django.setup()
    from config.installation import collect_static, installation
    from config.services import local_dir

    collect_static()
    port = free_port()
    with installation(port=port, workers=1):
        told = play(port, local_dir())
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


def play(port: int, folder: Path) -> dict[str, object]:
    """Play up to where the journeys begin; return what they need to know."""
    from access.models import AllocationRequest, Grant
    from access.requests import service as requests
    from accounts import disclosure
    from accounts.models import Organisation
    from accounts.roles import Kind, Role
    from console.demo import cast, invented_list, onboard, run, story
    from console.demo.waiting import wait_for
    from core.scope import staff_transaction
    from kyc.models import Application, Tenant
    from kyc.onboarding import service

    with staff_transaction():
        provider = cast.provider("Northlake Compute")
        regulator = Organisation.objects.create(kind=Kind.REGULATOR, name="Compute Oversight", country="SG")
    people: dict[str, cast.Player] = {}

    def admit(name: str, display: str, role: Role, at: Organisation = provider) -> None:
        inviter = people["okwuosa"].user if people else None
        people[name] = cast.admit(at, name, display, {role}, role=role.value, sees="", inviter=inviter)

    admit("okwuosa", "J. Okwuosa", Role.ADMINISTRATOR)
    admit("aldous", "M. Aldous", Role.REVIEWER)
    admit("vanterpool", "L. Vanterpool", Role.REVIEWER)
    admit("sundqvist", "B. Sundqvist", Role.REVIEWER)
    admit("renwick", "T. Renwick", Role.APPROVER)
    admit("halloway", "R. Halloway", Role.APPROVER)
    admit("east-2", "Cluster east-2", Role.SERVICE)
    admit("adnantara", "Ms Adnantara", Role.EXAMINER, regulator)
    reviewer, approver, second = (people[name].user for name in ("aldous", "renwick", "halloway"))
    by = onboard.actor

    first_version, second_version = invented_list.write(folder)
    onboard.import_list(first_version, 1)
    told = {one.name: one for one in story.tenants()}
    chosen = [told[name] for name in TENANTS]
    quiet = lambda note: None  # noqa: E731
    onboard.apply(chosen, reviewer, quiet)
    onboard.identify(chosen, reviewer, quiet)
    onboard.assess(len(chosen))
    onboard.screen(0)
    for name in APPROVED:
        with staff_transaction():
            application = Application.objects.select_related("tenant").get(tenant__organisation__name=name)
        wait_for(lambda a=application: a.tenant.ratings.exists(), f"{name} is not rated")
        with staff_transaction():
            verdict = service.approve(application, user=approver, by=by(approver), reason="Nothing is open.")
        assert verdict.given, (name, verdict.reasons)

    run.enter_sites(people["okwuosa"].user, people["east-2"].user)
    robots = run.request_robots(reviewer)
    asked = run._last(run.ROBOTS)
    for user in (second, approver):
        with staff_transaction():
            requests.approve(asked, user=user, by=by(user), reason="Purpose and size fit.")
    wait_for(lambda: Grant.objects.filter(request=asked).exists(), f"no grant after {robots.text}")
    run.request_models(reviewer)
    clean = run.ask("Kaimori Weather K.K.", "East-2", 128, "simulation", reviewer, OPEN_BOOK)

    with staff_transaction():
        draft = service.open_application(name=DRAFT, country="FI", user=reviewer, by=by(reviewer))
        kaimori = Tenant.objects.get(organisation__name="Kaimori Weather K.K.")
        service.ask(
            kaimori,
            text="Which of your models forecasts typhoons?",
            why="The purpose was stated in one word.",
            blocks=False,
            user=reviewer,
            by=by(reviewer),
        )
        disclosure.grant(
            recipient=regulator,
            scope="jurisdiction:SG",
            legal_basis="Compute Oversight Act, s. 12 (invented)",
            user=approver,
            by=by(approver),
        )
    admit("tarvainen", "E. Tarvainen", Role.APPLICANT, draft.tenant.organisation)
    admit("onaruzawa", "H. Onaruzawa", Role.APPLICANT, kaimori.organisation)
    with staff_transaction():
        keys = {t.organisation.name: t.label for t in Tenant.objects.select_related("organisation")}
        applications = {
            a.tenant.organisation.name: str(a.pk)
            for a in Application.objects.select_related("tenant__organisation")
        }
        split = AllocationRequest.objects.filter(tenant__organisation__name=run.MODELS).latest("number")
        grant = Grant.objects.get(request=asked)
    return {
        "base_url": f"http://127.0.0.1:{port}",
        "people": {n: {"password": p.password, "secret": p.totp_secret} for n, p in people.items()},
        "tenants": keys,
        "applications": applications,
        "requests": {"split": split.label, "clean": clean.label, "granted": asked.label},
        "grant": grant.label,
        "version_2": str(second_version),
    }


OPEN_BOOK = {
    "end_use": [],
    "red_flags": [],
    "end_user_country": "JP",
    "remote_access_countries": ["JP"],
}


if __name__ == "__main__":
    main()
