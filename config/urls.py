"""Addresses: people under /, programs under /api/v1/, clusters at the well-known places."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny

urlpatterns = [
    path("account/", include("accounts.urls")),
    path(
        "api/v1/schema/",
        SpectacularAPIView.as_view(permission_classes=[AllowAny], authentication_classes=[]),
        name="schema",
    ),
    path("api/v1/", include("config.api")),
    path("", include("access.api.public")),
    path("", include("kyc.api.matching.urls")),
    path("", include("console.api.health_urls")),
    path("", include("console.urls")),
]

handler400 = "console.errors.bad_request"
handler403 = "console.errors.forbidden"
handler404 = "console.errors.absent"
handler500 = "console.errors.fault"
