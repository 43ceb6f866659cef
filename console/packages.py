"""The few static files of packages that pages use.

A static files finder: list it in STATICFILES_FINDERS in the place of AppDirectoriesFinder. Collecting and
compressing all that packages bring (27 MB) took longer than anything else at the first start.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch
from typing import Any

from django.contrib.staticfiles.finders import AppDirectoriesFinder

#: A page that names another file of a package fails when it is drawn: the manifest does not have it.
USED = (
    "css/bootstrap.min.css",
    "css/bootstrap.min.css.map",
    "django_htmx/htmx-2.min.js",
    "account/js/*.js",
    "mfa/js/*.js",
)


class UsedFilesFinder(AppDirectoriesFinder):
    """Lists what is in USED; finds anything, as `runserver` and tests without a manifest need."""

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, Any]]:
        for path, storage in super().list(ignore_patterns):
            if any(fnmatch(path, used) for used in USED):
                yield path, storage
