"""Addresses of access under /api/v1/."""

from django.urls import path

from access.api import views

urlpatterns = [
    path("allocation-requests/", views.Requests.as_view(), name="api-requests"),
    path("allocation-requests/<str:key>/", views.OneRequest.as_view(), name="api-request"),
    path(
        "allocation-requests/<str:key>/accept-conditions/",
        views.AcceptConditions.as_view(),
        name="api-accept-conditions",
    ),
    path("allocation-requests/<str:key>/withdraw/", views.Withdraw.as_view(), name="api-withdraw"),
    path("approvals/", views.Approvals.as_view(), name="api-approvals"),
    path("licences/", views.Licences.as_view(), name="api-licences"),
    path("grants/", views.Grants.as_view(), name="api-grants"),
    path("grants/<str:key>/", views.OneGrant.as_view(), name="api-grant"),
    path("grants/<str:key>/revoke/", views.RevokeGrant.as_view(), name="api-revoke-grant"),
    path("usage-records/", views.Usage.as_view(), name="api-usage"),
    path("sites/", views.Sites.as_view(), name="api-sites"),
    path("sites/<uuid:key>/", views.OneSite.as_view(), name="api-site"),
    path("hardware/", views.Hardware.as_view(), name="api-hardware"),
]
