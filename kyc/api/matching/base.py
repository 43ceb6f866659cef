"""What the views of the matching API have in common."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request

from accounts.rest import ApiView
from accounts.roles import Act
from core.errors import Absent

ANY = OpenApiTypes.OBJECT


class MatchingView(ApiView):
    acts = {"GET": Act.MATCH, "POST": Act.MATCH}
    serializer_class = serializers.Serializer
    pagination_class = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if any("\0" in part for part in kwargs.values()):
            raise Absent("Nothing bears such a name.")
