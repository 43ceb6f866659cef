"""The demonstration, from an empty installation to a revoked grant and a verified export.

Every step is observed, in the database, over HTTP or in another process; one that is not seen ends the run.
"""

from __future__ import annotations

import os
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import redis
from django.conf import settings
from django.db import connection

from accounts import tokens
from accounts.models import Organisation, User
from accounts.roles import Act, Kind, Role
from audit.record import SYSTEM
from console.demo import cast, invented_list, onboard, run, story
from console.demo.board import Board, NotSeen, Seen
from console.demo.cast import Player
from console.demo.cluster import Cluster
from core.scope import staff_transaction


class Processes(Protocol):
    """What runs web, worker and beat."""

    def pid(self, name: str) -> int | None:
        """The process id of one of them."""


class Play:
    """One run. `start` starts web, worker and beat and is given what looks after them."""

    def __init__(self, board: Board, *, port: int, folder: Path, start: Callable[[], Processes]) -> None:
        self.board, self.port, self.folder, self._start = board, port, folder, start
        self.players: dict[str, Player] = {}
        self.story = story.tenants()
        self.base_url = f"http://127.0.0.1:{port}"
        self._admin: User | None = None
        self.cluster: Cluster

    def run(self) -> None:
        """Play all steps. Raises NotSeen at the first that was not observed."""
        step = self.board.step
        step("Servers", self._servers)
        step("Processes", self._processes)
        self._people()
        reviewer, approver = self.players["aldous"].user, self.players["renwick"].user
        first, second = invented_list.write(self.folder)
        step("List", lambda: onboard.import_list(first, 1))
        step("Tenants", lambda: onboard.apply(self.story, reviewer, self.board.progress))
        step("Identity", lambda: onboard.identify(self.story, reviewer, self.board.progress))
        step("Ownership", lambda: onboard.assess(len(self.story)))
        step("Screening", lambda: onboard.screen(3177))
        step("Review", lambda: onboard.review(self.story, reviewer, approver))
        step("Rating", lambda: onboard.rate(approver, self.board.progress))
        self._applicant(reviewer)
        self._run_grant(reviewer, approver)
        self._list_changes(second)
        self._prove()

    def _run_grant(self, reviewer: User, approver: User) -> None:
        step = self.board.step
        assert self._admin is not None
        run.enter_sites(self._admin, self.players["east-2"].user)
        first = self.players["halloway"].user
        step("Request", lambda: run.request_robots(reviewer))
        step("Rules", run.rules_permit)
        step("Request", lambda: run.request_models(reviewer))
        step("Rules", run.rules_refer)
        step("Approval", lambda: run.approve(first, approver))
        step("Grant", lambda: run.grant(self.cluster, self.base_url, self.folder))

    def _list_changes(self, version: Path) -> None:
        began = time.monotonic()

        def import_second() -> Seen:
            seen = onboard.import_list(version, 2)
            return Seen(seen.text, ["added: Konrad Eszterlund"])

        self.board.step("List", import_second)
        self.board.step("Re-screening", run.rescreen)
        self.board.step("Revocation", lambda: run.revocation(self.cluster, began))

    def _prove(self) -> None:
        run.disclose(self.regulator, self.players["renwick"].user)
        examiner = self.players["adnantara"].user
        self.board.step("Export", lambda: run.export(examiner, self.folder))
        self.board.step("Verify", lambda: run.verify(self.folder))

    def stop(self) -> None:
        """End what the run started beside web, worker and beat."""
        if hasattr(self, "cluster"):
            self.cluster.stop()

    def summary(self) -> None:
        seconds = time.monotonic() - self.board.started
        self.board.say(
            f"\n   {self.board.seen} of {self.board.total} steps seen in {seconds:.1f} s. "
            "Nothing left this machine. Every party is invented."
        )

    def invite(self) -> None:
        """Say how to sign in."""
        say = self.board.say
        say(f"\n   Console           http://127.0.0.1:{self.port}\n")
        say("   sign in as        name            password              to see")
        for player in self.players.values():
            name = player.user.username
            if player.user.may(Act.REPORT_USAGE):
                continue  # a machine signs in with its token
            say(f"   {player.role:<17} {name:<15} {player.password:<21} {player.sees}")
        codes = self.folder / "codes"
        self._codes = cast.Codes(codes, list(self.players.values()))
        say(f"\n   Second factor     cat {os.path.relpath(codes)}   (the six digits of the moment)")
        say('\n   Ctrl-C stops everything. The state stays in .local/; "make demo" starts afresh.')

    def _people(self) -> None:
        """Everyone who acts: people come by invitation, and nobody may both manage and approve."""
        with staff_transaction():
            provider = cast.provider(settings.LOCKGATE_PROVIDER_NAME)
            regulator = Organisation.objects.create(
                kind=Kind.REGULATOR, name="Compute Oversight Office", country="SG"
            )

        def admit(name: str, display: str, role: Role, sees: str, at: Organisation = provider) -> Player:
            found = cast.admit(at, name, display, {role}, role=role.value, sees=sees, inviter=self._admin)
            self.players[name] = found
            return found

        self._admin = admit("okwuosa", "J. Okwuosa", Role.ADMINISTRATOR, "people").user
        admit("aldous", "M. Aldous", Role.REVIEWER, "alerts, tenants")
        admit("renwick", "T. Renwick", Role.APPROVER, "requests, grants")
        admit("halloway", "R. Halloway", Role.APPROVER, "requests, grants")
        self.regulator = regulator
        service = admit("east-2", "Cluster east-2", Role.SERVICE, "")
        with staff_transaction():
            _, token = tokens.issue(
                user=service.user, name="east-2", scopes=[Act.REPORT_USAGE.value], by=SYSTEM
            )
        self.cluster = Cluster(name="east-2", base_url=self.base_url, folder=self.folder, api_token=token)
        admit("adnantara", "Ms Adnantara", Role.EXAMINER, "scope, export, verify", regulator)

    def _applicant(self, reviewer: User) -> None:
        """Somebody of the tenant that will be asked the most, for the portal."""
        with staff_transaction():
            tenant = Organisation.objects.get(kind=Kind.TENANT, name=run.MODELS)
        name, display, sees = "iyarat", "S. Iyaratwong", "the portal"
        self.players[name] = cast.admit(
            tenant, name, display, {Role.APPLICANT}, role="tenant", sees=sees, inviter=reviewer
        )

    def _servers(self) -> Seen:
        with staff_transaction(), connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            postgres = cursor.fetchone()[0].split()[0]
        store = redis.Redis.from_url(settings.REDIS_URL).info("server")
        name = "Valkey" if "valkey_version" in store else "Redis"
        version = store.get("valkey_version", store["redis_version"])
        short = ".".join(str(version).split(".")[:2])
        return Seen(f"PostgreSQL {postgres} and {name} {short} answer, schema is current")

    def _processes(self) -> Seen:
        self.processes = self._start()
        pids = {name: self.processes.pid(name) for name in ("web", "worker", "beat")}
        if len({os.getpid(), *pids.values()}) != 4:
            raise NotSeen("web, worker and beat are not processes of their own", str(pids))
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/account/login/", timeout=60) as answer:
            if answer.status != 200:
                raise NotSeen(f"the web answers {answer.status}")
        return Seen("web, worker and beat run")
