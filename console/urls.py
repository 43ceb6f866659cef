"""Addresses of the pages, by audience."""

from django.urls import include, path

from console import joining

urlpatterns = [
    path("", include("console.operator.urls")),
    path("portal/", include("console.portal.urls")),
    path("oversight/", include("console.regulator.urls")),
    path("invitation/<str:token>/", joining.invitation, name="invitation"),
]
