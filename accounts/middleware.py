"""What every request passes: second factor, the scope of its transactions, errors in words."""

from __future__ import annotations

import re
from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts import access, problems, tokens
from core.errors import LockgateError
from core.scope import acting_in

GetResponse = Callable[[HttpRequest], HttpResponse]

#: Paths of programs: they carry a token, never a session. `/search/` alone is a page.
_API = re.compile(r"/(api/|match/|search/[^/]|entities/|enforce/|(catalog|algorithms|metrics)/?$)")


def is_api(request: HttpRequest) -> bool:
    return _API.match(request.path) is not None


class SlashMiddleware:
    """An address of the API means the same with and without its last slash: a POST is not redirected."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/api/") and not request.path_info.endswith("/"):
            request.path_info += "/"
            request.path += "/"
        return self.get_response(request)


class SecondFactorMiddleware:
    """Whoever signed in without a second factor can do one thing: set one up."""

    open_paths = ("/account/", "/static/", "/.well-known/", "/grants/status/", "/healthz", "/readyz")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            not is_api(request)
            and request.user.is_authenticated
            and not request.path.startswith(self.open_paths)
            and not is_mfa_enabled(request.user)
        ):
            return redirect(reverse("mfa_activate_totp"))
        return self.get_response(request)


class ScopeMiddleware:
    """Puts in force what the person or token may see, for every transaction of the request."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if is_api(request):
            token = tokens.of_request(request)
            request.api_token = token  # type: ignore[attr-defined]
            if token is not None:
                user = request.user = token.user
        with acting_in(access.scope_of(user)):
            return self.get_response(request)


class DomainErrorMiddleware:
    """A domain error of a page becomes a page in words; of a program, problem details."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | JsonResponse | None:
        if not isinstance(exception, LockgateError):
            return None
        status = problems.status_of(exception)
        if status == 500:
            return None
        if is_api(request):
            return problems.json_response(exception)
        template = {403: "403.html", 404: "404.html"}.get(status, "400.html")
        return render(request, template, {"detail": str(exception)}, status=status)
