"""Command line of a cluster.

`python -m enforcement.cli verify TOKEN --jwks FILE|URL [--status FILE|URL] --audience NAME`
answers one JSON object; exit 0 valid, 1 refused, 2 wrong usage. TOKEN may be `-` (standard input).

`python -m enforcement.cli agent --cluster NAME --jwks URL|FILE --token FILE -- COMMAND…`
runs COMMAND under the grant, with one JSON line an event on standard error; exit is the command's
own, 1 when it was refused or stopped, 2 for wrong usage.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn, TextIO

from enforcement.agent import Agent, AgentEvent
from enforcement.client import Client, KeySet, StatusLists, Want
from enforcement.sources import Store, Unreachable, reader, status_reader
from enforcement.verdict import Refused

VALID, REFUSED = 0, 1
_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    own, command = given, []
    if "--" in given:
        cut = given.index("--")
        own, command = given[:cut], given[cut + 1 :]
    parser = _parser()
    options = parser.parse_args(own)  # exits with 2 on wrong usage
    try:
        if options.act == "verify":
            if command:
                parser.error("verify runs no command")
            return _verify(options)
        if not command:
            parser.error("agent needs a command after --")
        return _agent(options, command)
    except (ValueError, Unreachable) as error:
        parser.error(str(error))


def _verify(options: argparse.Namespace) -> int:
    token = sys.stdin.read().strip() if options.token == "-" else options.token  # noqa: S105 - not one
    verdict = _client(options, options.audience).check(token, _want(options))
    if isinstance(verdict, Refused):
        _say(sys.stdout, {"valid": False, "reason": verdict.reason.value, "text": verdict.text})
        return REFUSED
    answer = {
        "valid": True,
        "revocation": "not_checked" if options.status is None else "not_revoked",
        "status_issued_at": verdict.status_issued_at,
        "claims": asdict(verdict.claims),
    }
    _say(sys.stdout, answer)
    return VALID


def _agent(options: argparse.Namespace, command: list[str]) -> int:
    client = _client(options, options.cluster)
    agent = Agent(client, report=_report, poll=options.poll, grace=options.grace)
    for number in _ENDING:
        signal.signal(number, _leave)
    try:
        ended = agent.run(_token_of(options.token), command, _want(options))
    except OSError as error:
        _say(sys.stderr, {"event": "cannot_start", "text": f"{command[0]}: {error.strerror}"})
        return 127
    if ended.refused is not None or ended.exit_code is None:
        return REFUSED
    return ended.exit_code if ended.exit_code >= 0 else 128 - ended.exit_code


def _client(options: argparse.Namespace, audience: str) -> Client:
    store = Store(options.state)
    keys = KeySet(reader(options.jwks), store=store)
    statuses = None
    if options.act == "agent" or options.status is not None:
        fetch = status_reader(options.status)
        statuses = StatusLists(fetch, keys, store=store, max_silence=options.max_silence)
    return Client(audience, keys, statuses, issuer=options.issuer)


def _want(options: argparse.Namespace) -> Want:
    return Want(
        count=options.count,
        accelerator=options.accelerator,
        project=options.project,
        site=options.site,
        hours=options.hours,
    )


def _token_of(path: Path) -> Callable[[], str]:
    """The token as the file holds it now; while it cannot be read, the one before."""
    read, last = reader(str(path)), ""

    def token() -> str:
        nonlocal last
        try:
            last = read()
        except Unreachable:
            if not last:
                raise
        return last

    return token


def _report(event: AgentEvent) -> None:
    _say(sys.stderr, {"event": event.happening.value, "at": event.at, **event.detail})


def _say(stream: TextIO, answer: dict[str, Any]) -> None:
    stream.write(json.dumps(answer, ensure_ascii=False, separators=(",", ":"), default=dict) + "\n")
    stream.flush()


def _leave(number: int, _frame: Any) -> NoReturn:
    # Once: a second signal must not cut short the stopping of the job.
    for again in _ENDING:
        signal.signal(again, signal.SIG_IGN)
    raise SystemExit(128 + number)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m enforcement.cli", description="Check Lockgate grants.")
    acts = parser.add_subparsers(dest="act", required=True, metavar="verify|agent")
    verify = acts.add_parser("verify", help="check one grant and print what it says")
    verify.add_argument("token", help="the grant, or - for standard input")
    verify.add_argument("--audience", required=True, metavar="NAME", help="the cluster it must be for")
    agent = acts.add_parser("agent", help="run a command for as long as its grant stands")
    agent.add_argument("--cluster", required=True, metavar="NAME", help="this cluster's name")
    agent.add_argument("--token", required=True, type=Path, metavar="FILE", help="read before every check")
    agent.add_argument("--poll", type=float, default=2.0, metavar="SECONDS", help="between two checks")
    agent.add_argument("--grace", type=float, default=5.0, metavar="SECONDS", help="from SIGTERM to SIGKILL")
    for act in (verify, agent):
        act.add_argument("--jwks", required=True, metavar="FILE|URL", help="the platform's public keys")
        act.add_argument("--status", metavar="FILE|URL", help="the status list, where not at the grant's URI")
        act.add_argument("--issuer", metavar="URL", help="who must have issued the grant")
        act.add_argument("--state", type=Path, metavar="FOLDER", help="keeps keys and status list here")
        act.add_argument("--max-silence", type=float, default=300.0, metavar="SECONDS")
        act.add_argument("--count", type=int, metavar="N", help="accelerators wanted")
        act.add_argument("--accelerator", metavar="MODEL")
        act.add_argument("--project", metavar="ID")
        act.add_argument("--site", metavar="ID")
        act.add_argument("--hours", type=float, metavar="H", help="how long the job may last")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
