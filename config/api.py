"""The router of /api/v1/: each floor brings its own endpoints."""

from typing import Any

from access.api.urls import urlpatterns as of_access
from console.api.urls import urlpatterns as of_log
from kyc.api.urls import urlpatterns as of_kyc

urlpatterns: list[Any] = []
urlpatterns += of_access
urlpatterns += of_kyc
urlpatterns += of_log
