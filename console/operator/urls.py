"""Addresses of the operator's pages."""

from django.urls import path

from console.operator import urls_access
from console.operator.views import (
    alerts,
    applications,
    calibration,
    clear_many,
    home,
    lists,
    people,
    search,
    tenants,
)

app_name = "operator"
urlpatterns = [
    path("", home.home, name="home"),
    path("search/", search.search, name="search"),
    path("alerts/", alerts.queue, name="alerts"),
    path("alerts/mine/", alerts.mine, name="alerts_mine"),
    path("alerts/clear/", clear_many.clear, name="alerts_clear"),
    path("alerts/clear/undo/", clear_many.undo, name="alerts_clear_undo"),
    path("alerts/<str:key>/", alerts.alert, name="alert"),
    path("alerts/<str:key>/take/", alerts.take, name="alert_take"),
    path("alerts/<str:key>/decide/", alerts.decide, name="alert_decide"),
    path("alerts/<str:key>/undo/", alerts.undo, name="alert_undo"),
    path("applications/", applications.applications, name="applications"),
    path("applications/new/", applications.new, name="application_new"),
    path("applications/<uuid:key>/", applications.application, name="application"),
    path("applications/<uuid:key>/decide/", applications.decide, name="application_decide"),
    path("applications/<uuid:key>/ask/", applications.ask, name="application_ask"),
    path("tenants/", tenants.tenants, name="tenants"),
    path("tenants/<str:key>/", tenants.tenant, name="tenant"),
    path("tenants/<str:key>/ownership/", tenants.ownership, name="tenant_ownership"),
    path("tenants/<str:key>/ask/", tenants.ask, name="tenant_ask"),
    path("tenants/<str:key>/suspend/", tenants.suspend, name="tenant_suspend"),
    path("tenants/<str:key>/flag/", tenants.flag, name="tenant_flag"),
    path("flags/<uuid:key>/end/", tenants.end_flag, name="flag_end"),
    path("lists/", lists.lists, name="lists"),
    path("lists/import/", lists.new, name="list_import"),
    path("lists/<slug:source>/look/", lists.look, name="list_look"),
    path("lists/versions/<uuid:key>/approve/", lists.approve, name="list_approve"),
    path("lists/versions/<uuid:key>/reject/", lists.reject, name="list_reject"),
    path("calibration/", calibration.calibration, name="calibration"),
    path("calibration/propose/", calibration.propose, name="threshold_propose"),
    path("calibration/<uuid:key>/approve/", calibration.approve, name="threshold_approve"),
    path("calibration/<uuid:key>/refuse/", calibration.refuse, name="threshold_refuse"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.invite, name="person_invite"),
    path("people/<uuid:key>/leave/", people.leave, name="person_leave"),
    *urls_access.urlpatterns,
]
