"""Addresses of requests, grants, log and exports of the operator."""

from django.urls import path

from console.operator.views import exports, grants, log, requests

urlpatterns = [
    path("requests/", requests.requests, name="requests"),
    path("requests/<str:key>/", requests.request, name="request"),
    path("requests/<str:key>/changes/", requests.changes, name="request_changes"),
    path("requests/<str:key>/group/", requests.group, name="request_group"),
    path("requests/<str:key>/approve/", requests.approve, name="request_approve"),
    path("requests/<str:key>/refuse/", requests.refuse, name="request_refuse"),
    path("requests/<str:key>/replay/", requests.replay, name="request_replay"),
    path("requests/<str:key>/questions/<uuid:question>/", requests.resolve, name="request_resolve"),
    path("grants/", grants.grants, name="grants"),
    path("grants/<str:key>/", grants.grant, name="grant"),
    path("grants/<str:key>/revoke/", grants.revoke, name="grant_revoke"),
    path("log/", log.log, name="log"),
    path("log/<int:leaf>/", log.event, name="event"),
    path("log/checkpoints/", log.checkpoints, name="checkpoints"),
    path("exports/", exports.exports, name="exports"),
    path("exports/new/", exports.new, name="export_new"),
    path("exports/<uuid:key>/", exports.export, name="export"),
    path("exports/<uuid:key>/stop/", exports.stop, name="export_stop"),
    path("exports/<uuid:key>/bundle.zip", exports.download, name="export_download"),
]
