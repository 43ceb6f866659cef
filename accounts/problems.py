"""Domain errors as RFC 9457 problem details: the one place where an error meets HTTP."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from core.errors import Absent, Conflict, InvalidInput, LockgateError, NotAllowed

MEDIA_TYPE = "application/problem+json"

#: What is said of every refusal of its kind, wherever it is told.
FORBIDDEN = "You may not do this."
ABSENT = "Nothing is there, or nothing that you may see."

STATUS: tuple[tuple[type[LockgateError], int], ...] = (
    (InvalidInput, 422),
    (NotAllowed, 403),
    (Absent, 404),
    (Conflict, 409),
)


def status_of(error: LockgateError) -> int:
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def problem(status: int, detail: str, **members: Any) -> dict[str, Any]:
    """One problem: `title` is the status's own words, `detail` says what was wrong this time."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **members,
    }


def of_error(error: LockgateError) -> dict[str, Any]:
    members: dict[str, Any] = {}
    if isinstance(error, InvalidInput):
        members["errors"] = [{"field": error.field, "reason": error.reason}]
    detail = str(error) or "The act is refused."
    return problem(status_of(error), detail, **members)


def handle(exception: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. An error that is ours flies on, to be logged as a fault."""
    if isinstance(exception, LockgateError):
        body = of_error(exception)
        if body["status"] == 500:
            return None
        return Response(body, status=body["status"], content_type=MEDIA_TYPE)
    response = exception_handler(exception, context)
    if response is None:
        return None
    if isinstance(exception, exceptions.ValidationError):
        response.status_code = 422
        errors = [{"field": field, "reason": reason} for field, reason in _flatten(response.data)]
        detail = "; ".join(f"{e['field']}: {e['reason']}" for e in errors)
        response.data = problem(422, detail, errors=errors)
    else:
        missing = isinstance(exception, Http404 | exceptions.NotFound)
        detail = ABSENT if missing else _detail(exception)
        response.data = problem(response.status_code, detail)
    response.content_type = MEDIA_TYPE
    return response


def json_response(error: LockgateError) -> JsonResponse:
    body = of_error(error)
    return JsonResponse(body, status=body["status"], content_type=MEDIA_TYPE)


def _detail(exception: Exception) -> str:
    if isinstance(exception, PermissionDenied):
        return FORBIDDEN
    return str(getattr(exception, "detail", "The request is refused."))


def _flatten(data: Any, path: str = "") -> list[tuple[str, str]]:
    if isinstance(data, dict):
        return [item for key, value in data.items() for item in _flatten(value, f"{path}.{key}".lstrip("."))]
    if isinstance(data, list):
        return [
            item
            for index, value in enumerate(data)
            for item in _flatten(value, f"{path}.{index}" if isinstance(value, dict | list) else path)
        ]
    return [(path or "body", str(data))]
