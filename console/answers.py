"""How a POST answers: 303 to the page that shows the result, a refusal said there in words."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core.errors import Absent, InvalidInput, LockgateError, Misconfigured


class SeeOther(HttpResponseRedirect):
    """Look at the result there: a reload sends nothing again."""

    status_code = 303


def see_other(name: str, *args: Any, query: str = "") -> SeeOther:
    """To the page of this name; `query` without its question mark."""
    return SeeOther(reverse(name, args=[str(one) for one in args]) + (f"?{query}" if query else ""))


def refused(request: HttpRequest, error: LockgateError) -> None:
    """Say on the next page what was refused. What is absent, or our own fault, is an error page."""
    if isinstance(error, Absent | Misconfigured):
        raise error
    text = error.reason if isinstance(error, InvalidInput) else str(error)
    messages.error(request, _("Nothing was changed: %(why)s") % {"why": text})
