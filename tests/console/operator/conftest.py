"""A story of one tenant in a real database, and browsers of the people who look at it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from accounts.models import User
from core.scope import STAFF, acting_in
from tests import builders
from tests.kyc.onboarding.test_path import submitted

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def plain_static_files(settings: Any) -> None:
    """Pages name their files by plain names: nothing is collected or served for a test."""
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "whitenoise" not in name]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def sign_in(db: None) -> SignIn:
    """A browser of somebody who gave password and second factor."""

    def sign_in(user: User) -> Client:
        with acting_in(STAFF):
            if not user.authenticator_set.exists():
                TOTP.activate(user, generate_totp_secret())
        client = Client(raise_request_exception=True)
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def aldous(db: None) -> User:
    with acting_in(STAFF):
        return builders.aldous()


@pytest.fixture
def renwick(db: None) -> User:
    with acting_in(STAFF):
        return builders.renwick()


@pytest.fixture
def reviewer(sign_in: SignIn, aldous: User) -> Client:
    return sign_in(aldous)


@pytest.fixture
def approver(sign_in: SignIn, renwick: User) -> Client:
    return sign_in(renwick)


@pytest.fixture
def veldmarin(aldous: User, tmp_path: Path) -> Any:
    """The application of Veldmarin, submitted, screened and assessed."""
    with acting_in(STAFF):
        return submitted(aldous, tmp_path)
