"""The endpoints of access: scopes, repeats, strangers, and what clusters read."""

import json
import threading

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import Client
from django.utils import timezone

from access.grants import revoke
from access.models import AllocationRequest, Decision, Grant, Inquiry, Licence, UsageRecord
from accounts import tokens
from accounts.models import IdempotencyKey
from accounts.roles import Role
from audit.models import Event
from core.scope import acting_in, staff_transaction, tenant_scope
from enforcement import jwks
from enforcement import status as offline
from tests import builders
from tests.access.conftest import ANSWERS


def api(user, *, key=None, scopes=None):
    """A program that acts for `user`: get(path) and post(path, body) under /api/v1/."""
    _, text = tokens.issue(
        user=user, name="test", scopes=sorted(scopes or user.acts), by=builders.actor(user)
    )

    class Program:
        def __init__(self):
            self.client = Client(raise_request_exception=False)
            self.headers = {"Authorization": f"Bearer {text}"}

        def get(self, path, **query):
            return self.client.get(f"/api/v1/{path}/", query, headers=self.headers)

        def post(self, path, body, key=key):
            headers = {**self.headers, **({"Idempotency-Key": key} if key else {})}
            return self.client.post(
                f"/api/v1/{path}/", json.dumps(body), content_type="application/json", headers=headers
            )

    return Program()


def a_body(**change):
    return {
        "site": "North",
        "accelerator": "H100 SXM",
        "count": 128,
        "starts_on": timezone.now().date().isoformat(),
        "days": 30,
        "purpose": "inference",
        "answers": ANSWERS,
        **change,
    }


@pytest.fixture(autouse=True)
def _no_static_files(settings, tmp_path):
    """Programs read none, and a bare checkout has not collected any."""
    settings.STATIC_ROOT = str(tmp_path)


@pytest.fixture
def applicant(world):
    return builders.person("iyarat", Role.APPLICANT, at=world.tenant().organisation)


def test_a_tenant_asks_and_reads_what_the_rules_disclose(applicant):
    answer = api(applicant).post("allocation-requests", a_body())
    assert answer.status_code == 201, answer.content
    shown = answer.json()
    assert (shown["state"], shown["cluster"], shown["decision"]) == ("decided", "north-1", None)
    assert shown["told"] == []
    assert api(applicant).get(f"allocation-requests/{shown['label']}").json() == shown


def test_staff_see_the_decision(world, applicant):
    label = api(applicant).post("allocation-requests", a_body()).json()["label"]
    assert api(world.first).get(f"allocation-requests/{label}").json()["decision"]["outcome"] == "permit"


def test_another_tenants_request_looks_absent(world, applicant):
    shown = api(applicant).post("allocation-requests", a_body()).json()
    stranger = api(builders.stranger())
    assert stranger.get(f"allocation-requests/{shown['id']}").status_code == 404
    assert stranger.get(f"allocation-requests/{shown['label']}").status_code == 404
    assert stranger.get("allocation-requests").json()["results"] == []
    assert stranger.post(f"allocation-requests/{shown['id']}/withdraw", {}).status_code == 404
    own = api(applicant).get("allocation-requests").json()["results"]
    assert [one["label"] for one in own] == [shown["label"]]


def test_row_level_security_says_it_again(world):
    grant = world.granted()
    stranger = builders.stranger()
    with acting_in(tenant_scope(stranger.organisation_id)):
        for model in (AllocationRequest, Grant, Decision, Inquiry, Licence, UsageRecord):
            assert not model.objects.exists(), model
    with acting_in(tenant_scope(grant.tenant_id)):
        assert Grant.objects.get() == grant
        assert AllocationRequest.objects.exists()
        assert not Decision.objects.exists()  # it names matches under review


def test_a_tenant_asks_for_no_other_tenant(world, applicant):
    other = world.tenant("Other", owner="Other Owner", passport="Q1")
    assert api(applicant).post("allocation-requests", a_body(tenant=str(other.pk))).status_code == 404
    assert api(applicant).post("allocation-requests", a_body(count=0)).status_code == 422
    assert api(applicant).post("allocation-requests", a_body(colour="red")).status_code == 422
    refused = api(applicant).post("allocation-requests", a_body(accelerator="NVIDIA H20"))
    assert refused.json()["errors"][0]["field"] == "cluster"
    assert refused["Content-Type"] == "application/problem+json"


def test_a_repeated_post_does_nothing_new(applicant):
    program = api(applicant, key="k1")
    first = program.post("allocation-requests", a_body())
    again = program.post("allocation-requests", a_body())
    assert (again.status_code, again.json()) == (201, first.json())
    assert (first.get("Idempotent-Replayed"), again["Idempotent-Replayed"]) == (None, "true")
    assert AllocationRequest.objects.count() == 1
    other = program.post("allocation-requests", a_body(count=64))
    assert other.status_code == 422
    assert other.json()["errors"][0]["field"] == "Idempotency-Key"
    assert AllocationRequest.objects.count() == 1


def test_a_refused_input_keeps_no_key(applicant):
    program = api(applicant, key="k1")
    assert program.post("allocation-requests", a_body(accelerator="NVIDIA H20")).status_code == 422
    assert not IdempotencyKey.objects.exists()
    assert program.post("allocation-requests", a_body()).status_code == 201


def test_approvals_need_a_key_and_a_refused_one_is_replayed(world, applicant):
    label = api(applicant).post("allocation-requests", a_body()).json()["label"]
    body = {"request": label, "reason": "Fits."}
    assert api(world.first).post("approvals", body).status_code == 400
    assert api(world.first).post("approvals", body, key="a").json()["step"] == "first"
    waiting = api(world.second).get("approvals").json()["results"]
    assert [one["asked_by"] for one in waiting] == [str(world.first.pk)]
    refused = api(world.first).post("approvals", body, key="b")
    assert (refused.status_code, refused.json()["step"]) == (409, "refused")
    assert api(world.first).post("approvals", body, key="b").json() == refused.json()
    assert Event.objects.filter(verb="approval.refused").count() == 1
    assert api(world.second).post("approvals", body, key="a").json()["state"] == "approved"


def test_who_lacks_the_scope_is_refused(world, applicant):
    label = api(applicant).post("allocation-requests", a_body()).json()["label"]
    body = {"request": label}
    assert api(world.reviewer).post("approvals", body, key="x").status_code == 403
    weak = api(world.first, scopes=["requests:read"])
    assert weak.post("approvals", body, key="x").status_code == 403
    assert Client().get("/api/v1/grants/").status_code == 401


def test_the_token_goes_to_the_tenant_and_its_cluster_only(world):
    tenant = world.tenant()
    grant = world.granted(tenant)
    own = builders.person("iyarat", Role.APPLICANT, at=tenant.organisation)
    assert api(own).get(f"grants/{grant.label}").json()["token"] == grant.token
    assert api(world.service).get(f"grants/{grant.pk}").json()["token"] == grant.token
    assert api(world.first).get(f"grants/{grant.label}").json()["token"] is None
    other = builders.person("east-2", Role.SERVICE)
    assert api(other).get(f"grants/{grant.label}").status_code == 404
    assert api(other).get("grants").json()["results"] == []
    assert "token" not in api(own).get("grants").json()["results"][0]


def test_an_operator_revokes_and_the_tenant_reads_no_more_than_it_may(world):
    tenant = world.tenant()
    grant = world.granted(tenant)
    body = {"reason": "Owner under review."}
    answer = api(world.first).post(f"grants/{grant.label}/revoke", body, key="r")
    assert answer.status_code == 200, answer.content
    assert answer.json()["revoked_reason"] == "Owner under review."
    own = builders.person("iyarat", Role.APPLICANT, at=tenant.organisation)
    shown = api(own).get(f"grants/{grant.label}").json()
    assert (shown["revoked_reason"], shown["revoked_text"]) == (
        None,
        "The provider has revoked this grant.",
    )


def test_a_cluster_reports_a_job_once(world):
    grant = world.granted()
    body = {
        "grant": grant.claims["sub"],
        "cluster": "north-1",
        "job": "4402",
        "kind": "started",
        "accelerators": 64,
        "at": timezone.now().isoformat(),
    }
    program = api(world.service)
    assert program.post("usage-records", body).status_code == 400
    assert program.post("usage-records", body, key="u").status_code == 201
    assert program.post("usage-records", body, key="u")["Idempotent-Replayed"] == "true"
    assert program.post("usage-records", body, key="v").status_code == 201
    assert UsageRecord.objects.count() == Event.objects.filter(verb="grant.used").count() == 1


def test_licences_sites_and_hardware(world):
    tenant = world.tenant()
    program = api(world.reviewer, key="l")
    body = {
        "tenant": str(tenant.pk),
        "reference": "D1",
        "authority": "BIS",
        "accelerator": "NVIDIA H100 SXM",
        "quantity": 8,
        "site": "North",
        "valid_from": "2026-01-01",
        "valid_until": "2027-01-01",
    }
    assert program.post("licences", body).json()["end_user_country"] == "SG"
    assert [one["reference"] for one in program.get("licences").json()["results"]] == ["D1"]
    admin = api(builders.person("second-admin", Role.ADMINISTRATOR))
    made = admin.post("sites", {"name": "South", "country": "NO"})
    assert made.status_code == 201
    assert {one["name"] for one in admin.get("sites").json()["results"]} == {"North", "South"}
    assert admin.get(f"sites/{made.json()['id']}").json()["country"] == "NO"
    assert admin.get("hardware", name="H100-SXM").json()[0]["tpp"] == 15832
    assert admin.get("hardware", name="Abacus").status_code == 422


def test_clusters_read_keys_and_status_without_an_account(world):
    grant = world.granted()
    client = Client()
    keys = jwks.from_jwks(client.get("/.well-known/jwks.json").content.decode())
    path = grant.claims["status"]["status_list"]["uri"].partition("/grants/")[2]
    first = client.get(f"/grants/{path}")
    assert first["Content-Type"] == "application/statuslist+jwt"
    assert "no-cache" in first["Cache-Control"]
    same = client.get(f"/grants/{path}", headers={"If-None-Match": first["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    revoke.revoke(
        grant,
        because=revoke.Because.OPERATOR,
        reason="Ends.",
        user=world.first,
        by=builders.actor(world.first),
    )
    changed = client.get(f"/grants/{path}", headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    uri = grant.claims["status"]["status_list"]["uri"]
    bits = offline.verify(changed.content.decode(), keys, uri=uri, now=timezone.now().timestamp())
    assert bits.refusal(grant.status_index).reason == "revoked"
    assert client.get("/grants/status/s99").status_code == 404


def test_the_command_replays_a_stored_decision(world, capsys):
    request = world.ask(world.tenant())
    call_command("replay", str(request.decision.pk))
    call_command("replay", request.label)
    assert [json.loads(line)["same"] for line in capsys.readouterr().out.splitlines()] == [True, True]
    other = Decision.objects.get(pk=request.decision.pk)
    other.pk = None
    other.result = other.result.replace("permit", "Permit", 1)
    other.save(force_insert=True)
    with pytest.raises(SystemExit) as left:
        call_command("replay", str(other.pk))
    assert left.value.code == 1
    assert json.loads(capsys.readouterr().out)["same"] is False


def test_the_same_post_twice_at_once_acts_once(committed_db):
    with staff_transaction():
        admin = builders.person("admin", Role.ADMINISTRATOR)
        program = api(admin, key="same")
    answers = []
    start = threading.Barrier(2)

    def post():
        start.wait()
        try:
            answers.append(program.post("sites", {"name": "North", "country": "NO"}))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=post) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201, 201]
    assert sorted(answer.get("Idempotent-Replayed", "") for answer in answers) == ["", "true"]
    assert answers[0].json() == answers[1].json()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM access_site")
        assert cursor.fetchone() == (1,)
