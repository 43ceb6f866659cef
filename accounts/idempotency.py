"""The same POST again does nothing new and gets the same answer (`Idempotency-Key`).

Key, work and answer are one transaction: after a crash there is either all of it or none. A copy that
comes while the first is at work waits for the unique key in Postgres, then reads the stored answer; where
the first failed, it does the work itself. An error before anything was recorded keeps no key.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import IntegrityError, transaction
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import IdempotencyKey
from accounts.problems import MEDIA_TYPE, problem
from core.errors import InvalidInput

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
MAX_LENGTH = 255


class IdempotentPost:
    """For API views: the subclass does the work of a POST in `act` and returns a Response."""

    key_required = False

    def act(self, request: Request, **kwargs: Any) -> Response:
        raise NotImplementedError

    def post(self, request: Request, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER, "")
        if not key:
            if self.key_required:
                body = problem(400, f"This needs the header {HEADER}: without it a repeat would act twice.")
                return Response(body, status=400, content_type=MEDIA_TYPE)
            with transaction.atomic():
                return self.act(request, **kwargs)
        if len(key) > MAX_LENGTH:
            raise InvalidInput(HEADER, f"is longer than {MAX_LENGTH} characters")
        digest = _digest(request)
        with transaction.atomic():
            row, is_new = _claim(request, key, digest)
            if not is_new:
                if bytes(row.request_digest) != digest:
                    raise InvalidInput(HEADER, "was used for another request")
                return _again(row)
            response = self.act(request, **kwargs)
            row.status = response.status_code
            row.response = json.loads(JSONRenderer().render(response.data))
            row.save(update_fields=["status", "response"])
        return response


def _claim(request: Request, key: str, digest: bytes) -> tuple[IdempotencyKey, bool]:
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(user=request.user, key=key, request_digest=digest), True
    except IntegrityError:
        return IdempotencyKey.objects.get(user=request.user, key=key), False


def _again(row: IdempotencyKey) -> Response:
    assert row.status is not None  # written in the transaction that made the key
    kind = MEDIA_TYPE if row.status >= 400 else None
    response = Response(row.response, status=row.status, content_type=kind)
    response[REPLAYED] = "true"
    return response


def _digest(request: Request) -> bytes:
    content = json.dumps(request.data, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(f"{request.method} {request.path}\n{content}".encode()).digest()
