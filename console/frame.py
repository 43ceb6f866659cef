"""The frame of each audience: which places there are, which is current, what waits in each."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from console.parts import Frame, NavGroup, NavItem, Viewer


def _url(name: str) -> str:
    """Nothing for a place that this installation does not have."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _item(text: str, name: str, path: str, counts: Mapping[str, int]) -> NavItem:
    """`counts` by the place's name without its space; a place is current on its own page and below."""
    url = _url(name)
    place = name.partition(":")[2]
    current = path == url if place == "home" else bool(url) and path.startswith(url)
    return NavItem(text, url, counts.get(place), current)


def _group(title: str, *items: NavItem) -> NavGroup:
    return NavGroup(title, tuple(item for item in items if item.url))


def _groups(*groups: NavGroup) -> tuple[NavGroup, ...]:
    return tuple(group for group in groups if group.items)


def operator_frame(
    *, provider: str, viewer: Viewer, path: str, counts: Mapping[str, int], people: bool = False
) -> Frame:
    """For staff. `counts`: alerts, applications, requests (open), tenants, lists, grants (live).

    `people`: whether the reader manages people.
    """

    def item(text: str, place: str) -> NavItem:
        return _item(text, f"operator:{place}", path, counts)

    home, alerts, tenants, grants = (
        item(_("Home"), "home"),
        item(_("Alerts"), "alerts"),
        item(_("Tenants"), "tenants"),
        item(_("Grants"), "grants"),
    )
    applications, requests = item(_("Applications"), "applications"), item(_("Requests"), "requests")
    decide = (alerts, applications, requests)
    waiting = sum(one.count or 0 for one in decide)
    return Frame(
        provider=provider,
        viewer=viewer,
        groups=_groups(
            _group("", home),
            _group(_("Decide"), *decide),
            _group(_("Know"), tenants, item(_("Lists"), "lists")),
            _group(_("Run"), grants),
            _group(_("Rules"), item(_("Calibration"), "calibration")),
            _group(_("Prove"), item(_("Log"), "log"), item(_("Exports"), "exports")),
            _group(_("Manage"), *([item(_("People"), "people")] if people else [])),
        ),
        search_url=_url("operator:search"),
        search_placeholder=_("Tenant, party, grant, event"),
        home_url=home.url,
        places=_group(
            "",
            home,
            NavItem(_("Decide"), alerts.url, waiting, any(one.current for one in decide)),
            NavItem(_("Tenants"), tenants.url, None, tenants.current),
            NavItem(_("Run"), grants.url, None, grants.current),
        ).items,
    )


def regulator_frame(*, provider: str, viewer: Viewer, path: str, counts: Mapping[str, int]) -> Frame:
    """For examiners. `counts`: tenants in scope, exports."""

    def item(text: str, place: str) -> NavItem:
        return _item(text, f"regulator:{place}", path, counts)

    home, tenants = item(_("Overview"), "home"), item(_("Tenants in scope"), "tenants")
    exports, verify = item(_("Exports"), "exports"), item(_("Verify a bundle"), "verify")
    return Frame(
        provider=provider,
        viewer=viewer,
        groups=_groups(
            _group("", home),
            _group(_("Look"), item(_("Search"), "search"), tenants),
            _group(_("Prove"), item(_("Checkpoints"), "checkpoints"), exports, verify),
            _group(_("Ask"), item(_("What you opened"), "opened")),
        ),
        search_url=_url("regulator:search"),
        search_placeholder=_("Search within your scope"),
        home_url=home.url,
        places=_group(
            "",
            home,
            NavItem(_("Tenants"), tenants.url, None, tenants.current),
            NavItem(exports.text, exports.url, None, exports.current),
            NavItem(_("Verify"), verify.url, None, verify.current),
        ).items,
    )


def portal_frame(*, provider: str, viewer: Viewer) -> Frame:
    """For a tenant's people."""
    return Frame(provider=provider, viewer=viewer, home_url=_url("portal:home"))


def outside_frame(*, provider: str, host: str = "", version: str = "") -> Frame:
    """For whoever has not signed in."""
    return Frame(provider=provider, viewer=None, host=host, version=version)
