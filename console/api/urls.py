"""Addresses of the log under /api/v1/."""

from django.urls import path

from console.api import views

urlpatterns = [
    path("audit/events/", views.Events.as_view(), name="api-events"),
    path("audit/events/<uuid:key>/", views.OneEvent.as_view(), name="api-event"),
    path("audit/checkpoints/", views.Checkpoints.as_view(), name="api-checkpoints"),
    path("audit/exports/", views.Exports.as_view(), name="api-exports"),
    path("audit/exports/<uuid:key>/", views.OneExport.as_view(), name="api-export"),
    path("audit/exports/<uuid:key>/download/", views.Download.as_view(), name="api-export-download"),
]
