"""The command line answers one JSON object and an exit code that scripts can use."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from enforcement.cli import main
from tests.enforcement.builders import CLUSTER, Platform, a_grant


class Folder:
    """The files of a cluster: key set, status list, grant; all of now."""

    def __init__(self, path: Path, **claims: Any) -> None:
        self.platform = Platform()
        self.platform.now = at = int(time.time())
        self.token = a_grant(**{"issued_at": at, "not_before": at, "expires_at": at + 3600, **claims})
        self.jwks, self.status, self.grant = path / "jwks.json", path / "status.jwt", path / "grant.jwt"
        self.jwks.write_text(self.platform.jwks())
        self.grant.write_text(self.token + "\n")
        self.publish()

    def publish(self) -> None:
        self.status.write_text(self.platform.status_list())

    def verify(self, *more: str, token: str | None = None) -> int:
        return main(["verify", token or self.token, "--jwks", str(self.jwks), "--audience", CLUSTER, *more])

    def agent(self, *command: str, more: tuple[str, ...] = ()) -> int:
        return main(
            [
                *("agent", "--cluster", CLUSTER, "--jwks", str(self.jwks), "--status", str(self.status)),
                *("--token", str(self.grant), "--poll", "0.02", *more, "--", *command),
            ]
        )


def test_a_valid_grant_is_printed_with_what_was_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Folder(tmp_path, bound_to={"cluster": CLUSTER})
    assert folder.verify("--status", str(folder.status), "--count", "384") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["valid"] is True
    assert answer["revocation"] == "not_revoked"
    assert answer["claims"]["count"] == 384
    assert folder.verify() == 0
    assert json.loads(capsys.readouterr().out)["revocation"] == "not_checked"


def test_a_refused_grant_exits_with_one_and_names_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Folder(tmp_path)
    folder.platform.revoked.add(5)
    folder.publish()
    assert folder.verify("--status", str(folder.status)) == 1
    assert json.loads(capsys.readouterr().out)["reason"] == "revoked"
    assert folder.verify("--count", "385") == 1
    assert json.loads(capsys.readouterr().out)["reason"] == "too_many"
    assert folder.verify(token="garbage") == 1
    assert json.loads(capsys.readouterr().out)["reason"] == "malformed"
    assert folder.verify("--jwks", str(tmp_path / "absent.json")) == 1
    assert json.loads(capsys.readouterr().out)["reason"] == "keys_unavailable"


def test_the_token_may_come_by_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO(folder.token + "\n"))
    assert folder.verify(token="-") == 0


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["verify"],
        ["verify", "x", "--audience", "a"],
        ["verify", "x", "--audience", "a", "--jwks", "http://lockgate.example/jwks"],
        ["verify", "x", "--audience", "a", "--jwks", "f", "--count", "many"],
        ["verify", "x", "--audience", "a", "--jwks", "f", "--", "true"],
        ["agent", "--cluster", "a", "--jwks", "f", "--token", "f"],
        ["agent", "--cluster", "a", "--jwks", "f", "--token", "absent", "--", "true"],
        ["agent", "--cluster", "a", "--jwks", "f", "--token", "f", "--poll", "0", "--", "true"],
    ],
)
def test_wrong_usage_exits_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    assert capsys.readouterr().out == ""


@pytest.fixture
def kept_signals() -> Any:
    """The agent command takes over the process's signals; give them back."""
    import signal

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("kept_signals")
def test_the_agent_passes_the_commands_exit_code_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Folder(tmp_path)
    assert folder.agent("sh", "-c", "exit 5") == 5
    events = [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()]
    assert events == ["started", "ended"]
    assert folder.agent("sh", "-c", "kill -9 $$") == 128 + 9
    assert folder.agent("true", more=("--project", "p-1")) == 1
    assert folder.agent("/does/not/exist") == 127


@pytest.mark.timeout(120)
def test_a_revoked_grant_ends_the_running_command(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    agent = subprocess.Popen(
        [
            *(sys.executable, "-m", "enforcement.cli", "agent", "--cluster", CLUSTER, "--poll", "0.05"),
            *("--jwks", str(folder.jwks), "--status", str(folder.status), "--token", str(folder.grant)),
            *("--", "sleep", "600"),
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert agent.stderr is not None
    with agent, agent.stderr:
        assert json.loads(agent.stderr.readline())["event"] == "started"
        folder.platform.revoked.add(5)
        folder.platform.now += 1
        fresh = tmp_path / "fresh"
        fresh.write_text(folder.platform.status_list())
        fresh.replace(folder.status)
        assert agent.wait(timeout=90) == 1
        events = [json.loads(line) for line in agent.stderr]
    assert [event["event"] for event in events] == ["stopping", "ended"]
    assert events[0]["reason"] == "revoked"


@pytest.mark.usefixtures("kept_signals")
def test_a_platform_that_answers_late_does_not_refuse_the_job(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The interval between checks is no limit to how long the platform may take to answer one."""
    folder = Folder(tmp_path)
    with a_slow_server(folder.jwks.read_bytes(), seconds=0.3) as url:
        assert folder.agent("true", more=("--jwks", url)) == 0
    events = [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()]
    assert events == ["started", "ended"]


@contextlib.contextmanager
def a_slow_server(answer: bytes, *, seconds: float) -> Iterator[str]:
    class Late(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(seconds)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Late) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/jwks.json"
        server.shutdown()
        thread.join()


def test_it_ships_alone() -> None:
    """`enforcement` loads nothing of the platform: clusters get this package and two libraries."""
    code = (
        "import sys, enforcement.cli; "
        "print({m.partition('.')[0] for m in sys.modules} "
        "& {'core', 'audit', 'accounts', 'kyc', 'access', 'console', 'config', 'django', 'httpx'})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
