"""What every endpoint of the API has in common: reads in one snapshot, ETags, strict input."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.decorators import method_decorator
from django.utils.http import parse_etags, quote_etag
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions, generics, serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.problems import MEDIA_TYPE, problem
from accounts.roles import Act
from core.errors import InvalidInput

#: Parameters that every list takes.
PAGING = ("cursor", "limit")


class PreconditionFailed(exceptions.APIException):
    """`If-Match` names another state than the one that is there."""

    status_code = 412
    default_detail = "It was changed since you read it: read it again."


class Strict(serializers.Serializer[Any]):
    """Input. A field that is not known is refused: a misspelt one must not be dropped in silence."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            for name in data.keys() - self.fields.keys():
                raise serializers.ValidationError({name: "is no field of this"})
        return super().to_internal_value(data)


@method_decorator(conditional_page, name="dispatch")
class ApiView(generics.GenericAPIView[Any]):
    """One address. `acts`: what each method needs; `filters`: the parameters that a list takes."""

    acts: ClassVar[Mapping[str, Act | tuple[Act, ...]]]
    filters: ClassVar[tuple[str, ...]] = ()

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    def listed(self, queryset: QuerySet[Any]) -> Response:
        """One page of a list, newest first."""
        self.check_parameters(*PAGING, *self.filters)
        with access.reading():
            page = self.paginate_queryset(queryset)
            return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def check_parameters(self, *known: str) -> None:
        """A parameter that is not honoured is refused, never ignored."""
        for name in self.request.query_params:
            if name not in known:
                raise InvalidInput(name, f"is none of the parameters {', '.join(known)}")

    def parameter(self, name: str, choices: Iterable[str] | None = None) -> str | None:
        """A parameter's one value. Raises InvalidInput where it is none of `choices`."""
        value = self.request.query_params.get(name)
        if value is not None and choices is not None and value not in (allowed := list(choices)):
            raise InvalidInput(name, f"{value!r} is none of {', '.join(allowed)}")
        return value

    def taken(self, form: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
        """The checked body. An empty body is an empty object."""
        parsed = form(data=request.data or {}, context=self.get_serializer_context())
        parsed.is_valid(raise_exception=True)
        return dict(parsed.validated_data)

    def shown(
        self, thing: Any, form: type[serializers.BaseSerializer[Any]] | None = None, *, status: int = 200
    ) -> Response:
        form = form or self.get_serializer_class()
        return Response(form(thing, context=self.get_serializer_context()).data, status=status)

    def require_match(self, thing: Any) -> None:
        """Refuse a change of `thing` (412) where `If-Match` is not the ETag that a GET of it has now."""
        wanted = self.request.headers.get("If-Match")
        if not wanted or wanted.strip() == "*":
            return
        content = JSONRenderer().render(self.shown(thing).data)
        now = quote_etag(hashlib.md5(content, usedforsecurity=False).hexdigest())
        if now not in parse_etags(wanted):
            raise PreconditionFailed

    @property
    def is_staff_reading(self) -> bool:
        return bool(self.request.user.is_provider)


def refusal(reasons: Iterable[str], **members: Any) -> Response:
    """A refusal that a service returned and recorded: 409 with its reasons; nothing is rolled back."""
    given = list(reasons)
    return Response(
        problem(409, "; ".join(given) or "This is refused.", reasons=given, **members),
        status=409,
        content_type=MEDIA_TYPE,
    )


def query(name: str, description: str, *, enum: Iterable[str] | None = None) -> OpenApiParameter:
    """A parameter of a list, for the schema."""
    return OpenApiParameter(name, str, description=description, enum=list(enum) if enum else None)


def for_staff(context: Mapping[str, Any]) -> bool:
    """Whether the provider's own people read: they see reasons that a tenant must not."""
    return bool(context["request"].user.is_provider)
