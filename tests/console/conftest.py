"""The preview's addresses and plain static files: pages are drawn from samples, without a database."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def preview(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.console.preview"
    settings.MIDDLEWARE = ["csp.middleware.CSPMiddleware"]
    settings.TIME_ZONE = "Europe/Berlin"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.STATICFILES_FINDERS = [
        "django.contrib.staticfiles.finders.FileSystemFinder",
        "django.contrib.staticfiles.finders.AppDirectoriesFinder",
        "console.fonts.PackedFontFinder",
    ]
