"""Refusals outside every view: a page in words for people, problem details for programs.

Browsers name text/html in what they accept; programs (curl, httpx, the matching clients) do not.
"""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from accounts.problems import ABSENT, FORBIDDEN, MEDIA_TYPE, problem


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 400, "The address or the form held something that is not allowed there.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 403, FORBIDDEN)


def absent(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 404, ABSENT)


def fault(request: HttpRequest) -> HttpResponse:
    return _answer(request, 500, "This is our fault, and it is written down. Try again in a minute.")


def _answer(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    if "text/html" in request.headers.get("Accept", ""):
        return render(request, f"{status}.html", status=status)
    return JsonResponse(problem(status, detail), status=status, content_type=MEDIA_TYPE)
