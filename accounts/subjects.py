"""What the log is told of organisations and tokens."""

from __future__ import annotations

from accounts.models import ApiToken, Organisation
from accounts.roles import Kind
from audit import registry


def register() -> None:
    registry.subject("organisation", scopes=_organisation_scopes, caption=_organisation_name)
    registry.subject("apitoken", scopes=lambda _: [], caption=_token_name)


def _organisation_scopes(identifier: str) -> list[str]:
    kind = Organisation.objects.values_list("kind", flat=True).get(pk=identifier)
    if kind == Kind.TENANT:
        return [f"tenant:{identifier}"]
    return [f"recipient:{identifier}"] if kind == Kind.REGULATOR else []


def _organisation_name(identifier: str) -> str:
    return Organisation.objects.values_list("name", flat=True).get(pk=identifier)


def _token_name(identifier: str) -> str:
    return ApiToken.objects.values_list("name", flat=True).get(pk=identifier)
