"""What clusters read without an account: the keys that grants are signed with, and what was revoked.

Caches may keep a status list but must ask each time whether it still stands: a revocation shows at once.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import path
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from access.grants import signer, status
from accounts import problems
from core.errors import Absent
from core.scope import staff_transaction


@require_safe
def key_set(request: HttpRequest) -> HttpResponse:
    """GET /.well-known/jwks.json (RFC 7517)."""
    response = JsonResponse(signer.key_set(timezone.now()))
    response["Cache-Control"] = "public, max-age=300"
    return response


@require_safe
def status_list(request: HttpRequest, name: str) -> HttpResponseBase:
    """GET /grants/status/NAME: the signed token status list, with an ETag."""
    try:
        with staff_transaction():
            published = status.current(name)
    except Absent as error:
        return problems.json_response(error)
    response = HttpResponse(published.token, content_type="application/statuslist+jwt")
    response["ETag"] = published.etag
    response["Cache-Control"] = "public, no-cache"
    return get_conditional_response(request, etag=published.etag, response=response)


urlpatterns = public_urls = [
    path(".well-known/jwks.json", key_set, name="jwks"),
    path("grants/status/<slug:name>", status_list, name="status-list"),
]
