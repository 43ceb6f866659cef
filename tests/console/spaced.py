"""The words of a page with a space between its elements, so that neighbouring cells do not run together."""

from __future__ import annotations

from lxml import html


def words(page: html.HtmlElement) -> str:
    return " ".join(" ".join(page.itertext()).split())
