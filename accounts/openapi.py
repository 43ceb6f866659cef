"""The OpenAPI document: tokens as the security scheme, problem details on every operation."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from accounts.idempotency import HEADER, MAX_LENGTH, IdempotentPost
from accounts.problems import MEDIA_TYPE

_PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "reason": {"type": "string"}},
            },
        },
        "reasons": {"type": "array", "items": {"type": "string"}},
    },
}
_RESPONSES = {
    "401": "No token, or one that is not in force.",
    "403": "The token lacks the scope.",
    "404": "Nothing is there, or nothing that this token may see.",
    "409": "The state does not allow it, or it is refused: `reasons` says why.",
    "412": "`If-Match` names another state.",
    "422": "The input is wrong: `errors` names the field and the reason.",
}
_IDEMPOTENT: set[tuple[str, str]] = set()
_REQUIRED: set[tuple[str, str]] = set()


class Schema(AutoSchema):
    """A list is what is paged and has no key in its address; our views name no actions."""

    def _is_list_view(self, serializer: Any = None) -> bool:
        if self.method == "GET" and getattr(self.view, "pagination_class", None) and "{" not in self.path:
            return True
        return bool(super()._is_list_view(serializer))

    def get_description(self) -> str:
        """The method's own words, else the view's own; inherited ones are about code."""
        method = getattr(self.view, self.method.lower(), None)
        text = getattr(method, "__doc__", None) or type(self.view).__dict__.get("__doc__") or ""
        return " ".join(text.split())


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """`Authorization: Bearer lg_…`"""

    target_class = "accounts.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "lg_…",
            "description": "A scoped token. What a token lacks in scope is 403; what it may not see is 404.",
        }


def for_programs(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """Before the document is made: note which operations take an idempotency key."""
    for path, _, method, callback in endpoints:
        view = getattr(callback, "cls", None)
        if method == "POST" and isinstance(view, type) and issubclass(view, IdempotentPost):
            _IDEMPOTENT.add((path, method))
            if view.key_required:
                _REQUIRED.add((path, method))
    return endpoints


def with_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """After it is made: problem details and the idempotency key."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = _PROBLEM
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path, item in result["paths"].items():
        for method, operation in item.items():
            codes = ["401", "403", "404", "422"]
            if method != "get":
                codes.append("409")
            if method in ("put", "patch", "delete"):
                codes.append("412")
            for code in codes:
                operation["responses"].setdefault(code, {"description": _RESPONSES[code], "content": content})
            if (path, method.upper()) in _IDEMPOTENT:
                operation.setdefault("parameters", []).append(
                    {
                        "name": HEADER,
                        "in": "header",
                        "required": (path, method.upper()) in _REQUIRED,
                        "schema": {"type": "string", "maxLength": MAX_LENGTH},
                        "description": "The same key again acts once and gets the same answer.",
                    }
                )
    return result
