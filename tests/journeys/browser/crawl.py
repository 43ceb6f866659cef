"""Every page that a person can reach by links: one address a route."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve

#: What a link gives that is no page.
FILES = frozenset(("operator:export_download", "regulator:export_download", "mfa_download_recovery_codes"))


def walk(
    page: Any, start: str, prefer: Mapping[str, str] | None = None, known: set[str] | None = None
) -> Iterator[tuple[str, str]]:
    """Open each page once and yield (route, address) while it is open.

    The first address found stands for its route; `prefer` (route to path) names better ones. Routes in
    `known` are left out, and those that were opened are added to it.
    """
    base = "{0.scheme}://{0.netloc}".format(urlsplit(start))
    better = dict(prefer or {})
    waiting = deque([urlsplit(start).path, *better.values()])
    seen = set[str]() if known is None else known
    while waiting:
        path = waiting.popleft()
        route = _route(path)
        if route is None or route in seen or route in FILES:
            continue
        path = better.get(route, path)
        answer = page.goto(f"{base}{path}")
        if answer.status == 403:
            continue
        assert answer.status < 400, f"{path}: {answer.status}"
        seen.add(route)
        yield route, path
        found = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
        waiting.extend(urlsplit(url).path for url in found if url.startswith(base))


def _route(path: str) -> str | None:
    try:
        return resolve(path).view_name or None
    except Resolver404:
        return None
