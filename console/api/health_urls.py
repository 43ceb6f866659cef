"""Addresses of what watches the installation: at the root, before the pages."""

from django.urls import path

from console.api import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
