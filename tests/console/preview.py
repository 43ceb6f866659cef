"""URLs and pages of the preview: every page of the console, drawn from the samples.

Routes carry the names that `console/urls.py` uses, so the same templates render here without a database.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path

from console.parts import Frame
from tests.console.samples import (
    account,
    alert,
    application,
    calibration,
    frames,
    home,
    portal,
    regulator,
    run,
    tenant,
)
from tests.console.samples import request as requests


def _answer(request: HttpRequest, **kwargs: str) -> HttpResponse:
    return HttpResponse("sample", content_type="text/plain")


OPERATOR = {
    "home": "",
    "search": "search/",
    "alerts": "alerts/",
    "alerts_mine": "alerts/mine/",
    "alerts_clear": "alerts/clear/",
    "alerts_clear_undo": "alerts/clear/undo/",
    "alert": "alerts/<key>/",
    "alert_decide": "alerts/<key>/decide/",
    "alert_undo": "alerts/<key>/undo/",
    "alert_uncover": "alerts/<key>/uncover/",
    "applications": "applications/",
    "application_new": "applications/new/",
    "application": "applications/<key>/",
    "application_decide": "applications/<key>/decide/",
    "application_ask": "applications/<key>/ask/",
    "document": "documents/<key>/",
    "tenants": "tenants/",
    "tenant": "tenants/<key>/",
    "tenant_ownership": "tenants/<key>/ownership/",
    "tenant_ask": "tenants/<key>/ask/",
    "tenant_suspend": "tenants/<key>/suspend/",
    "tenant_lift": "tenants/<key>/lift/",
    "tenant_export": "tenants/<key>/export/",
    "requests": "requests/",
    "request": "requests/<key>/",
    "request_approve": "requests/<key>/approve/",
    "request_refuse": "requests/<key>/refuse/",
    "request_replay": "requests/<key>/replay/",
    "request_resolve": "requests/<key>/questions/<question>/",
    "grants": "grants/",
    "grant": "grants/<key>/",
    "grant_revoke": "grants/<key>/revoke/",
    "lists": "lists/",
    "list_import": "lists/import/",
    "list_refresh": "lists/<source>/refresh/",
    "list_approve": "lists/versions/<key>/approve/",
    "calibration": "calibration/",
    "log": "log/",
    "event": "log/<int:leaf>/",
    "checkpoints": "log/checkpoints/",
    "exports": "exports/",
    "export_new": "exports/new/",
    "export": "exports/<key>/",
    "export_download": "exports/<key>/bundle.zip",
}
PORTAL = {
    "home": "",
    "application": "application/<key>/<step>/",
    "application_send": "application/<key>/send/",
    "question_answer": "questions/<key>/answer/",
    "request_new": "requests/new/",
    "request": "requests/<key>/",
    "document_upload": "documents/upload/",
}
REGULATOR = {
    "home": "",
    "search": "search/",
    "tenants": "tenants/",
    "tenant": "tenants/<key>/",
    "checkpoints": "checkpoints/",
    "exports": "exports/",
    "export_new": "exports/new/",
    "export": "exports/<key>/",
    "export_stop": "exports/<key>/stop/",
    "export_download": "exports/<key>/bundle.zip",
    "verify": "verify/",
    "opened": "opened/",
}
ACCOUNT = {
    "account_login": "sign-in/",
    "account_logout": "sign-out/",
    "account_change_password": "account/password/",
    "account_reauthenticate": "account/confirm/",
    "mfa_index": "account/second-factor/",
    "mfa_authenticate": "sign-in/code/",
    "mfa_activate_totp": "account/second-factor/app/",
    "mfa_deactivate_totp": "account/second-factor/app/remove/",
    "mfa_reauthenticate": "account/confirm/code/",
    "mfa_generate_recovery_codes": "account/recovery-codes/new/",
    "mfa_view_recovery_codes": "account/recovery-codes/",
    "mfa_download_recovery_codes": "account/recovery-codes/file/",
    "usersessions_list": "account/sessions/",
    "invitation": "invitation/<token>/",
}


def _routes(names: dict[str, str], space: str = "") -> list[Any]:
    """Each name answers with its sample, where there is one: live parts ask for their own page again."""

    def view(name: str) -> Callable[..., HttpResponse]:
        page = f"{space}{name}"
        return (lambda request, **kwargs: show(request, page)) if page in PAGES else _answer

    return [path(route, view(name), name=name) for name, route in names.items()]


Shown = tuple[str, Callable[[], Frame], Callable[[], dict[str, Any]]]


def _page(template: str, frame: Callable[[], Frame], page: Callable[[], Any]) -> Shown:
    return template, frame, lambda: {"page": page()}


def _operator(name: str, current: str, page: Callable[[], Any]) -> Shown:
    return _page(f"operator/{name}.html", lambda: frames.operator(current), page)


def _portal(name: str, page: Callable[[], Any]) -> Shown:
    return _page(f"portal/{name}.html", lambda: frames.PORTAL, page)


def _regulator(name: str, current: str, page: Callable[[], Any]) -> Shown:
    return _page(f"regulator/{name}.html", lambda: frames.regulator(f"/oversight/{current}"), page)


def _outside(template: str, context: Callable[[], dict[str, Any]]) -> Shown:
    return template, lambda: frames.OUTSIDE, context


#: Page name to template, frame and the context with its view model.
PAGES: dict[str, Shown] = {
    "account_login": _outside("account/login.html", lambda: {"form": account.Login()}),
    "mfa_authenticate": _outside(
        "mfa/authenticate.html", lambda: {"form": account.Code(), "signing_in": account.WHO}
    ),
    "wrong_code": _outside(
        "mfa/authenticate.html", lambda: {"form": account.wrong(), "signing_in": account.WHO}
    ),
    "mfa_activate_totp": _outside(
        "mfa/totp/activate_form.html", lambda: {"form": account.Activate(), **account.QR}
    ),
    "mfa_index": _outside("mfa/index.html", lambda: {"authenticators": {"totp": True}}),
    "account_change_password": _outside("account/password_change.html", lambda: {"form": account.Change()}),
    "account_reauthenticate": _outside("account/reauthenticate.html", lambda: {"form": account.Login()}),
    "invitation": _outside("account/invitation.html", lambda: {"page": account.invitation()}),
    **{code: _outside(f"{code}.html", dict) for code in ("400", "403", "404", "500")},
    "home": _operator("home", "/", home.page),
    "home_empty": _operator("home", "/", home.empty),
    "alerts": _operator("alerts", "/alerts/", alert.queue),
    "alerts_clear": _operator("alerts_clear", "/alerts/", calibration.lot),
    "alert": _operator("alert", "/alerts/", alert.page),
    "calibration": _operator("calibration", "/calibration/", calibration.page),
    "tenants": _operator("tenants", "/tenants/", tenant.tenants),
    "tenant": _operator("tenant", "/tenants/", tenant.page),
    "applications": _operator("applications", "/applications/", application.applications),
    "application": _operator("application", "/applications/", application.page),
    "application_new": _operator("application_new", "/applications/", application.new),
    "requests": _operator("requests", "/requests/", requests.requests),
    "request": _operator("request", "/requests/", requests.page),
    "grants": _operator("grants", "/grants/", run.grants),
    "grant": _operator("grant", "/grants/", run.grant),
    "lists": _operator("lists", "/lists/", run.lists),
    "list_import": _operator("list_import", "/lists/", run.list_import),
    "log": _operator("log", "/log/", run.log),
    "event": _operator("event", "/log/", run.event),
    "checkpoints": _operator("checkpoints", "/log/", run.checkpoints),
    "exports": _operator("exports", "/exports/", run.exports),
    "export": _operator("export", "/exports/", run.export),
    "export_new": _operator("export_new", "/exports/", run.export_new),
    "portal_home": _portal("home", portal.home),
    "portal_application": _portal("step", portal.step),
    "portal_send": _portal("send", portal.send),
    "portal_request_new": _portal("request_new", portal.ask),
    "portal_request": _portal("request", portal.request),
    "regulator_home": _regulator("home", "", regulator.overview),
    "regulator_search": _regulator("search", "search/", regulator.search),
    "regulator_tenants": _regulator("tenants", "tenants/", regulator.tenants),
    "regulator_tenant": _regulator("tenant", "tenants/", regulator.one),
    "regulator_checkpoints": _regulator("checkpoints", "checkpoints/", run.checkpoints),
    "regulator_exports": _regulator("exports", "exports/", run.exports),
    "regulator_export": _regulator("export", "exports/", run.export),
    "regulator_export_new": _regulator("export_new", "exports/", run.export_new),
    "regulator_verify": _regulator("verify", "verify/", regulator.verify),
    "regulator_opened": _regulator("opened", "opened/", regulator.opened),
}


def show(request: HttpRequest, name: str) -> HttpResponse:
    template, frame, context = PAGES[name]
    return render(request, template, {"frame": frame(), **context()})


urlpatterns = [
    path("preview/<name>/", show),
    path("", include((_routes(OPERATOR), "operator"))),
    path("portal/", include((_routes(PORTAL, "portal_"), "portal"))),
    path("oversight/", include((_routes(REGULATOR, "regulator_"), "regulator"))),
    *_routes(ACCOUNT),
]
