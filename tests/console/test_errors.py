"""A refusal outside every view is a page for people and problem details for programs."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path

from accounts.problems import MEDIA_TYPE


def broken(request: object) -> HttpResponse:
    raise RuntimeError("a fault that nobody foresaw")


urlpatterns = [path("broken", broken), path("", include("config.urls"))]
handler404 = "console.errors.absent"
handler500 = "console.errors.fault"


@pytest.fixture(autouse=True)
def _addresses(preview: None, settings: Any) -> None:
    settings.ROOT_URLCONF = __name__


@pytest.mark.parametrize(("address", "status"), [("/broken", 500), ("/api/v1/nothing/", 404)])
def test_a_program_is_told_in_problem_details(address: str, status: int) -> None:
    answer = Client(raise_request_exception=False).get(address, headers={"accept": "*/*"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, MEDIA_TYPE)
    assert answer.json()["status"] == status
    assert "nobody foresaw" not in answer.content.decode()


@pytest.mark.parametrize(("address", "status"), [("/broken", 500), ("/nothing", 404)])
def test_a_person_is_told_by_a_page(address: str, status: int) -> None:
    client = Client(raise_request_exception=False)
    answer = client.get(address, headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert answer.status_code == status
    assert "<h1>" in answer.content.decode()
