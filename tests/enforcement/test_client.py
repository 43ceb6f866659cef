"""The client keeps checking while the platform is away, and never longer than it may."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from enforcement import client as client_module
from enforcement import grant_token
from enforcement.client import Allowed, Client, Want
from enforcement.jwks import thumbprint
from enforcement.sources import Store, Unreachable, reader, status_reader
from enforcement.verdict import Reason, Refused
from tests.enforcement.builders import CLUSTER, OTHER_KEY, STATUS_URI, Platform, a_grant, some_claims


def reason(verdict: Allowed | Refused) -> Reason | None:
    return verdict.reason if isinstance(verdict, Refused) else None


def test_a_grant_that_stands_is_allowed_and_says_how_old_its_status_is() -> None:
    platform = Platform()
    assert platform.client().check(a_grant()) == Allowed(some_claims(), int(platform.now))


@pytest.mark.parametrize(
    ("want", "expected"),
    [
        (Want(), None),
        (Want(count=384, accelerator="nvidia h100-sxm", project="p-9", site="no-oslo", hours=720), None),
        (Want(accelerator="NVIDIA H100 Tensor Core GPU SXM"), None),
        (Want(count=385), Reason.TOO_MANY),
        (Want(accelerator="NVIDIA H200 SXM"), Reason.OTHER_ACCELERATOR),
        (Want(project="p-1"), Reason.OTHER_PROJECT),
        (Want(site="no-bergen"), Reason.OTHER_SITE),
        (Want(hours=721), Reason.TOO_LONG_A_JOB),
    ],
)
def test_only_what_was_granted_may_be_used(want: Want, expected: Reason | None) -> None:
    assert reason(Platform().client().check(a_grant(), want)) is expected


def test_a_cluster_that_knows_its_site_refuses_another_sites_grant() -> None:
    assert reason(Platform().client(site="no-bergen").check(a_grant())) is Reason.OTHER_SITE


def test_a_grant_bound_to_a_project_is_good_for_that_projects_jobs_only() -> None:
    client, bound = Platform().client(), a_grant(bound_to={"project": "p-9"})
    assert reason(client.check(bound)) is Reason.NOT_CONFIRMED
    assert reason(client.check(bound, Want(project="p-9"))) is None


def test_revocation_shows_after_the_lists_ttl_and_at_once_where_asked() -> None:
    platform = Platform()
    client = platform.client()
    assert reason(client.check(a_grant())) is None
    platform.revoked.add(5)
    platform.now += 1
    assert reason(client.check(a_grant())) is None
    assert reason(client.check(a_grant(), renew_status=True)) is Reason.REVOKED
    patient = Platform()
    client = patient.client()
    client.check(a_grant())
    patient.revoked.add(5)
    patient.now += patient.status_ttl
    assert reason(client.check(a_grant())) is Reason.REVOKED


def test_a_remembered_signature_hides_neither_expiry_nor_revocation_nor_a_larger_wish() -> None:
    platform = Platform()
    client = platform.client(cache_seconds=10**6)
    token = a_grant()
    assert reason(client.check(token)) is None
    assert reason(client.check(token, Want(count=385))) is Reason.TOO_MANY
    platform.revoked.add(5)
    assert reason(client.check(token, renew_status=True)) is Reason.REVOKED
    platform.now += 8 * 3600 + 30
    assert reason(client.check(token)) is Reason.EXPIRED


def test_a_signature_is_verified_once_within_the_cache_time(monkeypatch: pytest.MonkeyPatch) -> None:
    platform, verified = Platform(), []
    genuine = grant_token.authenticate
    monkeypatch.setattr(
        grant_token, "authenticate", lambda token, keys: (verified.append(token), genuine(token, keys))[1]
    )
    client = platform.client(cache_seconds=5)
    for step in (0, 4.9, 0.1, 0):
        platform.now += step
        assert reason(client.check(a_grant())) is None
    assert len(verified) == 2


def test_a_remembered_signature_is_forgotten_when_its_key_leaves_the_key_set() -> None:
    platform = Platform()
    client = platform.client(cache_seconds=10**6)
    assert reason(client.check(a_grant())) is None
    platform.key, platform.kid = OTHER_KEY, thumbprint(OTHER_KEY.public_key())
    platform.now += 3600
    assert reason(client.check(a_grant())) is Reason.UNKNOWN_KEY


def test_the_memory_of_verified_tokens_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "CACHE_SIZE", 16)
    client = Platform().client()
    for number in range(40):
        client.check(a_grant(token_id=str(number)))
    assert client.remembered == 16
    for number in range(40):
        client.check(f"forged-{number}")
    assert client.remembered == 16


def test_while_the_platform_is_away_the_last_list_serves_until_the_silence_is_too_long() -> None:
    platform = Platform()
    client = platform.client(max_silence=300)
    client.check(a_grant())
    platform.is_up = False
    platform.now += 300
    verdict = client.check(a_grant())
    assert isinstance(verdict, Allowed)
    assert verdict.warning is not None
    assert "down" in verdict.warning
    platform.now += 1
    assert reason(client.check(a_grant())) is Reason.STATUS_UNAVAILABLE
    platform.is_up = True
    platform.now += 2
    assert reason(client.check(a_grant())) is None


def test_silence_may_not_outlast_the_list_itself() -> None:
    platform = Platform()
    client = platform.client(max_silence=10**6)
    client.check(a_grant())
    platform.is_up = False
    platform.now += platform.status_life
    assert reason(client.check(a_grant())) is Reason.STATUS_EXPIRED


def test_a_cluster_that_never_reached_the_platform_refuses() -> None:
    platform = Platform()
    platform.is_up = False
    assert reason(platform.client().check(a_grant())) is Reason.KEYS_UNAVAILABLE
    platform = Platform()
    client = platform.client()
    client.check("warm the keys")
    platform.is_up = False
    assert reason(client.check(a_grant())) is Reason.STATUS_UNAVAILABLE


def test_a_platform_that_fails_is_not_asked_again_at_every_check() -> None:
    platform = Platform()
    client = platform.client()
    client.check(a_grant())
    platform.is_up, before = False, platform.fetches
    platform.now += platform.status_ttl
    for _ in range(5):
        client.check(a_grant())
    assert platform.fetches == before + 1
    platform.now += 2
    client.check(a_grant())
    assert platform.fetches == before + 2


def test_an_older_list_that_is_played_back_does_not_bring_a_revoked_grant_to_life() -> None:
    platform = Platform()
    client = platform.client()
    client.check(a_grant())
    old = platform.status_list()
    platform.now += 100
    platform.revoked.add(5)
    assert reason(client.check(a_grant())) is Reason.REVOKED
    platform.replay = old
    platform.now += 100
    assert reason(client.check(a_grant())) is Reason.REVOKED


def test_what_was_seen_outlives_a_restart(tmp_path: Path) -> None:
    platform = Platform()
    old = platform.status_list()
    platform.now += 10
    platform.revoked.add(5)
    platform.client(store=Store(tmp_path)).check(a_grant())
    platform.replay = old
    assert (
        reason(platform.client(store=Store(tmp_path)).check(a_grant(), renew_status=True)) is Reason.REVOKED
    )


def test_a_restart_without_the_platform_works_from_what_was_kept(tmp_path: Path) -> None:
    platform = Platform()
    platform.client(store=Store(tmp_path)).check(a_grant())
    platform.is_up = False
    platform.now += 200
    assert reason(platform.client(store=Store(tmp_path)).check(a_grant())) is None
    for path in tmp_path.iterdir():
        path.write_text("damaged")
    assert reason(platform.client(store=Store(tmp_path)).check(a_grant())) is Reason.KEYS_UNAVAILABLE


def test_a_clock_that_is_set_back_does_not_lengthen_the_silence() -> None:
    platform = Platform()
    client = platform.client()
    platform.now += 3600
    client.check(a_grant())
    platform.is_up = False
    platform.now -= 3000
    assert reason(client.check(a_grant())) is Reason.STATUS_UNAVAILABLE


def test_a_new_signing_key_is_taken_up_when_its_first_grant_comes() -> None:
    platform = Platform()
    client = platform.client()
    client.check(a_grant())
    kid = thumbprint(OTHER_KEY.public_key())
    fresh = grant_token.sign(some_claims(), OTHER_KEY, kid)
    platform.key, platform.kid = OTHER_KEY, kid
    platform.now += 10
    assert reason(client.check(fresh, renew_status=True)) is None


def test_unknown_kids_do_not_make_the_client_hammer_the_key_set(monkeypatch: pytest.MonkeyPatch) -> None:
    platform, reads = Platform(), []
    jwks = platform.jwks
    monkeypatch.setattr(platform, "jwks", lambda: (reads.append(1), jwks())[1])
    client = platform.client()
    for number in range(20):
        client.check(grant_token.sign(some_claims(), OTHER_KEY, f"kid-{number}"))
    assert len(reads) == 1


def test_without_a_status_source_revocation_is_said_to_be_unchecked() -> None:
    platform = Platform()
    client = Client(CLUSTER, client_module.KeySet(platform.jwks), None, clock=platform.clock)
    assert client.check(a_grant()) == Allowed(some_claims(), None)


def test_a_source_is_a_file_https_or_this_machine() -> None:
    for location in ("http://lockgate.example/jwks.json", "ftp://127.0.0.1/x", "file:///etc/passwd"):
        with pytest.raises(ValueError, match="only https"):
            reader(location)
    with pytest.raises(Unreachable, match="only https"):
        status_reader()("file:///etc/passwd")
    with pytest.raises(Unreachable, match="No such file"):
        reader("absent.json")()


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/jwks")
            self.end_headers()
            return
        body = Platform().jwks().encode() if self.path == "/jwks" else b"x" * (4 * 1024 * 1024 + 1)
        self.send_response(200 if self.path != "/error" else 500)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_a_url_is_read_without_redirects_and_within_a_limit() -> None:
    with HTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            base = f"http://127.0.0.1:{server.server_port}"
            assert json.loads(reader(f"{base}/jwks")())["keys"]
            for path, problem in (("moved", "redirect"), ("long", "longer"), ("error", "500")):
                with pytest.raises(Unreachable, match=problem):
                    reader(f"{base}/{path}")()
        finally:
            server.shutdown()
            thread.join()
    with pytest.raises(Unreachable):
        reader(f"{base}/jwks")()


def test_the_status_uri_of_the_grant_is_what_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    platform, asked = Platform(), []
    monkeypatch.setattr(
        platform, "status_list", lambda uri: (asked.append(uri), Platform().status_list(uri))[1]
    )
    platform.client().check(a_grant())
    assert asked == [STATUS_URI]
