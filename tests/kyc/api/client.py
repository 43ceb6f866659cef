"""The API as a program uses it: a client with one token."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client

from accounts import tokens
from accounts.models import User
from core.scope import STAFF, acting_in
from tests import builders


class Api:
    """Requests of one person's token; without `user`, of nobody."""

    def __init__(self, user: User | None = None, *scopes: str, scheme: str = "Bearer") -> None:
        self.user = user
        self.client = Client()
        self.headers: dict[str, str] = {}
        if user is not None:
            with acting_in(STAFF):
                _, text = tokens.issue(
                    user=user,
                    name="test",
                    scopes=sorted(scopes or user.acts),
                    by=builders.actor(user),
                )
            self.headers = {"Authorization": f"{scheme} {text}"}

    def get(self, path: str, **parameters: Any) -> HttpResponse:
        headers = {**self.headers, **parameters.pop("headers", {})}
        return self.client.get(_whole(path), parameters, headers=headers)

    def send(
        self, method: str, path: str, body: Any = None, *, key: str = "", headers: Any = None
    ) -> HttpResponse:
        extra = {**self.headers, **(headers or {})}
        if key:
            extra["Idempotency-Key"] = key
        return self.client.generic(
            method,
            _whole(path),
            b"" if body is None else json.dumps(body).encode(),
            content_type="application/json",
            headers=extra,
        )

    def post(self, path: str, body: Any = None, **options: Any) -> HttpResponse:
        return self.send("POST", path, body, **options)


def _whole(path: str) -> str:
    return path if path.startswith("/") else f"/api/v1/{path}"


def ok(response: HttpResponse, status: int = 200) -> Any:
    """The body of an answer that must have this status."""
    assert response.status_code == status, (response.status_code, response.content)
    return response.json() if response.content else None


def wrong(response: HttpResponse, status: int) -> dict[str, Any]:
    """The problem details of an answer that must be refused by this status."""
    body = ok(response, status)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "detail"} <= body.keys() and body["status"] == status
    return body


def fields(response: HttpResponse) -> list[str]:
    """The fields that a 422 names."""
    return [error["field"] for error in wrong(response, 422)["errors"]]
