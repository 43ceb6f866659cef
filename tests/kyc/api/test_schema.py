"""The OpenAPI document: valid, complete and without a warning."""

import io

import pytest
import yaml
from django.core.management import call_command
from django.urls import get_resolver

from tests.kyc.api.client import Api, ok

pytestmark = pytest.mark.django_db

RESOURCES = (
    *("tenants", "applications", "parties", "ownership-statements", "documents", "identity-checks"),
    *("screening-alerts", "hardware", "sites", "allocation-requests", "approvals", "licences", "grants"),
    *("usage-records", "audit/events", "audit/checkpoints", "audit/exports", "questions"),
)


@pytest.fixture(scope="module")
def schema():
    out = io.StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=out)
    return yaml.safe_load(out.getvalue())


def test_every_resource_of_the_contract_stands_in_it(schema):
    assert schema["openapi"].startswith("3.1")
    for name in RESOURCES:
        assert f"/api/v1/{name}/" in schema["paths"]
    for path in ("/match/{dataset}", "/search/{dataset}", "/entities/{key}", "/catalog", "/algorithms"):
        assert path in schema["paths"]


def test_every_operation_names_its_token_its_problems_and_what_it_does(schema):
    assert schema["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            where = f"{method} {path}"
            assert operation["security"] == [{"token": []}], where
            problem = operation["responses"]["401"]["content"]["application/problem+json"]
            assert problem["schema"]["$ref"].endswith("/Problem"), where
            assert "subclass" not in operation.get("description", ""), where


def test_approvals_say_that_they_need_an_idempotency_key(schema):
    post = schema["paths"]["/api/v1/applications/{key}/approve/"]["post"]
    (header,) = [p for p in post["parameters"] if p["in"] == "header"]
    assert (header["name"], header["required"]) == ("Idempotency-Key", True)
    post = schema["paths"]["/api/v1/applications/"]["post"]
    (header,) = [p for p in post["parameters"] if p["in"] == "header"]
    assert not header["required"]


def test_it_is_served_without_a_token():
    response = Api().get("schema/", format="json")
    assert ok(response)["info"]["title"] == "Lockgate"
    assert get_resolver().reverse("schema") == "api/v1/schema/"
